import type { Tx } from './database.ts';

export type TokenState = 'active' | 'needs_reconsent' | 'revoked';

/** The tokens of one connection as they are stored: every value sealed for `version`. */
export interface TokenRow {
  readonly connectionId: string;
  readonly epoch: number;
  readonly version: number;
  readonly state: TokenState;
  /** Names the authorization server; refreshes count against its limit. */
  readonly server: string;
  readonly values: SealedTokens;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly previousUntil: Date | undefined;
  readonly scopes: readonly string[];
  readonly refreshAfter: Date | undefined;
  readonly notBefore: Date | undefined;
  /** Failed refreshes in a row. */
  readonly failures: number;
  readonly forcedAt: Date | undefined;
  readonly attemptId: string | undefined;
  readonly errorCode: string | undefined;
}

export interface SealedTokens {
  readonly access: Buffer | undefined;
  readonly refresh: Buffer | undefined;
  readonly previousRefresh: Buffer | undefined;
}

/** Which row an update is meant for: nothing happens when it has moved on. */
export interface TokenPlace {
  readonly connectionId: string;
  readonly epoch: number;
  readonly version: number;
}

/** Who set out to change the row. */
export interface AttemptMark {
  readonly attemptId: string;
  readonly startedAt: Date;
}

/** What a grant or a refresh gives, sealed for the version that it makes. */
export interface TokenValues {
  readonly values: SealedTokens;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly previousUntil: Date | undefined;
  readonly scopes: readonly string[];
  readonly refreshAfter: Date;
}

interface TokenColumns {
  connection_id: string;
  grant_epoch: number;
  token_version: number;
  state: TokenState;
  authorization_server: string;
  at_ct: Buffer | null;
  at_issued_at: Date | null;
  at_expires_at: Date | null;
  rt_ct: Buffer | null;
  prev_rt_ct: Buffer | null;
  prev_rt_until: Date | null;
  granted_scopes: string[];
  refresh_after: Date | null;
  not_before: Date | null;
  failures: number;
  forced_at: Date | null;
  refresh_attempt_id: string | null;
  last_error_code: string | null;
}

const columns = [
  'connection_id',
  'grant_epoch',
  'token_version',
  'state',
  'authorization_server',
  'at_ct',
  'at_issued_at',
  'at_expires_at',
  'rt_ct',
  'prev_rt_ct',
  'prev_rt_until',
  'granted_scopes',
  'refresh_after',
  'not_before',
  'failures',
  'forced_at',
  'refresh_attempt_id',
  'last_error_code',
] as const;

/**
 * Limits of a transaction that keeps a row locked while an authorization server is asked. The statement that takes the
 * lock may wait as long as the lock; every other one gets three seconds, see {@link limitStatements}.
 */
export async function limitLockWait(
  tx: Tx,
  { lockMs, idleMs }: { readonly lockMs: number; readonly idleMs: number },
): Promise<void> {
  await tx.raw(
    `select set_config('lock_timeout', ?, true), set_config('statement_timeout', ?, true),
       set_config('idle_in_transaction_session_timeout', ?, true)`,
    [String(lockMs), String(lockMs + 1_000), String(idleMs)],
  );
}

export async function limitStatements(tx: Tx, ms: number): Promise<void> {
  await tx.raw("select set_config('statement_timeout', ?, true)", [String(ms)]);
}

/** @param lock `wait` for the row's lock, `skip` a row that is locked, which then is undefined, or take none */
export async function readToken(
  tx: Tx,
  connectionId: string,
  lock: 'wait' | 'skip' | 'none',
): Promise<TokenRow | undefined> {
  const query = tx('token')
    .where({ connection_id: connectionId })
    .first(...columns);
  if (lock !== 'none') query.forUpdate();
  if (lock === 'skip') query.skipLocked();
  const row: TokenColumns | undefined = await query;
  return row && stored(row);
}

/** The first grant of a connection. @returns false when it has a row already: use {@link replaceGrant} */
export async function insertGrant(
  tx: Tx,
  practiceId: string,
  connectionId: string,
  grant: TokenValues & { readonly server: string },
  now: Date,
): Promise<boolean> {
  const inserted = await tx('token')
    .insert({
      practice_id: practiceId,
      connection_id: connectionId,
      grant_epoch: 1,
      token_version: 1,
      state: 'active',
      authorization_server: grant.server,
      ...valueColumns(grant),
      created_at: now,
      updated_at: now,
    })
    .onConflict(['practice_id', 'connection_id'])
    .ignore()
    .returning('connection_id');
  return inserted.length > 0;
}

