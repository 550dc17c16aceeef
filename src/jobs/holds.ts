import { expireHold } from '#scheduling/hold-slot.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import { expiredHolds } from '#store/holds.ts';
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
