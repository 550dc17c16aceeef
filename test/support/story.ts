import assert from 'node:assert/strict';
import type { Appointment, Bundle, Parameters, Patient, Resource } from '@medplum/fhirtypes';
import type { FhirCall, FhirResponse, TestAgent } from './agent.ts';

/** The steps of a call, as short as a test wants them. Each insists on success. */

/** Somebody whom an EMR knows. */
export interface KnownPerson {
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd */
  readonly birthDate: string;
}
/** A practice of whatever EMR, with an agent that may do everything. */
export interface KnownPractice {
  readonly id: string;
  readonly agent: TestAgent;
  readonly patients: readonly KnownPerson[];
}

const day = 86_400_000;

/** Times from the day after tomorrow on, so that none of them begins while a test runs. */
export async function offers(agent: TestAgent, query = ''): Promise<(Appointment & { id: string })[]> {
  const start = new Date(Date.now() + 2 * day).toISOString().slice(0, 10);
  const found = await agent.fhir('GET', `/Appointment/$find?start=${start}&_count=25${query}`);
  assert.equal(found.status, 200, JSON.stringify(found.body));
  return resourcesIn(found.body);
}

/**
 * An offer of half an hour that meets none which this function gave before: one patient is not booked twice at one time,
 * so tests that share a patient need times of their own.
 */
export async function offer(agent: TestAgent): Promise<Appointment & { id: string }> {
  const from = new Date(lastGiven + halfHour).toISOString();
  const found = await agent.fhir('GET', `/Appointment/$find?start=${from}&_count=1`);
  const [first] = resourcesIn(found.body);
  assert.ok(first?.start, 'Something is open.');
  lastGiven = Date.parse(first.start);
  return first;
}

const halfHour = 30 * 60_000;
let lastGiven = Date.now() + 2 * day;

/** As a caller would describe themselves. */
export function described({ family, given, birthDate }: KnownPerson): Patient {
  return { resourceType: 'Patient', name: [{ family, given: [given] }], birthDate };
}

/** Our id of the practice's patient of this number in its list. Asked for once, because it stays the same. */
export function patient(practice: KnownPractice, index: number): Promise<string> {
  const name = `${practice.id}/${index}`;
  const id = knownPatients.get(name) ?? match(practice, index);
  knownPatients.set(name, id);
  return id;
}

const knownPatients = new Map<string, Promise<string>>();

async function match(practice: KnownPractice, index: number): Promise<string> {
  const person = practice.patients[index];
  assert.ok(person);
  const found = await practice.agent.fhir('POST', '/Patient/$match', { body: described(person) });
  assert.equal(found.status, 200, JSON.stringify(found.body));
  const [only] = resourcesIn<Patient>(found.body);
  assert.ok(only?.id, `${index} is found.`);
  return only.id;
}

/** IHE's spelling, for a patient who is known. */
export function bookParameters(offerId: string, patientId: string): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'appointment-reference', valueReference: { reference: `Appointment/${offerId}` } },
      { name: 'patient-resource', resource: { resourceType: 'Patient', id: patientId } },
    ],
  };
}

export function holdParameters(offerId: string): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: [{ name: 'appointment-reference', valueReference: { reference: `Appointment/${offerId}` } }],
  };
}

/** Asks to move, by IHE's `appointment-resource`. */
export function moveTo(appointment: Appointment, slotId: string): Parameters {
  const { slot: _, start: __, end: ___, meta, ...rest } = appointment;
  return {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'appointment-resource',
        resource: {
          ...rest,
          ...(meta?.versionId !== undefined && { meta: { versionId: meta.versionId } }),
          status: 'booked',
          slot: [{ reference: `Slot/${slotId}` }],
        },
      },
    ],
  };
}

export const cancelPatch = [{ op: 'replace', path: '/status', value: 'cancelled' }];

export function hold(agent: TestAgent, offerId: string, call: FhirCall = {}): Promise<FhirResponse> {
  return agent.fhir('POST', '/Appointment/$hold', { body: holdParameters(offerId), ...call });
}

export function book(
  agent: TestAgent,
  offerId: string,
  patientId: string,
  call: FhirCall = {},
): Promise<FhirResponse> {
  return agent.fhir('POST', '/Appointment/$book', { body: bookParameters(offerId, patientId), ...call });
}

/** Books a time that is open and gives the appointment as it was read back. */
export async function booked(practice: KnownPractice, index: number): Promise<Appointment & { id: string }> {
  const { agent } = practice;
  const [who, time] = [await patient(practice, index), await offer(agent)];
  return appointmentIn(await book(agent, time.id, who));
}

/** The one Appointment of a `$hold` or `$book` that went well. */
export function appointmentIn({ status, body }: FhirResponse): Appointment & { id: string } {
  assert.equal(status, 200, JSON.stringify(body));
  const [only, ...others] = resourcesIn<Appointment>(body);
  assert.ok(only && others.length === 0);
  return only;
}

export function resourcesIn<T extends Resource = Appointment>(
  bundle: Bundle,
  mode = 'match',
): (T & { id: string })[] {
  // The caller says which type it asked for.
  return (bundle.entry ?? []).flatMap(({ resource, search }) =>
    resource && search?.mode === mode ? [resource as T & { id: string }] : [],
  );
}

/** Address of another page, or undefined on the last one. */
export function link(bundle: Bundle, relation: 'self' | 'next'): string | undefined {
  return bundle.link?.find((one) => one.relation === relation)?.url;
}
