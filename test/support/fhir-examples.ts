import type { Resource } from '@medplum/fhirtypes';
import { Failure } from '#domain/failure.ts';
import {
  type AppointmentView,
  appointmentOf,
  heldAppointment,
  proposedAppointment,
} from '#fhir/appointment.ts';
import { matchBundle, operationStatusBundle, searchset } from '#fhir/bundle.ts';
import { capabilityStatement } from '#fhir/capability-statement.ts';
import {
  healthcareServiceOf,
  locationOf,
  practitionerOf,
  practitionerRoleOf,
  scheduleOf,
} from '#fhir/directory.ts';
import { interactions } from '#fhir/interaction.ts';
import { notice, outcomeOf, progressOutcome } from '#fhir/operation-outcome.ts';
import { patientOf } from '#fhir/patient.ts';
import { slotOf } from '#fhir/slot.ts';

const base = 'https://gateway.example.org/fhir/R4';
const zone = 'America/Chicago';
const visitType = { code: 'cleaning', display: 'Cleaning and check-up' };
const practitioner = { id: 'prac-7', display: 'Dr. Ada Example' };
const location = { id: 'room-4', display: 'Room 4' };
const service = { id: 'cleaning', display: visitType.display };
const slotId = 'ofq3mzkx5n2y7bwv4tdc6rjh8a';
const holdId = '0195a1b2-0000-7000-8000-000000000001';
const appointmentId = '0195a1b2-0000-7000-8000-000000000002';
const patientId = '0195a1b2-0000-7000-8000-000000000003';
const requested = { from: '2027-03-04T06:00:00Z', to: '2027-03-05T06:00:00Z' };
const opening = { start: '2027-03-04T16:30:00Z', end: '2027-03-04T17:10:00Z', visitType };
const view = { ...opening, practitioner, location, requested } satisfies Omit<
  AppointmentView,
  'id' | 'status'
>;

const slot = slotOf({ id: slotId, scheduleId: 'sched-74', ...opening, seenAt: '2027-03-01T15:00:00Z' }, zone);
const schedule = scheduleOf(
  {
    id: 'sched-74',
    practitioner,
    location,
    services: [visitType],
    horizon: { from: '2027-03-01T06:00:00Z', to: '2027-04-01T05:00:00Z' },
  },
  zone,
);
const proposed = proposedAppointment({ id: slotId, ...view }, zone);
const held = heldAppointment(
  { id: holdId, slotId, ...view },
  { expiresAt: '2027-03-01T15:10:00Z', kind: 'gateway' },
  zone,
);
const booked = appointmentOf(
  {
    id: appointmentId,
    version: '3',
    status: 'booked',
    slotId,
    patientId,
    created: '2027-03-01T15:04:05Z',
    ...view,
  },
  zone,
);
const cancelled = appointmentOf(
  { id: appointmentId, version: '4', status: 'cancelled', patientId, cancelationReason: 'pat', ...view },
  zone,
);
const demographics = {
  family: 'Example',
  given: 'Maria',
  birthDate: '1984-02-29',
  gender: 'female',
  phone: '+1 555 0100',
  email: 'maria@example.org',
} as const;
const patient = patientOf(patientId, demographics);
const described: Resource = {
  resourceType: 'Patient',
  name: [{ family: 'Example', given: ['Maria'] }],
  birthDate: '1984-02-29',
};

