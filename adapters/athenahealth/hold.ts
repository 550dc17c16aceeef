import { type AdapterContext, Failure, type Opening, WireFailure } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { type Place, parseVendorKey } from './map/vendor-key.ts';
import { isNamed, ownSettings } from './settings.ts';
import type { AppointmentRow } from './wire.ts';

/**
 * Freezes the slot. A freeze has neither owner nor end: athenaOne keeps it until somebody takes it away. So nothing is frozen
 * that {@link release} would leave frozen: a slot that a person touched last keeps that person's name, should athenaOne not
 * write down who freezes. A visit that takes several slots is not held so, because the others are not named and would
 * stay open.
 */
export async function hold(ctx: AdapterContext, opening: Opening): Promise<void> {
  requireFreezing(ctx);
  const place = parseVendorKey(opening.vendorKey);
  if (place === undefined) throw new Failure('stale-opening');
  const slot = await client.appointment(ctx.http, place.appointment);
  if (slot?.appointmentstatus !== 'o') throw new Failure('slot-taken');
  // The gateway's own hold is enough for it then.
  if (slot.lastmodifiedby === 'person' || slot.duration < opening.minutes)
    throw new Failure('capability-missing');
  if ((await frozenState(ctx, place, slot)) !== 'no') throw new Failure('slot-taken');
  const reply = await client.freezeSlot(ctx.http, place.appointment, true);
  // Between the calls somebody else froze it: what is theirs never counts as ours.
  if (reply === 'already') throw new Failure('slot-taken');
  if (reply === 'refused') throw new Failure('capability-missing');
}

/**
 * Takes away a freeze of ours. The gateway asks only where it froze the slot itself, or may have: right before that it was
 * read as not frozen and as touched last by no person, and a freeze that was there first is told. Where a person touched the
 * slot last by now, a freeze is theirs and stays.
 *
 * A slot that a search does not show may be frozen or not, because the notice of its reason may have begun: then the answer
 * of athenaOne to being asked to unfreeze it says so.
 *
 * @throws WireFailure where nobody knows whether it is frozen: to be tried again
 */
export async function release(ctx: AdapterContext, opening: Opening): Promise<void> {
  requireFreezing(ctx);
  const place = parseVendorKey(opening.vendorKey);
  if (place === undefined) return;
  const slot = await client.appointment(ctx.http, place.appointment);
  if (slot?.appointmentstatus !== 'o') return;
  const state = await frozenState(ctx, place, slot);
  if (state === 'no') return;
  if (slot.lastmodifiedby === 'person') {
    if (state === 'unknown') throw new WireFailure('unknown', 'openSlots', { reason: 'frozen-unknown' });
    return;
  }
  const reply = await client.freezeSlot(ctx.http, place.appointment, false);
  if (reply === 'refused') throw new Failure('capability-missing');
}

/**
 * A search that shows frozen slots marks them. A slot that is read by its id may say so or not: that it does is not
 * published, so its silence says nothing.
 */
async function frozenState(
  ctx: AdapterContext,
  place: Place,
  slot: AppointmentRow,
): Promise<'yes' | 'no' | 'unknown'> {
  if (slot.frozen === true) return 'yes';
  const rows = await client.openSlots(ctx.http, {
    departments: [place.department],
    providers: [place.provider],
    visit: place.visit,
    first: slot.date,
    last: slot.date,
    withFrozen: true,
  });
  const row = rows.find(({ appointmentid }) => appointmentid === place.appointment);
  if (row === undefined) return 'unknown';
  return row.frozen === true ? 'yes' : 'no';
}

/** A connection whose practice does not want it changes no freeze, not even one of an earlier day. */
function requireFreezing({ settings }: AdapterContext): void {
  const own = ownSettings(settings);
  if (!own.freezeHeldTimes || !isNamed(own)) throw new Failure('capability-missing');
}
