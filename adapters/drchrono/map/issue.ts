import type { RefusalRow } from '#adapter-kit/index.ts';

/**
 * Answers to a write that DrChrono is known to give before it acts. What a 409 says is not documented and differs, so
 * its status alone counts; that it may be about our own row is for the search by marker to find. A 400 is trusted only
 * in the form of a validation, about one of the fields of which such refusals have been seen.
 */
export const refusals: readonly RefusalRow[] = [
  { status: 401, means: 'not-done', reason: 'unauthorized' },
  // A scope, or a permission inside the app, is missing.
  { status: 403, means: 'not-done', reason: 'unauthorized' },
  { status: 404, means: 'not-done', reason: 'missing' },
  { status: 405, means: 'not-done', reason: 'rejected' },
  { status: 429, means: 'not-done', reason: 'throttled' },
  // Where a practice guards itself against adding somebody twice; reported as 409, declared as 400.
  { status: 409, text: /potential duplicate patient/i, means: 'rule', reason: 'rule' },
  { status: 400, text: /potential duplicate patient/i, means: 'rule', reason: 'rule' },
  { status: 409, means: 'taken', reason: 'taken' },
  {
    status: 400,
    text: /^\s*\{\s*"(?:office|patient|profile|doctor|status|reason)"\s*:\s*\[\s*"(?:[^"\\]|\\.){1,300}"\s*\]\s*\}\s*$/,
    means: 'not-done',
    reason: 'rejected',
  },
];
