import { readSoakOptions, type SoakChoice } from './read-options.ts';

export interface SoakOptions extends Omit<SoakChoice<never>, 'numbers'> {
  /** Bookings that have to be answered. */
  readonly bookings: number;
  /** Kills of a gateway in the middle of a send. */
  readonly kills: number;
  /** Immediate restarts of PostgreSQL. */
  readonly restarts: number;
  readonly gateways: number;
  /** People on the phone at once. */
  readonly clients: number;
  /** When this long has passed no new call begins, whatever is missing. */
  readonly minutes: number;
  /** Q: 120 s in production. */
  readonly quietMs: number;
}

/**
 * `npm run soak` is the long form, `npm run soak -- --short` that of CI, `npm run soak -- --naive` shows the naive
 * gateways alone. `--seed --bookings --kills --restarts --gateways --clients --minutes` change one thing each, `--keep` leaves histories
 * and logs behind.
 *
 * @throws in words for what it does not know
 */
export function readOptions(args: readonly string[]): SoakOptions {
  const { numbers, ...choice } = readSoakOptions(args, { long, short });
  return { ...choice, ...numbers, quietMs: 3_000 };
}

const long = { bookings: 2_000, kills: 50, restarts: 5, gateways: 3, clients: 24, minutes: 60 };
const short = { bookings: 120, kills: 4, restarts: 1, gateways: 2, clients: 14, minutes: 3 };
