import { defineAdapter, z } from '#adapter-kit/index.ts';
import * as operations from './operations.ts';
import { routes } from './routes.ts';

/** The adapter at a glance: who we are to the EMR, what it can do, what may be sent, what we do with it. */
export const starter = defineAdapter({
  id: 'starter',
  title: 'Starter',
  // How a connection proves who it is. The gateway holds the secrets; an adapter never sees them.
  authorization: {
    kind: 'api-key',
    header: 'Authorization',
    format: 'Bearer {key}',
    secrets: { key: { title: 'Key of the practice', of: 'practice' } },
  },
  settings: z.strictObject({}),
  // What is `false` or `unsupported` is tested to be refused. Turn one on when its operation is written.
  capabilities: {
    bookingClass: 'B',
    find: true,
    hold: 'gateway',
    book: false,
    reschedule: 'unsupported',
    cancel: false,
    matchPatient: false,
    createPatient: false,
    marker: 'none',
    // A write that has not been answered is taken as not done after this time. Too long is safe, too short is not.
    quietSeconds: 120,
    readAfterWriteMs: 0,
    times: 'offset',
    pace: { gapMs: 0, concurrent: 4 },
    // Answers that the EMR is known to give before it acts. Whatever is not here is ambiguous, and that is safe.
    refusals: [
      { status: 401, means: 'not-done', reason: 'unauthorized' },
      { status: 429, means: 'not-done', reason: 'throttled' },
    ],
  },
  routes,
  operations,
});
