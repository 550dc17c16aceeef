import { addDays, type EmrAnswer, json } from '#simulator-kit/index.ts';
import { openings } from '../access.ts';
import { invalid, notFound } from '../answer.ts';
import { busyRows } from '../appointment-book.ts';
import { officeOf } from '../directory.ts';
import { blockStretch, blocks, blocksOf, stretchOf } from '../overlap.ts';
import type { Doctor, Office } from '../practice-plan.ts';
import { dateParam, intParam, rangeParam } from '../query.ts';
import type { Appointment, Method, PracticeCall } from '../tables.ts';
import { minutesOf, overlaps, type Stretch, wallTimeAt, wallTimeOf, weekDayOf } from '../wall-clock.ts';

export const availability: readonly Method[] = [
  { verb: 'GET', template: '/availability', ...openings, handle: findOpenings },
];

/** One day has one shape, a range of days another. Nothing is kept for anybody. */
function findOpenings(call: PracticeCall): EmrAnswer {
  const { settings, practice, caller } = call;
  if (!settings.availabilityOffered) throw notFound();
  const [officeId, doctorId, room, duration] = ['office', 'doctor', 'exam_room', 'duration'].map((name) =>
    intParam(call, name),
  );
  const doctor = practice.doctors.find(({ id }) => id === (doctorId ?? caller.user.doctor));
  const office = officeOf(practice, officeId ?? doctor?.office ?? 0);
  if (doctor === undefined || office === undefined) throw notFound();
  if (duration === 0) throw invalid({ duration: 'Ensure this value is greater than or equal to 1.' });
  if (room !== undefined && !office.rooms.some(({ index }) => index === room)) throw notFound();
  const minutes = duration ?? USUAL_MINUTES;
  const filters = {
    duration: minutes,
    ...(officeId === undefined ? {} : { office: officeId }),
    ...(doctorId === undefined ? {} : { doctor: doctorId }),
    ...(room === undefined ? {} : { exam_room: room }),
  };
  const where = {
    doctor,
    office,
    rooms: room === undefined ? office.rooms.map(({ index }) => index) : [room],
  };
  const open = (date: string): object[] => openSlots(call, where, date, minutes);
  const range = rangeParam(call, 'date_range', settings.availabilityMaxDays);
  if (range === undefined) {
    const date = dateParam(call, 'date') ?? wallTimeAt(call.now, doctor.timezone).slice(0, 10);
    return json(200, { date, ...filters, open_slots: open(date) });
  }
  const dates = [];
  for (let date = range.from; date <= range.to; date = addDays(date, 1))
    dates.push({ date, open_slots: open(date) });
  return json(200, { date_range: [range.from, range.to], ...filters, dates });
}

const USUAL_MINUTES = 30;

interface Where {
  readonly doctor: Doctor;
  readonly office: Office;
  /** Of several, one that is free is enough. */
  readonly rooms: readonly number[];
}

/** The windows that are worked, each with what can be booked in it; windows without anything are not told. */
function openSlots(call: PracticeCall, where: Where, date: string, minutes: number): object[] {
  const { settings, now } = call;
  const midnight = minutesOf(`${date}T00:00:00`);
  const busy = busyByRoom(call, where, date);
  const present = minutesOf(wallTimeAt(now, where.doctor.timezone));
  const isFree = (slot: Stretch): boolean =>
    (settings.availabilityPast || slot.start >= present) &&
    busy.some((taken) => !taken.some((stretch) => overlaps(stretch, slot)));
  return windowsOf(settings.workSchedulesOffered, where, date).flatMap(([from, to]) => {
    const end = midnight + to;
    const slots = [];
    for (let start = midnight + from; start + minutes <= end; start += minutes) {
      const slot = { start, end: start + minutes };
      if (isFree(slot)) slots.push({ start: clockOf(slot.start), end: clockOf(slot.end) });
    }
    if (slots.length === 0) return [];
    return [
      { start: clockOf(midnight + from), end: to === 1440 ? '24:00' : clockOf(end), availability: slots },
    ];
  });
}

/** What takes the doctor's time, room by room. */
function busyByRoom(call: PracticeCall, { doctor, office, rooms }: Where, date: string): Stretch[][] {
  const { availabilitySubtracts: subtracts, availabilityLagMs } = call.settings;
  const rows = busyRows(call, call.practice.id, date, call.now - availabilityLagMs).filter(
    (row) => row.doctor === doctor.id && (subtracts === 'doctor' || row.office === office.id),
  );
  const blocked = blocksOf(call, call.practice.id);
  return rooms.map((examRoom) => {
    const place = { doctor: doctor.id, office: office.id, examRoom };
    // A break that was made in the app is in no room.
    const isHere = (row: Appointment): boolean =>
      subtracts !== 'office+room' || row.examRoom === examRoom || row.examRoom === 0;
    return [
      ...rows.filter(isHere).map(stretchOf),
      ...blocked.filter((block) => blocks(block, place)).map(blockStretch),
    ];
  });
}

/** Minutes of the day: the doctor's schedule in the office of it, else the hours of the office. */
function windowsOf(hasSchedules: boolean, { doctor, office }: Where, date: string): [number, number][] {
  if (hasSchedules && doctor.office === office.id)
    return (doctor.week[weekDayOf(date)] ?? [])
      .filter(({ off }) => off !== true)
      .map(({ from, to }) => [minuteOfDay(from), minuteOfDay(to)]);
  return [[minuteOfDay(office.start), minuteOfDay(office.end)]];
}

function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function clockOf(minutes: number): string {
  return wallTimeOf(minutes).slice(11, 16);
}
