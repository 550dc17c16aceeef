import {
  covers,
  freeStarts,
  type Interval,
  type Opening,
  toInstantWithOffset,
  union,
} from '#adapter-kit/index.ts';
import type { OpenDay } from '../wire.ts';
import { type Busy, isFree } from './busy.ts';
import { claimsOf, vendorKeyOf } from './vendor-key.ts';
import { isNamedOnce, momentOf } from './wall-clock.ts';

/** Where a visit may begin, before what is taken is looked at. */
export interface Candidates {
  readonly doctor: number;
  readonly office: number;
  readonly room: number;
  readonly zone: string;
  readonly starts: readonly number[];
  /** Where templates limit it: their profile, and when they hold. */
  readonly within?: { readonly profile: number; readonly time: readonly Interval[] };
}

export interface SlotQuery {
  /** Starts lie in here. */
  readonly window: Interval;
  readonly minutes: number;
  /** No start before this moment. */
  readonly now: number;
}

/** Every opening in the window, earliest first. */
export function openSlots(
  candidates: readonly Candidates[],
  busy: Busy,
  { window, minutes, now }: SlotQuery,
): readonly Opening[] {
  return candidates
    .flatMap((place) => [...new Set(place.starts)].map((start) => ({ place, start })))
    .filter(({ place, start }) => {
      const during = { from: start, to: start + minutes * minute };
      if (start < Math.max(window.from, now) || start >= window.to) return false;
      if (place.within !== undefined && !covers(place.within.time, during)) return false;
      return isFree(busy, place, during) && isNamedOnce(start, place.zone);
    })
    .sort(
      (a, b) =>
        a.start - b.start ||
        a.place.doctor - b.place.doctor ||
        a.place.office - b.place.office ||
        a.place.room - b.place.room,
    )
    .map(({ place, start }) => {
      const { doctor, office, room, zone, within } = place;
      return {
        vendorKey: vendorKeyOf({ doctor, office, room, ...(within && { profile: within.profile }) }),
        start: toInstantWithOffset(start, zone),
        end: toInstantWithOffset(start + minutes * minute, zone),
        minutes,
        practitioner: String(doctor),
        location: String(office),
        claims: claimsOf(doctor, office, room),
      };
    });
}

/**
 * Starts in hours of work: one visit after the other from their beginning, as DrChrono's own answers step, or on a grid
 * of the wall clock.
 */
export function startsIn(
  hours: readonly Interval[],
  minutes: number,
  grid: { readonly minutes: number; readonly timeZone: string },
): readonly number[] {
  const open = union(hours);
  const [first, last] = [open[0], open.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (grid.minutes > 0)
    return freeStarts({
      open,
      busy: [],
      window: { from: first.from, to: last.to },
      minutes,
      gridMinutes: grid.minutes,
      timeZone: grid.timeZone,
      now: first.from,
    });
  const starts: number[] = [];
  for (const { from, to } of open)
    for (let start = from; start + minutes * minute <= to; start += minutes * minute) starts.push(start);
  return starts;
}

/**
 * Starts that DrChrono tells: units that are as long as the visit. `open_slots` themselves are hours of work, visits and
 * all.
 */
export function unitsIn(days: readonly OpenDay[], minutes: number, zone: string): readonly number[] {
  return days.flatMap(({ date, open_slots }) =>
    open_slots
      .flatMap(({ availability }) => availability)
      .filter(({ start, end }) => end - start >= minutes)
      .flatMap(({ start }) => momentOf(date, start, zone) ?? []),
  );
}

const minute = 60_000;
