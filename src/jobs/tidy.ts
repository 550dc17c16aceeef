import type { Scheduling } from '#scheduling/scheduling.ts';
import { forgetPending, purgeAuthorizationRequests } from '#store/authorization-requests.ts';
import { purgeWaitingBases } from '#store/base-approvals.ts';
import { purgeChangeHints } from '#store/change-hints.ts';
import { purgeLinks } from '#store/connect-links.ts';
import { purgeHolds } from '#store/holds.ts';
import { deletePastOpenings } from '#store/openings.ts';
import { practiceIds } from '#store/practices.ts';
import { purgeRateLimits } from '#store/rate-limits.ts';
import { forgetRequestKeys } from '#store/request-keys.ts';
import { purgeUsedAssertions } from '#store/used-assertions.ts';
import { purgeDeliveries } from '#store/webhooks.ts';
import type { Round } from './clockwork.ts';

const day = 86_400_000;

/**
 * Forgets what has served its time: openings of the past, keys older than a day, rate windows, used assertions, what was
 * sealed for consents that nobody came back from, after a week the names of EMRs' calls and hints that nobody could
 * follow, and after a month addresses that nobody approved, consents under way, holds and connect links.
 */
export function tidyUp(on: Scheduling): Round {
  return {
    name: 'tidy',
    everyMs: 600_000,
    async run() {
      const now = on.clock.now();
      const practices = await on.database.withoutPractice(async (tx) => {
        await purgeRateLimits(tx, new Date(now));
        await purgeUsedAssertions(tx, new Date(now));
        await purgeDeliveries(tx, new Date(now - 7 * day));
        return practiceIds(tx);
      });
      for (const practice of practices)
        await on.database.withPractice(practice, async (tx) => {
          await deletePastOpenings(tx, new Date(now - day));
          await forgetRequestKeys(tx, new Date(now - day));
          await forgetPending(tx, new Date(now));
          await purgeChangeHints(tx, new Date(now - 7 * day));
          await purgeWaitingBases(tx, new Date(now - 30 * day));
          await purgeAuthorizationRequests(tx, new Date(now - 30 * day));
          await purgeHolds(tx, new Date(now - 30 * day));
          await purgeLinks(tx, new Date(now - 30 * day));
        });
    },
  };
}
