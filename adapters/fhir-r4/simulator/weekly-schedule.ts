import { addDays, dayOfWeek, instantOf, localDateTime } from '#simulator-kit/index.ts';
import { type ClinicPlan, type SchedulePlan, type Shift, SLOT_MINUTES } from './clinic-plan.ts';
import type { Span } from './tables.ts';

/** A slot as the week plans it, whoever may have taken it. Times are milliseconds since the epoch. */
export interface PlannedSlot {
  readonly id: string;
  readonly schedule: SchedulePlan;
  readonly start: number;
  readonly end: number;
}

/** The slots of a local date, made from the weekly rules: the same for the same date, for any date, by start. */
export function slotsOn(clinic: ClinicPlan, date: string): readonly PlannedSlot[] {
  const made = known.get(clinic) ?? new Map<string, readonly PlannedSlot[]>();
  known.set(clinic, made);
  const slots = made.get(date) ?? planOf(clinic, date);
  made.set(date, slots);
  const [oldest] = made.keys();
  if (made.size > REMEMBERED && oldest !== undefined) made.delete(oldest);
  return slots;
}

/** Slots that start in [from, to), in order. */
export function* slotsBetween(clinic: ClinicPlan, from: number, to: number): Generator<PlannedSlot> {
  if (from >= to) return;
  const first = localDateTime(from, clinic.timeZone).slice(0, 10);
  const last = localDateTime(to, clinic.timeZone).slice(0, 10);
  for (let date = first; date <= last; date = addDays(date, 1))
    for (const slot of slotsOn(clinic, date)) if (slot.start >= from && slot.start < to) yield slot;
}

/** The slot of an id, or undefined when the week never plans one. */
export function slotOf(clinic: ClinicPlan, id: string): PlannedSlot | undefined {
  const [, number] = id.match(/^slot-\d-(\d{1,9})$/) ?? [];
  if (number === undefined) return undefined;
  const date = localDateTime(Number(number) * FIVE_MINUTES, clinic.timeZone).slice(0, 10);
  return slotsOn(clinic, date).find((slot) => slot.id === id);
}

export function spanOf({ schedule, start, end }: PlannedSlot): Span {
  const { key, practitioner, location } = schedule;
  return { schedule: key, location, start, end, ...(practitioner !== undefined && { practitioner }) };
}

/** Dates are planned once; searches ask for the same ones over and over. */
const known = new WeakMap<ClinicPlan, Map<string, readonly PlannedSlot[]>>();
const REMEMBERED = 500;
const MINUTE = 60_000;
const FIVE_MINUTES = 5 * MINUTE;

function planOf(clinic: ClinicPlan, date: string): readonly PlannedSlot[] {
  if (isHoliday(date)) return [];
  const weekday = dayOfWeek(date);
  return clinic.schedules
    .flatMap((schedule) =>
      schedule.shifts
        .filter(({ days }) => days.includes(weekday))
        .flatMap((shift) => slotsOfShift(clinic, schedule, shift, date)),
    )
    .sort((a, b) => a.start - b.start || a.schedule.key - b.schedule.key);
}

/** One after another from the beginning of the shift, in elapsed time, so that a change of clocks makes no overlap. */
function slotsOfShift(
  { timeZone }: ClinicPlan,
  schedule: SchedulePlan,
  { from, to }: Shift,
  date: string,
): PlannedSlot[] {
  const opens = Date.parse(instantOf(`${date} ${from}:00`, timeZone));
  const closes = Date.parse(instantOf(`${date} ${to}:00`, timeZone));
  const length = SLOT_MINUTES * MINUTE;
  return Array.from({ length: Math.floor((closes - opens) / length) }, (_, index) => {
    const start = opens + index * length;
    return { id: `slot-${schedule.key}-${start / FIVE_MINUTES}`, schedule, start, end: start + length };
  });
}

function isHoliday(date: string): boolean {
  const day = date.slice(5);
  const fourthThursday = dayOfWeek(date) === 4 && day >= '11-22' && day <= '11-28';
  return day === '01-01' || day === '07-04' || day === '12-25' || fourthThursday;
}
