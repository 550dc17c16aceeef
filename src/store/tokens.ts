import type { Tx } from './database.ts';
import {
  type AttemptMark,
  columns,
  exactly,
  markColumns,
  stored,
  type TokenColumns,
  type TokenPlace,
  type TokenRow,
  type TokenState,
} from './token-row.ts';

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