/** A new grant in the place of an older one, under the next epoch and version. */
export async function replaceGrant(
  tx: Tx,
  place: TokenPlace,
  grant: TokenValues & { readonly server: string },
  now: Date,
): Promise<boolean> {
  const changed = await tx('token')
    .where(exactly(place))
    .update({
      grant_epoch: place.epoch + 1,
      token_version: place.version + 1,
      state: 'active',
      authorization_server: grant.server,
      ...valueColumns(grant),
      not_before: null,
      failures: 0,
      forced_at: null,
      last_error_code: null,
      updated_at: now,
    });
  return changed === 1;
}

/** The result of a refresh, if nobody wrote one since the row was read. */
export async function saveRefreshed(
  tx: Tx,
  place: TokenPlace,
  result: TokenValues & AttemptMark & { readonly forced: boolean },
  now: Date,
): Promise<boolean> {
  const changed = await tx('token')
    .where(exactly(place))
    .andWhere({ state: 'active' })
    .update({
      token_version: place.version + 1,
      ...valueColumns(result),
      ...markColumns(result),
      ...(result.forced && { forced_at: now }),
      not_before: null,
      failures: 0,
      last_error_code: null,
      updated_at: now,
    });
  return changed === 1;
}

/** A refresh that failed and may be tried again after `notBefore`; all values stay. */
export async function saveFailedRefresh(
  tx: Tx,
  place: TokenPlace,
  failed: AttemptMark & { readonly code: string; readonly failures: number; readonly notBefore: Date },
  now: Date,
): Promise<boolean> {
  const changed = await tx('token')
    .where(exactly(place))
    .andWhere({ state: 'active' })
    .update({
      ...markColumns(failed),
      not_before: failed.notBefore,
      failures: failed.failures,
      last_error_code: failed.code,
      updated_at: now,
    });
  return changed === 1;
}

/** The refresh token before the present one in its place, sealed for the next version; tried at most once. */
export async function restorePrevious(
  tx: Tx,
  place: TokenPlace,
  restored: AttemptMark & {
    readonly values: SealedTokens;
    readonly code: string;
    readonly failures: number;
  },
  now: Date,
): Promise<boolean> {
  const changed = await tx('token')
    .where(exactly(place))
    .andWhere({ state: 'active' })
    .update({
      token_version: place.version + 1,
      at_ct: restored.values.access ?? null,
      rt_ct: restored.values.refresh ?? null,
      prev_rt_ct: null,
      prev_rt_until: null,
      ...markColumns(restored),
      not_before: null,
      failures: restored.failures,
      last_error_code: restored.code,
      updated_at: now,
    });
  return changed === 1;
}

/** There is nothing to use any more until somebody consents again: every value is destroyed. */
export async function saveNeedsReconsent(
  tx: Tx,
  place: TokenPlace,
  why: AttemptMark & { readonly code: string },
  now: Date,
): Promise<boolean> {
  const changed = await tx('token')
    .where(exactly(place))
    .andWhere({ state: 'active' })
    .update({
      state: 'needs_reconsent',
      ...nothing,
      ...markColumns(why),
      last_error_code: why.code,
      updated_at: now,
    });
  return changed === 1;
}

/** Destroys what a connection has, under the next epoch and version. */
export async function saveRevoked(tx: Tx, place: TokenPlace, now: Date): Promise<boolean> {
  const changed = await tx('token')
    .where(exactly(place))
    .update({
      grant_epoch: place.epoch + 1,
      token_version: place.version + 1,
      state: 'revoked',
      ...nothing,
      not_before: null,
      updated_at: now,
    });
  return changed === 1;
}

/**
 * Takes the turn where no lock can be held over a request: one of two callers who read the same row gets it.
 *
 * @param seen the attempt that stood in the row when it was read
 */
