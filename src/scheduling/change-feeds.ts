import { Failure } from '#domain/failure.ts';
import { type Asking, finishAsking, putOffAsking, takeAsking } from '#store/change-feeds.ts';
import { type Account, forgetAvailability, noteChanges } from './changes.ts';
import { connectionOf, practiceContext } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';

/**
 * Asks an EMR what changed since it was asked last, if that is due and nobody else does, and keeps a hint of each change
 * that is about us. Hints and the new beginning are committed together: after a crash it is asked for the same time
 * again. Goes only when no caller is ahead of it.
 *
 * Never rejects for what an EMR does: a connection that cannot be asked is asked later, ever more rarely, and the first
 * failure in a row is reported.
 */
export async function askForChanges(on: Scheduling, { practiceId, connectionId }: Account): Promise<void> {
  const begun = on.clock.now();
  const asking = await on.database.withPractice(practiceId, (tx) =>
    takeAsking(tx, practiceId, connectionId, new Date(begun), new Date(begun + leaseMs)),
  );
  if (asking === undefined) return;
  try {
    const changed = await ask(on, { practiceId, connectionId }, asking);
    await on.database.withPractice(practiceId, async (tx) => {
      if (changed !== undefined) await noteChanges(on, tx, { practiceId, connectionId }, changed.emrIds);
      const next = new Date(begun + (changed?.everyMs ?? notAskedMs));
      if (changed !== undefined) await finishAsking(tx, connectionId, new Date(begun), next);
      else await putOffAsking(tx, connectionId, next, asking.failures);
    });
    if (changed !== undefined && changed.emrIds.length > 0) forgetAvailability(on, connectionId);
  } catch (error) {
    await later(on, { practiceId, connectionId }, asking, error);
  }
}

/** Somebody whose asking takes longer than this is taken for dead. */
const leaseMs = 300_000;
/** Before the last asking: an EMR's clock may be behind ours, and its lists behind its records. */
const overlapMs = 300_000;
/** Where there is nothing to ask, it is looked again after so long. */
const notAskedMs = 3_600_000;
const firstPauseMs = 60_000;
const longestPauseMs = 6 * 3_600_000;

/** @returns undefined for a connection that is not asked: another one is the practice's account, or its EMR cannot tell */
async function ask(
  on: Scheduling,
  { practiceId, connectionId }: Account,
  { askedUntil }: Asking,
): Promise<{ readonly emrIds: readonly string[]; readonly everyMs: number } | undefined> {
  const context = await practiceContext(on.database, on.cache, practiceId);
  const connection = connectionOf(context);
  if (connection.connectionId !== connectionId) return undefined;
  const emr = on.emr.open(context, connection, 'background');
  if (emr.capabilities.changes === undefined) return undefined;
  const since = new Date(askedUntil.getTime() - overlapMs).toISOString();
  return {
    emrIds: await emr.run('changes', since),
    everyMs: emr.capabilities.changes.everyMinutes * 60_000,
  };
}

async function later(
  on: Scheduling,
  { practiceId, connectionId }: Account,
  { failures }: Asking,
  error: unknown,
): Promise<void> {
  const code = error instanceof Failure ? error.code : 'internal';
  // There was no budget for it now: that is no failure.
  const counted = code === 'emr-throttled' ? failures : failures + 1;
  const pause = Math.min(firstPauseMs * 2 ** Math.min(counted, 10), longestPauseMs);
  await on.database.withPractice(practiceId, (tx) =>
    putOffAsking(tx, connectionId, new Date(on.clock.now() + pause), counted),
  );
  if (failures === 0 && counted > 0) on.report({ event: 'changes.failed', connection: connectionId, code });
}
