import type { Demographics, VendorPatient } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import { readBookingFacts } from './booking-facts.ts';
import { attemptOf, type Caller } from './caller.ts';
import { patientIdOf } from './patient-id.ts';
import { connectionOf, practiceContext } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';
import { type Patience, type Undertaken, undertake } from './undertake.ts';

export type PatientMatch =
  | { readonly found: 'one'; readonly patientId: string }
  | { readonly found: 'none' }
  /** More than one: nobody is named, the office has to help. */
  | { readonly found: 'several' };

/**
 * Finds the one patient with exactly this family name, given name and birth date. Ids of patients come from here (and
 * from creating one) and from nowhere else.
 *
 * @throws Failure `patient-not-bookable` for somebody whom the practice does not book any more
 */
export async function matchPatient(
  on: Scheduling,
  caller: Caller,
  demographics: Demographics,
): Promise<PatientMatch> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const connection = connectionOf(context);
  return on.audit.around(
    caller.practiceId,
    (result: PatientMatch | undefined) =>
      attemptOf(caller, {
        action: 'patient.match',
        ...(result?.found === 'one' && { patient: result.patientId }),
      }),
    async () => {
      const rows = await on.emr.open(context, connection, 'call').run('matchPatients', demographics);
      const bookable = rows.filter((row) => row.bookable);
      if (rows.length > 0 && bookable.length === 0) throw new Failure('patient-not-bookable');
      const [one] = bookable;
      if (bookable.length > 1) return { found: 'several' };
      if (!one) return { found: 'none' };
      return { found: 'one', patientId: await linkOf(on, caller, connection.connectionId, one) };
    },
  );
}

function linkOf(on: Scheduling, caller: Caller, connectionId: string, row: VendorPatient): Promise<string> {
  return on.database.withPractice(caller.practiceId, (tx) =>
    patientIdOf(on, tx, caller.practiceId, connectionId, row.resource.id),
  );
}

/**
 * Creates a patient once: matched before created, by name and birth date, whatever key the request carries. Where the
 * EMR's answer was lost nothing is sent again, because a second chart of one person cannot be taken back by us.
 *
 * @throws Failure `capability-missing`, `booking-off`
 */
export async function createPatient(
  on: Scheduling,
  caller: Caller,
  demographics: Demographics,
  idempotencyKey: string | undefined,
  patience: Patience,
): Promise<Undertaken> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const connection = connectionOf(context);
  if (context.practice.bookingMode !== 'live') throw new Failure('booking-off');
  if (!on.emr.capabilitiesOf(connection).createPatient) throw new Failure('capability-missing');
  const person = [folded(demographics.family), folded(demographics.given), demographics.birthDate];
  return undertake(
    on,
    caller,
    {
      kind: 'create-patient',
      idempotencyKey,
      fingerprint: demographics,
      natural: ['patient', ...person],
      request: async (_tx, vault, intentId) => ({
        connectionId: connection.connectionId,
        opening: undefined,
        patientId: undefined,
        patient: vault.seal({ row: intentId, kind: 'patient', version: 0 }, JSON.stringify(demographics)),
        targetId: undefined,
        targetStart: undefined,
      }),
    },
    patience,
  );
}

function folded(name: string): string {
  return name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

/** Keyed hash of a person, by which guessing is limited. */
export async function identityOf(
  on: Scheduling,
  practiceId: string,
  demographics: Demographics,
): Promise<string> {
  const person = [folded(demographics.family), folded(demographics.given)];
  return on.database.withPractice(practiceId, async (tx) =>
    (await on.vault.forPractice(tx, practiceId))
      .index('identity', JSON.stringify(person))
      .toString('base64url'),
  );
}

/** The patient an intent created, and what the caller said of them. */
export async function demographicsOfIntent(
  on: Scheduling,
  practiceId: string,
  intentId: string,
): Promise<{ patientId: string; demographics: Demographics } | undefined> {
  return on.database.withPractice(practiceId, async (tx) => {
    const { request, demographics } = await readBookingFacts(
      tx,
      await on.vault.forPractice(tx, practiceId),
      intentId,
    );
    const { patientId } = request;
    return patientId === undefined || demographics === undefined ? undefined : { patientId, demographics };
  });
}
