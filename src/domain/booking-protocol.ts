import { type EvidenceRules, evidenceRules, type SeenRow } from './booking-evidence.ts';
import { type HandoffReason, type Intent, isSettled } from './booking-intent.ts';
import { afterOutcome, type Outcome, toAmbiguous } from './booking-outcome.ts';
import type { Policy } from './booking-policy.ts';
import { afterSearch, afterUnreadable } from './booking-search.ts';
import {
  backOff,
  isTooEarly,
  next,
  nextSweep,
  reached,
  searchPause,
  settle,
  settled,
} from './booking-steps.ts';

export type { NotDone, Outcome, ReadBack } from './booking-outcome.ts';

/** What is to be done next about an intent. */
export type Command =
  | { readonly do: 'claim' }
  | { readonly do: 'precheck' }
  | { readonly do: 'send' }
  | { readonly do: 'take-over' }
  | { readonly do: 'search' }
  | { readonly do: 'cancel-surplus'; readonly ids: readonly string[] }
  | { readonly do: 'hand-over'; readonly reason: HandoffReason }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'none' };

/**
 * What the EMR, read fresh, says before a write. `free`: go on. `taken`: the time is not free. `already`: what is asked
 * for is so already (the patient exists once, the visit is off the book, or stands at the new time); `missing` says that
 * it is so because the EMR has no such row. `several`: more than one patient fits. `forbidden`: the appointment to
 * change is gone, finished, or not where it was when the change was asked for. `needs-reconsent`: nothing can be read or
 * sent before a person of the practice has consented again. `no-budget`: the EMR lets our application ask no more for now.
 */
export type Precheck =
  | { readonly is: 'free' }
  | { readonly is: 'taken' }
  | { readonly is: 'already'; readonly id: string; readonly missing?: boolean }
  | { readonly is: 'several' }
  | { readonly is: 'forbidden' }
  | { readonly is: 'needs-reconsent' }
  | { readonly is: 'no-budget' }
  | { readonly is: 'unreadable' };

export type Event =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'claim-refused'; readonly why: 'taken' | 'busy' }
  | { readonly kind: 'precheck'; readonly result: Precheck }
  | { readonly kind: 'send-started' }
  | {
      readonly kind: 'outcome';
      readonly epoch: number;
      readonly outcome: Outcome;
    }
  | {
      readonly kind: 'search-result';
      readonly startedAt: number;
      readonly rows: readonly SeenRow[] | 'unreadable';
    }
  | { readonly kind: 'surplus-cancelled'; readonly ids: readonly string[] }
  | { readonly kind: 'lease-expired' }
  | { readonly kind: 'cancel-requested' }
  | { readonly kind: 'hand-over'; readonly reason: HandoffReason }
  /** The appointment this intent stands for was changed by another intent, read back. */
  | { readonly kind: 'changed'; readonly to: 'cancelled' | 'moved' }
  | { readonly kind: 'hold-expired' }
  /** Staff ended what was handed over to them without an appointment: its time is free, a late row of ours goes. */
  | { readonly kind: 'ended-by-staff' };

/** The machine. `advance` returns the very same intent when the event does not apply to it. */
export interface Protocol {
  decide(intent: Intent, now: number, policy: Policy): Command;
  advance(intent: Intent, event: Event, now: number, policy: Policy): Intent;
}

export const bookingProtocol: Protocol = protocolWith(evidenceRules);

/** The same machine with other rules of evidence; tests use it to show what each rule is good for. */
export function protocolWith(rules: EvidenceRules): Protocol {
  return {
    decide,
    advance: (intent, event, now, policy) => advance(intent, event, now, policy, rules),
  };
}

function decide(intent: Intent, now: number, policy: Policy): Command {
  if (isSettled(intent)) return afterSettling(intent, now);
  if (intent.phase === 'sending') return whileSending(intent, now);
  if (now - intent.createdAt >= policy.maxAgeMs) return { do: 'hand-over', reason: 'age' };
  if (intent.phase === 'quiet' && intent.attempts >= policy.maxAttempts)
    return { do: 'hand-over', reason: 'attempts' };
  if (intent.phase === 'quiet' && !policy.resendAfterQuiet[intent.kind])
    return { do: 'hand-over', reason: 'unproven' };
  if (intent.nextActionAt !== null && intent.nextActionAt > now)
    return { do: 'wait', until: intent.nextActionAt };
  if (intent.phase === 'received') return { do: 'claim' };
  if (intent.phase === 'ambiguous')
    return intent.surplusOpen.length > 0
      ? { do: 'cancel-surplus', ids: intent.surplusOpen }
      : { do: 'search' };
  if (intent.nextActionAt !== null && intent.nextActionAt > now)
    return { do: 'wait', until: intent.nextActionAt };
  const fresh = intent.checkedAt !== null && now - intent.checkedAt <= policy.precheckFreshMs;
  return fresh ? { do: 'send' } : { do: 'precheck' };
}

