import type { RefusalRow } from './adapter.ts';
import type { RouteTable } from './route.ts';
import type { WireFailure } from './wire-failure.ts';

/** What is known after a write that did not end in a success of its route. */
export interface WriteOutcome {
  /**
   * - `not-done`: surely nothing happened; the same may be tried again.
   * - `refused`: the EMR acted on it by saying no.
   * - `ambiguous`: it may have happened. The only way on is to read the EMR.
   */
  readonly outcome: 'not-done' | 'refused' | 'ambiguous';
  /** For logs and decisions: the reason of the refusal row that matched, else the wall's. */
  readonly reason: RefusalRow['reason'] | (string & {});
  readonly retryAfterSeconds?: number;
}

/**
 * Judges a failed write by what its adapter declares. Whatever is not surely harmless is ambiguous: a time-out, a reset,
 * a 5xx, an answer that cannot be read, and every status the EMR is not known to send only before it acts.
 *
 * @param routes when given, the failure of a read that an operation makes before its write is `not-done` as well
 */
export function classifyWrite(
  failure: WireFailure,
  refusals: readonly RefusalRow[],
  routes?: RouteTable,
): WriteOutcome {
  const { kind, reason, status, text } = failure;
  const wait =
    failure.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: failure.retryAfterSeconds };
  if (kind === 'refused' || kind === 'not-sent') return { outcome: 'not-done', reason, ...wait };
  const row = kind === 'answered' ? refusals.find((each) => isRow(each, status, text)) : undefined;
  const isRead =
    routes !== undefined && Object.hasOwn(routes, failure.route) && routes[failure.route]?.effect === 'read';
  if (isRead) return { outcome: 'not-done', reason: row?.reason ?? reason, ...wait };
  if (row === undefined) return { outcome: 'ambiguous', reason, ...wait };
  return {
    outcome: row.means === 'not-done' ? 'not-done' : 'refused',
    reason: row.reason,
    ...wait,
  };
}

function isRow(row: RefusalRow, status: WireFailure['status'], text: WireFailure['text']): boolean {
  if (row.status !== status) return false;
  return row.text === undefined || text?.matches(row.text) === true;
}
