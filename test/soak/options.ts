import { type BookingClass, knownClasses } from './offices.ts';
import { readSoakOptions, type SoakChoice } from './read-options.ts';

export interface SoakOptions extends Omit<SoakChoice<never>, 'numbers' | 'words'> {
  /** Kinds of EMRs that take part. */
  readonly classes: readonly BookingClass[];
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
 * gateways alone. `--classes C,D` takes the EMRs of these booking classes alone. `--seed --bookings --kills --restarts --gateways --clients --minutes` change one thing each, `--keep` leaves histories
 * and logs behind.
 *
 * @throws in words for what it does not know
 */
export function readOptions(args: readonly string[]): SoakOptions {
  const { numbers, words, ...choice } = readSoakOptions(args, { long, short }, ['classes']);
  const classes = words.classes === undefined ? usualClasses(choice.short) : readClasses(words.classes);
  return { ...choice, ...numbers, classes, quietMs: 3_000 };
}

/** Every class is in the long form; CI's has to be short, and takes one EMR without FHIR and two with it. */
function usualClasses(short: boolean): readonly BookingClass[] {
  return short ? ['C', 'D', 'E'] : knownClasses();
}

function readClasses(said: string): readonly BookingClass[] {
  const known = knownClasses();
  return said.split(',').map((one) => {
    const found = known.find((each) => each === one.trim().toUpperCase());
    if (found === undefined) throw new Error(`--classes has to be some of ${known.join(',')}.`);
    return found;
  });
}

const long = { bookings: 2_000, kills: 50, restarts: 5, gateways: 3, clients: 24, minutes: 60 };
const short = { bookings: 120, kills: 4, restarts: 1, gateways: 2, clients: 14, minutes: 3 };
