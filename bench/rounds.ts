import type { Pair } from './figure.ts';
import { type Spread, spreadOf } from './spread.ts';

/** What one round took on either side. */
export type Sides<Round> = readonly [gateway: (round: Round) => number, baseline: (round: Round) => number];

const slices = 5;

/** A percentile of each slice of the rounds. */
export function slicedBy<Round>(rounds: readonly Round[], sides: Sides<Round>, at: keyof Spread): Pair[] {
  const size = Math.ceil(rounds.length / slices);
  return Array.from({ length: slices }, (_, slice) => rounds.slice(slice * size, (slice + 1) * size))
    .filter((part) => part.length > 0)
    .flatMap((part) => overall(part, sides, at));
}

/** A percentile of all rounds together: what is rare has no slices. */
export function overall<Round>(
  rounds: readonly Round[],
  [gateway, baseline]: Sides<Round>,
  at: keyof Spread,
): Pair[] {
  return [[spreadOf(rounds.map(gateway))[at], spreadOf(rounds.map(baseline))[at]]];
}
