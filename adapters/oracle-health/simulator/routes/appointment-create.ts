import type { EmrAnswer } from '#simulator-kit/index.ts';
import { newAppointmentId, writeAppointment } from '../appointment-book.ts';
import { baseOf } from '../base.ts';
import { isObject, parseJson, requireContentType } from '../json-patch.ts';
import { created, refuse } from '../outcome.ts';
import { mayBook, slotState } from '../slot-book.ts';
import type { ClinicCall, Method } from '../tables.ts';
import { type PlannedSlot, slotOf, spanOf } from '../weekly-schedule.ts';

export const appointmentCreate: readonly Method[] = [
  { verb: 'POST', template: '/Appointment', type: 'Appointment', needs: 'c', handle: createAppointment },
];

type Body = Readonly<Record<string, unknown>>;

function createAppointment(call: ClinicCall): EmrAnswer {
  const body = readResource(call, 'Appointment');
  const id = body.status === 'proposed' ? request(call, body) : book(call, body);
  return created(baseOf(call), 'Appointment', id, call.now);
}

/** A resource of one type without what Millennium never takes. An id in it means nothing. */
export function readResource(call: ClinicCall, type: string): Body {
  requireContentType(call, ['application/fhir+json', 'application/json']);
  const body = parseJson(call);
  if (!isObject(body) || body.resourceType !== type)
    throw refuse(400, 'structure', `The body is no ${type}.`);
  if (body.implicitRules !== undefined) throw refuse(422, 'not-supported', 'implicitRules');
  if (body.modifierExtension !== undefined) throw refuse(422, 'extension', 'modifierExtension');
  return body;
}

/** Everything about time, place and practitioner comes from the slot; a field that says more is refused. */
function book(call: ClinicCall, body: Body): string {
  if (body.status !== 'booked') throw rule('status can be booked or proposed.');
  allowOnly(body, ['resourceType', 'id', 'meta', 'status', 'slot', 'participant', 'reasonCode', 'comment']);
  const [participant, ...others] = listOf(body.participant);
  if (participant === undefined || others.length > 0) throw rule('A booking has exactly one participant.');
  const patientId = readParticipant(call, participant, 'accepted', 'Patient');
  const slot = readSlot(call, body.slot);
  const row = {
    id: newAppointmentId(call),
    status: 'booked',
    patientId,
    patientStatus: 'accepted',
    type: slot.type.code,
    place: spanOf(slot),
    slotId: slot.id,
    ...readTexts(body),
  } as const;
  return writeAppointment(call, undefined, row, { by: 'api', action: 'book' }).id;
}

/** A wish: when and where, without a slot. */
function request(call: ClinicCall, body: Body): string {
  const allowed = ['resourceType', 'id', 'meta', 'status', 'serviceType', 'participant', 'requestedPeriod'];
  allowOnly(body, [...allowed, 'reasonCode', 'comment']);
  const [serviceType, anotherType] = listOf(body.serviceType);
  if (!isObject(serviceType) || anotherType !== undefined)
    throw rule('A request has exactly one serviceType.');
  const [period, anotherPeriod] = listOf(body.requestedPeriod);
  const { start, end } = isObject(period) ? period : {};
  if (!isInstant(start) || !isInstant(end) || anotherPeriod !== undefined)
    throw rule('A request has exactly one requestedPeriod with start and end.');
  const participants = listOf(body.participant);
  const isPatient = (each: unknown): boolean => referenceOf(each).startsWith('Patient/');
  const [patient, anotherPatient] = participants.filter(isPatient);
  const places = participants.filter((each) => !isPatient(each));
  if (patient === undefined || anotherPatient !== undefined || places.length === 0)
    throw rule('A request has one Patient and at least one Location.');
  const row = {
    id: newAppointmentId(call),
    status: 'proposed',
    patientId: readParticipant(call, patient, 'needs-action', 'Patient'),
    patientStatus: 'needs-action',
    type: '',
    requested: {
      locations: places.map((each) => readParticipant(call, each, 'needs-action', 'Location')),
      start,
      end,
      serviceType,
    },
    ...readTexts(body),
  } as const;
  return writeAppointment(call, undefined, row, { by: 'api', action: 'book' }).id;
}

/** A list of one reference to a slot that this caller may have. */
export function readSlot(call: ClinicCall, value: unknown): PlannedSlot {
  const [item, another] = listOf(value);
  const reference = isObject(item) && typeof item.reference === 'string' ? item.reference : '';
  const [, id] = reference.match(/^Slot\/([A-Za-z0-9.-]{1,64})$/) ?? [];
  if (id === undefined || another !== undefined) throw rule('slot has exactly one reference.');
  const slot = slotOf(call.clinic, id);
  if (slot === undefined) throw rule('There is no such slot.');
  if (call.settings.past === 'reject422' && slot.start < call.now) throw rule('The slot has begun.');
  if (!mayBook(call, slotState(call, slot), call.caller.clientId)) throw rule(call.settings.slotTakenText);
  return slot;
}

/** At most one reason of a text of at most 255 characters. An empty list is none. */
export function readReason(value: unknown): string | undefined {
  const [reason, another] = listOf(value);
  if (reason === undefined) return undefined;
  const { text, ...rest } = isObject(reason) ? reason : {};
  if (typeof text !== 'string' || text === '' || another !== undefined || Object.keys(rest).length > 0)
    throw rule('reasonCode is one concept with a text.');
  if (text.length > 255) throw refuse(400, 'too-long', 'reasonCode.text has more than 255 characters.');
  return text;
}

/** 422 as a rule of Millennium's. */
export function rule(text: string): Error {
  return refuse(422, 'business-rule', text);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function readTexts(body: Body): { readonly reasonText?: string; readonly comment?: string } {
  const reasonText = readReason(body.reasonCode);
  const { comment } = body;
  if (comment !== undefined && typeof comment !== 'string') throw rule('comment is a string.');
  return { ...(reasonText !== undefined && { reasonText }), ...(comment !== undefined && { comment }) };
}

function readParticipant(
  call: ClinicCall,
  value: unknown,
  status: string,
  type: 'Patient' | 'Location',
): string {
  const fields: Body = isObject(value) ? value : {};
  allowOnly(fields, ['actor', 'status']);
  if (fields.status !== status) throw rule(`participant.status must be ${status}.`);
  const [, named, id = ''] = referenceOf(value).match(/^(\w+)\/([A-Za-z0-9.-]{1,64})$/) ?? [];
  const known =
    type === 'Patient'
      ? call.db.table('patients').get(id) !== undefined
      : call.clinic.locations.some((place) => place.id === id);
  if (named !== type || !known) throw rule(`participant.actor is no ${type} of this tenant.`);
  return id;
}

function referenceOf(participant: unknown): string {
  const actor = isObject(participant) && isObject(participant.actor) ? participant.actor : {};
  return typeof actor.reference === 'string' ? actor.reference : '';
}

function allowOnly(fields: Body, names: readonly string[]): void {
  const other = Object.keys(fields).find((name) => !names.includes(name));
  if (other !== undefined) throw rule(`${other} is not supported.`);
}

function isInstant(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}
