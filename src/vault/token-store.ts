import type { Tx } from '#store/database.ts';
import { insertAttemptEnd, type RefreshAttempt } from '#store/refresh-attempts.ts';
import { saveFailedRefresh, saveRefreshed } from '#store/token-outcomes.ts';
import type { TokenRow } from '#store/token-row.ts';
import { readToken } from '#store/tokens.ts';
import type { PracticeVault } from './practice-vault.ts';
import type { OnTokenChange } from './token-grant.ts';
import type { Later } from './token-renewal.ts';
import { sealTokens } from './token-seal.ts';
import type { RefreshResult } from './token-spill.ts';

/**
 * - `stored`: the row has it now.
 * - `superseded`: the row has it already, or something newer of the same grant.
 * - `older-epoch`: the practice has consented anew or disconnected since; nobody may use these tokens.
 */
export type StoreOutcome = 'stored' | 'superseded' | 'older-epoch';

/** Stores the result of a refresh by compare-and-set, with all that follows from it, in one transaction. */
export async function storeResult(
  tx: Tx,
  { onChange, clock }: { readonly onChange: OnTokenChange; readonly clock: () => number },
  practiceId: string,
  keys: PracticeVault,
  { attempt, tokens, forced, verdict }: RefreshResult,
): Promise<StoreOutcome> {
  const { connectionId, epoch, fromVersion } = attempt;
  const now = clock();
  // A replay may come late.
  const isOver = tokens.previousUntil !== undefined && tokens.previousUntil.getTime() <= now;
  const kept = isOver ? { ...tokens, previousRefresh: undefined, previousUntil: undefined } : tokens;
  const version = fromVersion + 1;
  const saved = await saveRefreshed(
    tx,
    { connectionId, epoch, version: fromVersion },
    { ...sealTokens(keys, connectionId, version, kept), ...attempt, forced },
    new Date(now),
  );
  if (!saved) {
    const row = await readToken(tx, connectionId, 'none');
    return row?.epoch === epoch ? 'superseded' : 'older-epoch';
  }
  await insertAttemptEnd(tx, practiceId, attempt, 'refreshed', new Date(now));
  await onChange(tx, practiceId, { is: 'refreshed', connectionId, version, verdict });
  return 'stored';
}

/**
 * Stores that a refresh failed and when it may be tried again, with the end of its attempt if it came to one.
 *
 * @returns false when the row has moved on
 */
export async function storeSetback(
  tx: Tx,
  practiceId: string,
  row: TokenRow,
  attempt: RefreshAttempt | undefined,
  setback: Later,
  now: Date,
): Promise<boolean> {
  const saved = await saveFailedRefresh(tx, row, attempt, setback, now);
  if (saved && attempt) await insertAttemptEnd(tx, practiceId, attempt, setback.code, now);
  return saved;
}