export async function claimRefresh(
  tx: Tx,
  place: TokenPlace,
  seen: string | undefined,
  mark: AttemptMark,
): Promise<boolean> {
  const changed = await tx('token')
    .where(exactly(place))
    .andWhere({ state: 'active', refresh_attempt_id: seen ?? null })
    .update(markColumns(mark));
  return changed === 1;
}

/** Wipes the refresh token before the present one once its time is over. */
export async function wipePrevious(tx: Tx, connectionId: string, now: Date): Promise<void> {
  await tx('token')
    .where({ connection_id: connectionId })
    .andWhere('prev_rt_until', '<=', now)
    .update({ prev_rt_ct: null, prev_rt_until: null });
}

/** How many connections of the practice are in each state. */
export async function countTokenStates(tx: Tx): Promise<Readonly<Record<TokenState, number>>> {
  const rows: { state: TokenState; count: string }[] = await tx('token')
    .select('state')
    .count('connection_id as count')
    .groupBy('state');
  const counts = { active: 0, needs_reconsent: 0, revoked: 0 };
  for (const { state, count } of rows) counts[state] = Number(count);
  return counts;
}

/**
 * Connections of all practices whose tokens are due to be renewed, by the dispatch function.
 *
 * @param limit at most `perServer` for one authorization server, less those that began since `since` anywhere
 */
export async function dueRefreshes(
  tx: Tx,
  now: Date,
  limit: { readonly since: Date; readonly perServer: number; readonly most: number },
): Promise<{ practiceId: string; connectionId: string }[]> {
  const { rows } = await tx.raw<{ rows: Ids[] }>(
    'select practice_id, connection_id from due_refreshes(?, ?, ?, ?)',
    [now, limit.since, limit.perServer, limit.most],
  );
  return rows.map(ids);
}

/** Connections of all practices that keep an older refresh token for longer than they may. */
export async function previousTokensEnded(
  tx: Tx,
  now: Date,
  most: number,
): Promise<{ practiceId: string; connectionId: string }[]> {
  const { rows } = await tx.raw<{ rows: Ids[] }>(
    'select practice_id, connection_id from previous_tokens_ended(?, ?)',
    [now, most],
  );
  return rows.map(ids);
}

interface Ids {
  readonly practice_id: string;
  readonly connection_id: string;
}

function ids(row: Ids): { practiceId: string; connectionId: string } {
  return { practiceId: row.practice_id, connectionId: row.connection_id };
}

function exactly({ connectionId, epoch, version }: TokenPlace) {
  return { connection_id: connectionId, grant_epoch: epoch, token_version: version };
}

function valueColumns(of: TokenValues) {
  return {
    at_ct: of.values.access ?? null,
    at_issued_at: of.issuedAt,
    at_expires_at: of.expiresAt,
    rt_ct: of.values.refresh ?? null,
    prev_rt_ct: of.values.previousRefresh ?? null,
    prev_rt_until: of.previousUntil ?? null,
    granted_scopes: [...of.scopes],
    refresh_after: of.refreshAfter,
  };
}

function markColumns({ attemptId, startedAt }: AttemptMark) {
  return { refresh_attempt_id: attemptId, refresh_started_at: startedAt };
}

const nothing = {
  at_ct: null,
  rt_ct: null,
  prev_rt_ct: null,
  prev_rt_until: null,
  refresh_after: null,
} as const;

function stored(row: TokenColumns): TokenRow {
  return {
    connectionId: row.connection_id,
    epoch: row.grant_epoch,
    version: row.token_version,
    state: row.state,
    server: row.authorization_server,
    values: {
      access: row.at_ct ?? undefined,
      refresh: row.rt_ct ?? undefined,
      previousRefresh: row.prev_rt_ct ?? undefined,
    },
    // Without values there are no times either, and nobody asks for them.
    issuedAt: row.at_issued_at ?? new Date(0),
    expiresAt: row.at_expires_at ?? new Date(0),
    previousUntil: row.prev_rt_until ?? undefined,
    scopes: row.granted_scopes,
    refreshAfter: row.refresh_after ?? undefined,
    notBefore: row.not_before ?? undefined,
    failures: row.failures,
    forcedAt: row.forced_at ?? undefined,
    attemptId: row.refresh_attempt_id ?? undefined,
    errorCode: row.last_error_code ?? undefined,
  };
}
