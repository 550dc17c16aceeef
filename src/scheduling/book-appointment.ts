import { Failure } from '#domain/failure.ts';
import { findIntentByNaturalKey } from '#store/booking-intents.ts';
import { adoptClaims } from '#store/claims.ts';
import type { Tx } from '#store/database.ts';
import { endHold, findLiveHold, type Hold, readHold } from '#store/holds.ts';
import { type OfferedOpening, readOpening } from '#store/openings.ts';
import { readPatientLink } from '#store/patient-links.ts';
import type { VisitType } from '#store/visit-types.ts';
import type { Caller } from './caller.ts';
import { currentOpening } from './hold-slot.ts';
import { accountOf, type PracticeContext, practiceContext, visitTypeOf } from './practice-context.ts';
import { findByKey } from './request-key.ts';
import type { Scheduling } from './scheduling.ts';
import { type Patience, type Undertaken, type Undertaking, undertake } from './undertake.ts';

export interface Booking {
  /** Id of an opening that was offered, or of a hold. */
  readonly offer: string;
  /** Our id of the patient. */
  readonly patientId: string;
  readonly idempotencyKey?: string;
  /** What the caller believes to be the offer's time; refused when it is not. Instants. */
  readonly start?: string;
  readonly end?: string;
}

/**
 * Books an offered or held time for a known patient, exactly once (IHE ITI-117). The answer is what was read back from
 * the EMR, or a refusal that is proven, or "pending" with the intent's id to ask again by.
 *
 * @throws Failure `not-found` for an offer that was never made, `stale-opening`, `hold-expired`, `unknown-patient`,
 *   `booking-off`, `visit-type-off`, `connection-off`, `key-reused`
 */
export async function bookAppointment(
  on: Scheduling,
  caller: Caller,
  booking: Booking,
  patience: Patience,
): Promise<Undertaken> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const connection = accountOf(context);
  refuseClosedBooking(context);
  const { opening, hold } = await on.database.withPractice(caller.practiceId, (tx) =>
    wantedTime(on, tx, caller, booking),
  );
  refuseOtherTimes(opening, booking);
  if (opening.connectionId !== connection.connectionId) throw new Failure('stale-opening');
  const type = visitTypeOf(context, opening.visitType);

  return undertake(
    on,
    caller,
    {
      kind: 'book',
      idempotencyKey: booking.idempotencyKey,
      fingerprint: [opening.id, booking.patientId],
      natural: naturalKeyOf(booking.patientId, opening),
      ...handOverOf(on, context, 'book', type),
      request: async (tx, _vault, intentId) => {
        const now = new Date(on.clock.now());
        const link = await readPatientLink(tx, booking.patientId);
        if (link?.connectionId !== connection.connectionId) throw new Failure('unknown-patient');
        const kept = hold ?? (await findLiveHold(tx, caller.agentId, opening.id, now));
        if (kept) {
          if (!(await endHold(tx, kept.holdId, 'booked', now))) throw new Failure('hold-expired');
          await adoptClaims(tx, { kind: 'hold', id: kept.holdId }, { kind: 'intent', id: intentId });
        } else currentOpening(opening, on.clock.now());
        return {
          connectionId: connection.connectionId,
          opening,
          patientId: booking.patientId,
          patient: undefined,
          targetId: undefined,
          targetStart: undefined,
        };
      },
    },
    patience,
  );
}

/** What makes two bookings the same whatever key they carry. */
export function naturalKeyOf(patientId: string, opening: OfferedOpening): string[] {
  return [patientId, opening.start, opening.visitType];
}

/** @throws Failure `booking-off` */
export function refuseClosedBooking(context: PracticeContext): void {
  if (context.practice.bookingMode === 'off') throw new Failure('booking-off');
}

/** Where the practice wants to see a request first, or its EMR does not let us do it, it goes to the queue. */
export function handOverOf(
  on: Scheduling,
  context: PracticeContext,
  action: 'book' | 'reschedule' | 'cancel',
  type: VisitType | undefined,
): Pick<Undertaking, 'handOver'> {
  const account = accountOf(context);
  if (context.practice.bookingMode === 'queue_only') return { handOver: 'queue-only' };
  const able = on.emr.capabilitiesOf(account)[action];
  if (able === false || able === 'unsupported') return { handOver: 'unsupported' };
  if (account.state === 'needs_reconsent') return { handOver: 'needs-reconsent' };
  return type?.mode === 'approval' ? { handOver: 'approval' } : {};
}

/**
 * The opening an offer's id stands for, and the caller's hold where the id is that of one. A hold that went into a
 * booking of theirs still names its time: the repeat finds the intent, and where that came to nothing the time is
 * booked anew like any other offer.
 */
export async function wantedTime(
  on: Scheduling,
  tx: Tx,
  caller: Caller,
  wanted: Pick<Booking, 'offer' | 'patientId' | 'idempotencyKey'>,
): Promise<{ opening: OfferedOpening; hold: Hold | undefined }> {
  const hold = await readHold(tx, wanted.offer);
  if (hold && hold.agentId === caller.agentId) {
    if (hold.endCode === undefined && hold.expiresAt.getTime() > on.clock.now())
      return { opening: hold.opening, hold };
    if (hold.endCode !== 'booked' && !(await isRepeat(on, tx, caller, wanted, hold.opening)))
      throw new Failure('hold-expired');
    return { opening: await notGone(hold.opening), hold: undefined };
  }
  const opening = await readOpening(tx, wanted.offer);
  if (!opening) throw new Failure('not-found');
  return { opening: await notGone(opening), hold: undefined };

  async function notGone(offered: OfferedOpening): Promise<OfferedOpening> {
    const isOver = Date.parse(offered.start) <= on.clock.now();
    if (isOver && !(await isRepeat(on, tx, caller, wanted, offered))) throw new Failure('stale-opening');
    return offered;
  }
}

async function isRepeat(
  on: Scheduling,
  tx: Tx,
  caller: Caller,
  wanted: Pick<Booking, 'patientId' | 'idempotencyKey'>,
  opening: OfferedOpening,
): Promise<boolean> {
  const vault = await on.vault.forPractice(tx, caller.practiceId);
  if (await findByKey(tx, vault, caller.agentId, wanted.idempotencyKey)) return true;
  const natural = vault.index('natural', JSON.stringify(naturalKeyOf(wanted.patientId, opening)));
  return (await findIntentByNaturalKey(tx, natural)) !== undefined;
}

export function refuseOtherTimes(opening: OfferedOpening, wanted: Pick<Booking, 'start' | 'end'>): void {
  const differs = (said: string | undefined, is: string) =>
    said !== undefined && Date.parse(said) !== Date.parse(is);
  if (differs(wanted.start, opening.start) || differs(wanted.end, opening.end))
    throw new Failure('invalid-value', {
      expression: 'Appointment.start',
      hint: 'The time is not that of the slot. Send the start and end that were offered, or leave them out.',
    });
}
