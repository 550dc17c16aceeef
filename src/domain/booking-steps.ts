import type { Intent, Phase, ResultCode } from './booking-intent.ts';
import type { Policy } from './booking-policy.ts';

/** The same intent, one stored step later. */
export function next(intent: Intent, change: Partial<Intent>): Intent {
  return { ...intent, ...change, version: intent.version + 1, checkedAt: null };
}

/** Enters a settled phase: from here on only sweeps look at it. */
export function settle(
  intent: Intent,
  phase: Phase,
  resultCode: ResultCode | null,
  now: number,
  policy: Policy,
): Intent {
  const change = {
    phase,
    resultCode,
    settledAt: now,
    sweepsDone: 0,
    leaseUntil: null,
    searches: 0,
    unreadableSince: null,
  };
  return settled({ ...intent, ...change }, now, policy);
}

/** A settled intent with the time of its next look: at once while surplus rows wait, otherwise its next sweep. */
export function settled(intent: Intent, now: number, policy: Policy): Intent {
  const wanted = intent.surplusOpen.length > 0 || (intent.phase === 'handoff' && intent.cancelRequested);
  return next(intent, { searches: 0, nextActionAt: wanted ? now : nextSweep(intent, policy) });
}

/** The row that was asked for is in the EMR and reads back equal. */
export function reached(intent: Intent, id: string, now: number, policy: Policy): Intent {
  if (intent.cancelRequested)
    return next(intent, {
      // A handed-over intent stays with people until the row is off the book.
      phase: intent.phase === 'handoff' ? 'handoff' : 'ambiguous',
      leaseUntil: null,
      surplusOpen: [...new Set([...intent.surplusOpen, id])],
      nextActionAt: now,
    });
  return settle({ ...intent, emrRef: id, confirmedAt: now }, 'confirmed', null, now, policy);
}

/**
 * A row that cannot be found so soon after it was asked about may be one that a lagging read does not show yet, not one
 * that is gone.
 */
export function isTooEarly(intent: Intent, now: number, policy: Policy): boolean {
  return now < intent.createdAt + policy.readAfterWriteMs;
}

/** When the next sweep is due; null when none is left or when nothing of this intent can turn up any more. */
export function nextSweep(intent: Intent, policy: Policy): number | null {
  const pause = policy.sweepsMs[intent.sweepsDone];
  if (pause === undefined || intent.settledAt === null || !canChange(intent)) return null;
  return intent.settledAt + pause;
}

/**
 * Late twins need a write of ours that made a row; changes by staff need a row that stands for this intent. A change
 * that was read back, and a patient who exists, need neither.
 */
function canChange(intent: Intent): boolean {
  if (intent.attempts === 0 && intent.emrRef === null) return false;
  if (intent.phase === 'handoff') return true;
  return intent.kind === 'book' || (intent.kind === 'move' && intent.phase === 'confirmed');
}

/** The pause before the search after `searches` others. */
export function searchPause(searches: number, policy: Policy): number {
  return policy.searchDelaysMs[Math.min(searches, policy.searchDelaysMs.length - 1)] ?? 0;
}

/** The pause before something is tried again about a settled intent: doubles up to 64 times. */
export function backOff(failures: number, policy: Policy): number {
  return policy.sweepRetryMs * 2 ** Math.min(failures, 6);
}
