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
      for (const { practiceId, holdId } of expired) await expireHold(on, practiceId, holdId);
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
      await Promise.all(due.map(({ practiceId, holdId }) => giveBackDue(on, practiceId, holdId)));
    },
  };
}
