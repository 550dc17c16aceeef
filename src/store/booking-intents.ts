import type { Intent } from '#domain/booking-intent.ts';
import type { Tx } from './database.ts';
import type { OfferedOpening } from './openings.ts';

/** What the protocol may keep in plain words: the EMR's ids are sealed beside it. */
export type Machine = Omit<Intent, 'emrRef' | 'surplusOpen' | 'surplusGone' | 'checkedAt'>;

/** An intent as it is stored: the state of the protocol, and what was asked for. */
export interface IntentRow {
  readonly machine: Machine;
  /** Sealed JSON of `emrRef`, `surplusOpen` and `surplusGone`. */
  readonly emrRefs: Buffer | undefined;
  readonly request: IntentRequest;
}

export interface IntentRequest {
  readonly agentId: string;
  readonly naturalKey: Buffer | undefined;
  readonly connectionId: string;
  readonly opening: OfferedOpening | undefined;
  readonly patientId: string | undefined;
  /** Sealed demographics of a patient to be created. */
  readonly patient: Buffer | undefined;
  /** Our id of the appointment to move or cancel. */
  readonly targetId: string | undefined;
  /** Where that appointment stood when the change was asked for, an instant. */
  readonly targetStart: string | undefined;
}

interface IntentColumns {
  agent_id: string;
  natural_key: Buffer | null;
  connection_id: string;
  opening: OfferedOpening | null;
  patient_id: string | null;
  patient: Buffer | null;
  target_id: string | null;
  target_start: Date | null;
  emr_ref: Buffer | null;
  machine: Machine;
}

const columns = [
  'agent_id',
  'natural_key',
  'connection_id',
  'opening',
  'patient_id',
  'patient',
  'target_id',
  'target_start',
  'emr_ref',
  'machine',
] as const;

export async function readIntent(tx: Tx, intentId: string): Promise<IntentRow | undefined> {
  return row(
    await tx('booking_intent')
      .where({ intent_id: intentId })
      .first(...columns),
  );
}

/** The live intent for the same patient, start and visit type, if there is one. */
export async function findIntentByNaturalKey(tx: Tx, naturalKey: Buffer): Promise<IntentRow | undefined> {
  return row(
    await tx('booking_intent')
      .where({ natural_key: naturalKey })
      .whereNotIn('phase', ['refused', 'cancelled', 'moved', 'expired'])
      .first(...columns),
  );
}

/** Intents that change one appointment, newest first. */
export async function listIntentsOfTarget(tx: Tx, targetId: string): Promise<IntentRow[]> {
  const rows: IntentColumns[] = await tx('booking_intent')
    .where({ target_id: targetId })
    .orderBy('intent_id', 'desc')
    .limit(20)
    .select(...columns);
  return rows.map(stored);
}

/**
 * Our ids of a patient's appointments about which an intent was settled since a moment.
 *
 * @param since milliseconds since the epoch; at most a quarter of an hour ago, older intents are not looked through
 */
export async function targetsSettledSince(tx: Tx, patientId: string, since: number): Promise<string[]> {
  // Ids are made in the order of time (UUID version 7), so a range of the primary key is a range of time.
  const first = (since - 15 * 60_000).toString(16).padStart(12, '0');
  const rows: { target_id: string }[] = await tx('booking_intent')
    .where('intent_id', '>=', `${first.slice(0, 8)}-${first.slice(8)}-7000-8000-000000000000`)
    .where({ patient_id: patientId })
    .whereNotNull('target_id')
    .whereRaw("(machine->>'settledAt')::numeric >= ?", [since])
    .distinct('target_id');
  return rows.map((row) => row.target_id);
}

/** What the newest booking or move of each appointment was about, by our id of the appointment. */
export async function openingsOfTargets(
  tx: Tx,
  targetIds: readonly string[],
): Promise<ReadonlyMap<string, OfferedOpening>> {
  const rows: { target_id: string; opening: OfferedOpening }[] = await tx('booking_intent')
    .whereIn('target_id', targetIds)
    .whereNotNull('opening')
    .whereIn('phase', ['confirmed', 'moved', 'cancelled'])
    // What ended without having been read back never put anything there.
    .whereRaw("machine->>'confirmedAt' is not null")
    .orderBy('intent_id')
    .select('target_id', 'opening');
  return new Map(rows.map((row) => [row.target_id, row.opening]));
}

