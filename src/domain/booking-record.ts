import type { Intent } from './booking-intent.ts';
import type { Event } from './booking-protocol.ts';

/**
 * What has to be stored in the same transaction as a step from one version of an intent to the next. Derived from the
 * two versions alone, so that no caller can forget a part of it.
 */
export interface StepRecord {
  /** What happened, for the audit event. */
  readonly event: Event['kind'];
  /** A send to be recorded, before any byte of it is written. */
  readonly attempt?: { readonly epoch: number; readonly sentAt: number };
  /** How a recorded send ended. */
  readonly outcome?: { readonly epoch: number; readonly is: string };
  /** The claims on time that this intent owns: insert them, leave them, take off their expiry, delete them. */
  readonly claims: 'take' | 'keep' | 'confirm' | 'release';
  /** The lock on the appointment that a move or a cancellation is about: one change of it at a time. */
  readonly lock: 'take' | 'keep' | 'release';
  /** The practice's queue entry of this intent. */
  readonly queue?: 'open' | 'close';
  /** To be applied, as the event `changed`, to the confirmed intent that owns the appointment just changed. */
  readonly target?: 'moved' | 'cancelled';
  /** The outbox event that callers may subscribe to. */
  readonly outbox?: 'appointment.booked' | 'appointment.moved' | 'appointment.cancelled';
}

export function recordOf(before: Intent, after: Intent, event: Event): StepRecord {
  const entered = after.phase !== before.phase;
  return {
    event: event.kind,
    claims: claimsAfter(before, after),
    lock: lockAfter(before, after),
    ...(after.epoch > before.epoch && after.sentAt !== null
      ? { attempt: { epoch: after.epoch, sentAt: after.sentAt } }
      : {}),
    ...(event.kind === 'outcome' ? { outcome: { epoch: event.epoch, is: event.outcome.is } } : {}),
    ...queueAfter(before, after),
    ...(entered && after.phase === 'confirmed' && after.kind === 'move'
      ? ({ target: 'moved' } as const)
      : {}),
    ...(entered && after.phase === 'confirmed' && after.kind === 'cancel'
      ? ({ target: 'cancelled' } as const)
      : {}),
    ...outboxAfter(before, after),
  };
}

/** Time is given back only when it is proven that nothing of ours stands on it, or will. */
function claimsAfter(before: Intent, after: Intent): StepRecord['claims'] {
  switch (after.phase) {
    case 'held':
      return before.phase === 'received' ? 'take' : 'keep';
    case 'confirmed':
      return after.kind === 'book' || after.kind === 'move' ? 'confirm' : 'release';
    case 'refused':
    case 'cancelled':
    case 'moved':
    case 'expired':
      return 'release';
    default:
      return 'keep';
  }
}

function lockAfter(before: Intent, after: Intent): StepRecord['lock'] {
  if (after.kind !== 'move' && after.kind !== 'cancel') return 'keep';
  if (after.phase === 'held' && before.phase === 'received') return 'take';
  return after.settledAt !== null && after.phase !== 'handoff' ? 'release' : 'keep';
}

function queueAfter(before: Intent, after: Intent): Pick<StepRecord, 'queue'> {
  const needed = (intent: Intent) => intent.phase === 'handoff' || intent.resultCode === 'twin-by-hand';
  if (needed(after) === needed(before)) return {};
  return { queue: needed(after) ? 'open' : 'close' };
}

function outboxAfter(before: Intent, after: Intent): Pick<StepRecord, 'outbox'> {
  if (after.phase === before.phase) return {};
  if (after.phase === 'confirmed' && after.kind === 'book') return { outbox: 'appointment.booked' };
  if (after.phase === 'confirmed' && after.kind === 'move') return { outbox: 'appointment.moved' };
  if (after.phase === 'confirmed' && after.kind === 'cancel') return { outbox: 'appointment.cancelled' };
  if (after.phase === 'cancelled' && after.kind !== 'cancel' && after.resultCode !== 'by-caller')
    return { outbox: 'appointment.cancelled' };
  if (after.phase === 'cancelled' && after.cancelRequested) return { outbox: 'appointment.cancelled' };
  if (after.phase === 'moved' && after.resultCode === 'by-staff') return { outbox: 'appointment.moved' };
  return {};
}
