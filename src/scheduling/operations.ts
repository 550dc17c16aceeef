import { answerOf, isSettled } from '#domain/booking-intent.ts';
import { Failure } from '#domain/failure.ts';
import { readIntent } from '#store/booking-intents.ts';
import { requestCancel } from './booking-driver.ts';
import { attemptOf, type Caller } from './caller.ts';
import { workbench } from './intents.ts';
import type { Scheduling } from './scheduling.ts';
import type { Undertaken } from './undertake.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What has become of a write that was acknowledged before it was finished. Only the agent that asked for it may ask.
 *
 * @throws Failure `not-found`
 */
export async function readOperation(
  on: Scheduling,
  caller: Caller,
  operationId: string,
): Promise<Undertaken> {
  if (!uuid.test(operationId)) throw new Failure('not-found');
  const bench = await workbench(on, caller.practiceId);
  const row = await on.database.withPractice(caller.practiceId, async (tx) => {
    const found = await readIntent(tx, operationId);
    if (!found || found.request.agentId !== caller.agentId) throw new Failure('not-found');
    const attempt = attemptOf(caller, {
      action: 'operation.read',
      resourceId: operationId,
      patient: found.request.patientId,
    });
    await on.audit.record(tx, caller.practiceId, { ...attempt, outcome: 'success' });
    return found;
  });
  const intent = await bench.ports.store.load(operationId);
  if (!intent) throw new Failure('not-found');
  return { intent, answer: answerOf(intent), request: row.request, bench };
}

/** The caller does not want it any more: what was not sent never is, what turns up later is cancelled. */
export async function cancelOperation(
  on: Scheduling,
  caller: Caller,
  operationId: string,
): Promise<Undertaken> {
  const before = await readOperation(on, caller, operationId);
  if (before.intent.kind !== 'book' && isSettled(before.intent)) return before;
  if (before.intent.kind !== 'book')
    throw new Failure('business-rule', { hint: 'Only a booking that is pending can be taken back.' });
  const intent = await requestCancel(before.bench.ports, before.bench.policy, operationId);
  return { ...before, intent, answer: answerOf(intent) };
}
