import type { z } from '#adapter-kit/index.ts';
import { toAppointment } from '../map/appointment.ts';
import { learnedFrom } from '../map/conformance.ts';
import { toLocation, toPractitioner, toServices } from '../map/directory.ts';
import { isFailure } from '../map/issue.ts';
import { isPerson, toPatient } from '../map/patient.ts';
import { isFor, spanOf } from '../map/slot.ts';
import { settings } from '../settings.ts';
import * as wire from '../wire/resources.ts';
import * as rows from './rows.ts';

/** What must not go on, wherever it stands. */
export const canary = 'Canary 555-0100';
const timeZone = 'America/Chicago';
const person = { family: 'Okafor', given: 'Zoë', birthDate: '1984-02-29' };
const known = settings.parse({});

/** Each resource as a server may send it, its schema, and all that we make of it. */
export const kinds: readonly {
  readonly type: string;
  readonly row: object;
  readonly schema: z.ZodType;
  /** Elements whose words may go on: they name people of the office, places, services, or the patient who asks. */
  readonly named: readonly string[];
  readonly map: (value: never) => unknown;
}[] = [
  {
    type: 'Appointment',
    row: rows.appointment({ comment: `${canary} GW:7K3QX5M2TA.1`, created: '2031-01-01T00:00:00Z' }),
    schema: wire.appointment,
    named: [],
    map: (value: wire.AppointmentResource) => toAppointment(value, timeZone),
  },
  {
    type: 'Slot',
    row: rows.slot(),
    schema: wire.slot,
    named: [],
    map: (value: wire.SlotResource) => [spanOf(value), isFor('urn:a|1', value, undefined)],
  },
  {
    type: 'Schedule',
    row: rows.schedule(),
    schema: wire.schedule,
    named: [],
    map: (value: wire.ScheduleResource) => value,
  },
  {
    type: 'Patient',
    row: rows.patient(),
    schema: wire.patient,
    named: ['name', 'telecom'],
    map: (value: wire.PatientResource) => [toPatient(value), isPerson(value, person)],
  },
  {
    type: 'Practitioner',
    row: { resourceType: 'Practitioner', id: 'p-1', name: [{ family: 'Haddad' }] },
    schema: wire.practitioner,
    named: ['name', 'identifier'],
    map: (value: wire.PractitionerResource) => toPractitioner(value),
  },
  {
    type: 'PractitionerRole',
    row: { resourceType: 'PractitionerRole', id: 'r-1', practitioner: { reference: 'Practitioner/p-1' } },
    schema: wire.practitionerRole,
    named: [],
    map: (value: wire.PractitionerRoleResource) => value,
  },
  {
    type: 'Location',
    row: { resourceType: 'Location', id: 'l-1', name: 'Garden' },
    schema: wire.location,
    named: ['name'],
    map: (value: wire.LocationResource) => toLocation(value),
  },
  {
    type: 'HealthcareService',
    row: { resourceType: 'HealthcareService', id: 'h-1', name: 'Visit' },
    schema: wire.healthcareService,
    named: ['name'],
    map: (value: wire.HealthcareServiceResource) => toServices([value], known),
  },
  {
    type: 'OperationOutcome',
    row: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'conflict' }] },
    schema: wire.operationOutcome,
    named: [],
    map: (value: wire.OperationOutcomeResource) => [value, isFailure([value])],
  },
  {
    type: 'CapabilityStatement',
    row: { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', rest: [{ mode: 'server' }] },
    schema: wire.capabilityStatement,
    named: [],
    map: (value: wire.CapabilityStatement) => learnedFrom(value, known),
  },
];
