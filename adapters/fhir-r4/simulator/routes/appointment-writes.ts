import type { EmrAnswer, LedgerWrite } from '#simulator-kit/index.ts';
import { actorsOf, newAppointmentId, sameSpans, takeSlots, writeAppointment } from '../appointment-book.ts';
import {
  type AppointmentContent,
  contentOf,
  FIRST_STATUSES,
  readAppointment,
  TRANSITIONS,
} from '../appointment-rules.ts';
import { objectsOf, readResource, referenceOf, requireLegal, textOf } from '../json.ts';
import { patched } from '../json-patch.ts';
import { outcome, refuse } from '../outcome.ts';
import type { AppointmentRow, ClinicCall, Json, Method, Span } from '../tables.ts';
import { storedOnWire } from '../wire/stored.ts';
import { requireVersion, writtenAnswer } from './answer.ts';
import { appointments, findAppointment } from './appointment-reads.ts';
import { existing } from './conditional-create.ts';

const of = { type: 'Appointment' } as const;

export const appointmentWrites: readonly Method[] = [
  { ...of, verb: 'POST', template: '/Appointment', needs: 'c', handle: createAppointment },
  { ...of, verb: 'PUT', template: '/Appointment/{id}', needs: 'u', handle: updateAppointment },
  { ...of, verb: 'PATCH', template: '/Appointment/{id}', needs: 'u', handle: patchAppointment },
];

/** 201; or, for `If-None-Exist` with one match, 200 with that one, whatever the body says. */
function createAppointment(call: ClinicCall): EmrAnswer {
  const known = existing(call, appointments);
  if (known !== undefined) {
    const row = call.db.table('appointments').get(known);
    if (row !== undefined) return writtenAnswer(call, 200, row, storedOnWire(row, call.settings));
  }
  const content = readAppointment(call);
  if (!FIRST_STATUSES.has(content.status))
    throw refuse(422, 'business-rule', `An appointment does not begin as ${content.status}.`);
  requireKnownActors(call, content);
  const spans = takeSlots(call, content, undefined);
  const id = newAppointmentId(call);
  const created = { created: new Date(call.now).toISOString() };
  const resource = { ...created, ...withActors(call, content) };
  const row = writeAppointment(call, undefined, { id, resource, spans }, { by: 'api', action: 'book' });
  return writtenAnswer(call, 201, row, storedOnWire(row, call.settings));
}

/** Nothing is made by PUT: 405 for an id that is not there. */
function updateAppointment(call: ClinicCall): EmrAnswer {
  if (call.db.table('appointments').get(call.path.id ?? '') === undefined)
    return outcome(405, 'not-supported', 'Nothing is created by an update.');
  const before = findAppointment(call);
  const body = readResource(call, 'Appointment');
  if (body.id !== before.id) throw refuse(400, 'value', 'The id of the body is not that of the address.');
  requireVersion(call, before.version);
  return update(call, before, body);
}

/** An update of the patched copy, with all rules of one (FHIR R4 §3.1.0.6). */
function patchAppointment(call: ClinicCall): EmrAnswer {
  if (!call.settings.patch) return outcome(405, 'not-supported', 'This interaction is not offered.');
  const before = findAppointment(call);
  requireVersion(call, before.version);
  const after = patched(call, storedOnWire(before, call.settings));
  requireLegal(after);
  if (after.id !== before.id || after.resourceType !== 'Appointment')
    throw refuse(422, 'business-rule', 'A patch does not change what a resource is.');
  return update(call, before, after);
}

function update(call: ClinicCall, before: AppointmentRow, body: Json): EmrAnswer {
  const content = contentOf(body);
  const from = textOf(before.resource.status) ?? '';
  if (content.status !== from && !TRANSITIONS[from]?.includes(content.status))
    throw refuse(422, 'business-rule', `What is ${from} does not become ${content.status}.`);
  requireKnownActors(call, content);
  const spans = takeSlots(call, content, before);
  const isOver = TRANSITIONS[from]?.every((status) => status === 'entered-in-error') === true;
  if (isOver && !sameSpans(before.spans, spans))
    throw refuse(422, 'business-rule', `What is ${from} is not moved.`);
  const { created } = before.resource;
  const resource = { ...(created !== undefined && { created }), ...withActors(call, content) };
  const action = actionOf(from, content.status, before.spans, spans);
  const row = writeAppointment(call, before, { id: before.id, resource, spans }, { by: 'api', action });
  return writtenAnswer(call, 200, row, storedOnWire(row, call.settings));
}

function actionOf(
  from: string,
  to: string,
  before: readonly Span[],
  after: readonly Span[],
): LedgerWrite['action'] {
  if (to !== from && (to === 'cancelled' || to === 'entered-in-error')) return 'cancel';
  if (to !== from && to === 'noshow') return 'noshow';
  if (to !== from && to === 'booked') return 'confirm';
  return sameSpans(before, after) ? 'update' : 'move';
}

/** References of participants lead somewhere, and there is a patient. */
function requireKnownActors(call: ClinicCall, content: AppointmentContent): void {
  const { clinic, db } = call;
  const isKnown = {
    Patient: (id: string) => db.table('patients').get(id) !== undefined,
    Practitioner: (id: string) => clinic.practitioners.some((each) => each.id === id),
    Location: (id: string) => clinic.locations.some((each) => each.id === id),
  };
  const unknown = [
    ...content.patients.filter((id) => !isKnown.Patient(id)),
    ...content.practitioners.filter((id) => !isKnown.Practitioner(id)),
    ...content.locations.filter((id) => !isKnown.Location(id)),
  ];
  if (unknown.length > 0) throw refuse(422, 'business-rule', 'A participant is nobody here.');
  if (content.patients.length === 0) throw refuse(422, 'required', 'There is no patient.');
}

/** The resource, with the actors of its slot where the server adds them. */
function withActors(call: ClinicCall, content: AppointmentContent): Json {
  const { resource } = content;
  if (!call.settings.addsActors) return resource;
  const named = objectsOf(resource.participant);
  const references = named.map(({ actor }) => referenceOf(actor));
  const missing = actorsOf(call, content).filter((each) => !references.includes(each));
  const added = missing.map((reference) => ({ actor: { reference }, status: 'accepted' }));
  return { ...resource, participant: [...named, ...added] };
}
