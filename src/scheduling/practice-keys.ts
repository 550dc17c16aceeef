import { randomUUID } from 'node:crypto';
import { Failure } from '#domain/failure.ts';
import { type PracticeKeyRow, practicesWrappedBefore, readPracticeKeys } from '#store/practice-keys.ts';
import { practiceIds, readPractice } from '#store/practices.ts';
import { sealedColumns } from '#store/sealed-columns.ts';
import { countSealedBy } from '#store/sealed-values.ts';
import type { TokenState } from '#store/token-row.ts';
import { countTokenStates } from '#store/tokens.ts';
import { createReseal, type Reseal } from '#vault/reseal.ts';
import { reviewSpillFolder } from '#vault/spill-folder.ts';
import { attemptOf, type Caller } from './caller.ts';
import type { Operator } from './operator.ts';
import type { Scheduling } from './scheduling.ts';

/** A data key without the key. */
export interface KeyFacts extends Omit<PracticeKeyRow, 'wrapped'> {
  readonly practiceId: string;
  readonly destroyed: boolean;
  /** Values that only it opens; undefined for a key that seals none. */
  readonly values: number | undefined;
}

/**
 * The data keys of one practice or of all: which version of the ring wraps them, how often they have sealed, and how
 * many values are left that only they open.
 */
export async function reviewKeys(on: Scheduling, practiceId?: string): Promise<KeyFacts[]> {
  const facts: KeyFacts[] = [];
  for (const id of await practicesOf(on, practiceId)) {
    const found = await on.database.withPractice(id, async (tx) => {
      const keys: KeyFacts[] = [];
      for (const { wrapped, ...row } of await readPracticeKeys(tx, id)) {
        const values =
          row.purpose === 'seal' ? await countSealedBy(tx, id, sealedColumns, row.dekId) : undefined;
        keys.push({ practiceId: id, ...row, destroyed: wrapped === null, values });
      }
      return keys;
    });
    facts.push(...found);
  }
  return facts;
}

/** A practice's connections by the state of their tokens, and what waits on this machine to be stored. */
export interface TokenFacts extends Readonly<Record<TokenState, number>> {
  readonly practiceId: string;
  readonly waiting: number;
}

/**
 * The tokens of one practice or of all; practices that have none are left out.
 *
 * @param spillFolder the journal of this machine; those of others are not seen
 */
export async function reviewTokens(
  on: Scheduling,
  spillFolder: string,
  practiceId?: string,
): Promise<{ readonly tokens: readonly TokenFacts[]; readonly unreadable: number }> {
  const { waiting, unreadable } = await reviewSpillFolder(spillFolder);
  const tokens: TokenFacts[] = [];
  for (const id of await practicesOf(on, practiceId)) {
    const states = await on.database.withPractice(id, countTokenStates);
    const facts = { practiceId: id, ...states, waiting: waiting.get(id) ?? 0 };
    if (Object.values(states).some((count) => count > 0) || facts.waiting > 0) tokens.push(facts);
  }
  return { tokens, unreadable };
}

function practicesOf(on: Scheduling, practiceId: string | undefined): Promise<readonly string[]> {
  return practiceId === undefined ? on.database.withoutPractice(practiceIds) : Promise.resolve([practiceId]);
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

/**
 * A new data key. Every process reads it within two minutes, then it writes; older values follow by
 * {@link resealOldValues}, and the key before it is destroyed when none is left. @returns its id
 */
export function rotateDataKey(on: Scheduling, caller: Caller): Promise<string> {
  const { practiceId } = caller;
  const attempt = attemptOf(caller, { action: 'vault.rotate', resourceId: practiceId });
  return on.audit.transaction(practiceId, attempt, (tx) => on.vault.rotateDek(tx, practiceId));
}

/**
 * The job that ends rotations of data keys, on each practice's record.
 *
 * @param spillFolder practices with an entry in this machine's journal keep their older keys
 */
export function resealOldValues(on: Scheduling, spillFolder: string): Reseal {
  return createReseal({
    database: on.database,
    vault: on.vault,
    clock: on.clock.now,
    spilled: async () => new Set((await reviewSpillFolder(spillFolder)).waiting.keys()),
    destroyed: (tx, practiceId) =>
      on.audit.record(tx, practiceId, {
        actor: 'system:reseal',
        action: 'vault.rotate',
        resourceId: practiceId,
        origin: 'job',
        requestId: randomUUID(),
        outcome: 'success',
      }),
  });
}

/**
 * Destroys a practice's keys: nothing that was sealed for it can ever be opened again.
 *
 * @throws Failure `business-rule` while the practice is not disabled, or while an EMR still honours a grant of it: only its
 *   tokens can take that back, and they are lost with the keys
 */
export async function erasePractice(on: Scheduling, caller: Caller): Promise<void> {
  const { practiceId } = caller;
  const attempt = attemptOf(caller, { action: 'vault.erase', resourceId: practiceId });
  await on.audit.transaction(practiceId, attempt, async (tx) => {
    const practice = await readPractice(tx);
    if (!practice) throw new Failure('not-found');
    if (!practice.disabledAt)
      throw new Failure('business-rule', { hint: 'Disable the practice first: agents still call for it.' });
    const { active } = await countTokenStates(tx);
    if (active > 0)
      throw new Failure('business-rule', {
        hint: 'Disconnect first: an EMR still honours the grant, and without its tokens nobody can take it back. postern connection list names the connection.',
      });
    await on.vault.erase(tx, practiceId);
  });
}
