import { heldTimes } from '#store/claims.ts';
import type { Scheduling } from './scheduling.ts';

/** What is held in a practice, or being booked, and not an appointment yet; of now. */
export interface HeldTimes {
  /** The same text as long as the same times are held. */
  readonly version: string;
  /**
   * Is one of these claims held at a moment of from ≤ t < to?
   *
   * @param claims as `resourceKeys` makes them
   */
  meets(claims: readonly string[], from: number, to: number): boolean;
}

/** Reads them once for all who ask at the same time: a search must not cost a transaction of its own. */
export function readHeldTimes(
  { cache, database, clock }: Scheduling,
  practiceId: string,
): Promise<HeldTimes> {
  return cache.join(`held/${practiceId}`, async () => {
    const now = new Date(clock.now());
    const window = { from: now.toISOString(), to: 'infinity' };
    const rows = await database.withPractice(practiceId, (tx) => heldTimes(tx, window, now));
    const spans = new Map<string, { from: number; to: number }[]>();
    for (const { resourceKey, start, end } of rows) {
      // A locked appointment has a claim without a time; it takes nobody's.
      if (!start || !end) continue;
      const span = { from: start.getTime(), to: end.getTime() };
      const others = spans.get(resourceKey);
      if (others) others.push(span);
      else spans.set(resourceKey, [span]);
    }
    return {
      version: JSON.stringify([...spans]),
      meets: (claims, from, to) =>
        spans.size > 0 &&
        claims.some((claim) => spans.get(claim)?.some((span) => span.from < to && from < span.to) === true),
    };
  });
}
