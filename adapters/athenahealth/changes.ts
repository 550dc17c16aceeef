import { type AdapterContext, Failure, instantOf, WireFailure } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { toEasternAfter, toEasternBefore } from './map/clock.ts';
import { notSubscribed } from './map/issue.ts';
import { ownSettings } from './settings.ts';
import type { ChangedRow } from './wire.ts';

const minute = 60_000;
/** Their clock may be behind ours, or ahead. */
const overlapMs = 5 * minute;
/** What was taken is asked for by the hour, from now on back, and for a day at most: athenaOne keeps it for a short time. */
const sliceMs = 60 * minute;
const mostSlices = 24;
/** Pages of what was taken in one run: several times what a run takes, since some of the runs before come again. */
const mostPages = 40;
/** Readings of the queue in one run; what is left comes next time. */
const mostReadings = 5;

/**
 * Asks for what anybody took out of the queue of changes since the instant, and then takes what is in it, always from its
 * beginning, since what was read leaves it. So rows that were lost with an answer, with a crash or to another program that
 * reads by the same key come again with the next asking, as long as athenaOne keeps them, and the same time asked for again
 * gives the same. Nothing is taken before all that was taken earlier has been read, and what is taken is handed over in the
 * same run, also when a later reading fails: a run that fails does not make the next one longer.
 *
 * A practice that has no subscription gets one, to all events: without it nothing is ever queued. That is the one change
 * of configuration this adapter makes. What happened before is not told.
 */
export async function changes(ctx: AdapterContext, since: string): Promise<readonly string[]> {
  if (!ownSettings(ctx.settings).changeFeed) throw new Failure('capability-missing');
  let rows: readonly ChangedRow[];
  try {
    rows = [...(await takenSince(ctx, instantOf(since) - overlapMs)), ...(await take(ctx))];
  } catch (error) {
    const isUnsubscribed =
      error instanceof WireFailure && error.status === 403 && error.text?.matches(notSubscribed) === true;
    if (!isUnsubscribed) throw error;
    await client.subscribeToChanges(ctx.http);
    return [];
  }
  // An id that is an open slot never was an appointment: one that is cancelled keeps its record.
  return [...new Set(rows.filter(({ isSlot }) => !isSlot).map(({ appointmentid }) => appointmentid))];
}

/** What is in the queue, as far as one run takes it. What a failed reading took comes with the next asking. */
async function take(ctx: AdapterContext): Promise<readonly ChangedRow[]> {
  const taken: ChangedRow[] = [];
  for (let readings = 0; readings < mostReadings; readings += 1) {
    try {
      const { rows } = await client.takeChanges(ctx.http);
      if (rows.length === 0) break;
      taken.push(...usable(rows));
    } catch (error) {
      if (readings === 0 || !(error instanceof WireFailure)) throw error;
      break;
    }
  }
  return taken;
}

/** What was taken since, the newest hour first. Older hours are left out where there is more than one run can read. */
async function takenSince(ctx: AdapterContext, since: number): Promise<readonly ChangedRow[]> {
  const taken: ChangedRow[] = [];
  let pages = 0;
  let to = ctx.now() + overlapMs;
  for (let slices = 0; slices < mostSlices && to > since; slices += 1) {
    const from = Math.max(since, to - sliceMs);
    const words = { from: toEasternBefore(from), to: toEasternAfter(to) };
    let offset = 0;
    for (let isMore = true; isMore; ) {
      if (pages >= mostPages) return taken;
      pages += 1;
      try {
        const { rows, hasNext } = await client.takenChanges(ctx.http, { ...words, offset });
        taken.push(...usable(rows));
        offset += rows.length;
        isMore = hasNext && rows.length > 0;
      } catch (error) {
        // It may refuse a time of which it keeps nothing any more.
        if (slices > 0 && error instanceof WireFailure && error.status === 400) return taken;
        throw error;
      }
    }
    to = from;
  }
  return taken;
}

function usable(rows: readonly (ChangedRow | undefined)[]): readonly ChangedRow[] {
  return rows.flatMap((row) => row ?? []);
}
