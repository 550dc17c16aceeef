import type { Opening } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import type { OfferedOpening } from '#store/openings.ts';
import type { VisitType } from '#store/visit-types.ts';
import type { HeldTimes } from './held-times.ts';

/** An opening of the EMR, with what decides about its place among the others. */
export interface Candidate {
  readonly opening: Opening;
  /** As it was offered before, where it is from our own record: it keeps its id. */
  readonly offered?: OfferedOpening;
  readonly type: VisitType;
  /** Instant. */
  readonly seenAt: string;
  /** FHIR id of its Schedule. */
  readonly schedule: string;
  /** Milliseconds since the epoch, half open. */
  readonly from: number;
  readonly to: number;
  /** What it would claim, as `resourceKeys` makes it. */
  readonly claims: readonly string[];
}

export interface PageQuery {
  readonly schedules?: readonly string[];
  readonly count: number;
  readonly cursor?: string;
}

/** Earliest first over all practitioners and locations, and always in the same order. */
export function inOrder(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted(
    (a, b) => a.from - b.from || compare(a.schedule, b.schedule) || compare(a.type.code, b.type.code),
  );
}

/**
 * One page of candidates that are in order, without those that are held.
 *
 * @throws Failure `invalid-value` for a cursor that is not one of ours
 */
export function pageOf(
  candidates: readonly Candidate[],
  held: HeldTimes,
  { schedules, count, cursor }: PageQuery,
): { readonly page: readonly Candidate[]; readonly total: number; readonly next: string | undefined } {
  const open = candidates.filter(
    (one) => (!schedules || schedules.includes(one.schedule)) && !held.meets(one.claims, one.from, one.to),
  );
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const rest = after === undefined ? open : open.filter((one) => isAfter(one, after));
  const page = rest.slice(0, count);
  const last = page.at(-1);
  return {
    page,
    total: open.length,
    next: last && rest.length > page.length ? writeCursor(last) : undefined,
  };
}

interface Place {
  readonly from: number;
  readonly schedule: string;
  readonly type: string;
}

function isAfter({ from, schedule, type }: Candidate, place: Place): boolean {
  return (from - place.from || compare(schedule, place.schedule) || compare(type.code, place.type)) > 0;
}

function writeCursor({ from, schedule, type }: Candidate): string {
  return Buffer.from(JSON.stringify([from, schedule, type.code])).toString('base64url');
}

function readCursor(cursor: string): Place {
  try {
    const [from, schedule, type, ...more]: unknown[] = JSON.parse(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    );
    if (
      typeof from === 'number' &&
      typeof schedule === 'string' &&
      typeof type === 'string' &&
      more.length === 0
    )
      return { from, schedule, type };
  } catch {
    // Not one of ours: said below.
  }
  throw new Failure('invalid-value', {
    expression: '_cursor',
    hint: 'Follow the next link as it was given.',
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
