import { defineAdapter, unsupported, z } from '#adapter-kit/index.ts';
import * as operations from './operations.ts';
import { routes } from './routes.ts';

/** The smallest complete adapter, written to be read. README.md walks through it. */
export const memory = defineAdapter({
  id: 'memory',
  title: 'Memory',
  authorization: {
    kind: 'api-key',
    header: 'Authorization',
    format: 'Bearer {key}',
    secrets: { key: { title: 'Key of the practice', of: 'practice' } },
  },
  settings: z.strictObject({}),
  capabilities: {
    // It refuses a visit that overlaps another: class B.
    bookingClass: 'B',
    find: true,
    hold: 'gateway',
    book: true,
    reschedule: 'in-place',
    cancel: true,
    matchPatient: true,
    createPatient: true,
    marker: { field: 'note' },
    quietSeconds: 5,
    readAfterWriteMs: 0,
    times: 'offset',
    pace: { gapMs: 0, concurrent: 4 },
    refusals: [
      { status: 409, means: 'taken', reason: 'taken' },
      { status: 404, means: 'not-done', reason: 'missing' },
      { status: 429, means: 'not-done', reason: 'throttled' },
      { status: 401, means: 'not-done', reason: 'unauthorized' },
    ],
  },
  routes,
  operations: { ...operations, hold: unsupported, release: unsupported, changes: unsupported },
});
