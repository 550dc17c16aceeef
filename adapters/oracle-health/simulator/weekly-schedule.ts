import { addDays, dayOfWeek, instantOf, localDateTime } from '#simulator-kit/index.ts';
import type { AppointmentType, ClinicPlan, Place, Resource, Shift } from './clinic-plan.ts';
import type { Span } from './tables.ts';

/** A slot as the week plans it, whoever may have taken it. Times are milliseconds since the epoch. */
export interface PlannedSlot {
  /** `{type}-{location}-{n}-{minutes}`; slots of one time of one resource differ in type and location alone. */
  readonly id: string;
  readonly type: AppointmentType;
  readonly location: Place;
  readonly resource: Resource;
  readonly start: number;
  readonly end: number;
}

/** The slots of a local date, made from the weekly rules: the same for the same date, for any date, ordered. */
export function slotsOn(clinic: ClinicPlan, date: string): readonly PlannedSlot[] {
  const made = known.get(clinic) ?? new Map<string, readonly PlannedSlot[]>();
  known.set(clinic, made);
  const slots = made.get(date) ?? planOf(clinic, date);
  made.set(date, slots);
  const [oldest] = made.keys();
  if (made.size > REMEMBERED && oldest !== undefined) made.delete(oldest);
  return slots;
}

/** Slots that start in [from, to), in order, made as they are asked for; nothing is planned two years after `from`. */
export function* slotsBetween(clinic: ClinicPlan, from: number, to: number): Generator<PlannedSlot> {
  const first = localDateTime(from, clinic.timeZone).slice(0, 10);
  const last = localDateTime(Math.min(to, from + HORIZON), clinic.timeZone).slice(0, 10);
  for (let date = first; date <= last; date = addDays(date, 1))
    for (const slot of slotsOn(clinic, date)) if (slot.start >= from && slot.start < to) yield slot;
}

/** The slot of an id, or undefined when the week never plans one. */
export function slotOf(clinic: ClinicPlan, id: string): PlannedSlot | undefined {
  const [, number] = id.match(/^\d{1,12}-\d{1,12}-(\d{1,9})-\d{1,4}$/) ?? [];
  if (number === undefined) return undefined;
  const start = Math.floor(Number(number) / 10) * FIVE_MINUTES;
  const date = localDateTime(start, clinic.timeZone).slice(0, 10);
  return slotsOn(clinic, date).find((slot) => slot.id === id);
}

export function spanOf({ resource, location, start, end }: PlannedSlot): Span {
  return { resource: resource.key, location: location.id, start, end };
}

/** By start, then type, then location. */
export function orderOf({ id, start, type, location }: PlannedSlot): string {
  const padded = (text: string | number): string => String(text).padStart(15, '0');
  return `${padded(start)} ${padded(type.code)} ${padded(location.id)} ${id}`;
}

/** Dates are planned once; searches ask for the same ones over and over. */
const known = new WeakMap<ClinicPlan, Map<string, readonly PlannedSlot[]>>();
const REMEMBERED = 500;

function planOf(clinic: ClinicPlan, date: string): readonly PlannedSlot[] {
  if (isHoliday(date)) return [];
  const weekday = dayOfWeek(date);
  return clinic.shifts
    .filter(({ days }) => days.includes(weekday))
    .flatMap((shift) => slotsOfShift(clinic, shift, date))
    .map((slot) => ({ slot, order: orderOf(slot) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ slot }) => slot);
}

const MINUTE = 60_000;
const FIVE_MINUTES = 5 * MINUTE;
const HORIZON = 2 * 365 * 24 * 60 * MINUTE;

/** One after another from the beginning of the shift, in elapsed time, so that a change of clocks makes no overlap. */
function slotsOfShift(clinic: ClinicPlan, shift: Shift, date: string): PlannedSlot[] {
  const opens = Date.parse(instantOf(`${date} ${shift.from}:00`, clinic.timeZone));
  const closes = Date.parse(instantOf(`${date} ${shift.to}:00`, clinic.timeZone));
  const resource = clinic.resources.find(({ key }) => key === shift.resource);
  if (resource === undefined) throw new Error(`There is no resource ${shift.resource}.`);
  const slots: PlannedSlot[] = [];
  for (const type of clinic.appointmentTypes.filter(({ code }) => shift.types.includes(code)))
    for (const location of clinic.locations.filter(({ id }) => shift.locations.includes(id))) {
      const length = type.minutes * MINUTE;
      for (let start = opens; start + length <= closes; start += length) {
        const number = Math.floor(start / FIVE_MINUTES) * 10 + resource.key;
        const id = `${type.code}-${location.id}-${number}-${type.minutes}`;
        slots.push({ id, type, location, resource, start, end: start + length });
      }
    }
  return slots;
}

function isHoliday(date: string): boolean {
  const day = date.slice(5);
  const fourthThursday = dayOfWeek(date) === 4 && day >= '11-22' && day <= '11-28';
  return day === '01-01' || day === '07-04' || day === '12-25' || fourthThursday;
}
