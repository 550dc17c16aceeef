import { cutIntoStarts, type Interval, intersect, subtract } from './interval.ts';
import { clockChangesIn, instantToLocal, localToInstant } from './local-time.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

export interface FreeStartsQuery {
  /** When all that the visit needs is at work. */
  readonly open: readonly Interval[];
  /** When any part of it is taken. */
  readonly busy: readonly Interval[];
  /** Starts lie in here; the visit itself may end after it. */
  readonly window: Interval;
  readonly minutes: number;
  /** Starts are multiples of this many minutes after local midnight. */
  readonly gridMinutes: number;
  readonly timeZone: string;
  /** No start before this moment. */
  readonly now: number;
}

/**
 * Starts of visits that fit wholly into open time that is not busy, on the office's grid, in order.
 *
 * Only starts that the practice's wall clock names without doubt: in the hour that autumn repeats, the second showing
 * of 01:30 could not be told from the first by an EMR that writes local times, so it is not offered.
 */
export function freeStarts(query: FreeStartsQuery): readonly number[] {
  const length = query.minutes * minute;
  const reach = {
    from: Math.max(query.window.from, query.now),
    to: query.window.to + length,
  };
  const free = subtract(intersect(query.open, [reach]), query.busy);
  const starts = cutIntoStarts(free, {
    lengthMs: length,
    stepMs: query.gridMinutes * minute,
    align: (from) => alignToWallClock(from, query.gridMinutes, query.timeZone),
  });
  const changes = clockChangesIn(query.window.from - day, query.window.to, query.timeZone);
  return starts.filter((start) => {
    if (start >= query.window.to) return false;
    // Only the hours after a change can repeat earlier ones, and asking the calendar about every start is slow.
    const mayRepeat = changes.some((change) => change <= start && start < change + day);
    return !mayRepeat || isNamedByWallClock(start, query.timeZone);
  });
}

/** Does the wall clock of `zone` name this moment, and not an earlier one by the same words? */
export function isNamedByWallClock(instant: number, zone: string): boolean {
  return localToInstant(instantToLocal(instant, zone), zone) === instant;
}

/** The first moment at or after `from` whose local minutes since midnight are a multiple of the grid. */
function alignToWallClock(from: number, gridMinutes: number, zone: string): number {
  const whole = Math.ceil(from / minute) * minute;
  const local = instantToLocal(whole, zone);
  const sinceMidnight = Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16));
  const past = sinceMidnight % gridMinutes;
  return past === 0 ? whole : whole + (gridMinutes - past) * minute;
}
