import { Failure } from '#adapter-kit/index.ts';
import { baseDialect, both, type FhirDialect, inLots, listOf, serviceTypesOf } from '../fhir-r4/index.ts';
import { can } from './capabilities.ts';
import { isAllowed, schedulingLocation } from './map/extension.ts';
import { inSearches } from './map/service-type.ts';
import { routes } from './routes.ts';
import { asFhirSettings } from './settings.ts';

/** Where Oracle Health differs from FHIR R4, each as its documents say it. */
export const dialect: FhirDialect = {
  ...baseDialect,
  routes,
  settings: asFhirSettings,
  can,
  queries: {
    slots: ({ from, to, type, practitioners, locations }, settings) => {
      const actors = both(listOf(settings.practitioners), practitioners);
      const places = both(listOf(settings.locations), locations);
      const types = type === undefined ? serviceTypesOf(settings).map(({ token }) => token) : [type];
      // Each of these parameters may stand only once, so a long list takes several searches.
      return inSearches(types).flatMap((tokens) =>
        inLots(actors).flatMap((people) =>
          inLots(places).map((at) => ({
            'service-type': tokens.join(','),
            // Exactly these two prefixes, and both.
            start: [`ge${from}`, `lt${to}`],
            'schedule.actor': people.map((id) => `Practitioner/${id}`).join(','),
            '-location': at.map((id) => `Location/${id}`).join(','),
            _include: 'Slot:schedule',
            _count: 100,
          })),
        ),
      );
    },
    appointments: (patient, { from, to }) => ({ patient, date: [`ge${from}`, `lt${to}`], _count: 100 }),
    patients: baseDialect.queries.patients,
  },
  directory: 'settings',
  // A slot has a schedule of its own.
  schedules: 'included',
  patientSearch: 'get',
  locationOf: (slot) => schedulingLocation(slot),
  newAppointment: ({ patient, marker }, { slots }) => ({
    resourceType: 'Appointment',
    status: 'booked',
    slot: slots.map((id) => ({ reference: `Slot/${id}` })),
    participant: [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }],
    comment: marker,
  }),
  movePatch: (_appointment, _request, { slots }) => [
    { op: 'replace', path: '/slot', value: slots.map((id) => ({ reference: `Slot/${id}` })) },
  ],
  allow: (appointment, change) => {
    if (!isAllowed(appointment, change)) throw new Failure('business-rule');
  },
  // 412 is for a missing If-Match here.
  staleStatuses: [409],
};
