import { grammar, type QueryGrammar, type Route, type RouteTable } from '#adapter-kit/index.ts';
import {
  bundleOf,
  fhirRoute,
  fhirSent,
  fhirWire,
  operationResult,
  type Page,
  tolerant,
} from '../fhir-r4/index.ts';
import { codes, codesIn } from './map/issue.ts';
import * as wire from './wire.ts';

export const r4 = '/api/FHIR/R4';
export const stu3 = '/api/FHIR/STU3';

const day: QueryGrammar = {
  pattern: /^(ge|le)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/,
  maxLength: 12,
  required: true,
  repeat: 2,
};
const seconds = 1000;
/** Without `Accept` Epic speaks XML. */
const answer = { accept: 'application/fhir+json', timeoutMs: 15 * seconds } as const;
const search = { ...answer, method: 'GET', ok: [200], maxResponseBytes: 4 << 20, effect: 'read' } as const;
/** An answer from which results were left out is no answer to "which visits does this patient have". */
const wholeAppointments = bundleOf({ Appointment: fhirWire.appointment }).refine(
  (page: Page) => !codesIn(page).includes(codes.resultsSuppressed),
);

/** Everything that may ever be sent to Epic: fhir.epic.com, "Specifications". */
export const routes = {
  metadata: fhirRoute.metadataRoute(r4),
  practitioner: fhirRoute.readRoute(r4, 'Practitioner', fhirWire.practitioner),
  location: fhirRoute.readRoute(r4, 'Location', fhirWire.location),
  appointment: fhirRoute.readRoute(r4, 'Appointment', fhirWire.appointment),
  appointments: {
    ...search,
    template: `${r4}/Appointment`,
    query: {
      patient: { ...grammar.fhirId, required: true },
      date: day,
      'service-category': grammar.oneOf('appointment'),
    },
    response: wholeAppointments,
  },
  /** The pages after the first, each named by what the page before it said. */
  appointmentsPage: {
    ...search,
    template: `${r4}/Appointment`,
    // How long Epic's are is not published: opaque, of characters that need no encoding, and an address long at most.
    query: { sessionID: { pattern: /^[A-Za-z0-9._~-]+$/, maxLength: 2_000, required: true } },
    response: wholeAppointments,
  },
  searchPatients: {
    ...answer,
    method: 'POST',
    template: `${r4}/Patient/_search`,
    contentType: 'application/x-www-form-urlencoded',
    body: fhirSent.patientSearch,
    response: bundleOf({ Patient: fhirWire.patient }),
    ok: [200],
    maxResponseBytes: 1 << 20,
    effect: 'read',
  },
  findTimes: {
    ...answer,
    method: 'POST',
    template: `${stu3}/Appointment/$find`,
    contentType: 'application/fhir+json',
    body: wire.findParameters,
    response: operationResult({ Appointment: tolerant(wire.proposal) }),
    ok: [200],
    maxResponseBytes: 8 << 20,
    effect: 'read',
  },
  bookTime: {
    ...answer,
    method: 'POST',
    template: `${stu3}/Appointment/$book`,
    contentType: 'application/fhir+json',
    body: wire.bookParameters,
    response: operationResult({ Appointment: wire.booked }),
    ok: [200, 201],
    maxResponseBytes: 256 << 10,
    effect: 'write',
  },
} as const satisfies RouteTable & Readonly<Record<string, Route>>;
