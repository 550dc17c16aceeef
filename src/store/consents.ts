import type { Tx } from './database.ts';

/** What a practice allowed at its EMR: scopes, never tokens. */
export interface Consent {
  readonly consentId: string;
  readonly connectionId: string;
  /** Our registration by which it was given. */
  readonly context: string;
  readonly asked: readonly string[];
  readonly granted: readonly string[];
  /** `read-only`: bookings are finished by people. */
  readonly verdict: 'full' | 'read-only';
  /** The EMR named no scope, so that what was asked is taken as granted. */
  readonly unverified: boolean;
  readonly consentedAt: Date;
  readonly ended: EndedConsent | undefined;
}
export interface EndedConsent {
  readonly at: Date;
  /** Whether the EMR was told, too (RFC 7009); undefined while it is being told. */
  readonly revocation: 'revoked' | 'not-offered' | 'failed' | undefined;
}

const columns = [
  'consent_id',
  'connection_id',
  'context',
  'asked',
  'granted',
  'verdict',
  'unverified',
  'consented_at',
  'ended_at',
  'revocation',
] as const;

interface Row {
  consent_id: string;
  connection_id: string;
  context: string;
  asked: string[];
  granted: string[];
  verdict: Consent['verdict'];
  unverified: boolean;
  consented_at: Date;
  ended_at: Date | null;
  revocation: EndedConsent['revocation'] | null;
}

/** Those of a connection, or of all of the practice's, the newest first. */
export async function listConsents(tx: Tx, connectionId?: string): Promise<Consent[]> {
  const query = tx('consent').select(...columns);
  if (connectionId !== undefined) query.where({ connection_id: connectionId });
  const rows: Row[] = await query.orderBy('consent_id', 'desc');
  return rows.map((row) => ({
    consentId: row.consent_id,
    connectionId: row.connection_id,
    context: row.context,
    asked: row.asked,
    granted: row.granted,
    verdict: row.verdict,
    unverified: row.unverified,
    consentedAt: row.consented_at,
    ended: row.ended_at === null ? undefined : { at: row.ended_at, revocation: row.revocation ?? undefined },
  }));
}

/** The one that counts now, if any does. */
export async function currentConsent(tx: Tx, connectionId: string): Promise<Consent | undefined> {
  const [newest] = await listConsents(tx, connectionId);
  return newest?.ended === undefined ? newest : undefined;
}

export async function insertConsent(
  tx: Tx,
  practiceId: string,
  consent: Omit<Consent, 'ended'>,
): Promise<void> {
  await tx('consent').insert({
    practice_id: practiceId,
    consent_id: consent.consentId,
    connection_id: consent.connectionId,
    context: consent.context,
    asked: consent.asked,
    granted: consent.granted,
    verdict: consent.verdict,
    unverified: consent.unverified,
    consented_at: consent.consentedAt,
  });
}

/** Ends what a connection has; the first moment stays. */
export async function endConsents(tx: Tx, connectionId: string, at: Date): Promise<void> {
  await tx('consent').where({ connection_id: connectionId }).whereNull('ended_at').update({ ended_at: at });
}

export async function noteRevocation(
  tx: Tx,
  consentId: string,
  revocation: NonNullable<EndedConsent['revocation']>,
): Promise<void> {
  await tx('consent').where({ consent_id: consentId }).update({ revocation });
}
