import type { Adapter } from '#adapter-kit/adapter.ts';
import { askForChanges } from '#scheduling/change-feeds.ts';
import { lookAtChange } from '#scheduling/changes.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import { dueChangeFeeds } from '#store/change-feeds.ts';
import { dueChangeHints } from '#store/change-hints.ts';
import type { Round } from './clockwork.ts';

const mostAtWork = 5;
const mostOfConnection = 2;

/**
 * Looks at what is said to have changed in EMRs. The hint's row decides who does, so that a process too many does no
 * harm; so many at once, few of them of one connection, so that a slow EMR keeps no other one waiting.
 */
export function lookAtChanges(on: Scheduling): Round {
  const atWork = new Map<Promise<void>, string>();
  return {
    name: 'changes.look',
    everyMs: 1_000,
    async run() {
      const free = mostAtWork - atWork.size;
      if (free === 0) return;
      const due = await on.database.withoutPractice((tx) =>
        dueChangeHints(tx, new Date(on.clock.now()), {
          most: free,
          each: mostOfConnection,
          atWork: [...atWork.values()],
        }),
      );
      for (const { practiceId, connectionId, hintId } of due) {
        const work = lookAtChange(on, practiceId, hintId)
          // Not even put off: its lease ends, and it is due again.
          .catch(() => on.report({ event: 'changes.failed', connection: undefined, code: 'internal' }))
          .finally(() => atWork.delete(work));
        atWork.set(work, connectionId);
      }
    },
  };
}

/** Asks those EMRs what changed that can tell. */
export function askAboutChanges(on: Scheduling, adapters: readonly Adapter[]): Round {
  const telling = adapters
    // Where it depends on the connection, that is found out with the connection at hand.
    .filter(({ capabilities, capabilitiesWith }) => capabilities.changes !== undefined || capabilitiesWith)
    .map(({ id }) => id);
  return {
    name: 'changes.ask',
    everyMs: 10_000,
    async run() {
      if (telling.length === 0) return;
      const due = await on.database.withoutPractice((tx) =>
        dueChangeFeeds(tx, telling, new Date(on.clock.now()), 50),
      );
      // One that fails keeps nobody else waiting.
      const ends = await Promise.allSettled(due.map((account) => askForChanges(on, account)));
      const failure = ends.find((end) => end.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    },
  };
}
