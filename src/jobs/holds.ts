import { expireHold } from '#scheduling/hold-slot.ts';
import { giveBackDue } from '#scheduling/native-hold.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import { expiredHolds, holdsToGiveBack } from '#store/holds.ts';
import type { Round } from './clockwork.ts';

/** Ends holds whose time is over, also those whose process is gone. */
export function sweepHolds(on: Scheduling): Round {
  return {
    name: 'holds.expire',
    everyMs: 2_000,
    async run() {
      const expired = await on.database.withoutPractice((tx) =>
        expiredHolds(tx, new Date(on.clock.now()), 100),
      );
      // One that fails is told by the round, and keeps nobody else waiting.
      const ends = await Promise.allSettled(
        expired.map(({ practiceId, holdId }) => expireHold(on, practiceId, holdId)),
      );
      throwFirst(ends);
    },
  };
}

/** Gives back in the EMRs what ended holds keep there, also those whose process is gone. */
export function giveHoldsBack(on: Scheduling): Round {
  return {
    name: 'holds.give-back',
    everyMs: 2_000,
    async run() {
      const due = await on.database.withoutPractice((tx) =>
        holdsToGiveBack(tx, new Date(on.clock.now()), 20),
      );
      throwFirst(
        await Promise.allSettled(due.map(({ practiceId, holdId }) => giveBackDue(on, practiceId, holdId))),
      );
    },
  };
}

function throwFirst(ends: readonly PromiseSettledResult<void>[]): void {
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
