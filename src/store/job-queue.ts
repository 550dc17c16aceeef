import { fromKnex, PgBoss } from 'pg-boss';
import type { Database } from './database.ts';
import type { queues } from './queues.ts';

export type QueueName = keyof typeof queues;

export interface Job {
  readonly id: string;
  readonly data: Readonly<Record<string, string>>;
}

/** pg-boss over our own transactions, so that its every query is the application's role. */
export interface JobQueue {
  /** Puts a job in, unless one with the same key waits already. */
  send(queue: QueueName, data: Job['data'], key: string): Promise<void>;
  /** Takes jobs that nobody else has; each is to be finished by {@link JobQueue.finish}. */
  take(queue: QueueName, most: number): Promise<readonly Job[]>;
  finish(queue: QueueName, ids: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function openJobQueue(database: Database): Promise<JobQueue> {
  const boss = new PgBoss({
    db: {
      executeSql: (text, values) => database.withoutPractice((tx) => fromKnex(tx).executeSql(text, values)),
    },
    schema: 'boss',
    migrate: false,
    createSchema: false,
    supervise: false,
    schedule: false,
    ...(database.kind === 'embedded' ? { backend: 'pglite' as const } : {}),
  });
  await boss.start();
  return {
    async send(queue, data, key) {
      await boss.send(queue, data, { singletonKey: key });
    },
    async take(queue, most) {
      const jobs = await boss.fetch<Job['data']>(queue, { batchSize: most });
      return jobs.map(({ id, data }) => ({ id, data }));
    },
    async finish(queue, ids) {
      if (ids.length > 0) await boss.deleteJob(queue, [...ids]);
    },
    stop: () => boss.stop({ graceful: false }),
  };
}
