import type { Intent } from './booking-intent.ts';
import type { Policy } from './booking-policy.ts';
import { isTooEarly, next, reached, searchPause, settle } from './booking-steps.ts';
import type { FailureCode } from './failure.ts';

/** How one write ended. Only a failure that is on the EMR's list of harmless ones may be `not-done`. */
export type Outcome =
  | {
      readonly is: 'done';
      readonly id: string;
      readonly readBack: ReadBack;
    }
  | { readonly is: 'refused'; readonly reason: 'taken' | 'rule' }
  | { readonly is: 'not-done'; readonly reason: NotDone }
  | { readonly is: 'unknown' };

/**
 * What a row looks like right after it was written: all that was asked for is so, or not, or there is no such row
 * (which is what a cancellation may want), or it could not be read.
 */
export type ReadBack = 'equal' | 'different' | 'missing' | 'unreadable';

/** Why a write surely was not done. */
export type NotDone =
  | 'too-late'
  | 'not-sent'
  | 'no-budget'
  | 'throttled'
  | 'unauthorized'
  | 'rejected'
  | 'missing';

/** What the end of a write, or the news of a sender that was taken over, means for an intent. */
export function afterOutcome(
  intent: Intent,
  epoch: number,
  outcome: Outcome,
  now: number,
  policy: Policy,
): Intent {
  const proven = outcome.is === 'done' && isProof(intent, outcome.readBack, now, policy);
  if (intent.phase !== 'sending' || intent.epoch !== epoch) {
    // News from a sender that was taken over: a proof is welcome while nobody is sending, anything else is known.
    const open = intent.phase === 'ambiguous' || intent.phase === 'quiet' || intent.phase === 'handoff';
    return proven && open ? reached(intent, outcome.id, now, policy) : intent;
  }
  if (proven) return reached(intent, outcome.id, now, policy);
  const refusal = refusalIn(outcome);
  if (intent.everAmbiguous || outcome.is === 'done' || outcome.is === 'unknown')
    return toAmbiguous(intent, now + searchPause(0, policy), refusal);
  if (outcome.is === 'not-done' && outcome.reason !== 'missing')
    return afterNotDone(intent, outcome.reason, now, policy);
  return next(intent, {
    phase: 'ambiguous',
    leaseUntil: null,
    searches: 0,
    lastRefusal: refusal,
    // This write was refused for certain; a twin of it (a request delivered twice) can be read by then.
    quietUntil: now + policy.readAfterWriteMs,
    nextActionAt: now + searchPause(0, policy),
  });
}

function isProof(intent: Intent, readBack: ReadBack, now: number, policy: Policy): boolean {
  if (readBack === 'missing') return intent.kind === 'cancel' && !isTooEarly(intent, now, policy);
  return readBack === 'equal';
}

/** A row that is not there (404) may be one that was just taken off as we asked: it is looked up like a refusal. */
function refusalIn(outcome: Outcome): 'taken' | 'rule' | null {
  if (outcome.is === 'refused') return outcome.reason;
  return outcome.is === 'not-done' && outcome.reason === 'missing' ? 'rule' : null;
}

type Harmless = Exclude<NotDone, 'missing'>;

const afterHarmless: Readonly<Record<Harmless, { readonly again: boolean; readonly code: FailureCode }>> = {
  'too-late': { again: true, code: 'emr-away' },
  'not-sent': { again: true, code: 'emr-away' },
  'no-budget': { again: true, code: 'emr-throttled' },
  throttled: { again: true, code: 'emr-throttled' },
  unauthorized: { again: false, code: 'emr-refused-access' },
  rejected: { again: false, code: 'business-rule' },
};

function afterNotDone(intent: Intent, reason: Harmless, now: number, policy: Policy): Intent {
  if (intent.cancelRequested) return settle(intent, 'cancelled', 'by-caller', now, policy);
  const { again, code } = afterHarmless[reason];
  if (!again || intent.attempts >= policy.maxAttempts)
    return reason === 'no-budget'
      ? settle(intent, 'handoff', 'no-budget', now, policy)
      : settle(intent, 'refused', code, now, policy);
  return next(intent, {
    phase: 'held',
    leaseUntil: null,
    nextActionAt: now + policy.retryDelayMs * intent.attempts,
  });
}

/** From here on a row of ours may exist or appear. */
export function toAmbiguous(
  intent: Intent,
  nextActionAt: number,
  refusal: 'taken' | 'rule' | null = null,
): Intent {
  return next(intent, {
    phase: 'ambiguous',
    everAmbiguous: true,
    leaseUntil: null,
    searches: 0,
    lastRefusal: refusal,
    nextActionAt,
  });
}