/** @throws a unique violation when the natural key has an intent already; begin again and read it */
export async function insertIntent(tx: Tx, practiceId: string, intent: IntentRow): Promise<void> {
  const { request } = intent;
  await tx('booking_intent').insert({
    practice_id: practiceId,
    intent_id: intent.machine.id,
    kind: intent.machine.kind,
    agent_id: request.agentId,
    natural_key: request.naturalKey ?? null,
    connection_id: request.connectionId,
    opening: request.opening === undefined ? null : JSON.stringify(request.opening),
    patient_id: request.patientId ?? null,
    patient: request.patient ?? null,
    target_id: request.targetId ?? null,
    target_start: request.targetStart ?? null,
    ...machineColumns(intent),
  });
}

/** Writes the next step of the protocol, if nobody wrote one since `version` was read. */
export async function updateIntent(
  tx: Tx,
  version: number,
  intent: Pick<IntentRow, 'machine' | 'emrRefs'>,
): Promise<boolean> {
  const changed = await tx('booking_intent')
    .where({ intent_id: intent.machine.id, version })
    .update({ ...machineColumns(intent), updated_at: tx.fn.now() });
  return changed === 1;
}

/** Gives an intent the appointment it made, once that is known. */
export async function setIntentTarget(tx: Tx, intentId: string, targetId: string): Promise<void> {
  await tx('booking_intent').where({ intent_id: intentId }).update({ target_id: targetId });
}

/** Gives an intent the patient it made, once that is known. */
export async function setIntentPatient(tx: Tx, intentId: string, patientId: string): Promise<void> {
  await tx('booking_intent').where({ intent_id: intentId }).update({ patient_id: patientId });
}

/** Append only: one row before a send, one after it. */
export async function insertAttempt(
  tx: Tx,
  practiceId: string,
  attempt: {
    intentId: string;
    epoch: number;
    event: 'sending' | 'outcome';
    marker: string;
    code?: string;
    at: Date;
  },
): Promise<void> {
  await tx('booking_attempt')
    .insert({
      practice_id: practiceId,
      intent_id: attempt.intentId,
      epoch: attempt.epoch,
      event: attempt.event,
      marker: attempt.marker,
      code: attempt.code ?? null,
      at: attempt.at,
    })
    .onConflict(['practice_id', 'intent_id', 'epoch', 'event'])
    .ignore();
}

/** Intents of all practices with something due and nobody at work, by the dispatch function. */
export async function dueIntents(
  tx: Tx,
  now: Date,
  most: number,
): Promise<{ practiceId: string; intentId: string }[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; intent_id: string }[] }>(
    'select practice_id, intent_id from due_intents(?, ?)',
    [now, most],
  );
  return rows.map((each) => ({ practiceId: each.practice_id, intentId: each.intent_id }));
}

function machineColumns(intent: Pick<IntentRow, 'machine' | 'emrRefs'>) {
  const { machine } = intent;
  return {
    phase: machine.phase,
    machine: JSON.stringify(machine),
    version: machine.version,
    lease_until: machine.leaseUntil === null ? null : new Date(machine.leaseUntil),
    next_action_at: machine.nextActionAt === null ? null : new Date(machine.nextActionAt),
    result_code: machine.resultCode,
    emr_ref: intent.emrRefs ?? null,
  };
}

function row(found: IntentColumns | undefined): IntentRow | undefined {
  return found && stored(found);
}

function stored(found: IntentColumns): IntentRow {
  return {
    machine: found.machine,
    emrRefs: found.emr_ref ?? undefined,
    request: {
      agentId: found.agent_id,
      naturalKey: found.natural_key ?? undefined,
      connectionId: found.connection_id,
      opening: found.opening ?? undefined,
      patientId: found.patient_id ?? undefined,
      patient: found.patient ?? undefined,
      targetId: found.target_id ?? undefined,
      targetStart: found.target_start?.toISOString(),
    },
  };
}
