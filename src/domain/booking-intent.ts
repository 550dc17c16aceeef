import type { FailureCode } from './failure.ts';

/**
 * What the gateway has undertaken to do in an EMR: book, move or cancel one appointment, or create one patient. An
 * intent is committed before anything is sent and tells from then on, across processes and crashes, what may have
 * happened and what may be done next. It holds no patient data and is plain JSON; all times are milliseconds since the
 * epoch. What was asked for (patient, opening, target) belongs to the store's row and is opaque here.
 */
export interface Intent {
  readonly id: string;
  readonly kind: IntentKind;
  readonly phase: Phase;
  /** Grows by one with each stored step; the store compares it before it writes. */
  readonly version: number;
  /** Random name of the stored step: after a database error it tells whether the step was kept. */
  readonly stamp: string;
  readonly createdAt: number;
  /** Number of the last send; part of the marker. Each number is sent at most once, ever. */
  readonly epoch: number;
  readonly attempts: number;
  /** Until then the process that recorded the send is alone on it. */
  readonly leaseUntil: number | null;
  readonly firstSentAt: number | null;
  /** When the last send was recorded, which is before its first byte was written. */
  readonly sentAt: number | null;
  /** Until then a send without a trustworthy answer may still take effect. */
  readonly quietUntil: number | null;
  /** Searches (or unreadable pre-checks) in the present phase. */
  readonly searches: number;
  /** When a worker should look at it again; null when nothing is left to do. */
  readonly nextActionAt: number | null;
  /** Since when the EMR could not be read without interruption. */
  readonly unreadableSince: number | null;
  /** An answer was missing once, so a row of an earlier epoch may exist or appear. Never becomes false again. */
  readonly everAmbiguous: boolean;
  /** What the EMR said no to since the last send, not yet proven to be about somebody else. */
  readonly lastRefusal: 'taken' | 'rule' | null;
  readonly cancelRequested: boolean;
  /** The EMR's id of the one appointment (or patient) this intent stands for. */
  readonly emrRef: string | null;
  /** Rows of ours beside `emrRef` that are to be cancelled, and those that were and read back so. */
  readonly surplusOpen: readonly string[];
  readonly surplusGone: readonly string[];
  readonly resultCode: ResultCode | null;
  readonly confirmedAt: number | null;
  /** When it reached its present settled phase; sweeps count from here. */
  readonly settledAt: number | null;
  readonly sweepsDone: number;
  /** When the pre-check last said "free". Lives in memory only: the store leaves it out and loads null. */
  readonly checkedAt: number | null;
}

export type IntentKind = 'book' | 'move' | 'cancel' | 'create-patient';

/**
 * `received → held → sending → confirmed | refused | ambiguous → confirmed | quiet → sending | handoff`; settled
 * bookings may later become `cancelled` or `moved`; what was only held may become `expired`.
 */
export type Phase =
  | 'received'
  | 'held'
  | 'sending'
  | 'ambiguous'
  | 'quiet'
  | 'confirmed'
  | 'refused'
  | 'handoff'
  | 'cancelled'
  | 'moved'
  | 'expired';

/** Why people have to finish it. Free of patient data; shown in the practice's queue. */
export type HandoffReason =
  /** The practice wants to see this visit type, or every request, before it is booked. */
  | 'approval'
  | 'queue-only'
  /** The EMR offers no such operation to us, or the practice's consent does not cover it. */
  | 'unsupported'
  /** The practice has to consent anew before anything can be sent. */
  | 'needs-reconsent'
  /** The EMR lets our application ask no more for now, and nothing was sent. */
  | 'no-budget'
  | 'attempts'
  | 'age'
  | 'unreadable'
  | 'differs'
  | 'removed-in-emr'
  | 'taken-unproven'
  | 'unproven'
  | 'changed-elsewhere'
  | 'cancel-by-hand'
  | 'patient-ambiguous';

/** `twin-by-hand`: the appointment is good, but a second row of ours beside it could not be cancelled. */
export type ResultCode = HandoffReason | 'twin-by-hand' | FailureCode | 'by-staff' | 'by-caller';

/** What a caller is told, now and on every repeat. `since` says what became of it after it had been confirmed. */
export interface Answer {
  readonly status: 'confirmed' | 'slot_taken' | 'not_booked' | 'pending' | 'needs_human' | 'cancelled';
  readonly code?: ResultCode;
  readonly since?: 'cancelled' | 'moved';
}

/** The answer to a caller, rendered from the intent each time so that every repeat hears the same. */
export function answerOf(intent: Intent): Answer {
  const { phase, resultCode } = intent;
  const code = resultCode === null ? {} : { code: resultCode };
  if (phase === 'handoff') return { status: 'needs_human', ...code };
  if (phase === 'refused')
    return {
      status: resultCode === 'slot-taken' ? 'slot_taken' : 'not_booked',
      ...code,
    };
  if (phase === 'expired') return { status: 'not_booked', ...code };
  if (phase === 'cancelled' || phase === 'moved')
    return intent.confirmedAt === null ? { status: 'cancelled' } : { status: 'confirmed', since: phase };
  return { status: phase === 'confirmed' ? 'confirmed' : 'pending' };
}

/** True when nothing will be sent any more for this intent, whatever sweeps may still find. */
export function isSettled(intent: Intent): boolean {
  return intent.settledAt !== null;
}

/** A fresh intent, to be inserted together with its key, its natural key and what was asked for. */
export function newIntent(init: Pick<Intent, 'id' | 'kind' | 'createdAt' | 'stamp'>): Intent {
  return {
    ...init,
    phase: 'received',
    version: 1,
    epoch: 0,
    attempts: 0,
    leaseUntil: null,
    firstSentAt: null,
    sentAt: null,
    quietUntil: null,
    searches: 0,
    nextActionAt: init.createdAt,
    unreadableSince: null,
    everAmbiguous: false,
    lastRefusal: null,
    cancelRequested: false,
    emrRef: null,
    surplusOpen: [],
    surplusGone: [],
    resultCode: null,
    confirmedAt: null,
    settledAt: null,
    sweepsDone: 0,
    checkedAt: null,
  };
}
