import type { HandoffReason, Intent } from '#domain/booking-intent.ts';
import { bookingProtocol } from '#domain/booking-protocol.ts';
import { recordOf, type StepRecord } from '#domain/booking-record.ts';
import { markerFor } from '#domain/marker.ts';
import { saveAppointmentLinks } from '#store/appointment-links.ts';
import {
  type IntentRow,
  insertAttempt,
  listIntentsOfTarget,
  type Machine,
  readIntent,
  setIntentPatient,
  setIntentTarget,
  updateIntent,
} from '#store/booking-intents.ts';
import {
  confirmClaims,
  hasClaims,
  isClaimConflict,
  lockAppointment,
  lockOwner,
  releaseClaims,
  takeClaims,
  unlockAppointment,
} from '#store/claims.ts';
import { databaseError, type Tx } from '#store/database.ts';
import { insertOutboxEvent } from '#store/outbox.ts';
import type { PracticeVault } from '#vault/practice-vault.ts';
import { eventOfStep } from './booking-audit.ts';
import { readBookingFacts } from './booking-facts.ts';
import type { ClaimConflict, IntentStore } from './booking-ports.ts';
import { closeQueueEntry, openQueueEntry } from './booking-queue.ts';
import { appointmentIdOf, rowId } from './ids.ts';
import { patientIdOf } from './patient-id.ts';
import type { Scheduling } from './scheduling.ts';

export interface PracticeIntents extends IntentStore {
  /**
   * Hands a new intent over in the transaction that inserts it: no worker, after whatever crash, finds it as one that
   * is to be sent.
   */
  handOverNew(tx: Tx, row: IntentRow, reason: HandoffReason): Promise<void>;
}

