import canonicalize from 'canonicalize';
import { type Answer, answerOf, type HandoffReason, type Intent, newIntent } from '#domain/booking-intent.ts';
import { Failure } from '#domain/failure.ts';
import {
  findIntentByNaturalKey,
  type IntentRequest,
  type IntentRow,
  insertIntent,
} from '#store/booking-intents.ts';
import type { Tx } from '#store/database.ts';
import { insertRequestKey } from '#store/request-keys.ts';
import type { PracticeVault } from '#vault/practice-vault.ts';
import { lookAgain, runIntent } from './booking-driver.ts';
import { closeIntent, isDuplicateIntent, type PracticeIntents } from './booking-store.ts';
import type { Caller } from './caller.ts';
import { rowId } from './ids.ts';
import { forgetOpenings, type Workbench, workbench } from './intents.ts';
import { findByKey, keyHashOf } from './request-key.ts';
import type { Scheduling } from './scheduling.ts';

/** A write that a caller asks for, before it is known whether it is new. */
export interface Undertaking {
  readonly kind: Intent['kind'];
  readonly idempotencyKey: string | undefined;
  /** What makes two requests the same; hashed under the practice's key. */
  readonly fingerprint: unknown;
  /** What makes two bookings the same whatever key they carry; hashed likewise. */
  readonly natural: readonly string[] | undefined;
  /** What a move is about: an intent that put another appointment at that time, or this one into another chair, is no repeat of it. */
  readonly change?: { readonly appointment: string; readonly opening: string };
  /** The rest of the row, written in the same transaction; may adopt a hold. */
  readonly request: (
    tx: Tx,
    vault: PracticeVault,
    intentId: string,
  ) => Promise<Omit<IntentRequest, 'agentId' | 'naturalKey'>>;
  /** Sends it to the practice's queue instead of to the EMR. */
  readonly handOver?: HandoffReason;
}

/** How long a caller waits for the end, milliseconds. */
export interface Patience {
  readonly waitMs: number;
}

export interface Undertaken {
  readonly intent: Intent;
  readonly answer: Answer;
  readonly request: IntentRequest;
  /** What was read of the EMR on the way. */
  readonly bench: Workbench;
}

/** How long the requesting process goes on behind an answer before workers take over, milliseconds. */
const ownTurnMs = 25_000;

/**
 * Undertakes a write once: the intent is committed before anything is sent; the same key, or the same patient, start
 * and visit type, get the intent that is there already, and its answer.
 *
 * @throws Failure `key-reused` when the key belongs to another request
 */
export async function undertake(
  on: Scheduling,
  caller: Caller,
  wanted: Undertaking,
  patience: Patience,
): Promise<Undertaken> {
  const begun = on.clock.now();
  const bench = await workbench(on, caller.practiceId);
  let found = await insertOnce(on, caller, wanted, bench.intents, false);
  if (found.is === 'doubtful') {
    await lookAgain(bench.ports, bench.policy, found.row.machine.id);
    found = await insertOnce(on, caller, wanted, bench.intents, true);
  }
  const { row } = found;
  const id = row.machine.id;
  const intent = await runIntent(bench.ports, bench.policy, id, {
    until: on.clock.now() + ownTurnMs,
    answerBy: begun + patience.waitMs,
  });
  forgetOpenings(on, bench.connectionId, intent);
  return { intent, answer: answerOf(intent), request: row.request, bench };
}

interface Found {
  readonly row: IntentRow;
  /** `doubtful`: it was confirmed once, and staff may have cancelled or moved it since: then this is a new booking. */
  readonly is: 'the-one' | 'doubtful';
}

/** Inserts the intent, or gives the one that stands for it. Two who began at once: the second finds the first. */
async function insertOnce(
  on: Scheduling,
  caller: Caller,
  wanted: Undertaking,
  intents: PracticeIntents,
  lookedAgain: boolean,
  triesLeft = 3,
): Promise<Found> {
  const { practiceId, agentId } = caller;
  try {
    return await on.database.withPractice(practiceId, async (tx) => {
      const vault = await on.vault.forPractice(tx, practiceId);
      const fingerprint = vault.index('fingerprint', canonicalize([wanted.kind, wanted.fingerprint]) ?? '');
      const naturalKey = wanted.natural && vault.index('natural', JSON.stringify(wanted.natural));
      const known = await findByKey(tx, vault, agentId, wanted.idempotencyKey);
      if (known && !known.fingerprint.equals(fingerprint)) throw new Failure('key-reused');
      if (known) return { row: known.row, is: 'the-one' };
      const bindKey = async (intentId: string): Promise<void> => {
        if (wanted.idempotencyKey === undefined) return;
        const keyHash = keyHashOf(vault, agentId, wanted.idempotencyKey);
        await insertRequestKey(tx, practiceId, { keyHash, fingerprint, intentId });
      };
      const same = naturalKey && (await findIntentByNaturalKey(tx, naturalKey));
      if (same) {
        const mayBeGone = same.machine.phase === 'confirmed' && wanted.kind !== 'create-patient';
        if (mayBeGone && !lookedAgain) return { row: same, is: 'doubtful' };
        if (wanted.change) refuseOtherChange(wanted.change, same);
        // From here on the key hears this answer, and no other request may use it.
        await bindKey(same.machine.id);
        return { row: same, is: 'the-one' };
      }
      const intent = newIntent({ id: rowId(), kind: wanted.kind, createdAt: on.clock.now(), stamp: rowId() });
      const row: IntentRow = {
        ...closeIntent(vault, intent),
        request: {
          ...(await wanted.request(tx, vault, intent.id)),
          agentId,
          naturalKey,
        },
      };
      await insertIntent(tx, practiceId, row);
      await bindKey(intent.id);
      if (wanted.handOver) await intents.handOverNew(tx, row, wanted.handOver);
      return { row, is: 'the-one' };
    });
  } catch (error) {
    // A hold that is gone may have gone to this very request, sent twice at once.
    const mayBeOurs = isDuplicateIntent(error) || (error instanceof Failure && error.code === 'hold-expired');
    if (!mayBeOurs || triesLeft === 0) throw error;
    return insertOnce(on, caller, wanted, intents, lookedAgain, triesLeft - 1);
  }
}

/** @throws Failure `business-rule` when the intent is not the very same move, or the booking that already is so */
function refuseOtherChange(
  change: NonNullable<Undertaking['change']>,
  { request: { targetId, opening } }: IntentRow,
): void {
  if (targetId !== change.appointment)
    throw new Failure('business-rule', { hint: 'The patient has another appointment at that time.' });
  if (opening?.id !== change.opening)
    throw new Failure('business-rule', {
      hint: 'The appointment stands at that time already. The office has to change who or where.',
    });
}
