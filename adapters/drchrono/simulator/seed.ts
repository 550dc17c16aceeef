import { addDays, epochDay } from '#simulator-kit/index.ts';
import {
  type AppointmentFields,
  deleteAppointment,
  newAppointmentId,
  rowsWithInstances,
  writeAppointment,
} from './appointment-book.ts';
import { forget } from './memory.ts';
import { blockStretch, blocksOf, stretchOf } from './overlap.ts';
import { addPatient } from './patient-book.ts';
import type { BlockRule, Doctor, PracticePlan } from './practice-plan.ts';
import type { AccountScene, Appointment } from './tables.ts';
import { minutesOf, overlaps, type Stretch, wallTimeAt, wallTimeOf, weekDayOf } from './wall-clock.ts';

/** Fills every practice: its patients, half a year of blocked time, a week of past visits and three of coming ones. */
export function seedPractices(scene: AccountScene): void {
  forget(scene.memory);
  const earlier = { ...scene, now: scene.now - 9 * DAY };
  for (const practice of scene.practices) {
    seedPatients({ ...scene, now: scene.now - 90 * DAY }, practice);
    const today = wallTimeAt(scene.now, practice.doctors[0].timezone).slice(0, 10);
    const days = { from: addDays(today, -7), to: addDays(today, 21) };
    for (let offset = -14; offset <= 182; offset++) blockDay(scene, practice, addDays(today, offset));
    const fixed = [addSeries(earlier, practice, today), ...addBreaks(earlier, practice, today)];
    const taken = [
      ...rowsWithInstances(fixed, days).map((row) => ({ doctor: row.doctor, ...stretchOf(row) })),
      ...blocksOf(scene, practice.id).map((block) => ({ doctor: block.doctor, ...blockStretch(block) })),
    ];
    for (let date = days.from; date <= days.to; date = addDays(date, 1))
      visitsOn(earlier, practice, date, { now: scene.now, taken });
    addOddities(earlier, practice, today);
  }
}

const DAY = 86_400_000;

function seedPatients(scene: AccountScene, practice: PracticePlan): void {
  const [first, second = first] = practice.doctors;
  practice.patients.forEach(({ status = 'A', ...person }, index) => {
    const doctor = index % 3 === 2 ? second.id : first.id;
    addPatient(
      scene,
      { ...person, id: practice.firstPatient + index, practice: practice.id, doctor, status },
      'seed',
    );
  });
}

function blockDay(scene: AccountScene, practice: PracticePlan, date: string): void {
  for (const rule of practice.blocks)
    if (rule.weekDays.includes(weekDayOf(date))) addBlock(scene, practice, rule, date, null);
}

function addBlock(
  { db }: AccountScene,
  practice: PracticePlan,
  rule: BlockRule,
  date: string,
  appointment: string | null,
): void {
  const id = db.next('Block', 7_700_001);
  db.table('blocks').put(id, {
    id,
    practice: practice.id,
    doctor: rule.doctor,
    office: rule.office,
    room: rule.room ?? null,
    start: `${date}T${rule.from}:00`,
    end: `${date}T${rule.to}:00`,
    description: rule.description,
    break: appointment,
  });
}

/** Somebody comes every Monday afternoon, from last week on for a quarter of a year. */
function addSeries(scene: AccountScene, practice: PracticePlan, today: string): Appointment {
  const [doctor] = practice.doctors;
  const monday = addDays(today, -7 - weekDayOf(today));
  return add(scene, practice, {
    ...visit(scene, practice, doctor, practice.firstPatient + 2, `${monday}T16:00:00`, 30),
    examRoom: 2,
    series: { weekDays: [0], everyWeeks: 1, from: monday, to: addDays(monday, 84), without: [] },
  });
}

/** The second doctor's break on Tuesdays stands in the book and among the blocks. */
function addBreaks(scene: AccountScene, practice: PracticePlan, today: string): Appointment[] {
  const doctor = practice.doctors[1];
  if (doctor === undefined) return [];
  return [0, 1, 2, 3].map((week) => {
    const date = addDays(today, 7 * week + ((8 - weekDayOf(today)) % 7));
    const row = add(scene, practice, {
      ...visit(scene, practice, doctor, null, `${date}T12:00:00`, 60),
      examRoom: 0,
      reason: 'Break',
    });
    const rule = { doctor: doctor.id, office: doctor.office, weekDays: [], from: '12:00', to: '13:00' };
    addBlock(scene, practice, { ...rule, description: 'Break' }, date, row.id);
    return row;
  });
}

