import type { Admission, StaffAction } from '#simulator-kit/index.ts';
import { Refusal } from '#simulator-kit/index.ts';
import { newAppointment, writeAppointment } from './appointment-book.ts';
import { fhirId } from './fhir-id.ts';
import type { Practice } from './practice-plan.ts';
import type { Appointment, EpicScene } from './tables.ts';
import { utc } from './weekly-template.ts';

/** The front desk at Hyperspace: it books over whatever is there. */
export function actAsStaff(practice: Practice, scene: EpicScene, action: StaffAction): string | undefined {
  const row = action.action === 'book' ? booked(practice, scene, action) : changed(scene, action);
  if (row === undefined) return undefined;
  writeAppointment(scene, practice, row, { by: 'staff', action: action.action });
  return row.id;
}

/** Somebody new at the front desk: a record with the next numbers. */
export function admitPatient(scene: EpicScene, { family, given, birthDate }: Admission): string {
  const number = scene.db.next('admission', 1_001);
  const id = fhirId('Patient', number);
  scene.db.table('admitted').put(id, {
    id,
    mrn: String(204_000 + number),
    epicId: `E${6_000 + number}`,
    family,
    given,
    gender: 'unknown',
    birthDate,
    phone: '',
    email: '',
    street: '',
  });
  scene.ledger.patient(id, 'staff');
  return id;
}

/** The practice with everybody who was admitted since it was planned. */
export function withAdmitted(practice: Practice, { db }: Pick<EpicScene, 'db'>): Practice {
  const admitted = db.table('admitted').all();
  return admitted.length === 0 ? practice : { ...practice, patients: [...practice.patients, ...admitted] };
}

function booked(
  practice: Practice,
  scene: EpicScene,
  order: Extract<StaffAction, { action: 'book' }>,
): Appointment {
  const known = (list: readonly { readonly id: string }[], id: string): boolean =>
    list.some((one) => one.id === id);
  if (
    !known(practice.patients, order.patientId) ||
    !known(practice.practitioners, order.practitionerId) ||
    !known(practice.locations, order.locationId)
  )
    throw new Refusal({ status: 400, body: 'There is no such patient, practitioner or location.' });
  const [usual] = practice.visitTypes;
  const fitting = practice.visitTypes.find(({ minutes }) => minutes === order.minutes) ?? usual;
  return newAppointment(scene, practice, {
    patient: order.patientId,
    practitioner: order.practitionerId,
    location: order.locationId,
    visitType: fitting?.code ?? '',
    ...span(order.start, order.minutes),
    minutes: order.minutes,
    note: order.note,
  });
}

function changed(
  scene: EpicScene,
  action: Exclude<StaffAction, { action: 'book' }>,
): Appointment | undefined {
  const row = scene.db.table('appointments').get(action.id);
  if (row === undefined) return undefined;
  switch (action.action) {
    case 'move':
      return {
        ...row,
        status: 'booked',
        practitioner: action.practitionerId ?? row.practitioner,
        location: action.locationId ?? row.location,
        ...span(action.start, row.minutes),
      };
    case 'cancel':
      return { ...row, status: 'cancelled' };
    case 'noshow':
      return { ...row, status: 'noshow' };
    case 'delete':
      return { ...row, status: 'entered-in-error' };
    case 'note':
      return { ...row, note: action.note };
  }
}

function span(start: string, minutes: number): Pick<Appointment, 'start' | 'end'> {
  const from = Date.parse(start);
  return { start: utc(from), end: utc(from + minutes * 60_000) };
}
