import { heldTimes, resourceKeys } from '#store/claims.ts';
import { type OfferedOpening, openingsNear } from '#store/openings.ts';
import type { Caller } from './caller.ts';
import { type Offer, offerOf } from './find-slots.ts';
import { practiceContext } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';

const day = 86_400_000;

/**
 * Up to two other times like one that was just lost: the same visit type, lately seen free, nearest in time, nobody's
 * hold. From what was offered before, so that a refusal comes at once; they are checked when they are booked.
 */
export async function alternativesTo(on: Scheduling, caller: Caller, lost: OfferedOpening): Promise<Offer[]> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const now = on.clock.now();
  return on.database.withPractice(caller.practiceId, async (tx) => {
    const near = await openingsNear(tx, lost, {
      now: new Date(now),
      seenAfter: new Date(now - day / 24),
      most: 40,
    });
    if (near.length === 0) return [];
    const window = { from: new Date(now).toISOString(), to: new Date(now + 31 * day).toISOString() };
    const held = await heldTimes(tx, window, new Date(now));
    const lostKeys = new Set(resourceKeys(lost.connectionId, lost.claims));
    const isFree = (opening: OfferedOpening): boolean => {
      const keys = new Set(resourceKeys(opening.connectionId, opening.claims));
      const start = Date.parse(opening.start);
      const end = Date.parse(opening.end);
      const meets = (from: number, to: number) => from < end && start < to;
      if ([...keys].some((key) => lostKeys.has(key)) && meets(Date.parse(lost.start), Date.parse(lost.end)))
        return false;
      return !held.some((one) => keys.has(one.resourceKey) && meets(one.start.getTime(), one.end.getTime()));
    };
    const starts = new Set<string>();
    const offers: Offer[] = [];
    for (const opening of near.filter(isFree)) {
      const offer = offerOf(context, opening);
      if (!offer || starts.has(opening.start)) continue;
      starts.add(opening.start);
      offers.push(offer);
      if (offers.length === 2) break;
    }
    return offers;
  });
}
