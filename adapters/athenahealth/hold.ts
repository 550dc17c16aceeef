import { type AdapterContext, Failure, type Opening } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { parseVendorKey } from './map/vendor-key.ts';
import { isNamed, ownSettings } from './settings.ts';

/**
 * Freezes the slot. A freeze has neither owner nor end: athenaOne keeps it until somebody takes it away. A visit that
 * takes several slots is not held so, because the others are not named and would stay open.
 */
export async function hold(ctx: AdapterContext, opening: Opening): Promise<void> {
  requireFreezing(ctx);
  const place = parseVendorKey(opening.vendorKey);
  if (place === undefined) throw new Failure('stale-opening');
  const slot = await client.appointment(ctx.http, place.appointment);
  if (slot?.appointmentstatus !== 'o' || slot.frozen === true) throw new Failure('slot-taken');
  if (slot.duration < opening.minutes) throw new Failure('capability-missing');
  const reply = await client.freezeSlot(ctx.http, place.appointment, true);
  // Between the two calls somebody else froze it: what is theirs never counts as ours.
  if (reply === 'already') throw new Failure('slot-taken');
  if (reply === 'refused') throw new Failure('capability-missing');
}

/**
 * Takes away a freeze of ours. The gateway asks only where it froze the slot itself, or may have: right before that it was
 * read as not frozen, and a freeze that was there first is told. Besides, where athenaOne says that a person touched the
 * slot last, the freeze is theirs and stays.
 */
export async function release(ctx: AdapterContext, opening: Opening): Promise<void> {
  requireFreezing(ctx);
  const place = parseVendorKey(opening.vendorKey);
  if (place === undefined) return;
  const slot = await client.appointment(ctx.http, place.appointment);
  if (slot?.appointmentstatus !== 'o' || slot.frozen !== true || slot.lastmodifiedby === 'person') return;
  const reply = await client.freezeSlot(ctx.http, place.appointment, false);
  if (reply === 'refused') throw new Failure('capability-missing');
}

/** A connection whose practice does not want it changes no freeze, not even one of an earlier day. */
function requireFreezing({ settings }: AdapterContext): void {
  const own = ownSettings(settings);
  if (!own.freezeHeldTimes || !isNamed(own)) throw new Failure('capability-missing');
}
