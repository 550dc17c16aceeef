import type { RefusalRow } from '#adapter-kit/index.ts';

/**
 * Answers to a write that athenaOne is known to give before it acts (docs.athenahealth.com, "API error message reference",
 * and recordings). All others are ambiguous: what a cancellation answers for a wrong patient, or the second time, is not
 * published, and "The data provided is invalid." may be among it.
 *
 * 409 is one text for a slot that somebody else has, for one that we have ourselves by a request whose answer was lost, and
 * for one that may not be booked by the API. `taken` makes the gateway search for our own booking before it says so, and
 * look at the slot once more.
 */
export const refusals: readonly RefusalRow[] = [
  { status: 401, means: 'not-done', reason: 'unauthorized' },
  { status: 429, means: 'not-done', reason: 'throttled' },
  // As the retired gateway throttled: a text, never JSON.
  {
    status: 403,
    text: /^(?!\s*\{).*\b(over (qps|rate|limit)|rate|limit|limits|queries)\b/is,
    means: 'not-done',
    reason: 'throttled',
  },
  // A scope, a switch of the practice or a subscription is missing.
  { status: 403, text: /^\s*\{/, means: 'not-done', reason: 'unauthorized' },
  {
    status: 409,
    text: /already booked or not available for booking/i,
    means: 'taken',
    reason: 'taken',
  },
  { status: 400, text: /Additional fields are required\./i, means: 'not-done', reason: 'rejected' },
  { status: 400, text: /Appointment type ID is invalid\./i, means: 'not-done', reason: 'rejected' },
  { status: 400, text: /Improper DOB\./i, means: 'not-done', reason: 'rejected' },
  { status: 404, text: /Invalid practice\./i, means: 'not-done', reason: 'rejected' },
  { status: 404, text: /Service not registered/i, means: 'not-done', reason: 'rejected' },
];

/** What athenaOne itself answers; a gateway before it answers in other words. */
export const jsonObject = /^\s*\{/;

/** A 404 that speaks of the practice or of the path, and not of what was asked for. */
export const elsewhere = /Invalid practice|Service not registered/i;

/** A 403 that asks for a subscription to changes. */
export const notSubscribed = /subscri/i;
