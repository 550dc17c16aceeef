import { idsOf, isObject, objectsOf, readResource, referenceOf, textOf } from './json.ts';
import { refuse } from './outcome.ts';
import type { ClinicCall, Json } from './tables.ts';

/** What an Appointment says, as far as the server acts on it. Times are milliseconds since the epoch. */
export interface AppointmentContent {
  readonly status: string;
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly slots: readonly string[];
  readonly patients: readonly string[];
  readonly practitioners: readonly string[];
  readonly locations: readonly string[];
  /** Without `id` and `meta`. */
  readonly resource: Json;
}

export function readAppointment(call: ClinicCall): AppointmentContent {
  return contentOf(readResource(call, 'Appointment'));
}

/**
 * The rules of FHIR R4 for one Appointment: known elements, instants, required codes, and the invariants app-1 to app-4,
 * of which app-4 is read as it is meant (`noshow`).
 */
export function contentOf(body: Json): AppointmentContent {
  const { id: _id, meta: _meta, ...resource } = body;
  for (const name of Object.keys(resource)) {
    if (name === 'modifierExtension' || name === 'implicitRules')
      throw refuse(422, 'extension', `${name} is not understood.`);
    if (!ELEMENTS.has(name.replace(/^_/, '')))
      throw refuse(400, 'structure', `Appointment has no element ${name}.`);
  }
  const status = textOf(resource.status) ?? '';
  if (!STATUSES.has(status)) throw refuse(422, 'code-invalid', 'status is not of appointmentstatus.');
  const [start, end] = [instantIn(resource, 'start'), instantIn(resource, 'end')];
  if ((start === undefined) !== (end === undefined))
    throw refuse(422, 'invariant', 'app-2: start and end stand together.');
  if (start === undefined && !['proposed', 'cancelled', 'waitlist'].includes(status))
    throw refuse(422, 'invariant', 'app-3: this status needs start and end.');
  if (start !== undefined && end !== undefined && end <= start)
    throw refuse(422, 'business-rule', 'The end is not after the start.');
  if (
    resource.cancelationReason !== undefined &&
    !['cancelled', 'noshow', 'entered-in-error'].includes(status)
  )
    throw refuse(422, 'invariant', 'app-4: only what was cancelled or missed has a reason for it.');
  const { minutesDuration } = resource;
  if (minutesDuration !== undefined && !(Number.isInteger(minutesDuration) && Number(minutesDuration) > 0))
    throw refuse(400, 'value', 'minutesDuration is a positive number.');
  if (resource.comment !== undefined && typeof resource.comment !== 'string')
    throw refuse(400, 'value', 'comment is a string.');
  const actors = participantsOf(resource);
  return {
    status,
    start,
    end,
    slots: slotsIn(resource),
    patients: idsOf(actors, 'Patient'),
    practitioners: idsOf(actors, 'Practitioner'),
    locations: idsOf(actors, 'Location'),
    resource,
  };
}

/** Where a status may go; FHIR has no table of it, so this is a server's own. */
export const TRANSITIONS: Readonly<Record<string, readonly string[]>> = {
  proposed: ['pending', 'booked', 'waitlist', 'cancelled', 'entered-in-error'],
  waitlist: ['proposed', 'pending', 'booked', 'cancelled', 'entered-in-error'],
  pending: ['booked', 'cancelled', 'entered-in-error'],
  booked: ['arrived', 'checked-in', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error', 'pending'],
  arrived: ['checked-in', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'],
  'checked-in': ['fulfilled', 'cancelled', 'entered-in-error'],
  fulfilled: ['entered-in-error'],
  cancelled: ['entered-in-error'],
  noshow: ['entered-in-error'],
  'entered-in-error': [],
};

/** With what a new appointment may begin. */
export const FIRST_STATUSES: ReadonlySet<string> = new Set(['proposed', 'pending', 'booked', 'waitlist']);

const STATUSES: ReadonlySet<string> = new Set(Object.keys(TRANSITIONS));

function instantIn(resource: Json, name: string): number | undefined {
  const value = resource[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value)))
    return Date.parse(value);
  throw refuse(400, 'value', `${name} is no instant.`);
}

/** Seconds and an offset are needed. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/;

function slotsIn({ slot }: Json): readonly string[] {
  if (slot === undefined) return [];
  const references = Array.isArray(slot) ? slot.map(referenceOf) : [];
  const ids = idsOf(references, 'Slot');
  if (ids.length === 0 || ids.length < references.length)
    throw refuse(400, 'value', 'slot is a list of references to Slot.');
  return ids;
}

function participantsOf({ participant }: Json): readonly (string | undefined)[] {
  const all = objectsOf(participant);
  if (!Array.isArray(participant) || all.length === 0 || all.length < participant.length)
    throw refuse(422, 'required', 'An appointment has participants.');
  return all.map(({ actor, type, status }) => {
    if (actor === undefined && type === undefined)
      throw refuse(422, 'invariant', 'app-1: a participant has a type or an actor.');
    if (!['accepted', 'declined', 'tentative', 'needs-action'].includes(textOf(status) ?? ''))
      throw refuse(422, 'code-invalid', 'participant.status is not of participationstatus.');
    return isObject(actor) ? referenceOf(actor) : undefined;
  });
}

const ELEMENTS: ReadonlySet<string> = new Set(
  `resourceType language text contained extension identifier status cancelationReason serviceCategory serviceType
   specialty appointmentType reasonCode reasonReference priority description supportingInformation start end
   minutesDuration slot created comment patientInstruction basedOn participant requestedPeriod`.split(/\s+/),
);
