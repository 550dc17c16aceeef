import { type AdapterContext, Failure, instantOf, WireFailure } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { toEasternAfter, toEasternBefore } from './map/clock.ts';
import { notSubscribed } from './map/issue.ts';
import { ownSettings } from './settings.ts';
import type { ChangedRow } from './wire.ts';

const minute = 60_000;
/** What is told may be told late: 5 minutes in production, 10 to 15 in preview. */
const overlapMs = 30 * minute;
/** Readings of the queue in one go; what is left comes next time. */
const mostReadings = 20;

/**
 * Empties the queue of changes, always from its beginning, since what was read leaves it; then asks for what anybody took
 * out of it since the instant. So rows that were lost with an answer, with a crash or to another program that reads by the
 * same key come again, as long as athenaOne keeps them, and the same time asked for again gives the same.
 *
 * A practice that has no subscription gets one, to all events: without it nothing is ever queued. That is the one change
 * of configuration this adapter makes. What happened before is not told.
 */
export async function changes(ctx: AdapterContext, since: string): Promise<readonly string[]> {
  if (!ownSettings(ctx.settings).changeFeed) throw new Failure('capability-missing');
  const from = instantOf(since) - overlapMs;
  const rows: ChangedRow[] = [];
  try {
    for (let readings = 0; readings < mostReadings; readings += 1) {
      const taken = await client.takeChanges(ctx.http);
      rows.push(...taken);
      if (taken.length === 0) break;
    }
  } catch (error) {
    const isUnsubscribed =
      error instanceof WireFailure && error.status === 403 && error.text?.matches(notSubscribed) === true;
    if (!isUnsubscribed) throw error;
    await client.subscribeToChanges(ctx.http);
    return [];
  }
  // Half an hour ahead of our clock, should theirs be.
  const [first, last] = [toEasternBefore(from), toEasternAfter(ctx.now() + 30 * minute)];
  rows.push(...(await client.takenChanges(ctx.http, first, last)));
  // An id that is an open slot never was an appointment: one that is cancelled keeps its record.
  return [...new Set(rows.filter(({ isSlot }) => !isSlot).map(({ appointmentid }) => appointmentid))];
}
