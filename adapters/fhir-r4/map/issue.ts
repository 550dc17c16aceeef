import { type RefusalRow, VendorText, WireFailure } from '#adapter-kit/index.ts';
import type { OperationOutcomeResource } from '../wire/resources.ts';

/** Of a cancellation no status says that a time is taken: what {@link asChange} has marked is a rule of the EMR. */
export const refusedChange: readonly RefusalRow[] = [409, 422].map((status) => ({
  status,
  text: /^\[not a booking\]$/,
  means: 'rule',
  reason: 'rule',
}));

/**
 * Answers to a write by which a FHIR server says no before it acts (FHIR R4 §3.1.0.1.9, §3.1.0.8). FHIR fixes no status
 * for a time that is taken: 409 and 422 are taken for that, and the gateway looks for its own marker before it believes
 * them. A 400 is not in the list, because proxies and gateways in front of a server answer 400 for anything.
 */
export const refusals: readonly RefusalRow[] = [
  { status: 401, means: 'not-done', reason: 'unauthorized' },
  { status: 403, means: 'not-done', reason: 'unauthorized' },
  { status: 404, means: 'not-done', reason: 'missing' },
  { status: 405, means: 'not-done', reason: 'rejected' },
  { status: 410, means: 'not-done', reason: 'missing' },
  // The version has changed since it was read (§3.1.0.5.1).
  { status: 412, means: 'not-done', reason: 'rejected' },
  { status: 415, means: 'not-done', reason: 'rejected' },
  { status: 428, means: 'not-done', reason: 'rejected' },
  { status: 429, means: 'not-done', reason: 'throttled' },
  ...refusedChange,
  { status: 409, means: 'taken', reason: 'taken' },
  { status: 422, means: 'taken', reason: 'taken' },
  // Medplum's `$book`; its words are in its documentation.
  { status: 400, text: /requested time slot is not available/i, means: 'taken', reason: 'taken' },
  // `$book` came to an answer, and it is no (Argonaut Scheduling 1.0.1, `$book`): see {@link declinedBy}.
  { status: declined(), text: /^\[declined\]$/, means: 'taken', reason: 'taken' },
];

/** The failure of a write that takes no time, so that 409 and 422 are not read as they are of one that does. */
export function asChange(error: unknown): unknown {
  if (!(error instanceof WireFailure) || (error.status !== 409 && error.status !== 422)) return error;
  const { kind, route, reason, status } = error;
  return new WireFailure(kind, route, {
    reason,
    status,
    text: new VendorText('[not a booking]'),
    cause: error,
  });
}

/** Status under which an operation's own "no" is told, which came with a 2xx. */
export function declined(): number {
  return 200;
}

/** The "no" of an operation that came with a 2xx: a cancelled appointment, or a fatal outcome. */
export function declinedBy(route: string): WireFailure {
  const text = new VendorText('[declined]');
  return new WireFailure('answered', route, { reason: 'declined', status: declined(), text });
}

/** Has an issue, of whatever severity, one of these codes (FHIR R4 IssueType)? */
export function hasIssue(
  outcomes: readonly OperationOutcomeResource[],
  ...codes: readonly string[]
): boolean {
  return outcomes.some(({ issue }) => issue.some(({ code }) => codes.includes(code)));
}

const severities = ['information', 'warning', 'error', 'fatal'];

/** The worst severity of all issues decides, wherever it stands; an outcome without issues says nothing. */
export function worstOf(outcomes: readonly OperationOutcomeResource[]): string | undefined {
  const ranks = outcomes.flatMap(({ issue }) => issue.map(({ severity }) => severities.indexOf(severity)));
  return severities[Math.max(-1, ...ranks)];
}

export function isFailure(outcomes: readonly OperationOutcomeResource[]): boolean {
  const worst = worstOf(outcomes);
  return worst === 'error' || worst === 'fatal';
}
