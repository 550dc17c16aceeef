import { localDateTime, type StaffAction } from '#simulator-kit/index.ts';
import { cancelRecord, recordNote, removeRecord, takeSlots, writeRecord } from './appointment-book.ts';
import { refuse } from './error.ts';
import { addNote, notesOf } from './note-book.ts';
import { newRecordId, openRecords, recordOf, slotsFor } from './slot-book.ts';
import type { Appointment, AthenaScene, Stamp } from './tables.ts';

/** The front desk at athenaOne itself: nobody asks whether the time is free or part of a slot. */
export function actAsStaff(scene: AthenaScene, action: StaffAction): string | undefined {
  const stamp = { by: DESK, at: scene.now };
  if (action.action === 'book') return bookAtDesk(scene, action, stamp);
  const row = recordOf(scene, action.id);
  if (row === undefined) return undefined;
  switch (action.action) {
    case 'move':
      return moveAtDesk(scene, row, action, stamp);
    case 'cancel':
      return cancelRecord(scene, row, { reasonId: PATIENT_CANCELLED, stamp, by: 'staff' }).id;
    case 'noshow':
      return cancelRecord(scene, row, { reasonId: NO_SHOW, stamp, by: 'staff', action: 'noshow' }).id;
    case 'note':
      for (const note of notesOf(scene, row.id))
        scene.db.table('notes').put(note.id, { ...note, deleted: true });
      addNote(scene, row.id, action.note, stamp);
      recordNote(scene, row, 'staff');
      return row.id;
    case 'delete':
      removeRecord(scene, row, 'staff');
      return row.id;
  }
}

export const DESK = 'jabbot';
export const NO_SHOW = '31';
const PATIENT_CANCELLED = '3';
const PATIENT_RESCHEDULED = '5';

function bookAtDesk(
  scene: AthenaScene,
  order: Extract<StaffAction, { action: 'book' }>,
  stamp: Stamp,
): string {
  const { patientId, practitionerId, locationId, start, minutes, note } = order;
  if (scene.db.table('patients').get(patientId) === undefined) throw refuse(400, 'There is no such patient.');
  const type = scene.practice.appointmentTypes.find(
    ({ generic, templateOnly, patient, minutes: length }) =>
      length === minutes && patient && !generic && !templateOnly,
  );
  const place = placeAt(scene, { start, practitionerId, locationId, minutes, typeId: type?.id });
  if (note !== '') addNote(scene, place.id, note, stamp);
  return writeRecord(
    scene,
    { ...place, status: 'f', patientId, scheduled: stamp, lastModified: stamp },
    { event: 'ScheduleAppointment', by: 'staff', action: 'book' },
  ).id;
}

/** Written anew and linked from the record before; or, where the practice is set so, the same record elsewhere. */
function moveAtDesk(
  scene: AthenaScene,
  row: Appointment,
  { start, practitionerId, locationId }: Extract<StaffAction, { action: 'move' }>,
  stamp: Stamp,
): string {
  const { patientId } = row;
  if (patientId === undefined) throw refuse(400, 'Nobody has booked this slot.');
  const place = placeAt(scene, {
    start,
    practitionerId: practitionerId ?? row.providerId,
    locationId: locationId ?? row.departmentId,
    minutes: row.duration,
    typeId: row.typeId,
  });
  const moved = { ...place, status: 'f', patientId, lastModified: stamp } as const;
  const kept = { ...(row.reasonId !== undefined && { reasonId: row.reasonId }) };
  const written = { event: 'ScheduleAppointment', by: 'staff', action: 'move' } as const;
  if (scene.settings.deskMove === 'same-record') {
    takeSlots(scene, place.id === row.id ? [] : [place]);
    cancelRecord(scene, row, { reasonId: PATIENT_RESCHEDULED, stamp, by: 'staff', action: 'update' });
    const scheduled = row.scheduled ?? stamp;
    return writeRecord(scene, { ...moved, ...kept, id: row.id, scheduled }, written).id;
  }
  for (const { text, deleted } of notesOf(scene, row.id)) if (!deleted) addNote(scene, place.id, text, stamp);
  const fresh = writeRecord(scene, { ...moved, ...kept, scheduled: stamp }, written);
  const reasonId = PATIENT_RESCHEDULED;
  cancelRecord(scene, row, { reasonId, stamp, by: 'staff', rescheduledTo: fresh.id });
  return fresh.id;
}

/** The open slot at that time with those that follow it, or a record that no slot was there for. */
function placeAt(
  scene: AthenaScene,
  where: {
    readonly start: string;
    readonly practitionerId: string;
    readonly locationId: string;
    readonly minutes: number;
    readonly typeId: string | undefined;
  },
): Appointment {
  const { practice } = scene;
  const { start, practitionerId: providerId, locationId: departmentId, minutes } = where;
  const known =
    practice.providers.some(({ id }) => id === providerId) &&
    practice.departments.some(({ id }) => id === departmentId);
  if (!known) throw refuse(400, 'There is no such provider or department.');
  const [date = '', clock = ''] = localDateTime(start, practice.timeZone).split(' ');
  const time = clock.slice(0, 5);
  const open = openRecords(scene, date, date);
  const slot = open.find(
    (one) => one.time === time && one.providerId === providerId && one.departmentId === departmentId,
  );
  const type = practice.appointmentTypes.find(({ id }) => id === where.typeId);
  const typeId = type?.id ?? slot?.typeId ?? USUAL_TYPE;
  if (slot !== undefined) {
    const [, ...others] = (type && slotsFor(scene, slot, type, open)) ?? [slot];
    takeSlots(scene, others);
    const takes = others.map(({ id }) => id);
    return { ...slot, typeId, duration: minutes, frozen: false, ...(takes.length > 0 && { takes }) };
  }
  const id = newRecordId(scene);
  return {
    id,
    status: 'o',
    departmentId,
    providerId,
    localProviderId: providerId,
    date,
    time,
    duration: minutes,
    typeId,
    templateId: id,
    templateTypeId: typeId,
    templateDuration: minutes,
    webSchedulable: false,
    frozen: false,
  };
}

const USUAL_TYPE = '82';
