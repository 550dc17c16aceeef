import type { Appointment, Bundle } from '@medplum/fhirtypes';
import { callJson } from './emr.ts';
import type { Stage } from './stage.ts';

/** A voice agent with one patient on the line. */
export interface BenchAgent {
  fhir(method: string, path: string, body?: unknown): Promise<unknown>;
  readonly patientId: string;
  /** Times it has booked: the same patient at the same time would be the same booking again. */
  readonly used: Set<string>;
}

/** Somebody whom the EMR knows. */
export interface KnownPerson {
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd */
  readonly birthDate: string;
}

/** @param basic of the agent at the token endpoint */
export async function benchAgent(stage: Stage, basic: string, person: KnownPerson): Promise<BenchAgent> {
  const authorization = `Bearer ${await stage.token(basic)}`;
  const fhir: BenchAgent['fhir'] = (method, path, body) =>
    callJson(method, `${stage.url}/fhir/R4${path}`, { authorization }, body);
  const { family, given, birthDate } = person;
  const name = [{ family, given: [given] }];
  const matched = await fhir('POST', '/Patient/$match', { resourceType: 'Patient', name, birthDate });
  return { fhir, patientId: firstId(matched), used: new Set() };
}

/** Finds, and books the first time that is not used yet. @returns the gateway's id of the appointment */
export async function findAndBook({ fhir, patientId, used }: BenchAgent): Promise<string> {
  const ahead = 2 + (used.size % 14);
  const date = new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
  const found = await fhir('GET', `/Appointment/$find?start=${date}&_count=50`);
  const offer = unusedTime(found, used);
  const booked = await fhir('POST', '/Appointment/$book', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'appointment-reference', valueReference: { reference: `Appointment/${offer}` } },
      { name: 'patient-resource', resource: { resourceType: 'Patient', id: patientId } },
    ],
  });
  return firstId(booked);
}

function unusedTime(found: unknown, used: Set<string>): string {
  const offers = entriesOf(found).filter(({ resourceType }) => resourceType === 'Appointment');
  const offer = offers.find(({ start }) => start !== undefined && !used.has(start));
  if (!offer?.id || !offer.start) throw new Error('No time is left to book.');
  used.add(offer.start);
  return offer.id;
}

function firstId(bundle: unknown): string {
  const id = entriesOf(bundle)[0]?.id;
  if (id === undefined) throw new Error('A bundle with an entry was expected.');
  return id;
}

function entriesOf(bundle: unknown): readonly Appointment[] {
  // What the gateway answers searches and operations with; of patients only the id is read.
  return ((bundle as Bundle<Appointment>).entry ?? []).flatMap(({ resource }) => resource ?? []);
}
