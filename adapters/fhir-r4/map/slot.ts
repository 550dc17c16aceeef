import type { Opening } from '#adapter-kit/index.ts';
import type { ScheduleResource, SlotResource } from '../wire/resources.ts';
import { readInstant } from './instant.ts';
import { type FreeTime, inOrder } from './opening.ts';
import { hasToken } from './token.ts';
import { claimsOf } from './vendor-key.ts';

/** Who and where a slot is for. */
export interface Place {
  /** The first is the one whom an opening names. */
  readonly practitioners: readonly string[];
  readonly location: string;
}

/** A slot that can be offered: free, with a beginning before its end, of a schedule that names somebody and a place. */
export interface FreeSlot extends Place {
  readonly id: string;
  readonly schedule: string;
  readonly from: number;
  readonly to: number;
}

/** Milliseconds, or undefined for a slot that nobody can be sent to. */
export function spanOf(slot: SlotResource): { readonly from: number; readonly to: number } | undefined {
  const [from, to] = [readInstant(slot.start), readInstant(slot.end)];
  return from !== undefined && to !== undefined && from < to ? { from, to } : undefined;
}

export function isFree(slot: SlotResource): boolean {
  return slot.status === 'free' && slot.overbooked !== true;
}

/** Neither the slot nor its schedule is for other visit types only. */
export function isFor(
  type: string | undefined,
  slot: SlotResource,
  schedule: ScheduleResource | undefined,
): boolean {
  const types = slot.serviceType ?? schedule?.serviceType ?? [];
  return type === undefined || types.length === 0 || hasToken(types, type);
}

export interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly minutes: number;
  readonly join: boolean;
  readonly type: string | undefined;
  readonly timeZone: string;
}

/**
 * Openings among free slots, earliest first: a slot of exactly the length, and, where the server books several slots as
 * one visit, consecutive slots of one schedule that are the length together.
 */
export function openingsAmong(slots: readonly FreeSlot[], wanted: Wanted): readonly Opening[] {
  const { from, to, now, minutes, join, type, timeZone } = wanted;
  const length = minutes * 60_000;
  const later = Map.groupBy(slots, (slot) => `${slot.schedule} ${slot.from}`);
  const times = slots.flatMap((first): FreeTime[] => {
    if (first.from < Math.max(from, now) || first.from >= to) return [];
    const until = first.from + length;
    const taken = chain(first, until, join ? later : new Map());
    const [practitioner] = first.practitioners;
    if (taken === undefined || practitioner === undefined) return [];
    const claims = claimsOf(
      taken.map(({ id }) => id),
      taken.flatMap(({ practitioners }) => practitioners),
    );
    const { location } = first;
    return [{ key: { slot: first.id, type }, from: first.from, to: until, practitioner, location, claims }];
  });
  return inOrder(times, timeZone);
}

/** The slots from `first` to `end` without a gap, or undefined where there are none that fit. */
function chain(
  first: FreeSlot,
  end: number,
  later: ReadonlyMap<string, readonly FreeSlot[]>,
): readonly FreeSlot[] | undefined {
  if (first.to === end) return [first];
  if (first.to > end) return undefined;
  const next = later.get(`${first.schedule} ${first.to}`) ?? [];
  for (const slot of next) {
    if (slot.from >= slot.to || slot.location !== first.location) continue;
    const rest = chain(slot, end, later);
    if (rest !== undefined) return [first, ...rest];
  }
  return undefined;
}