function afterSettling(intent: Intent, now: number): Command {
  if (intent.nextActionAt === null || intent.nextActionAt > now) return { do: 'none' };
  return intent.surplusOpen.length > 0 ? { do: 'cancel-surplus', ids: intent.surplusOpen } : { do: 'search' };
}

/** Whoever finds a send whose lease has run out takes it over, and then only looks: it never sends again from here. */
function whileSending(intent: Intent, now: number): Command {
  return intent.leaseUntil !== null && intent.leaseUntil > now
    ? { do: 'wait', until: intent.leaseUntil }
    : { do: 'take-over' };
}

function advance(intent: Intent, event: Event, now: number, policy: Policy, rules: EvidenceRules): Intent {
  const { phase } = intent;
  const ready = phase === 'held' || phase === 'quiet';
  switch (event.kind) {
    case 'claimed': {
      if (phase !== 'received') return intent;
      // It had to wait for another change of the same appointment, which a read may not show yet.
      const waited = intent.version > 1;
      return next(intent, { phase: 'held', nextActionAt: waited ? now + policy.readAfterWriteMs : now });
    }
    case 'claim-refused':
      if (phase !== 'received') return intent;
      if (event.why === 'busy') return next(intent, { nextActionAt: now + policy.busyDelayMs });
      return settle(intent, 'refused', 'slot-taken', now, policy);
    case 'precheck':
      return ready ? afterPrecheck(intent, event.result, now, policy) : intent;
    case 'send-started':
      return ready && intent.checkedAt !== null ? startSend(intent, now, policy) : intent;
    case 'outcome':
      return afterOutcome(intent, event.epoch, event.outcome, now, policy);
    case 'search-result':
      if (phase !== 'ambiguous' && !isSettled(intent)) return intent;
      if (event.rows === 'unreadable') return afterUnreadable(intent, event.startedAt, now, policy);
      return afterSearch(intent, { startedAt: event.startedAt, rows: event.rows, now, policy, rules });
    case 'surplus-cancelled':
      return afterSurplus(intent, event.ids, now, policy);
    case 'lease-expired':
      if (phase !== 'sending' || intent.leaseUntil === null || intent.leaseUntil > now) return intent;
      return toAmbiguous(intent, now);
    case 'cancel-requested':
      return requestCancel(intent, now, policy);
    case 'hand-over':
      return isSettled(intent) || phase === 'sending'
        ? intent
        : settle(intent, 'handoff', event.reason, now, policy);
    case 'changed':
      if (phase !== 'confirmed') return intent;
      // Looked at once more right away: a late twin of what was cancelled should not stand until the next sweep.
      return { ...settle(intent, event.to, 'by-caller', now, policy), nextActionAt: now };
    case 'ended-by-staff':
      return phase === 'handoff' ? settle(intent, 'cancelled', 'by-staff', now, policy) : intent;
    case 'hold-expired':
      if ((phase !== 'received' && phase !== 'held') || intent.attempts > 0) return intent;
      return settle(intent, 'expired', 'hold-expired', now, policy);
  }
}

