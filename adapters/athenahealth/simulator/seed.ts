import { addDays, epochDay } from '#simulator-kit/index.ts';
import { apiStamp, cancelRecord, writeRecord } from './appointment-book.ts';
import { bookSlot } from './booking.ts';
import { dayOf, startOf } from './clock.ts';
import { addNote, bookingNote } from './note-book.ts';
import { type AppointmentType, FIRST_PATIENT } from './practice-plan.ts';
import { openRecords, slotsFor, typeOf } from './slot-book.ts';
import { DESK, NO_SHOW } from './staff.ts';
import type { Appointment, AthenaScene } from './tables.ts';

/** Fills the practice: its patients, a week of past visits and three weeks of coming ones. */
export function seedPractice(scene: AthenaScene): void {
  for (const person of scene.practice.patients) addPatient(scene, person);
  const today = dayOf(scene.now, scene.practice.timeZone);
  const visits = [];
  for (let offset = -7; offset <= 21; offset++) visits.push(...visitsOn(scene, addDays(today, offset)));
  addOddities(scene, today, visits);
}

const DAY = 86_400_000;

function addPatient(scene: AthenaScene, person: AthenaScene['practice']['patients'][number]): void {
  const id = String(scene.db.next('patient', FIRST_PATIENT));
  const { first, last, birthDate, sex, phone, email } = person;
  const departmentId = scene.practice.departments[Number(id) % 2]?.id ?? '';
  scene.db.table('patients').put(id, {
    id,
    first,
    last,
    birthDate,
    sex,
    mobilePhone: phone,
    email,
    zip: '98101',
    departmentId,
    registered: scene.now - 90 * DAY,
  });
  scene.ledger.patient(id, 'seed');
}

/** Up to three visits with each provider of the day, at times that differ from day to day and never collide. */
function visitsOn(scene: AthenaScene, date: string): Appointment[] {
  const { practice } = scene;
  const made: Appointment[] = [];
  for (const { id: providerId } of practice.providers)
    for (const turn of [0, 1, 2]) {
      const own = openRecords(scene, date, date).filter(
        (slot) =>
          slot.providerId === providerId &&
          slot.webSchedulable &&
          typeOf(scene, slot.typeId)?.templateOnly !== true,
      );
      const slot = own[(epochDay(date) * 7 + Number(providerId) * 5 + turn * 11) % Math.max(own.length, 1)];
      const patientId = personFor(scene, epochDay(date) * 5 + Number(providerId) * 2 + turn);
      if (slot === undefined || made.some((row) => row.patientId === patientId)) continue;
      made.push(visit(scene, slot, patientId, turn));
    }
  return made;
}

/** People who come to be seen: not the first three. */
function personFor({ practice }: AthenaScene, number: number): string {
  const regulars = practice.patients.length - 3;
  return String(FIRST_PATIENT + 3 + (number % regulars));
}

function visit(scene: AthenaScene, slot: Appointment, patientId: string, turn: number): Appointment {
  const { practice, now } = scene;
  const generic = typeOf(scene, slot.typeId)?.generic === true;
  const longer = practice.appointmentTypes.find(({ minutes, patient }) => minutes === 30 && patient);
  const isLong = generic && turn === 1 && longer !== undefined && fits(scene, slot, longer);
  const booked = bookSlot(scene, {
    slotId: slot.id,
    patientId,
    typeId: isLong ? longer.id : generic ? USUAL_TYPE : slot.typeId,
    ignorePermission: true,
    urgent: false,
    stamp: { by: DESK, at: Math.min(now, startOf(slot, practice.timeZone)) - 9 * DAY },
    by: 'seed',
  });
  const start = startOf(slot, practice.timeZone);
  if (start > now) return booked;
  const isToday = slot.date === dayOf(now, practice.timeZone);
  const status = isToday ? '2' : turn === 2 ? '4' : '3';
  const [startCheckIn, stopCheckIn] = [start - 10 * 60_000, start - 4 * 60_000];
  const arrived = { ...booked, status, startCheckIn, stopCheckIn } as const;
  return writeRecord(scene, arrived, { event: 'CheckIn', by: 'seed', action: 'update' });
}

function fits(scene: AthenaScene, slot: Appointment, type: AppointmentType): boolean {
  return slotsFor(scene, slot, type, openRecords(scene, slot.date, slot.date)) !== undefined;
}

const USUAL_TYPE = '82';

/** The rows that make a practice real. */
function addOddities(scene: AthenaScene, today: string, visits: readonly Appointment[]): void {
  const done = visits.filter(({ date }) => date < today);
  const coming = visits.filter(({ date }) => date > addDays(today, 2));
  const stamp = { by: DESK, at: scene.now - 8 * DAY };
  const cancel = (
    row: Appointment | undefined,
    reasonId: string,
    action: 'cancel' | 'noshow' = 'cancel',
  ): void => {
    if (row !== undefined) cancelRecord(scene, row, { reasonId, stamp, by: 'seed', action });
  };
  const update = (row: Appointment | undefined, changes: Partial<Appointment>): void => {
    if (row === undefined) return;
    const changed = { ...row, ...changes };
    writeRecord(scene, changed, { event: 'UpdateAppointment', by: 'seed', action: 'update' });
  };
  // Nobody came, and nobody said so.
  if (done[0] !== undefined) {
    const { startCheckIn: _start, stopCheckIn: _stop, ...row } = done[0];
    update(row, { status: 'f' });
  }
  const arriving = visits.findLast(({ status }) => status === '2');
  if (arriving !== undefined) {
    const { stopCheckIn: _stop, ...row } = arriving;
    update(row, { status: 'f' });
  }
  cancel(done[2], NO_SHOW, 'noshow');
  cancel(done[4], '3');
  cancel(coming[1], '3');
  cancel(coming[3], '27');
  update(coming[5], { confirmationId: 2 });
  update(coming[7], { confirmationId: 41, urgent: true });
  const noted = coming[9];
  if (noted !== undefined)
    addNote(scene, noted.id, 'Canarynote: brings the results of the liver biopsy', stamp, true);
  moveOne(scene, coming[11]);
  const [frozen] = openRecords(scene, addDays(today, 7), addDays(today, 11));
  if (frozen !== undefined) writeRecord(scene, { ...frozen, frozen: true }, { event: 'FreezeAppointment' });
}

/** A visit that somebody moved over the API. */
function moveOne(scene: AthenaScene, row: Appointment | undefined): void {
  if (row?.patientId === undefined) return;
  const { patientId, typeId } = row;
  const stamp = { ...apiStamp({ ...scene, clientId: 'another-app' }), at: scene.now - 7 * DAY };
  const target = openRecords(scene, addDays(row.date, 1), addDays(row.date, 7)).find(
    (slot) => slot.webSchedulable && slot.typeId === row.templateTypeId,
  );
  if (target === undefined) return;
  addNote(scene, target.id, bookingNote('earlier in the week'), stamp);
  const order = { slotId: target.id, patientId, typeId, ignorePermission: true, urgent: false, stamp };
  const moved = bookSlot(scene, { ...order, by: 'seed' });
  cancelRecord(scene, row, { reasonId: '-4', stamp, by: 'seed', rescheduledTo: moved.id });
}
