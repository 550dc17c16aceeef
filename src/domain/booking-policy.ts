import type { IntentKind } from './booking-intent.ts';

/** The numbers of the booking protocol. Milliseconds throughout. */
export interface Policy {
  /** Q: a write without an answer is taken as not done when this long has passed since it was recorded. Per EMR. */
  readonly quietMs: number;
  /** L: how long the sender is alone on its send. */
  readonly leaseMs: number;
  /** No byte is written later than this after the send was recorded. Less than half of `leaseMs`. */
  readonly maxSendMs: number;
  /** How old a pre-check may be when the send is recorded. */
  readonly precheckFreshMs: number;
  /** Longest time until a write is sure to be seen by a read of the EMR. */
  readonly readAfterWriteMs: number;
  /** Pauses between searches; the last one repeats. */
  readonly searchDelaysMs: readonly number[];
  readonly maxAttempts: number;
  /** A pending intent older than this goes to people. */
  readonly maxAgeMs: number;
  /** An EMR that cannot be read for this long sends a pending intent to people. */
  readonly unreadableHandoffMs: number;
  /** While nothing was sent, an EMR that cannot be read for this long makes the answer "not booked". */
  readonly precheckGiveUpMs: number;
  /** Pause before a write that was surely not done is tried again; times the number of attempts. */
  readonly retryDelayMs: number;
  /** Pause while another change of the same appointment is under way. */
  readonly busyDelayMs: number;
  /** Searches after settling, counted from then. */
  readonly sweepsMs: readonly number[];
  /** Pause before a sweep, or the cancelling of a surplus row, that failed is tried again. */
  readonly sweepRetryMs: number;
  /** How often a surplus row is tried to be cancelled in a row before people are told. */
  readonly surplusTries: number;
  /**
   * Whether an unanswered write may be sent again after the quiet period. Not for patients: a second appointment can
   * be cancelled, a second chart of one person cannot be taken back by us.
   */
  readonly resendAfterQuiet: Readonly<Record<IntentKind, boolean>>;
}

export const defaultPolicy: Policy = {
  quietMs: 120_000,
  leaseMs: 30_000,
  maxSendMs: 12_000,
  precheckFreshMs: 5_000,
  readAfterWriteMs: 2_000,
  searchDelaysMs: [500, 1_000, 2_000, 4_000, 8_000, 15_000],
  maxAttempts: 3,
  maxAgeMs: 600_000,
  unreadableHandoffMs: 300_000,
  precheckGiveUpMs: 8_000,
  retryDelayMs: 1_000,
  busyDelayMs: 1_000,
  sweepsMs: [120_000, 600_000, 3_600_000, 86_400_000],
  sweepRetryMs: 30_000,
  surplusTries: 6,
  resendAfterQuiet: {
    book: true,
    move: true,
    cancel: true,
    'create-patient': false,
  },
};

/** The policy with every duration multiplied, e.g. `scalePolicy(defaultPolicy, 3 / 120)` for a soak with Q = 3 s. */
export function scalePolicy(policy: Policy, factor: number): Policy {
  const scaled = Object.entries(policy).map(([name, value]) => {
    if (!name.endsWith('Ms')) return [name, value];
    return [name, Array.isArray(value) ? value.map((each: number) => each * factor) : Number(value) * factor];
  });
  // Same names, same kinds of value: only durations were multiplied.
  return Object.fromEntries(scaled) as Policy;
}

/** Throws when the numbers cannot keep the promises: a send must end well inside its lease, a lease inside Q. */
export function checkPolicy(policy: Policy): Policy {
  if (policy.maxSendMs * 2 >= policy.leaseMs)
    throw new TypeError('maxSendMs must be less than half of leaseMs.');
  if (policy.leaseMs > policy.quietMs) throw new TypeError('leaseMs must not exceed quietMs.');
  if (policy.readAfterWriteMs >= policy.quietMs)
    throw new TypeError('readAfterWriteMs must be less than quietMs.');
  if (policy.searchDelaysMs.length === 0) throw new TypeError('searchDelaysMs must not be empty.');
  return policy;
}