function afterPrecheck(intent: Intent, result: Precheck, now: number, policy: Policy): Intent {
  switch (result.is) {
    case 'free':
      return { ...intent, checkedAt: now };
    case 'taken':
      if (!intent.everAmbiguous) return settle(intent, 'refused', 'slot-taken', now, policy);
      // It may be our own late row that has taken the time: look once more before people are called.
      return next(intent, {
        phase: 'ambiguous',
        lastRefusal: 'taken',
        quietUntil: now,
        nextActionAt: now,
      });
    case 'already':
      // Moving it once more is harmless and read back; a lagging read could have shown where it was before.
      if (intent.kind === 'move') return { ...intent, checkedAt: now };
      if (result.missing === true && isTooEarly(intent, now, policy))
        return afterPrecheck(intent, { is: 'unreadable' }, now, policy);
      return reached(intent, result.id, now, policy);
    case 'several':
      return settle(intent, 'handoff', 'patient-ambiguous', now, policy);
    case 'needs-reconsent':
      return settle(intent, 'handoff', 'needs-reconsent', now, policy);
    case 'forbidden':
      // A lagging read could show it as it was before its last change.
      if (isTooEarly(intent, now, policy)) return afterPrecheck(intent, { is: 'unreadable' }, now, policy);
      return intent.everAmbiguous
        ? settle(intent, 'handoff', 'changed-elsewhere', now, policy)
        : settle(intent, 'refused', 'forbidden-transition', now, policy);
    case 'no-budget':
    case 'unreadable': {
      const since = intent.unreadableSince ?? now;
      if (!intent.everAmbiguous && now - since >= policy.precheckGiveUpMs)
        // An EMR that is there can be asked by people while we have to be silent.
        return result.is === 'no-budget'
          ? settle(intent, 'handoff', 'no-budget', now, policy)
          : settle(intent, 'refused', 'emr-away', now, policy);
      if (now - since >= policy.unreadableHandoffMs)
        return settle(intent, 'handoff', 'unreadable', now, policy);
      // While nothing was sent, the last look comes when it is time to say so.
      const giveUpAt = intent.everAmbiguous ? Number.POSITIVE_INFINITY : since + policy.precheckGiveUpMs;
      const nextActionAt = Math.min(now + searchPause(intent.searches, policy), giveUpAt);
      return next(intent, {
        unreadableSince: since,
        searches: intent.searches + 1,
        nextActionAt,
      });
    }
  }
}

function startSend(intent: Intent, now: number, policy: Policy): Intent {
  return next(intent, {
    phase: 'sending',
    epoch: intent.epoch + 1,
    attempts: intent.attempts + 1,
    firstSentAt: intent.firstSentAt ?? now,
    sentAt: now,
    quietUntil: now + policy.quietMs,
    leaseUntil: now + policy.leaseMs,
    nextActionAt: now + policy.leaseMs,
    lastRefusal: null,
    searches: 0,
    unreadableSince: null,
  });
}

/** Rows that were cancelled and read back so; an empty list when none could be. */
function afterSurplus(intent: Intent, ids: readonly string[], now: number, policy: Policy): Intent {
  const surplusOpen = intent.surplusOpen.filter((id) => !ids.includes(id));
  const left = { ...intent, surplusOpen, surplusGone: [...new Set([...intent.surplusGone, ...ids])] };
  if (surplusOpen.length > 0) return surplusKept(left, now, policy);
  const pending = intent.phase === 'ambiguous' || intent.phase === 'handoff';
  if (pending && intent.cancelRequested) return settle(left, 'cancelled', 'by-caller', now, policy);
  return isSettled(intent) ? settled(left, now, policy) : next(left, { nextActionAt: now });
}

/** Tries again ever more slowly; when that has not helped, people are told and each sweep tries once more. */
function surplusKept(intent: Intent, now: number, policy: Policy): Intent {
  const searches = intent.searches + 1;
  if (!isSettled(intent))
    return next(intent, { searches, nextActionAt: now + searchPause(searches, policy) });
  if (searches > policy.surplusTries)
    return next(intent, { searches: 0, resultCode: 'twin-by-hand', nextActionAt: nextSweep(intent, policy) });
  return next(intent, { searches, nextActionAt: now + backOff(searches, policy) });
}

function requestCancel(intent: Intent, now: number, policy: Policy): Intent {
  const { phase } = intent;
  if (intent.kind !== 'book' || intent.cancelRequested) return intent;
  if (phase === 'received' || phase === 'held') return settle(intent, 'cancelled', 'by-caller', now, policy);
  if (phase === 'sending') return next(intent, { cancelRequested: true });
  if (phase === 'quiet')
    return next(intent, {
      cancelRequested: true,
      phase: 'ambiguous',
      nextActionAt: now,
    });
  if (phase === 'ambiguous' || phase === 'handoff')
    return next(intent, { cancelRequested: true, nextActionAt: now });
  return intent;
}
