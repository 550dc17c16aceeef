import type { Tx } from './database.ts';
import {
  type AttemptMark,
  exactly,
  markColumns,
  type SealedTokens,
  type TokenPlace,
  type TokenValues,
  valueColumns,
} from './token-row.ts';

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

/**
 * A refresh that failed and may be tried again after `notBefore`; all values stay.
 *
 * @param mark undefined when it failed before it was an attempt
 */
export async function saveFailedRefresh(
  tx: Tx,
  place: TokenPlace,
  mark: AttemptMark | undefined,
  failed: { readonly code: string; readonly failures: number; readonly notBefore: Date },
  now: Date,
): Promise<boolean> {
  const changed = await tx('token')
    .where(exactly(place))
    .andWhere({ state: 'active' })
    .update({
      ...(mark && markColumns(mark)),
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

/** Wipes the refresh token before the present one once its time is over. */
export async function wipePrevious(tx: Tx, connectionId: string, now: Date): Promise<void> {
  await tx('token')
    .where({ connection_id: connectionId })
    .andWhere('prev_rt_until', '<=', now)
    .update({ prev_rt_ct: null, prev_rt_until: null });
}

const nothing = {
  at_ct: null,
  rt_ct: null,
  prev_rt_ct: null,
  prev_rt_until: null,
  refresh_after: null,
} as const;
