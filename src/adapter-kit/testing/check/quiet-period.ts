import { setTimeout as delay } from 'node:timers/promises';
import type { Adapter, BookingRequest } from '../../adapter.ts';
import type { EmrUnderTest } from '../emr-under-test.ts';
import { attempt, marker, oneOpening, searchFor, somebody, startTrial } from '../trial.ts';

/** What writes that were committed late say about the quiet period. */
export interface QuietPeriod {
  readonly declaredSeconds: number;
  /** By how much each write was late, and how long after its failure a read had it; undefined: not in time. */
  readonly late: readonly { readonly byMs: number; readonly seenAfterMs: number | undefined }[];
  /** The longest that a write may take until it counts as unanswered, milliseconds. */
  readonly longestWriteMs: number;
}

const delays = [200, 600, 1_200] as const;
const patienceMs = 5_000;

/**
 * Books with answers that are lost and a commit that comes late, and looks how long it takes until the reconcile read has
 * the booking. The EMR played here is late by as much as it is told to; how late a real one can be is the vendor's to say.
 */
export async function measureQuietPeriod(adapter: Adapter, emr: EmrUnderTest): Promise<QuietPeriod> {
  const { quietSeconds } = adapter.capabilities;
  const late: { byMs: number; seenAfterMs: number | undefined }[] = [];
  for (const byMs of delays) late.push({ byMs, seenAfterMs: await seenAfter(adapter, emr, byMs) });
  await emr.reset();
  const writes = Object.values(adapter.routes).filter(({ effect }) => effect === 'write');
  return {
    declaredSeconds: quietSeconds,
    late,
    longestWriteMs: Math.max(0, ...writes.map(({ timeoutMs }) => timeoutMs)),
  };
}

/** Is everything seen before the declared time is over? */
export function isLongEnough({ declaredSeconds, late }: QuietPeriod): boolean {
  return late.every(({ seenAfterMs }) => seenAfterMs !== undefined && seenAfterMs <= declaredSeconds * 1_000);
}

async function seenAfter(adapter: Adapter, emr: EmrUnderTest, byMs: number): Promise<number | undefined> {
  const trial = await startTrial(adapter, emr, new Set());
  const request: BookingRequest = {
    patient: await somebody(trial),
    opening: await oneOpening(trial),
    marker: marker(),
  };
  await emr.fault({ name: 'late-commit', effect: 'write', times: 1, delayMs: byMs });
  await attempt(trial, adapter.operations.book(trial.ctx, request));
  const begun = performance.now();
  const since = () => Math.round(performance.now() - begun);
  while (since() < byMs + patienceMs) {
    if ((await searchFor(trial, request)).length > 0) return since();
    await delay(50);
  }
  return undefined;
}
