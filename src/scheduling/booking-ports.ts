import type { Intent } from '#domain/booking-intent.ts';
import type { NotDone, Precheck, ReadBack } from '#domain/booking-protocol.ts';
import type { StepRecord } from '#domain/booking-record.ts';

/** All that the booking driver needs of the world. One value for each practice's connection. */
export interface BookingPorts {
  readonly store: IntentStore;
  readonly emr: EmrPort;
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
  /** {@link markerStem} of the HMAC of the intent's id under the practice's key. */
  readonly markerStem: (intentId: string) => string;
  /** A random name for a stored step, e.g. a UUID. */
  readonly stamp: () => string;
  readonly note: (event: BookingNote) => void;
}

export interface IntentStore {
  load(id: string): Promise<Intent | undefined>;
  /**
   * In one transaction: replace `before` by `after` if the row still has the version, epoch and phase of `before`, and
   * store all that `record` says, audit event included. Leaves `checkedAt` out.
   *
   * `lost`: the row has moved on, nothing was stored. A conflict: the claims (`taken`, with the confirmed intents that
   * own them) or the lock on the appointment (`busy`) could not be had, nothing was stored. May throw at any point,
   * also after having committed; the driver then reads the row again.
   */
  transition(before: Intent, after: Intent, record: StepRecord): Promise<'stored' | 'lost' | ClaimConflict>;
}

export interface ClaimConflict {
  readonly why: 'taken' | 'busy';
  readonly confirmedOwners: readonly string[];
}

export type Stored =
  | { readonly is: 'stored' | 'lost' | 'not-applicable'; readonly intent: Intent }
  | ({ readonly is: 'conflict'; readonly intent: Intent } & ClaimConflict);

/** One EMR, seen by one intent. What was asked for is found by `intent.id`. A rejection counts as "unreadable". */
export interface EmrPort {
  /** Read fresh, never from the mirror. See {@link Precheck} for what each kind of intent answers. */
  precheck(intent: Intent): Promise<Precheck>;
  /**
   * Exactly one write, on a connection that is never retried or redirected. Not one byte may be written at or after
   * `deadline` (ms): check right before, and answer `not-done: too-late`. A rejection counts as `unknown`.
   */
  send(intent: Intent, marker: string, deadline: number): Promise<SendResult>;
  /** Reads the row by id. */
  readBack(intent: Intent, id: string): Promise<ReadBack>;
  /**
   * Book: every appointment of the patient, of every status, from yesterday until two months after the start asked
   * for (staff may already have moved what is ours), and the row `intent.emrRef` wherever it stands now. Move, cancel:
   * the target row (cancel: `live: false, equal: true, missing: true` when the EMR has it no more; move: no row then).
   * New patient: every patient with these demographics, `equal` and `live`.
   * All pages; if any of them could not be read, `unreadable`.
   */
  search(intent: Intent): Promise<readonly FoundRow[] | 'unreadable'>;
  /**
   * Takes a row off the book (only ever called for rows with our marker) and reads it again. `missing`: the EMR has no
   * such row, which is believed only when it says so again after `readAfterWriteMs`.
   */
  cancelRow(intent: Intent, id: string): Promise<'cancelled' | 'not-cancelled' | 'missing' | 'unreadable'>;
}

export type SendResult =
  /** A success of the route; `id` is null when the answer named none. Move and cancel: the target's id. */
  | { readonly is: 'accepted'; readonly id: string | null }
  /** On the EMR's list: "the time is taken", or "the practice or the EMR does not allow this". */
  | { readonly is: 'refused'; readonly reason: 'taken' | 'rule' }
  /** Never left, or on the EMR's list of answers given before anything was done. */
  | { readonly is: 'not-done'; readonly reason: NotDone }
  /** Everything else. */
  | { readonly is: 'unknown' };

export interface FoundRow {
  readonly id: string;
  readonly live: boolean;
  /** Every marker in the row, e.g. from {@link findMarkers}. */
  readonly markers: readonly string[];
  /** See `SeenRow.equal`. */
  readonly equal: boolean;
  /** Milliseconds since the epoch; null where the EMR does not tell. */
  readonly created: number | null;
  readonly byUs: boolean | null;
  readonly missing?: boolean;
  /** See `SeenRow.successor`. */
  readonly successor?: boolean;
}

/** Log events: names and typed fields only. */
export type BookingNote =
  | { readonly ev: 'booking.sent'; readonly intent: string; readonly epoch: number; readonly outcome: string }
  | { readonly ev: 'booking.store-error'; readonly intent: string; readonly event: string }
  | { readonly ev: 'booking.interrupted'; readonly intent: string };