/** Two or three visits with each doctor of the day, at times that differ from day to day and never collide. */
function visitsOn(
  scene: AccountScene,
  practice: PracticePlan,
  date: string,
  { now, taken }: { readonly now: number; readonly taken: Taken[] },
): void {
  const people = regulars(practice);
  for (const [place, doctor] of practice.doctors.entries()) {
    const slots = (doctor.week[weekDayOf(date)] ?? [])
      .filter(({ off }) => off !== true)
      .flatMap(({ from, to }) => halfHours(date, from, to));
    for (const turn of [0, 1, 2]) {
      const day = epochDay(date);
      const slot = slots[(day * 7 + place * 3 + turn * 5) % Math.max(slots.length, 1)];
      const patient = people[(day * 5 + place * 11 + turn * 4) % people.length];
      if (slot === undefined || patient === undefined) continue;
      const row = {
        ...visit(scene, practice, doctor, patient, slot, place === 0 ? 30 : 20),
        examRoom: place + 1,
        status: statusOf(doctor, slot, now, day + turn),
      };
      const stretch = { doctor: doctor.id, ...stretchOf(row) };
      if (taken.some((other) => other.doctor === doctor.id && overlaps(other, stretch))) continue;
      taken.push(stretch);
      add(scene, practice, row);
    }
  }
}

interface Taken extends Stretch {
  readonly doctor: number;
}

function statusOf(doctor: Doctor, slot: string, now: number, turn: number): string {
  const over = minutesOf(slot) - minutesOf(wallTimeAt(now, doctor.timezone));
  if (over < -30) return ['Complete', 'Complete', 'Complete', 'No Show', 'Cancelled'][turn % 5] ?? '';
  if (over <= 0) return 'In Session';
  return ['Confirmed', 'Not Confirmed', '', 'Confirmed', 'Left Message', 'Cancelled'][turn % 6] ?? '';
}

/** A visit that was moved by hand, leaving its old row, and one that was deleted. */
function addOddities(scene: AccountScene, practice: PracticePlan, today: string): void {
  const [doctor] = practice.doctors;
  const [, , , one = 0, other = 0] = regulars(practice);
  const date = addDays(today, 28 - weekDayOf(today));
  const moved = visit(scene, practice, doctor, one, `${date}T09:00:00`, 30);
  add(scene, practice, { ...moved, status: 'Rescheduled' });
  const gone = add(scene, practice, visit(scene, practice, doctor, other, `${date}T10:00:00`, 30));
  deleteAppointment(scene, gone, 'seed');
}

/** People who come to be seen: not the first two, and nobody who has left. */
function regulars({ patients, firstPatient }: PracticePlan): number[] {
  return patients.flatMap(({ status = 'A' }, index) =>
    index >= 2 && status === 'A' ? [firstPatient + index] : [],
  );
}

function halfHours(date: string, from: string, to: string): string[] {
  const start = minutesOf(`${date}T${from}:00`);
  const count = (minutesOf(`${date}T${to}:00`) - start) / 30;
  return Array.from({ length: Math.floor(count) }, (_, index) => wallTimeOf(start + index * 30));
}

function visit(
  scene: AccountScene,
  practice: PracticePlan,
  doctor: Doctor,
  patient: number | null,
  scheduledTime: string,
  duration: number,
): AppointmentFields {
  const profile = practice.profiles.find((one) => one.doctor === doctor.id && one.minutes === duration);
  return {
    id: newAppointmentId(scene),
    doctor: doctor.id,
    office: doctor.office,
    examRoom: 1,
    patient,
    scheduledTime,
    duration,
    profile: profile?.id ?? null,
    color: profile?.color ?? '',
    reason: profile?.reason ?? '',
    notes: '',
    status: 'Confirmed',
    customStatus: null,
    isWalkIn: false,
    allowOverlapping: false,
    reminderProfile: null,
    createdBy: practice.users[0].username,
    series: null,
    instanceOf: null,
  };
}

function add(scene: AccountScene, practice: PracticePlan, row: AppointmentFields): Appointment {
  return writeAppointment(scene, practice.id, undefined, row, { by: 'seed', action: 'book' });
}
