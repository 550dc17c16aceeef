import { Failure } from '#domain/failure.ts';
import { type PracticeKeyRow, practicesWrappedBefore, readPracticeKeys } from '#store/practice-keys.ts';
import { practiceIds, readPractice } from '#store/practices.ts';
import { attemptOf, type Caller } from './caller.ts';
import type { Operator } from './operator.ts';
import type { Scheduling } from './scheduling.ts';

/** A data key without the key. */
export interface KeyFacts extends Omit<PracticeKeyRow, 'wrapped'> {
  readonly practiceId: string;
  readonly destroyed: boolean;
}

/** The data keys of one practice or of all: which version of the ring wraps them, and how often they have sealed. */
export async function reviewKeys(on: Scheduling, practiceId?: string): Promise<KeyFacts[]> {
  const ids = practiceId === undefined ? await on.database.withoutPractice(practiceIds) : [practiceId];
  const facts: KeyFacts[] = [];
  for (const id of ids) {
    const rows = await on.database.withPractice(id, (tx) => readPracticeKeys(tx, id));
    facts.push(
      ...rows.map(({ wrapped, ...row }) => ({ practiceId: id, ...row, destroyed: wrapped === null })),
    );
  }
  return facts;
}

/**
 * Wraps every practice's data keys with the ring's current key, on each practice's record.
 *
 * @param version the ring's current one
 */
export async function rotateKeyEncryptionKey(
  on: Scheduling,
  operator: Operator,
  version: number,
): Promise<{ readonly practices: number; readonly keys: number; readonly failed: readonly string[] }> {
  const ids = await on.database.withoutPractice((tx) => practicesWrappedBefore(tx, version));
  const note = (practiceId: string, outcome: 'pending' | 'success' | 'failed') =>
    on.audit.write(practiceId, {
      ...attemptOf({ ...operator, practiceId }, { action: 'vault.rotate', resourceId: practiceId }),
      outcome,
      ...(outcome === 'failed' && { reason: 'internal' as const }),
    });
  // Before anything is wrapped anew: what cannot be recorded does not happen.
  for (const id of ids) await note(id, 'pending');
  const result = await on.vault.rotateKek();
  for (const id of ids) await note(id, result.failed.includes(id) ? 'failed' : 'success');
  return result;
}

/** A new data key for what a practice writes from two minutes on. @returns its id */
export function rotateDataKey(on: Scheduling, caller: Caller): Promise<string> {
  const { practiceId } = caller;
  const attempt = attemptOf(caller, { action: 'vault.rotate', resourceId: practiceId });
  return on.audit.transaction(practiceId, attempt, (tx) => on.vault.rotateDek(tx, practiceId));
}

/**
 * Destroys a practice's keys: nothing that was sealed for it can ever be opened again.
 *
 * @throws Failure `business-rule` while the practice is not disabled
 */
export async function erasePractice(on: Scheduling, caller: Caller): Promise<void> {
  const { practiceId } = caller;
  const attempt = attemptOf(caller, { action: 'vault.erase', resourceId: practiceId });
  await on.audit.transaction(practiceId, attempt, async (tx) => {
    const practice = await readPractice(tx);
    if (!practice) throw new Failure('not-found');
    if (!practice.disabledAt)
      throw new Failure('business-rule', { hint: 'Disable the practice first: agents still call for it.' });
    await on.vault.erase(tx, practiceId);
  });
}
