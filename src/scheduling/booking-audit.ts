import type { AuditAction, AuditEvent } from '#audit/event.ts';
import type { Intent } from '#domain/booking-intent.ts';
import type { StepRecord } from '#domain/booking-record.ts';
import { type FailureCode, failureTable } from '#domain/failure.ts';
import type { IntentRow } from '#store/booking-intents.ts';

const actions: Readonly<Record<Intent['kind'], AuditAction>> = {
  book: 'appointment.book',
  move: 'appointment.move',
  cancel: 'appointment.cancel',
  'create-patient': 'patient.create',
};

/**
 * The audit event of one step of an intent: every send, every look at the EMR for it, and how it ended. Steps that touch
 * nothing but our own claims leave none.
 */
export function eventOfStep(
  { request }: IntentRow,
  before: Intent,
  after: Intent,
  record: StepRecord,
): AuditEvent | undefined {
  const base = {
    actor: `agent:${request.agentId}`,
    action: actions[after.kind],
    resourceId: request.targetId ?? after.id,
    patient: request.patientId,
    origin: 'protocol',
    requestId: after.id,
  } as const;
  if (record.attempt) return { ...base, outcome: 'pending' };
  if (after.phase === before.phase)
    return record.event === 'search-result'
      ? { ...base, action: 'appointment.reconcile', outcome: 'success' }
      : undefined;
  if (after.phase === 'confirmed') return { ...base, outcome: 'success' };
  if (after.phase === 'handoff') return { ...base, outcome: 'pending' };
  if (after.phase === 'refused')
    return { ...base, outcome: 'refused', reason: failureCode(after.resultCode) };
  if (after.phase === 'cancelled' || after.phase === 'moved') return { ...base, outcome: 'success' };
  if (record.event === 'search-result')
    return { ...base, action: 'appointment.reconcile', outcome: 'success' };
  return undefined;
}

function failureCode(code: string | null): FailureCode | undefined {
  return code !== null && Object.hasOwn(failureTable, code) ? (code as FailureCode) : undefined; // it is a key of the table
}
