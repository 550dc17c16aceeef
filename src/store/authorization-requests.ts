import type { Tx } from './database.ts';
import type { JsonObject } from './oauth-registrations.ts';

/** One way of a person to the EMR's consent screen and back (RFC 6749 §4.1). */
export interface AuthorizationRequestRow {
  readonly requestId: string;
  readonly linkId: string;
  /** Our registration; the only callback address that may finish it. */
  readonly context: string;
  /** Hash of what the only browser holds that may finish it. */
  readonly sessionHash: Buffer;
  /** Sealed; undefined once consumed or expired. */
  readonly pending: Buffer | undefined;
  /** What was asked. */
  readonly scopes: readonly string[];
  /** Settings of the adapter that the practice chose. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly expiresAt: Date;
  readonly consumedAt: Date | undefined;
  /** How it went, for the page that tells. */
  readonly outcome: JsonObject | undefined;
}

const columns = [
  'request_id',
  'link_id',
  'context',
  'session_hash',
  'pending',
  'scopes',
  'settings',
  'expires_at',
  'consumed_at',
  'outcome',
] as const;

interface Row {
  request_id: string;
  link_id: string;
  context: string;
  session_hash: Buffer;
  pending: Buffer | null;
  scopes: string[];
  settings: AuthorizationRequestRow['settings'];
  expires_at: Date;
  consumed_at: Date | null;
  outcome: JsonObject | null;
}

/** Practice and id of a request by the hash of its state, before any practice is known: inside `withoutPractice`. */
export async function requestOfState(
  tx: Tx,
  stateHash: Buffer,
): Promise<{ practiceId: string; requestId: string } | undefined> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; request_id: string }[] }>(
    'select practice_id, request_id from authorization_request_of_state(?)',
    [stateHash],
  );
  const row = rows[0];
  return row && { practiceId: row.practice_id, requestId: row.request_id };
}

export async function insertAuthorizationRequest(
  tx: Tx,
  practiceId: string,
  request: Omit<AuthorizationRequestRow, 'consumedAt' | 'outcome' | 'pending'> & {
    readonly pending: Buffer;
    readonly stateHash: Buffer;
    readonly createdAt: Date;
  },
): Promise<void> {
  await tx('authorization_request').insert({
    practice_id: practiceId,
    request_id: request.requestId,
    link_id: request.linkId,
    context: request.context,
    state_hash: request.stateHash,
    session_hash: request.sessionHash,
    pending: request.pending,
    scopes: request.scopes,
    settings: JSON.stringify(request.settings),
    expires_at: request.expiresAt,
    created_at: request.createdAt,
  });
}

export async function readAuthorizationRequest(
  tx: Tx,
  requestId: string,
): Promise<AuthorizationRequestRow | undefined> {
  const row: Row | undefined = await tx('authorization_request')
    .where({ request_id: requestId })
    .first(...columns);
  return row && requestOf(row);
}

/** The one of a link that was begun last. */
export async function newestAuthorizationRequest(
  tx: Tx,
  linkId: string,
): Promise<AuthorizationRequestRow | undefined> {
  const row: Row | undefined = await tx('authorization_request')
    .where({ link_id: linkId })
    .orderBy('request_id', 'desc')
    .first(...columns);
  return row && requestOf(row);
}

/** Context of the request that the practice began last, at whichever link. */
export async function newestRequestedContext(tx: Tx): Promise<string | undefined> {
  const row: { context: string } | undefined = await tx('authorization_request')
    .orderBy('request_id', 'desc')
    .first('context');
  return row?.context;
}

/**
 * Uses a request up. One statement, so of two callbacks that come at once exactly one hears `true`; what was sealed for
 * it is forgotten with the same statement.
 */
export async function consumeAuthorizationRequest(tx: Tx, requestId: string, now: Date): Promise<boolean> {
  const consumed = await tx('authorization_request')
    .where({ request_id: requestId })
    .whereNull('consumed_at')
    .where('expires_at', '>', now)
    .update({ consumed_at: now, pending: null });
  return consumed === 1;
}

export async function noteAuthorizationOutcome(
  tx: Tx,
  requestId: string,
  outcome: JsonObject,
): Promise<void> {
  await tx('authorization_request')
    .where({ request_id: requestId })
    .update({ outcome: JSON.stringify(outcome) });
}

/** Forgets what was sealed for requests that nobody finished in time; resolves to how many. For a job. */
export function forgetPending(tx: Tx, now: Date): Promise<number> {
  return tx('authorization_request')
    .where('expires_at', '<=', now)
    .whereNotNull('pending')
    .update({ pending: null });
}

/** Forgets requests that expired before; resolves to how many. For a job. */
export function purgeAuthorizationRequests(tx: Tx, expiredBefore: Date): Promise<number> {
  return tx('authorization_request').where('expires_at', '<', expiredBefore).delete();
}

function requestOf(row: Row): AuthorizationRequestRow {
  return {
    requestId: row.request_id,
    linkId: row.link_id,
    context: row.context,
    sessionHash: row.session_hash,
    pending: row.pending ?? undefined,
    scopes: row.scopes,
    settings: row.settings,
    expiresAt: row.expires_at,
    consumedAt: row.consumed_at ?? undefined,
    outcome: row.outcome ?? undefined,
  };
}
