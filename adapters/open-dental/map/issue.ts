import type { RefusalRow } from '#adapter-kit/index.ts';

/**
 * Answers to a write that Open Dental is known to give before it acts. A 400 without one of these texts is ambiguous:
 * a lost connection to the office and a time-out there are 400 as well, and so may be a refused overlap, whose text
 * nobody has written down. 403, 405, 409 and 422 are not among its documented answers, 500 and 504 prove nothing.
 */
export const refusals: readonly RefusalRow[] = [
  // A wrong or disabled key, or a key without the permission for this method.
  { status: 401, means: 'not-done', reason: 'unauthorized' },
  { status: 429, means: 'not-done', reason: 'throttled' },
  { status: 404, means: 'not-done', reason: 'missing' },
  { status: 410, means: 'not-done', reason: 'rejected' },
  {
    status: 400,
    text: /^"?appointment must be in a booked status to be broken/i,
    means: 'rule',
    reason: 'rule',
  },
  {
    status: 400,
    text: /^"?[A-Za-z]{1,40} is required\.?"?$/,
    means: 'not-done',
    reason: 'rejected',
  },
  {
    status: 400,
    text: /^"?(Apt)?Status is invalid\.?"?$/,
    means: 'not-done',
    reason: 'rejected',
  },
  {
    status: 400,
    text: /^"?'?[A-Za-z]{1,40}'? is not a valid (parameter|resource)\.?"?$/,
    means: 'not-done',
    reason: 'rejected',
  },
  {
    status: 400,
    text: /^"?[A-Za-z]{1,40} [A-Z]{3,7} [A-Za-z]{0,40} ?is not a valid method\.?"?$/,
    means: 'not-done',
    reason: 'rejected',
  },
];
