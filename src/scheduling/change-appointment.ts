import type { VendorAppointment } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import { type AppointmentLink, readAppointmentLink } from '#store/appointment-links.ts';
import { adoptClaims } from '#store/claims.ts';
import { endHold, findLiveHold } from '#store/holds.ts';
import { readRow } from './appointments.ts';
import {
  handOverOf,
  naturalKeyOf,
  refuseClosedBooking,
  refuseOtherTimes,
  wantedTime,
} from './book-appointment.ts';
import { isLive } from './booking-emr.ts';
import { attemptOf, type Caller } from './caller.ts';
import { appointmentIdOf } from './ids.ts';
import { patientIdOf } from './patient-id.ts';
import {
  accountOf,
  connectionOf,
  type PracticeContext,
  practiceContext,
  visitTypeOf,
} from './practice-context.ts';
import { findByKey } from './request-key.ts';
import type { Scheduling } from './scheduling.ts';
import { type Patience, type Undertaken, undertake } from './undertake.ts';

interface Change {
  /** Our id of the appointment. */
  readonly appointmentId: string;
  /** Versions that the caller saw (If-Match), one of which the EMR must have now; any when missing. */
  readonly versions?: readonly string[];
  readonly idempotencyKey?: string;
}
export interface Move extends Change {
  /** Id of an offered opening or of a hold. */
  readonly offer: string;
  readonly start?: string;
  readonly end?: string;
}

/**
 * Moves an appointment to an offered time by the EMR's own single operation: the old time is free only when the new one
 * is booked. Where the EMR has no such operation for us, people do it. Repeats get the first answer.
 *
 * @throws Failure `not-found`, `version-conflict`, `forbidden-transition` for one that is not booked any more,
 *   and all that {@link bookAppointment} throws
 */
export async function moveAppointment(
  on: Scheduling,
  caller: Caller,
  move: Move,
  patience: Patience,
): Promise<Undertaken> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const connection = accountOf(context);
  refuseClosedBooking(context);
  const before = await current(on, caller, context, move);
  const { patientId } = before;
  const wanted = { ...move, patientId };
  const { opening, hold } = await on.database.withPractice(caller.practiceId, (tx) =>
    wantedTime(on, tx, caller, wanted),
  );
  refuseOtherTimes(opening, move);
  if (opening.connectionId !== connection.connectionId) throw new Failure('stale-opening');

  return undertake(
    on,
    caller,
    {
      kind: 'move',
      idempotencyKey: move.idempotencyKey,
      fingerprint: [move.appointmentId, opening.id],
      natural: naturalKeyOf(patientId, opening),
      change: { appointment: before.standsAs ?? move.appointmentId, opening: opening.id },
      ...handOverOf(on, context, 'reschedule', visitTypeOf(context, opening.visitType)),
      request: async (tx, _vault, intentId) => {
        const now = new Date(on.clock.now());
        const kept = hold ?? (await findLiveHold(tx, caller.agentId, opening.id, now));
        if (kept) {
          if (!(await endHold(tx, kept.holdId, 'booked', now))) throw new Failure('hold-expired');
          await adoptClaims(tx, { kind: 'hold', id: kept.holdId }, { kind: 'intent', id: intentId });
        }
        return {
          connectionId: connection.connectionId,
          opening,
          patientId,
          patient: undefined,
          targetId: move.appointmentId,
          targetStart: before.start,
        };
      },
    },
    patience,
  );
}

/**
 * Takes an appointment off the book; true when it reads back so. Cancelling what is cancelled already is a success.
 *
 * @throws Failure `not-found`, `version-conflict`, `forbidden-transition`, `connection-off`
 */
