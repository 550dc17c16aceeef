import { type AdapterContext, Failure, type Opening } from '#adapter-kit/index.ts';
import { appointmentMap, claimed, fhirClient, type fhirWire } from '../fhir-r4/index.ts';
import { dialect } from './dialect.ts';

/**
 * A slot that is `busy-tentative` is kept (Slot, "Patch"). Millennium documents no end of it, so it lasts until it is set
 * `free` again, and not whether it can be booked as it is, so it is set free before that.
 */
export async function hold(ctx: AdapterContext, opening: Opening): Promise<void> {
  const found = await slotOf(ctx, opening);
  if (found?.status !== 'free') throw new Failure('slot-taken');
  try {
    await set(ctx, found, 'busy-tentative');
  } catch (error) {
    // Its version is another one than a moment ago: somebody was faster.
    if (fhirClient.isAnswered(error, ...dialect.staleStatuses)) throw new Failure('slot-taken');
    throw error;
  }
}

/** Leaves a slot alone that is booked, or free already, and one that somebody else has just set. */
export async function release(ctx: AdapterContext, opening: Opening): Promise<void> {
  const found = await slotOf(ctx, opening);
  if (found?.status !== 'busy-tentative') return;
  try {
    await set(ctx, found, 'free');
  } catch (error) {
    const isStale = fhirClient.isAnswered(error, ...dialect.staleStatuses);
    if (!isStale || (await slotOf(ctx, opening))?.status === 'busy-tentative') throw error;
  }
}

interface Found {
  readonly id: string;
  readonly etag: string;
  readonly status: fhirWire.SlotResource['status'];
}

async function slotOf(ctx: AdapterContext, opening: Opening): Promise<Found | undefined> {
  const [id] = claimed(opening.claims, 'slot');
  if (id === undefined) throw new Failure('stale-opening');
  const read = await fhirClient.readOne(fhirClient.clientOf(dialect, ctx), 'Slot', id);
  if (read === undefined) return undefined;
  const etag = appointmentMap.etagOf(read.resource, read.etag);
  // Without a version somebody else's change in between would be lost.
  if (etag === undefined) throw new Failure('capability-missing');
  return { id, etag, status: read.resource.status };
}

async function set(ctx: AdapterContext, { id, etag }: Found, status: 'free' | 'busy-tentative') {
  const change = [{ op: 'replace', path: '/status', value: status }] as const;
  await fhirClient.clientOf(dialect, ctx).patch('Slot', id, change, etag);
}