/** The intents of one practice, kept in PostgreSQL: one transaction a step. */
export function createIntentStore(
  on: Scheduling,
  practiceId: string,
  markerStem: (intentId: string) => string,
): PracticeIntents {
  const owner = (intent: Intent) => ({ kind: 'intent', id: intent.id }) as const;

  async function load(id: string): Promise<Intent | undefined> {
    return on.database.withPractice(practiceId, async (tx) => {
      const row = await readIntent(tx, id);
      return row && openIntent(await on.vault.forPractice(tx, practiceId), row);
    });
  }

  async function transition(
    before: Intent,
    after: Intent,
    record: StepRecord,
  ): Promise<'stored' | 'lost' | ClaimConflict> {
    try {
      return await on.database.withPractice(practiceId, async (tx) => {
        const row = await readIntent(tx, before.id);
        if (!row) throw new Rollback('lost');
        if (
          after.resultCode === 'by-staff' &&
          before.resultCode !== 'by-staff' &&
          (await isBeingChanged(tx, row))
        )
          throw new Rollback('lost');
        const conflict = await takeWhatIsNeeded(tx, row, after, record);
        if (conflict) throw new Rollback(conflict);
        await write(tx, row, before, after, record);
        return 'stored' as const;
      });
    } catch (error) {
      if (error instanceof Rollback) return error.result;
      // Two who began at once: this one sees the other when it tries again.
      if (isClaimConflict(error) && (record.claims === 'take' || record.lock === 'take'))
        return { why: record.lock === 'take' ? 'busy' : 'taken', confirmedOwners: [] };
      throw error;
    }
  }

  /** While another change of ours is under way, what it does to the appointment is not what staff did. */
  async function isBeingChanged(tx: Tx, { machine, request }: IntentRow): Promise<boolean> {
    const { connectionId, targetId } = request;
    const owner = targetId === undefined ? undefined : await lockOwner(tx, connectionId, targetId);
    if (owner === undefined || owner === machine.id) return false;
    const other = await readIntent(tx, owner);
    return other !== undefined && other.machine.settledAt === null;
  }

  async function takeWhatIsNeeded(
    tx: Tx,
    { request }: IntentRow,
    after: Intent,
    record: StepRecord,
  ): Promise<ClaimConflict | undefined> {
    if (record.lock === 'take' && request.targetId !== undefined) {
      const had = await lockAppointment(tx, practiceId, request.connectionId, request.targetId, owner(after));
      if (!had) return { why: 'busy', confirmedOwners: [] };
    }
    const { opening } = request;
    if (record.claims !== 'take' || !opening || (await hasClaims(tx, owner(after)))) return undefined;
    const standing = await takeClaims(
      tx,
      practiceId,
      {
        connectionId: request.connectionId,
        keys: opening.claims,
        start: opening.start,
        end: opening.end,
        owner: owner(after),
      },
      new Date(on.clock.now()),
    );
    if (standing.length === 0) return undefined;
    const confirmed = standing.filter((claim) => claim.confirmed && claim.owner.kind === 'intent');
    return {
      why: 'taken',
      confirmedOwners:
        confirmed.length === standing.length ? [...new Set(confirmed.map((claim) => claim.owner.id))] : [],
    };
  }

  /** The step itself and all that has to be true at the same moment. */
  async function write(
    tx: Tx,
    row: IntentRow,
    before: Intent,
    after: Intent,
    record: StepRecord,
  ): Promise<void> {
    const vault = await on.vault.forPractice(tx, practiceId);
    if (!(await updateIntent(tx, before.version, closeIntent(vault, after)))) throw new Rollback('lost');
    const { request } = row;
    if (record.attempt) {
      const { epoch, sentAt } = record.attempt;
      const marker = markerFor(markerStem(after.id), epoch);
      await insertAttempt(tx, practiceId, {
        intentId: after.id,
        epoch,
        event: 'sending',
        marker,
        at: new Date(sentAt),
      });
    }
    if (record.outcome) {
      const { epoch, is } = record.outcome;
      const marker = markerFor(markerStem(after.id), epoch);
      const at = new Date(on.clock.now());
      await insertAttempt(tx, practiceId, {
        intentId: after.id,
        epoch,
        event: 'outcome',
        marker,
        code: is,
        at,
      });
    }
    if (record.claims === 'release') await releaseClaims(tx, owner(after));
    if (record.claims === 'confirm') await confirmClaims(tx, owner(after));
    if (record.lock === 'release' && request.targetId !== undefined)
      await unlockAppointment(tx, request.connectionId, request.targetId, owner(after));
    const isVisit = after.kind === 'book' || after.kind === 'move';
    if (isVisit && after.emrRef !== null && after.emrRef !== before.emrRef)
      await nameAppointment(tx, vault, row, after.id, after.emrRef);
    if (after.kind === 'create-patient' && after.emrRef !== null && after.emrRef !== before.emrRef)
      await setIntentPatient(
        tx,
        after.id,
        await patientIdOf(on, tx, practiceId, request.connectionId, after.emrRef),
      );
    if (record.target && request.targetId !== undefined)
      await changeOwners(tx, vault, after, request.targetId, record.target);
    if (record.queue === 'open') await handOver(tx, vault, after);
    if (record.queue === 'close') await closeQueueEntry(on, tx, row);
    if (record.outbox)
      await insertOutboxEvent(tx, practiceId, {
        eventId: rowId(),
        type: record.outbox,
        subject: { operation: after.id },
      });
    const named = after.emrRef === before.emrRef ? undefined : await readIntent(tx, after.id);
    const audited = eventOfStep(named ?? row, before, after, record);
    if (audited) await on.audit.record(tx, practiceId, audited);
    on.report({
      event: 'intent.step',
      intent: after.id,
      kind: after.kind,
      phase: after.phase,
      code: after.resultCode ?? undefined,
    });
  }

  async function handOver(tx: Tx, vault: PracticeVault, intent: Intent): Promise<void> {
    const { request, patient, target, demographics } = await readBookingFacts(tx, vault, intent.id);
    await openQueueEntry(tx, practiceId, vault, intent, intent.resultCode ?? 'unproven', {
      kind: intent.kind,
      operation: intent.id,
      start: request.opening?.start ?? request.targetStart,
      minutes: request.opening?.minutes,
      visitType: request.opening?.visitType,
      practitioner: request.opening?.practitioner,
      location: request.opening?.location,
      patient,
      appointment: target ?? intent.emrRef ?? undefined,
      newPatient: demographics,
      markers: Array.from({ length: intent.epoch }, (_, sent) => markerFor(markerStem(intent.id), sent + 1)),
    });
  }

  /** Gives what the EMR made an id of ours. */
  async function nameAppointment(
    tx: Tx,
    vault: PracticeVault,
    row: IntentRow,
    intentId: string,
    emrId: string,
  ): Promise<void> {
    const { connectionId, patientId } = row.request;
    const appointmentId = appointmentIdOf(vault, connectionId, emrId);
    await saveAppointmentLinks(tx, practiceId, [
      {
        appointmentId,
        connectionId,
        emrId: vault.seal({ row: appointmentId, kind: 'emr-id', version: 0 }, emrId),
        emrIdIndex: vault.index('appointment', `${connectionId}|${emrId}`),
        patientId,
      },
    ]);
    await setIntentTarget(tx, intentId, appointmentId);
  }

  /** The bookings and moves that stood for an appointment give way to the change that was read back. */
  async function changeOwners(
    tx: Tx,
    vault: PracticeVault,
    change: Intent,
    targetId: string,
    to: 'cancelled' | 'moved',
  ): Promise<void> {
    for (const row of await listIntentsOfTarget(tx, targetId)) {
      const intent = openIntent(vault, row);
      if (intent.id === change.id || intent.kind === 'cancel') continue;
      const event = { kind: 'changed', to } as const;
      const changed = bookingProtocol.advance(intent, event, on.clock.now(), on.policy.protocol);
      if (changed === intent) continue;
      const stamped = { ...changed, stamp: rowId() };
      const { target: _, ...record } = recordOf(intent, stamped, event);
      await write(tx, row, intent, stamped, record);
    }
  }

  async function handOverNew(tx: Tx, row: IntentRow, reason: HandoffReason): Promise<void> {
    const intent = openIntent(await on.vault.forPractice(tx, practiceId), row);
    const event = { kind: 'hand-over', reason } as const;
    const after = bookingProtocol.advance(intent, event, on.clock.now(), on.policy.protocol);
    await write(tx, row, intent, { ...after, stamp: rowId() }, recordOf(intent, after, event));
  }

  return { load, transition, handOverNew };
}