export async function cancelAppointment(
  on: Scheduling,
  caller: Caller,
  cancel: Change,
  patience: Patience,
): Promise<Undertaken> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const connection = accountOf(context);
  refuseClosedBooking(context);
  const before = await current(on, caller, context, cancel);
  if (before.standsAs !== undefined)
    throw new Failure('forbidden-transition', {
      hint: 'This appointment was moved: another one stands in its place. Search for it.',
    });
  return undertake(
    on,
    caller,
    {
      kind: 'cancel',
      idempotencyKey: cancel.idempotencyKey,
      fingerprint: [cancel.appointmentId],
      // The version too: an appointment that staff put back on the book can be cancelled again.
      natural: ['cancel', cancel.appointmentId, before.version ?? ''],
      ...handOverOf(on, context, 'cancel', undefined),
      request: async () => ({
        connectionId: connection.connectionId,
        opening: undefined,
        patientId: before.patientId,
        patient: undefined,
        targetId: cancel.appointmentId,
        targetStart: before.start,
      }),
    },
    patience,
  );
}

interface Before {
  readonly patientId: string;
  readonly start: string | undefined;
  readonly version?: string;
  /** Our id of the record that a move put in its place. */
  readonly standsAs?: string;
}

/** The appointment as the EMR has it now, in the version the caller saw. A repeat under its key is let through. */
async function current(
  on: Scheduling,
  caller: Caller,
  context: PracticeContext,
  change: Change,
): Promise<Before> {
  const { practiceId } = caller;
  const known = await on.database.withPractice(practiceId, async (tx) => {
    const link = await readAppointmentLink(tx, change.appointmentId);
    const vault = await on.vault.forPractice(tx, practiceId);
    const repeat = (await findByKey(tx, vault, caller.agentId, change.idempotencyKey))?.row;
    return { link, repeat, emrId: link && (await openLink(on, tx, practiceId, link)) };
  });
  const account = accountOf(context);
  if (known.link?.connectionId !== account.connectionId || known.emrId === undefined)
    throw new Failure('not-found');
  const { repeat, emrId } = known;
  // Whether it is a repeat indeed tells its fingerprint; the target is another one by now where a move made a new record.
  if (repeat?.request.patientId !== undefined)
    return { patientId: repeat.request.patientId, start: repeat.request.targetStart };
  // What nobody can read at this moment people look up: they get the request as it was said.
  if (account.state === 'needs_reconsent' && known.link.patientId !== undefined)
    return { patientId: known.link.patientId, start: undefined };
  const row = await on.audit.around(
    practiceId,
    attemptOf(caller, {
      action: 'appointment.read',
      resourceId: change.appointmentId,
      patient: known.link.patientId,
    }),
    () => readRow(on, context, change.appointmentId, emrId),
  );
  if (!row) throw new Failure('not-found');
  if (change.versions && !change.versions.includes(row.version) && isLive(row))
    throw new Failure('version-conflict');
  if (isLive(row) && row.resource.status !== 'booked') throw new Failure('forbidden-transition');
  const patientId = known.link.patientId ?? (await patientOfRow(on, caller, context, row));
  return {
    patientId,
    start: row.resource.start,
    version: row.version,
    ...(row.replacedBy !== undefined && { standsAs: await appointmentIdFor(on, context, row.replacedBy) }),
  };
}

async function appointmentIdFor(on: Scheduling, context: PracticeContext, emrId: string): Promise<string> {
  const { practiceId } = context.practice;
  return on.database.withPractice(practiceId, async (tx) =>
    appointmentIdOf(await on.vault.forPractice(tx, practiceId), connectionOf(context).connectionId, emrId),
  );
}

async function openLink(
  on: Scheduling,
  tx: Parameters<typeof readAppointmentLink>[0],
  practiceId: string,
  link: AppointmentLink,
): Promise<string> {
  const vault = await on.vault.forPractice(tx, practiceId);
  return vault.open({ row: link.appointmentId, kind: 'emr-id', version: 0 }, link.emrId).reveal();
}

async function patientOfRow(
  on: Scheduling,
  caller: Caller,
  context: PracticeContext,
  row: VendorAppointment,
): Promise<string> {
  const reference = row.resource.participant
    .map((one) => one.actor?.reference)
    .find((one) => one?.startsWith('Patient/'));
  if (reference === undefined) throw new Failure('patient-ambiguous');
  return on.database.withPractice(caller.practiceId, (tx) =>
    patientIdOf(
      on,
      tx,
      caller.practiceId,
      connectionOf(context).connectionId,
      reference.slice('Patient/'.length),
    ),
  );
}
