import { Refusal, type StaffAction } from '#simulator-kit/index.ts';
import { detail } from './answer.ts';
import {
  type AppointmentFields,
  deleteAppointment,
  newAppointmentId,
  writeAppointment,
} from './appointment-book.ts';
import { doctorOf, officeOf } from './directory.ts';
import type { AccountScene, Appointment } from './tables.ts';
import { wallTimeAt } from './wall-clock.ts';

/** The front desk in the app itself: nobody asks whether the time is free. What it does goes out by webhook too. */
export function actAsStaff(scene: AccountScene, action: StaffAction): string | undefined {
  if (action.action === 'book') return bookAtDesk(scene, action);
  const row = scene.db.table('appointments').get(action.id);
  if (row === undefined || row.deleted) return undefined;
  if (action.action === 'delete') deleteAppointment(scene, row, 'staff');
  else
    writeAppointment(scene, row.practice, row, changeAtDesk(scene, row, action), {
      by: 'staff',
      action: action.action,
    });
  return action.id;
}

function bookAtDesk(scene: AccountScene, order: Extract<StaffAction, { action: 'book' }>): string {
  const place = placeOf(scene, order.practitionerId, order.locationId);
  const patient = scene.db.table('patients').get(order.patientId);
  if (patient === undefined || patient.practice !== place.practice)
    throw new Refusal(detail(400, 'There is no such patient.'));
  const row: AppointmentFields = {
    id: newAppointmentId(scene),
    doctor: place.doctor,
    office: place.office,
    examRoom: 1,
    patient: patient.id,
    scheduledTime: wallTimeAt(Date.parse(order.start), place.zone),
    duration: order.minutes,
    profile: null,
    color: '',
    reason: '',
    notes: order.note,
    status: '',
    customStatus: null,
    isWalkIn: false,
    allowOverlapping: true,
    reminderProfile: null,
    createdBy: 'staff',
    series: null,
    instanceOf: null,
  };
  return writeAppointment(scene, place.practice, undefined, row, { by: 'staff', action: 'book' }).id;
}

function changeAtDesk(
  scene: AccountScene,
  row: Appointment,
  action: Exclude<StaffAction, { action: 'book' | 'delete' }>,
): AppointmentFields {
  switch (action.action) {
    case 'move': {
      const place = placeOf(
        scene,
        action.practitionerId ?? String(row.doctor),
        action.locationId ?? String(row.office),
      );
      const scheduledTime = wallTimeAt(Date.parse(action.start), place.zone);
      return { ...row, doctor: place.doctor, office: place.office, scheduledTime };
    }
    case 'cancel':
      return { ...row, status: 'Cancelled' };
    case 'noshow':
      return { ...row, status: 'No Show' };
    case 'note':
      return { ...row, notes: action.note };
  }
}

function placeOf(scene: AccountScene, practitionerId: string, locationId: string) {
  const doctor = doctorOf(scene.practices, Number(practitionerId));
  const practice = scene.practices.find(({ doctors }) => doctors.some(({ id }) => id === doctor?.id));
  const office = practice && officeOf(practice, Number(locationId));
  if (doctor === undefined || practice === undefined || office === undefined)
    throw new Refusal(detail(400, 'There is no such doctor or office.'));
  return { practice: practice.id, doctor: doctor.id, office: office.id, zone: doctor.timezone };
}
