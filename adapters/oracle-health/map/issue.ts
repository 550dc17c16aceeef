import type { RefusalRow } from '#adapter-kit/index.ts';
import { issueMap } from '../../fhir-r4/index.ts';

/**
 * Answers to a write that Oracle Health is documented to give before it acts (Millennium Platform R4 APIs, Appointment).
 * Its precondition codes are the other way round from FHIR's: 409 for a version that has changed, 412 for none at all.
 * A 424, for something else that failed along with the write, is in no list: it may have happened.
 */
export const refusals: readonly RefusalRow[] = [
  { status: 401, means: 'not-done', reason: 'unauthorized' },
  { status: 403, means: 'not-done', reason: 'unauthorized' },
  { status: 404, means: 'not-done', reason: 'missing' },
  { status: 406, means: 'not-done', reason: 'rejected' },
  { status: 412, means: 'not-done', reason: 'rejected' },
  { status: 415, means: 'not-done', reason: 'rejected' },
  // Somebody has the record open. It is free again in a moment.
  { status: 423, means: 'not-done', reason: 'throttled' },
  { status: 429, means: 'not-done', reason: 'throttled' },
  ...issueMap.refusedChange,
  // A slot that is not free any more, on create and on a change of slot.
  { status: 422, means: 'taken', reason: 'taken' },
];
