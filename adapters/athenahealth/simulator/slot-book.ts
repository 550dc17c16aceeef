import { laterTime, startOf } from './clock.ts';
import { conflict } from './error.ts';
import type { AppointmentType, Reason } from './practice-plan.ts';
import type { Appointment, AthenaScene } from './tables.ts';
import { datesBetween, FIRST_UNPLANNED, plannedSlot, slotsOn } from './weekly-template.ts';

/** The record of an id, or undefined when there is none (any more). */
export function recordOf(scene: AthenaScene, id: string): Appointment | undefined {
  const row = scene.db.table('appointments').get(id) ?? plannedSlot(scene.practice, id);
  return row?.status === 'gone' ? undefined : row;
}

/** Open records of the days from one to another, by time and id. */
export function openRecords(scene: AthenaScene, from: string, to: string): Appointment[] {
  const written = scene.db.table('appointments');
  const planned = [...datesBetween(from, to)]
    .flatMap((date) => slotsOn(scene.practice, date))
    .filter(({ id }) => written.get(id) === undefined);
  const others = written.all().filter(({ status, date }) => status === 'o' && date >= from && date <= to);
  return others.length === 0 ? planned : [...planned, ...others].sort(inOrder);
}

export function inOrder(one: Appointment, other: Appointment): number {
  if (one.date !== other.date) return one.date < other.date ? -1 : 1;
  if (one.time !== other.time) return one.time < other.time ? -1 : 1;
  return Number(one.id) - Number(other.id);
}

/**
 * The slots that a visit of this type takes when it begins with `slot`: that alone, or generic ones one after another
 * until they are long enough. Undefined when it does not fit there.
 *
 * @param open those of the same day, by time
 */
export function slotsFor(
  scene: AthenaScene,
  slot: Appointment,
  type: AppointmentType,
  open: readonly Appointment[],
): readonly Appointment[] | undefined {
  if (slot.typeId === type.id) return [slot];
  if (!isGeneric(scene, slot)) return undefined;
  const taken = [slot];
  let minutes = slot.duration;
  while (minutes < type.minutes) {
    const time = laterTime(slot.time, minutes);
    const next = open.find((other) => other.time === time && continues(scene, slot, other));
    if (next === undefined) return undefined;
    taken.push(next);
    minutes += next.duration;
  }
  return taken;
}

export function typeOf({ practice }: AthenaScene, typeId: string): AppointmentType | undefined {
  return practice.appointmentTypes.find(({ id }) => id === typeId);
}

/** Is the reason offered where and by whom the slot is? */
export function isOffered(
  { departments, providers }: Reason,
  { departmentId, providerId }: Appointment,
): boolean {
  return departments.includes(departmentId) && providers.includes(providerId);
}

/** Hours to go, and days. */
export function noticeOf(
  scene: AthenaScene,
  slot: Appointment,
): { readonly hours: number; readonly days: number } {
  const hours = (startOf(slot, scene.practice.timeZone) - scene.now) / 3_600_000;
  return { hours, days: hours / 24 };
}

/** The record of a slot that can still be booked; 409 for any other. */
export function bookableSlot(scene: AthenaScene, id: string, ignorePermission: boolean): Appointment {
  const slot = recordOf(scene, id);
  const { bookFrozen, bookPast } = scene.settings;
  if (slot?.status !== 'o') throw conflict();
  if (slot.frozen && bookFrozen === 'reject409') throw conflict();
  if (!slot.webSchedulable && !ignorePermission) throw conflict();
  if (bookPast === 'reject409' && noticeOf(scene, slot).hours < 0) throw conflict();
  return slot;
}

export function newRecordId(scene: AthenaScene): string {
  return String(scene.db.next('appointment', FIRST_UNPLANNED));
}

function isGeneric(scene: AthenaScene, slot: Appointment): boolean {
  return typeOf(scene, slot.typeId)?.generic === true;
}

function continues(scene: AthenaScene, first: Appointment, next: Appointment): boolean {
  return (
    next.departmentId === first.departmentId &&
    next.providerId === first.providerId &&
    next.date === first.date &&
    !next.frozen &&
    (next.webSchedulable || !first.webSchedulable) &&
    isGeneric(scene, next)
  );
}