/** Examples of all that is emitted and of what callers send, by file name below `fhir-profiles/examples/`. */
export const examples: ReadonlyMap<string, Resource> = new Map<string, Resource>([
  ['Slot-free', slot],
  ['Schedule-of-a-practitioner', schedule],
  [
    'Practitioner-example',
    practitionerOf({ ...practitioner, name: { family: 'Example', given: ['Ada'], prefix: ['Dr.'] } }),
  ],
  [
    'PractitionerRole-example',
    practitionerRoleOf({ id: 'role-7', practitioner, locations: [location], services: [service] }),
  ],
  ['Location-example', locationOf(location, zone)],
  [
    'HealthcareService-cleaning',
    healthcareServiceOf({ id: 'cleaning', visitType, minutes: 40, locations: [location], patients: 'all' }),
  ],
  ['Appointment-proposed', proposed],
  ['Appointment-held', held],
  ['Appointment-booked', booked],
  ['Appointment-cancelled', cancelled],
  ['Patient-created', patient],
  [
    'Bundle-slots',
    searchset({
      base,
      path: 'Slot',
      applied: [
        ['start', 'ge2027-03-04'],
        ['_include', 'Slot:schedule'],
      ],
      matches: [slot],
      includes: [schedule],
      total: 12,
      nextCursor: 'MTIz',
    }),
  ],
  ['Bundle-no-slots', searchset({ base, path: 'Slot', applied: [['start', '2027-03-06']], matches: [] })],
  [
    'Bundle-find',
    searchset({
      base,
      path: 'Appointment/$find',
      applied: [['start', '2027-03-04']],
      matches: [proposed],
      ihe: true,
    }),
  ],
  [
    'Bundle-find-nothing',
    searchset({
      base,
      path: 'Appointment/$find',
      applied: [],
      matches: [],
      outcome: notice('information', 'Nothing is open in this window.'),
      ihe: true,
    }),
  ],
  ['Bundle-hold', searchset({ base, path: 'Appointment/$hold', applied: [], matches: [held], ihe: true })],
  ['Bundle-book', searchset({ base, path: 'Appointment/$book', applied: [], matches: [booked], ihe: true })],
  ['Bundle-match', matchBundle(base, [{ patient, grade: 'certain' }])],
  [
    'Bundle-operation-booked',
    operationStatusBundle({
      status: 200,
      resource: booked,
      etag: 'W/"3"',
      location: `${base}/Appointment/${appointmentId}`,
    }),
  ],
  [
    'Bundle-operation-refused',
    operationStatusBundle({ status: 409, outcome: outcomeOf(new Failure('slot-taken')).body }),
  ],
  [
    'OperationOutcome-slot-taken',
    outcomeOf(new Failure('slot-taken', { expression: 'Appointment.slot[0]' })).body,
  ],
  [
    'OperationOutcome-pending',
    progressOutcome('pending', { url: `${base}/operations/x`, retryAfterSeconds: 2 }).body,
  ],
  [
    'OperationOutcome-needs-human',
    progressOutcome('needs-human', { url: `${base}/operations/x`, retryAfterSeconds: 60 }).body,
  ],
  [
    'CapabilityStatement-of-a-practice',
    capabilityStatement(
      {
        version: '0.1.0',
        base,
        tokenEndpoint: 'https://gateway.example.org/oauth/token',
        date: '2026-11-21',
      },
      interactions,
      {
        title: 'Example Dental',
        mode: 'sandbox',
        bookingMode: 'live',
        book: true,
        cancel: true,
        matchPatient: true,
        createPatient: true,
      },
    ),
  ],
  [
    'Parameters-find',
    {
      resourceType: 'Parameters',
      parameter: [
        { name: 'start', valueDateTime: '2027-03-04' },
        { name: 'end', valueDateTime: '2027-03-10' },
        { name: 'visit-type', valueString: 'cleaning' },
        { name: '_count', valueInteger: 5 },
      ],
    },
  ],
  [
    'Parameters-hold',
    {
      resourceType: 'Parameters',
      parameter: [{ name: 'appointment-reference', valueReference: { reference: `Appointment/${slotId}` } }],
    },
  ],
  [
    'Parameters-book',
    {
      resourceType: 'Parameters',
      parameter: [
        { name: 'appointment-reference', valueReference: { reference: `Appointment/${holdId}` } },
        { name: 'patient-resource', resource: { resourceType: 'Patient', id: patientId } },
      ],
    },
  ],
  [
    'Parameters-book-argonaut',
    {
      resourceType: 'Parameters',
      parameter: [
        { name: 'appt-id', valueUri: `Appointment/${slotId}` },
        { name: 'patient-id', valueUri: `Patient/${patientId}` },
      ],
    },
  ],
  [
    'Parameters-move',
    {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'appointment-resource',
          resource: { ...booked, slot: [{ reference: 'Slot/ofanother2slot' }] },
        },
      ],
    },
  ],
  [
    'Parameters-cancel',
    { resourceType: 'Parameters', parameter: [{ name: 'appointment-resource', resource: cancelled }] },
  ],
  [
    'Parameters-match',
    {
      resourceType: 'Parameters',
      parameter: [
        { name: 'resource', resource: described },
        { name: 'onlyCertainMatches', valueBoolean: true },
      ],
    },
  ],
]);
