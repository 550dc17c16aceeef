import { carryOn } from '#scheduling/intents.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import { dueIntents } from '#store/booking-intents.ts';
import type { Job, JobQueue } from '#store/job-queue.ts';
import type { Round } from './clockwork.ts';

/** The requesting process goes on by itself for a while; what is due for longer than this has nobody at work. */
const graceMs = 3_000;
const mostAtWork = 10;

/** Looks for intents with something due and puts a job in for each; the row decides, so a job too many does no harm. */
export function findDueIntents(on: Scheduling, jobs: JobQueue): Round {
  return {
    name: 'intents.due',
    everyMs: 1_000,
    async run() {
      const due = await on.database.withoutPractice((tx) =>
        dueIntents(tx, new Date(on.clock.now() - graceMs), 100),
      );
      for (const { practiceId, intentId } of due)
        await jobs.send('intents', { practice: practiceId, intent: intentId }, intentId);
    },
  };
}

/**
 * Takes jobs and carries their intents on: after a crash, after the caller's patience, and for sweeps. So many at once;
 * a slow one keeps no other one waiting.
 */
export function workIntents(on: Scheduling, jobs: JobQueue): Round {
  const atWork = new Set<Promise<void>>();
  return {
    name: 'intents.work',
    everyMs: 500,
    async run() {
      const free = mostAtWork - atWork.size;
      if (free === 0) return;
      for (const job of await jobs.take('intents', free)) {
        const work = workOn(on, jobs, job).finally(() => atWork.delete(work));
        atWork.add(work);
      }
    },
  };
}

/** The intent's row says what is due; a job whose work failed is put in again while it is. */
async function workOn(on: Scheduling, jobs: JobQueue, { id, data }: Job): Promise<void> {
  const { practice = '', intent = '' } = data;
  const until = on.clock.now() + 20_000;
  try {
    await carryOn(on, practice, intent, { until, sweep: true });
    await jobs.finish('intents', [id]);
  } catch {
    on.report({ event: 'intent.failed', intent, code: 'carry-on' });
    await jobs.finish('intents', [id]).catch(() => {});
  }
}
