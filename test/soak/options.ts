import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly seed: number;
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
  /** Whether the naive gateways are soaked too, or they alone. */
  readonly naive: 'too' | 'only' | 'no';
  /** Leaves histories and logs behind even when all is well. */
  readonly keep: boolean;
}

/**
 * `npm run soak` is the long form, `npm run soak -- --short` that of CI, `npm run soak -- --naive` shows the naive
 * gateways alone. `--seed --bookings --kills --restarts --gateways --clients --minutes` change one thing each, `--keep` leaves histories
 * and logs behind.
 *
 * @throws in words for what it does not know
 */
export function readOptions(args: readonly string[]): SoakOptions {
  const number = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      naive: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      seed: number,
      bookings: number,
      kills: number,
      restarts: number,
      gateways: number,
      clients: number,
      minutes: number,
    },
  });
  const usual = values.short ? short : long;
  const read = (name: keyof typeof usual): number => {
    const text = values[name];
    if (text !== undefined && !/^\d{1,9}$/.test(text)) throw new Error(`--${name} has to be a whole number.`);
    return text === undefined ? usual[name] : Number(text);
  };
  return {
    seed: values.seed === undefined && !values.short ? Date.now() % 1_000_000 : read('seed'),
    bookings: read('bookings'),
    kills: read('kills'),
    restarts: read('restarts'),
    gateways: read('gateways'),
    clients: read('clients'),
    minutes: read('minutes'),
    quietMs: 3_000,
    keep: values.keep,
    naive: values.naive ? 'only' : values.short ? 'too' : 'no',
  };
}

const long = { seed: 1, bookings: 2_000, kills: 50, restarts: 5, gateways: 3, clients: 24, minutes: 60 };
const short = { seed: 1, bookings: 120, kills: 4, restarts: 1, gateways: 2, clients: 14, minutes: 3 };
