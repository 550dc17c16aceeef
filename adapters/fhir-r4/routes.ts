import {
  type Grammar,
  grammar,
  type QueryGrammar,
  type Route,
  type RouteTable,
  type z,
} from '#adapter-kit/index.ts';
import { bundleOf, operationResult, type Shapes, tolerant } from './wire/bundle.ts';
import * as wire from './wire/resources.ts';
import * as sent from './wire/sent.ts';

export type FhirBase = '' | `/${string}`;

const seconds = 1000;
const answer = { accept: 'application/fhir+json', timeoutMs: 15 * seconds } as const;
const read = { ...answer, method: 'GET', ok: [200], effect: 'read' } as const;
const write = { ...answer, maxResponseBytes: 256 << 10, effect: 'write' } as const;

/** GET [base]/[type]/[id]. */
export function readRoute(base: FhirBase, type: string, response: z.ZodType): Route {
  return {
    ...read,
    template: `${base}/${type}/{id}`,
    path: { id: grammar.fhirId },
    response,
    maxResponseBytes: 1 << 20,
  };
}

/** GET [base]/[type]?…, with the keys under which servers name the next page of it. */
export function searchRoute(
  base: FhirBase,
  type: string,
  query: Readonly<Record<string, QueryGrammar>>,
  shapes: Shapes,
): Route {
  return {
    ...read,
    template: `${base}/${type}`,
    query: { ...query, ...pageKeys },
    response: bundleOf(shapes),
    maxResponseBytes: 4 << 20,
  };
}

/** PATCH [base]/[type]/[id] by JSON Patch, of the version that was read. What comes back is not looked at. */
export function patchRoute(base: FhirBase, type: string, body: z.ZodType): Route {
  return {
    ...write,
    method: 'PATCH',
    template: `${base}/${type}/{id}`,
    path: { id: grammar.fhirId },
    contentType: 'application/json-patch+json',
    ifMatch: true,
    body,
    response: 'empty',
    ok: [200, 204],
  };
}

/** POST [base]/[type]. The id is in `Location` (FHIR R4 §3.1.0.8), with a body or without. */
export function createRoute(base: FhirBase, type: string, body: z.ZodType): Route {
  return {
    ...write,
    method: 'POST',
    template: `${base}/${type}`,
    contentType: 'application/fhir+json',
    body,
    response: 'empty',
    ok: [200, 201],
  };
}

/** POST [base]/[type]/$[name] that changes something. */
export function operationRoute(
  base: FhirBase,
  name: `${string}/$${string}`,
  body: z.ZodType,
  shapes: Shapes,
): Route {
  return {
    ...write,
    method: 'POST',
    template: `${base}/${name}`,
    contentType: 'application/fhir+json',
    body,
    response: operationResult(shapes),
    ok: [200, 201],
  };
}

export function metadataRoute(base: FhirBase): Route {
  return {
    ...read,
    template: `${base}/metadata`,
    response: wire.capabilityStatement,
    // Some describe every search parameter of every resource, and every operation.
    maxResponseBytes: 16 << 20,
  };
}

const opaque: Grammar = { pattern: /^[A-Za-z0-9._~+/=,:|-]+$/, maxLength: 2_000 };
/** Under these keys servers keep their place between two pages; what they hold is theirs (FHIR R4 §3.1.1.4.6). */
const pageKeys = {
  _offset: grammar.integer,
  _getpagesoffset: grammar.integer,
  _page: opaque,
  _page_token: opaque,
  _cursor: opaque,
  _skiptoken: opaque,
  ct: opaque,
  page: opaque,
  sessionID: opaque,
  _format: grammar.oneOf('json', 'application/fhir+json'),
} as const;

const count = grammar.oneOf('50', '100', '200');
const start = { ...grammar.fhirInstant, required: true, repeat: 2 };
const token: Grammar = { pattern: /^[^\s,$\\]+$/, maxLength: 500 };
/** Ids, at most twenty, with commas between. */
export const idList: Grammar = {
  pattern: /^[A-Za-z0-9._~-]{1,128}(,[A-Za-z0-9._~-]{1,128}){0,19}$/,
  maxLength: 2_600,
};
const actorList: Grammar = {
  pattern: /^Practitioner\/[A-Za-z0-9._~-]{1,128}(,Practitioner\/[A-Za-z0-9._~-]{1,128}){0,19}$/,
  maxLength: 2_900,
};
const active = grammar.oneOf('true');

