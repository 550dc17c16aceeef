import type { Admission, StaffAction } from '#simulator-kit/index.ts';
import {
  newAppointmentId,
  patientsOf,
  removeAppointment,
  visitResource,
  writeAppointment,
} from './appointment-book.ts';
import { contentOf } from './appointment-rules.ts';
import { FIRST_PATIENT } from './clinic-plan.ts';
import { textOf } from './json.ts';
import { refuse } from './outcome.ts';
import type { AppointmentRow, ClinicScene, Json, Span } from './tables.ts';
import { slotsBetween, spanOf } from './weekly-schedule.ts';

/** The front desk in its own program: nobody asks whether the time is free, planned or part of a slot. */
export function actAsStaff(scene: ClinicScene, action: StaffAction): string | undefined {
  if (action.action === 'book') return bookAtDesk(scene, action);
  const row = scene.db.table('appointments').get(action.id);
  if (row === undefined) return undefined;
  if (action.action === 'delete') removeAppointment(scene, row, 'staff');
  else
    writeAppointment(
      scene,
      row,
      { id: row.id, ...changedAtDesk(scene, row, action) },
      { by: 'staff', action: action.action },
    );
  return action.id;
}

/** Somebody new at the front desk. */
export function admitPatient({ db, ledger, now }: ClinicScene, person: Admission): string {
  const { family, given, birthDate } = person;
  const id = String(db.next('Patient', FIRST_PATIENT));
  const resource = { resourceType: 'Patient', active: true, name: [{ family, given: [given] }], birthDate };
  db.table('patients').put(id, { id, version: 1, lastUpdated: now, resource });
  ledger.patient(id, 'staff');
  return id;
}

type Changed = Pick<AppointmentRow, 'resource' | 'spans'>;

function bookAtDesk(scene: ClinicScene, order: Extract<StaffAction, { action: 'book' }>): string {
  const { patientId, practitionerId, locationId, minutes, note } = order;
  if (scene.db.table('patients').get(patientId) === undefined)
    throw refuse(400, 'not-found', 'There is no such patient.');
  requirePlace(scene, practitionerId, locationId);
  const start = Date.parse(order.start);
  const visit = { practitionerId, locationId, start, end: start + minutes * 60_000 };
  const id = newAppointmentId(scene);
  const comment = note === '' ? undefined : note;
  const changed = visitAt(scene, { ...visit, status: 'booked', patientId, comment });
  writeAppointment(scene, undefined, { id, ...changed }, { by: 'staff', action: 'book' });
  return id;
}

function changedAtDesk(
  scene: ClinicScene,
  row: AppointmentRow,
  action: Exclude<StaffAction, { action: 'book' | 'delete' }>,
): Changed {
  const { resource, spans } = row;
  switch (action.action) {
    case 'move':
      return movedAtDesk(scene, row, action);
    case 'cancel':
      return { spans, resource: { ...resource, status: 'cancelled' } };
    case 'noshow':
      return { spans, resource: { ...resource, status: 'noshow' } };
    case 'note':
      return {
        spans,
        resource: { ...withoutComment(resource), ...(action.note && { comment: action.note }) },
      };
  }
}

function withoutComment({ comment: _before, ...rest }: Json): Json {
  return rest;
}

function movedAtDesk(
  scene: ClinicScene,
  row: AppointmentRow,
  { start: instant, practitionerId, locationId }: Extract<StaffAction, { action: 'move' }>,
): Changed {
  const before = contentOf(row.resource);
  const [span] = row.spans;
  if (before.start === undefined || before.end === undefined || span === undefined)
    throw refuse(400, 'business-rule', 'A wish has no time to move.');
  const person = practitionerId ?? span.practitioner;
  const place = locationId ?? span.location;
  requirePlace(scene, person, place);
  const start = Date.parse(instant);
  const visit = {
    status: 'booked',
    patientId: patientsOf(row)[0] ?? '',
    practitionerId: person,
    locationId: place,
    start,
    end: start + before.end - before.start,
    comment: textOf(row.resource.comment),
  };
  const { resource, spans } = visitAt(scene, visit);
  const { slot: _before, start: _start, end: _end, participant: _participant, ...kept } = row.resource;
  return { spans, resource: { ...kept, ...resource } };
}

/** A visit at a time, with the slots that are planned there, if there are any. */
function visitAt(scene: ClinicScene, visit: Parameters<typeof visitResource>[1]): Changed {
  const { practitionerId, locationId, start, end } = visit;
  const slots = [...slotsBetween(scene.clinic, start, end)].filter(
    (slot) =>
      slot.schedule.practitioner === practitionerId &&
      slot.schedule.location === locationId &&
      slot.schedule.active !== false &&
      slot.end <= end,
  );
  const fits = slots[0]?.start === start && slots.at(-1)?.end === end;
  const outside: Span = {
    schedule: 0,
    location: locationId,
    start,
    end,
    ...(practitionerId !== undefined && { practitioner: practitionerId }),
  };
  const resource = visitResource(scene, visit);
  if (!fits) return { resource, spans: [outside] };
  const slot = slots.map(({ id }) => ({ reference: `Slot/${id}` }));
  return { resource: { ...resource, slot }, spans: slots.map(spanOf) };
}

function requirePlace({ clinic }: ClinicScene, practitionerId: string | undefined, locationId: string): void {
  const isKnown =
    (practitionerId === undefined || clinic.practitioners.some(({ id }) => id === practitionerId)) &&
    clinic.locations.some(({ id }) => id === locationId);
  if (!isKnown) throw refuse(400, 'not-found', 'There is no such practitioner or location.');
}
