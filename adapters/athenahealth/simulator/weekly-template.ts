import { addDays, dateOfEpochDay, dayOfWeek, epochDay } from '#simulator-kit/index.ts';
import { laterTime, minutesOf } from './clock.ts';
import type { PracticePlan, Shift } from './practice-plan.ts';
import type { Appointment } from './tables.ts';

/** The slots of a date as the week plans them: the same for the same date, for any date, with the same ids. */
export function slotsOn(practice: PracticePlan, date: string): readonly Appointment[] {
  const made = known.get(practice) ?? new Map<string, readonly Appointment[]>();
  known.set(practice, made);
  const slots = made.get(date) ?? planOf(practice, date);
  made.set(date, slots);
  const [oldest] = made.keys();
  if (made.size > REMEMBERED && oldest !== undefined) made.delete(oldest);
  return slots;
}

/** The slot of an id, or undefined when the week never plans one. */
export function plannedSlot(practice: PracticePlan, id: string): Appointment | undefined {
  if (!/^[1-8]\d{7}$/.test(id)) return undefined;
  return slotsOn(practice, dateOfEpochDay(Math.floor(Number(id) / SLOTS_A_DAY)))[Number(id) % SLOTS_A_DAY];
}

/** Dates from one to another, both included, of which there are never more than a year. */
export function* datesBetween(from: string, to: string): Generator<string> {
  const last = addDays(from, 366);
  for (let date = from; date <= to && date <= last; date = addDays(date, 1)) yield date;
}

/** Planned slots have ids of eight digits below this one. */
export const FIRST_UNPLANNED = 90_000_001;

const SLOTS_A_DAY = 1000;
const known = new WeakMap<PracticePlan, Map<string, readonly Appointment[]>>();
const REMEMBERED = 500;

function planOf(practice: PracticePlan, date: string): readonly Appointment[] {
  if (isHoliday(date)) return [];
  const weekday = dayOfWeek(date);
  return practice.shifts
    .filter(({ days }) => days.includes(weekday))
    .flatMap((shift) => timesOf(practice, shift).map((time) => ({ shift, time })))
    .sort((one, other) => minutesOf(one.time) - minutesOf(other.time))
    .map(({ shift, time }, index) => {
      const id = String(epochDay(date) * SLOTS_A_DAY + index);
      const duration = minutesOfType(practice, shift.typeId);
      return {
        id,
        status: 'o',
        departmentId: shift.department,
        providerId: shift.provider,
        localProviderId: shift.localProvider ?? shift.provider,
        date,
        time,
        duration,
        typeId: shift.typeId,
        templateId: id,
        templateTypeId: shift.typeId,
        templateDuration: duration,
        webSchedulable: shift.webSchedulable,
        frozen: false,
      };
    });
}

function timesOf(practice: PracticePlan, { from, to, typeId, at }: Shift): string[] {
  const step = minutesOfType(practice, typeId);
  const times = [];
  for (let time = from; minutesOf(time) + step <= minutesOf(to); time = laterTime(time, step))
    for (let copy = 0; copy < at; copy++) times.push(time);
  return times;
}

function minutesOfType({ appointmentTypes }: PracticePlan, typeId: string): number {
  const type = appointmentTypes.find(({ id }) => id === typeId);
  if (type === undefined) throw new Error(`There is no type ${typeId}.`);
  return type.minutes;
}

function isHoliday(date: string): boolean {
  const day = date.slice(5);
  const fourthThursday = dayOfWeek(date) === 4 && day >= '11-22' && day <= '11-28';
  return day === '01-01' || day === '07-04' || day === '12-25' || fourthThursday;
}