/** All that may be sent to a FHIR R4 server with slots, by the way it is booked. */
export function fhirRoutes(base: FhirBase) {
  return {
    metadata: metadataRoute(base),
    slots: searchRoute(
      base,
      'Slot',
      {
        start,
        status: grammar.oneOf('free'),
        'service-type': token,
        _sort: grammar.oneOf('start'),
        _count: count,
      },
      { Slot: tolerant(wire.slot) },
    ),
    slot: readRoute(base, 'Slot', wire.slot),
    schedules: searchRoute(
      base,
      'Schedule',
      { active, actor: actorList, _count: count },
      { Schedule: tolerant(wire.schedule) },
    ),
    schedule: readRoute(base, 'Schedule', wire.schedule),
    practitioners: searchRoute(
      base,
      'Practitioner',
      { _id: { ...idList, required: true }, _count: count },
      { Practitioner: wire.practitioner },
    ),
    practitionerRoles: searchRoute(
      base,
      'PractitionerRole',
      { _id: { ...idList, required: true }, _count: count },
      { PractitionerRole: wire.practitionerRole },
    ),
    locations: searchRoute(
      base,
      'Location',
      { _id: { ...idList, required: true }, _count: count },
      { Location: wire.location },
    ),
    healthcareServices: searchRoute(
      base,
      'HealthcareService',
      { active, _count: count },
      { HealthcareService: wire.healthcareService },
    ),
    appointment: readRoute(base, 'Appointment', wire.appointment),
    appointments: searchRoute(
      base,
      'Appointment',
      {
        patient: { pattern: /^(Patient\/)?[A-Za-z0-9._~-]{1,128}$/, maxLength: 136, required: true },
        date: { ...grammar.fhirInstant, required: true, repeat: 2 },
        _sort: grammar.oneOf('date'),
        _count: count,
      },
      { Appointment: wire.appointment },
    ),
    bookSlot: createRoute(base, 'Appointment', sent.newAppointment),
    bookSlotOnce: {
      ...createRoute(base, 'Appointment', sent.newAppointment),
      ifNoneExist: { pattern: /^identifier=urn:postern:booking\|GW:[A-Z2-7]{10}$/, maxLength: 60 },
    },
    changeAppointment: patchRoute(base, 'Appointment', sent.appointmentPatch),
    findTimes: {
      ...read,
      template: `${base}/Appointment/$find`,
      query: {
        start: { ...grammar.fhirInstant, required: true },
        end: { ...grammar.fhirInstant, required: true },
        practitioner: { pattern: /^Practitioner\/[A-Za-z0-9._~-]{1,128}$/, maxLength: 150, repeat: 50 },
        'location-reference': { pattern: /^Location\/[A-Za-z0-9._~-]{1,128}$/, maxLength: 150, repeat: 50 },
        'visit-type': token,
        'service-type-reference': { pattern: /^HealthcareService\/[A-Za-z0-9._~-]{1,128}$/, maxLength: 150 },
        schedule: { pattern: /^Schedule\/[A-Za-z0-9._~-]{1,128}$/, maxLength: 150 },
        _count: grammar.oneOf('1000'),
      },
      response: operationResult({ Appointment: tolerant(wire.proposal) }),
      maxResponseBytes: 8 << 20,
    },
    bookTime: operationRoute(base, 'Appointment/$book', sent.bookParameters, {
      Appointment: wire.appointment,
    }),
    searchPatients: {
      ...answer,
      method: 'POST',
      effect: 'read',
      ok: [200],
      template: `${base}/Patient/_search`,
      contentType: 'application/x-www-form-urlencoded',
      body: sent.patientSearch,
      response: bundleOf({ Patient: wire.patient }),
      maxResponseBytes: 1 << 20,
    },
    createPatient: createRoute(base, 'Patient', sent.newPatient),
  } as const satisfies RouteTable;
}
