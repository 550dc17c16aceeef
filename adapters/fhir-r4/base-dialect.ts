import { capabilitiesWith } from './capabilities.ts';
import type { FhirDialect } from './dialect.ts';
import { participantOf } from './map/appointment.ts';
import { utc } from './map/instant.ts';
import { bookingSystem, intentOf } from './map/marker.ts';
import { firstWord } from './map/patient.ts';
import { idsIn } from './map/reference.ts';
import { conceptOf } from './map/token.ts';
import { fhirRoutes } from './routes.ts';
import { settings } from './settings.ts';
import type { AppointmentResource } from './wire/resources.ts';
import type { PatchOperation } from './wire/sent.ts';

/** A server that does what FHIR R4 says. */
export const baseDialect: FhirDialect = {
  base: '',
  routes: fhirRoutes(''),
  settings,
  can: capabilitiesWith,
  queries: {
    slots: ({ from, to, type }) => [
      {
        start: [`ge${from}`, `lt${to}`],
        status: 'free',
        ...(type !== undefined && { 'service-type': type }),
        _sort: 'start',
        _count: 200,
      },
    ],
    appointments: (patient, { from, to }) => ({
      patient: `Patient/${patient}`,
      date: [`ge${from}`, `lt${to}`],
      _sort: 'date',
      _count: 100,
    }),
    patients: ({ family, given, birthDate }) => ({
      family: firstWord(family),
      given: firstWord(given),
      birthdate: birthDate,
      _count: 50,
    }),
  },
  directory: 'searched',
  schedules: 'searched',
  patientSearch: 'post',
  locationOf: (_slot, { actor }) => {
    const [location, ...others] = idsIn(actor, 'Location');
    return others.length === 0 ? location : undefined;
  },
  newAppointment: ({ patient, opening, marker }, { slots, practitioners, type }, { booking }) => ({
    resourceType: 'Appointment',
    ...(booking === 'conditional-create' && {
      identifier: [{ system: bookingSystem, value: intentOf(marker).slice(bookingSystem.length + 1) }],
    }),
    status: 'booked',
    ...(type !== undefined && { serviceType: [conceptOf(type)] }),
    start: utc(opening.start),
    end: utc(opening.end),
    minutesDuration: opening.minutes,
    slot: slots.map((id) => ({ reference: `Slot/${id}` })),
    comment: marker,
    participant: [
      `Patient/${patient}`,
      ...practitioners.map((id) => `Practitioner/${id}`),
      `Location/${opening.location}`,
    ].map((reference) => ({ actor: { reference }, status: 'accepted' })),
  }),
  cancelPatch: () => [
    { op: 'replace', path: '/status', value: 'cancelled' },
    {
      op: 'add',
      path: '/cancelationReason',
      value: {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason', code: 'pat' },
        ],
      },
    },
  ],
  movePatch: (appointment, { opening }, { slots, practitioners }, now) => [
    { op: 'add', path: '/slot', value: slots.map((id) => ({ reference: `Slot/${id}` })) },
    { op: 'add', path: '/start', value: utc(opening.start) },
    { op: 'add', path: '/end', value: utc(opening.end) },
    { op: 'add', path: '/minutesDuration', value: opening.minutes },
    ...practitioners
      .filter((id) => !now.practitioners.includes(id))
      .flatMap((id) => actorPatch(appointment, ['Practitioner', 'PractitionerRole'], `Practitioner/${id}`)),
    ...(now.locations.includes(opening.location)
      ? []
      : actorPatch(appointment, ['Location'], `Location/${opening.location}`)),
  ],
  allow: () => {},
  staleStatuses: [412],
  amend: (appointment) => appointment,
};

/** The first participant of these types becomes another one, or is added; the others stay as they are. */
function actorPatch(
  appointment: AppointmentResource,
  types: readonly string[],
  reference: string,
): readonly PatchOperation[] {
  const index = types.map((type) => participantOf(appointment, type)).find((each) => each !== undefined);
  return index === undefined
    ? [{ op: 'add', path: '/participant/-', value: { actor: { reference }, status: 'accepted' } }]
    : [{ op: 'replace', path: `/participant/${index}/actor`, value: { reference } }];
}
