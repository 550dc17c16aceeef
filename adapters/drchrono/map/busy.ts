import { type Interval, overlaps, union } from '#adapter-kit/index.ts';
import type { Settings } from '../settings.ts';
import type { AppointmentRow, ScheduleBlockRow } from '../wire.ts';
import { isBusy } from './appointment.ts';
import { readingsOf, stretchFrom } from './wall-clock.ts';

/** What is taken: people wherever they are, and rooms by `office/room`. */
export interface Busy {
  readonly doctors: ReadonlyMap<number, readonly Interval[]>;
  readonly rooms: ReadonlyMap<string, readonly Interval[]>;
}

/**
 * Visits, breaks, instances of series and blocked time. A doctor is one person: a visit in one office takes the doctor in
 * all of them, whatever DrChrono itself would refuse. Blocked time takes its provider everywhere and, where it names a
 * room, the room for everybody.
 *
 * @param zonesFor every zone in which a time of this doctor may be meant: where that is not known, each of them counts
 */
export function busyTime(
  appointments: readonly AppointmentRow[],
  blocks: readonly ScheduleBlockRow[],
  settings: Settings,
  zonesFor: (doctor: number) => readonly string[],
): Busy {
  const doctors = new Map<number, Interval[]>();
  const rooms = new Map<string, Interval[]>();
  const take = (
    doctor: number,
    office: number | undefined,
    room: number | undefined,
    during: Interval,
  ): void => {
    add(doctors, doctor, during);
    if (office !== undefined && room !== undefined) add(rooms, `${office}/${room}`, during);
  };
  for (const row of appointments) {
    if (!isBusy(row, settings)) continue;
    for (const zone of zonesFor(row.doctor)) {
      const during = stretchFrom(row.scheduled_time, row.duration || wholeDay, zone);
      if (during !== undefined) take(row.doctor, row.office, row.exam_room, during);
    }
  }
  for (const row of blocks)
    for (const zone of zonesFor(row.provider)) {
      const [from, to] = [readingsOf(row.start_time, zone), readingsOf(row.end_time, zone)];
      for (const [index, begin] of from.entries()) {
        const end = to[index] ?? Number.NaN;
        if (begin < end) take(row.provider, row.office, row.exam_room, { from: begin, to: end });
      }
    }
  const merged = <Key>(map: ReadonlyMap<Key, readonly Interval[]>) =>
    new Map([...map].map(([key, all]) => [key, union(all)] as const));
  return { doctors: merged(doctors), rooms: merged(rooms) };
}

/** Is the doctor free, and the room? */
export function isFree(
  busy: Busy,
  { doctor, office, room }: { readonly doctor: number; readonly office: number; readonly room: number },
  during: Interval,
): boolean {
  const taken = [busy.doctors.get(doctor) ?? [], busy.rooms.get(`${office}/${room}`) ?? []];
  return taken.every((intervals) => !intervals.some((each) => overlaps(each, during)));
}

/** Of a visit without a length nobody knows when it ends. */
const wholeDay = 1_440;

function add<Key>(map: Map<Key, Interval[]>, key: Key, during: Interval): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [during]);
  else known.push(during);
}
