import { type Grammar, grammar, type Route, type RouteTable } from '#adapter-kit/index.ts';
import { bundleOf, fhirRoute, fhirWire, tolerant } from '../fhir-r4/index.ts';
import * as wire from './wire.ts';

const { createRoute, idList, metadataRoute, patchRoute, readRoute } = fhirRoute;
const base = '';
const list = {
  method: 'GET',
  accept: 'application/fhir+json',
  ok: [200],
  timeoutMs: 20_000,
  maxResponseBytes: 4 << 20,
  effect: 'read',
} as const satisfies Partial<Route>;

const tokenList: Grammar = { pattern: /^[^\s,$\\]{1,300}(,[^\s,$\\]{1,300}){0,19}$/, maxLength: 2_000 };
const actorList: Grammar = {
  pattern: /^Practitioner\/[A-Za-z0-9._~-]{1,64}(,Practitioner\/[A-Za-z0-9._~-]{1,64}){0,19}$/,
  maxLength: 1_600,
};
const placeList: Grammar = {
  pattern: /^Location\/[A-Za-z0-9._~-]{1,64}(,Location\/[A-Za-z0-9._~-]{1,64}){0,19}$/,
  maxLength: 1_500,
};
/** Both bounds, each with a time of day. */
const period = { ...grammar.fhirInstant, required: true, repeat: 2 };
const count = grammar.oneOf('50', '100', '200');
/** The server keeps the filters behind this key; the link repeats none of them. */
const page = {
  '-pageContext': { pattern: /^[A-Za-z0-9._~-]+$/, maxLength: 200, required: true },
  '-pageDirection': { ...grammar.oneOf('NEXT'), required: true },
  _count: count,
} as const;
const include = grammar.oneOf('Slot:schedule');
const slots = bundleOf({ Slot: tolerant(fhirWire.slot), Schedule: tolerant(fhirWire.schedule) });

/** All that may be sent to Oracle Health; docs.oracle.com, "Millennium Platform R4 APIs". */
export const routes = {
  metadata: metadataRoute(base),
  slots: {
    ...list,
    template: '/Slot',
    query: {
      'service-type': { ...tokenList, required: true },
      start: period,
      'schedule.actor': actorList,
      '-location': placeList,
      _include: include,
      _count: count,
    },
    response: slots,
  },
  slotPages: { ...list, template: '/Slot', query: { ...page, _include: include }, response: slots },
  slot: readRoute(base, 'Slot', fhirWire.slot),
  holdSlot: patchRoute(base, 'Slot', wire.slotPatch),
  schedule: readRoute(base, 'Schedule', fhirWire.schedule),
  practitioners: {
    ...list,
    template: '/Practitioner',
    query: { _id: { ...idList, required: true }, _count: count },
    response: bundleOf({ Practitioner: fhirWire.practitioner }),
  },
  locations: {
    ...list,
    template: '/Location',
    query: { _id: { ...idList, required: true }, _count: count },
    response: bundleOf({ Location: fhirWire.location }),
  },
  appointment: readRoute(base, 'Appointment', fhirWire.appointment),
  appointments: {
    ...list,
    template: '/Appointment',
    query: { patient: { ...grammar.fhirId, required: true }, date: period, _count: count },
    response: bundleOf({ Appointment: fhirWire.appointment }),
  },
  bookSlot: createRoute(base, 'Appointment', wire.newAppointment),
  changeAppointment: patchRoute(base, 'Appointment', wire.appointmentPatch),
  searchPatients: {
    ...list,
    template: '/Patient',
    query: {
      family: { ...grammar.personName, required: true },
      given: { ...grammar.personName, required: true },
      birthdate: { ...grammar.date, required: true },
      _count: count,
    },
    response: bundleOf({ Patient: fhirWire.patient }),
  },
} as const satisfies RouteTable;