/** Ends the transaction without a trace and says why. */
class Rollback extends Error {
  readonly result: 'lost' | ClaimConflict;
  constructor(result: 'lost' | ClaimConflict) {
    super('The step was not stored.');
    this.result = result;
  }
}

/** The EMR's ids are stored sealed beside the rest of the machine. */
export function openIntent(vault: PracticeVault, row: IntentRow): Intent {
  const sealed =
    row.emrRefs &&
    vault.open({ row: row.machine.id, kind: 'emr-refs', version: row.machine.version }, row.emrRefs);
  // We sealed this object ourselves, in closeIntent.
  const refs = (sealed ? JSON.parse(sealed.reveal()) : noRefs) as Pick<
    Intent,
    'emrRef' | 'surplusOpen' | 'surplusGone'
  >;
  return { ...row.machine, ...refs, checkedAt: null };
}

export function closeIntent(vault: PracticeVault, intent: Intent): Pick<IntentRow, 'machine' | 'emrRefs'> {
  const { emrRef, surplusOpen, surplusGone, checkedAt: _, ...rest } = intent;
  const machine: Machine = rest;
  const empty = emrRef === null && surplusOpen.length === 0 && surplusGone.length === 0;
  return {
    machine,
    emrRefs: empty
      ? undefined
      : vault.seal(
          { row: intent.id, kind: 'emr-refs', version: intent.version },
          JSON.stringify({ emrRef, surplusOpen, surplusGone }),
        ),
  };
}

const noRefs: Pick<Intent, 'emrRef' | 'surplusOpen' | 'surplusGone'> = {
  emrRef: null,
  surplusOpen: [],
  surplusGone: [],
};

/** A key or a natural key that has an intent already. */
export function isDuplicateIntent(error: unknown): boolean {
  const failed = databaseError(error);
  return (
    failed?.code === '23505' && /^(booking_intent_natural|request_key_pkey)$/.test(failed.constraint ?? '')
  );
}
