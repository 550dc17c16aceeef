import type { Admission, StaffAction } from '#simulator-kit/index.ts';
import {
  type AppointmentFields,
  newAppointmentId,
  removeAppointment,
  writeAppointment,
} from './appointment-book.ts';
import { FIRST_PATIENT } from './clinic-plan.ts';
import { refuse } from './outcome.ts';
import type { Appointment, ClinicScene, Span } from './tables.ts';
import { slotsBetween } from './weekly-schedule.ts';

/** The front desk at Millennium itself: nobody asks whether the time is free, planned or part of a slot. */
export function actAsStaff(scene: ClinicScene, action: StaffAction): string | undefined {
  if (action.action === 'book') return bookAtDesk(scene, action);
  const row = scene.db.table('appointments').get(action.id);
  if (row === undefined) return undefined;
  if (action.action === 'delete') removeAppointment(scene, row, 'staff');
  else writeAppointment(scene, row, changeAtDesk(scene, row, action), { by: 'staff', action: action.action });
  return action.id;
}

/** Somebody new at the front desk. */
export function admitPatient(scene: ClinicScene, { family, given, birthDate }: Admission): string {
  const id = String(scene.db.next('Patient', FIRST_PATIENT));
  scene.db.table('patients').put(id, {
    id,
    active: true,
    deceased: false,
    family,
    given: [given],
    birthDate,
    gender: 'unknown',
    phones: [],
    emails: [],
    lastUpdated: scene.now,
  });
  scene.ledger.patient(id, 'staff');
  return id;
}

function bookAtDesk(scene: ClinicScene, order: Extract<StaffAction, { action: 'book' }>): string {
  const { clinic, db } = scene;
  if (db.table('patients').get(order.patientId) === undefined)
    throw refuse(400, 'not-found', 'There is no such patient.');
  const start = Date.parse(order.start);
  const type = clinic.appointmentTypes.find(({ minutes }) => minutes === order.minutes);
  const row = {
    id: newAppointmentId(scene),
    status: 'booked',
    patientId: order.patientId,
    patientStatus: 'accepted',
    ...at(scene, type?.code ?? clinic.appointmentTypes[0]?.code ?? '', {
      ...placeOf(scene, order.practitionerId, order.locationId),
      start,
      end: start + order.minutes * 60_000,
    }),
    ...(order.note !== '' && { comment: order.note }),
  } as const;
  return writeAppointment(scene, undefined, row, { by: 'staff', action: 'book' }).id;
}

function changeAtDesk(
  scene: ClinicScene,
  row: Appointment,
  action: Exclude<StaffAction, { action: 'book' | 'delete' }>,
): AppointmentFields {
  switch (action.action) {
    case 'move': {
      if (row.place === undefined) throw refuse(400, 'business-rule', 'A request has no time to move.');
      const { place } = row;
      const start = Date.parse(action.start);
      const practitioner = scene.clinic.resources.find(({ key }) => key === place.resource)?.practitioner;
      const where =
        action.practitionerId === undefined && action.locationId === undefined
          ? place
          : placeOf(scene, action.practitionerId ?? practitioner ?? '', action.locationId ?? place.location);
      const { slotId: _before, ...kept } = row;
      const end = start + place.end - place.start;
      return { ...kept, status: 'booked', ...at(scene, row.type, { ...where, start, end }) };
    }
    case 'cancel':
      return { ...row, status: 'cancelled' };
    case 'noshow':
      return { ...row, status: 'noshow' };
    case 'note':
      return { ...row, comment: action.note };
  }
}

function placeOf(
  { clinic }: ClinicScene,
  practitionerId: string,
  locationId: string,
): Pick<Span, 'resource' | 'location'> {
  const resource = clinic.resources.find(({ practitioner }) => practitioner === practitionerId);
  const location = clinic.locations.find(({ id }) => id === locationId);
  if (resource === undefined || location === undefined)
    throw refuse(400, 'not-found', 'There is no such practitioner or location.');
  return { resource: resource.key, location: location.id };
}

/** The time, with the slot that is planned at it, if there is one. */
function at(
  { clinic }: ClinicScene,
  type: string,
  place: Span,
): Pick<AppointmentFields, 'type' | 'place' | 'slotId'> {
  const slot = [...slotsBetween(clinic, place.start, place.start + 1)].find(
    ({ end, location, resource, type: planned }) =>
      end === place.end &&
      location.id === place.location &&
      resource.key === place.resource &&
      planned.code === type,
  );
  return { type, place, ...(slot !== undefined && { slotId: slot.id }) };
}
