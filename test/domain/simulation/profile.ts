import { checkPolicy, defaultPolicy, type Policy } from '#domain/booking-policy.ts';

/** How the world misbehaves. Probabilities are for each write, read, step of the store, or waiting point. */
export interface Profile {
  readonly name: string;
  readonly policy: Policy;
  /** `A`: the id is the slot. `B`: refuses overlaps, tells no time of creation. `C`: accepts overlaps. */
  readonly classes: readonly EmrClass[];
  readonly answerLost: number;
  readonly requestDropped: number;
  readonly lateCommit: { readonly rate: number; readonly mean: number; readonly max: number };
  readonly delivered: {
    readonly twice: number;
    readonly withoutId: number;
    readonly hollow: number;
    readonly altered: number;
  };
  readonly surelyNotDone: number;
  readonly serverError: number;
  /** The sender stands still between its last check and the write. */
  readonly pausedBeforeWrite: { readonly rate: number; readonly max: number };
  readonly unreadable: number;
  readonly stale: { readonly rate: number; readonly max: number };
  /** Mean distance and length of times in which the EMR cannot be read. */
  readonly outage: { readonly every: number; readonly length: number } | null;
  readonly crash: number;
  readonly storeError: number;
  /** The process stands still after a commit before it learns of it. */
  readonly stall: { readonly rate: number; readonly max: number };
  readonly staffEveryMs: number;
  readonly repeats: number;
  readonly cancelWhilePending: number;
  readonly newPatients: number;
  readonly changes: number;
  /** Callers who want a time of tomorrow, which is soon full. */
  readonly crowd: number;
  /** The front desk has just booked the same visit for the caller. */
  readonly deskFirst: number;
  readonly randomIds: number;
  /** Bookings a minute. */
  readonly bookingsAMinute: number;
}

export type EmrClass = 'A' | 'B' | 'C';

/** The rates under which the protocol has to hold every day. */
export const ordinary: Profile = {
  name: 'ordinary',
  policy: checkPolicy({ ...defaultPolicy, readAfterWriteMs: 3_000 }),
  classes: ['C', 'B', 'A'],
  answerLost: 0.05,
  requestDropped: 0.05,
  lateCommit: { rate: 0.02, mean: 20_000, max: 120_000 },
  delivered: { twice: 0.002, withoutId: 0.003, hollow: 0.002, altered: 0.002 },
  surelyNotDone: 0.02,
  serverError: 0.01,
  pausedBeforeWrite: { rate: 0.002, max: 40_000 },
  unreadable: 0.03,
  stale: { rate: 0.05, max: 3_000 },
  outage: null,
  crash: 0.002,
  storeError: 0.002,
  stall: { rate: 0.0005, max: 300_000 },
  staffEveryMs: 60_000,
  repeats: 0.25,
  cancelWhilePending: 0.2,
  newPatients: 0.1,
  changes: 0.2,
  crowd: 0.15,
  deskFirst: 0.005,
  randomIds: 0.3,
  bookingsAMinute: 6,
};

/** Far worse than any EMR, with late commits beyond the quiet period: what holds here holds. */
export const harsh: Profile = {
  ...ordinary,
  name: 'harsh',
  policy: checkPolicy({ ...defaultPolicy, readAfterWriteMs: 10_000 }),
  answerLost: 0.12,
  requestDropped: 0.15,
  lateCommit: { rate: 0.12, mean: 90_000, max: 600_000 },
  delivered: { twice: 0.05, withoutId: 0.02, hollow: 0.03, altered: 0.02 },
  surelyNotDone: 0.12,
  serverError: 0.05,
  pausedBeforeWrite: { rate: 0.02, max: 40_000 },
  unreadable: 0.15,
  stale: { rate: 0.3, max: 10_000 },
  outage: { every: 5_400_000, length: 900_000 },
  crash: 0.01,
  storeError: 0.01,
  stall: { rate: 0.01, max: 300_000 },
  staffEveryMs: 15_000,
  repeats: 0.4,
  cancelWhilePending: 0.4,
  changes: 0.5,
  crowd: 0.5,
  deskFirst: 0.05,
  newPatients: 0.25,
  bookingsAMinute: 12,
};

export const profiles = { ordinary, harsh } as const;
