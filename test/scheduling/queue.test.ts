import assert from 'node:assert/strict';
import { it } from 'node:test';
import { nilAgent } from '#scheduling/caller.ts';
import { finishQueueEntry, listQueue, type QueueOutcome } from '#scheduling/queue.ts';
import { startTestGateway } from '#test/gateway.ts';
import { book, offer, patient } from '#test/story.ts';

const gateway = await startTestGateway();
const { cedar } = gateway;
const who = await patient(cedar, 0);
const staff = {
  practiceId: cedar.id,
  agentId: nilAgent,
  actor: 'operator:Kim Lee',
  requestId: 'queue-test',
  origin: 'cli',
} as const;

/** A booking that waits for the office, whose entry staff then end. */
async function endedByStaff(outcome: QueueOutcome): Promise<{ slot: string; operation: string }> {
  await cedar.change({ bookingMode: 'queue_only' });
  gateway.advance(1_001);
  const { id: slot } = await offer(cedar.agent);
  const { headers } = await book(cedar.agent, slot, who);
  const operation = headers.get('content-location') ?? '';
  const entry = (await listQueue(gateway.gateway.scheduling, staff, { includeDone: false })).find(
    ({ intentId }) => intentId !== undefined && operation.endsWith(intentId),
  );
  assert.ok(entry);
  await finishQueueEntry(gateway.gateway.scheduling, staff, entry.entryId, 'Kim Lee', outcome);
  await cedar.change({ bookingMode: 'live' });
  gateway.advance(1_001);
  return { slot, operation };
}

it('gives the time back when staff end an entry without an appointment, and the same booking can be asked for anew', async () => {
  const { slot } = await endedByStaff('not-booked');
  const { status, body } = await book(cedar.agent, slot, who);
  assert.equal(status, 200);
  assert.equal(body.entry[0].resource.status, 'booked');
});

it('keeps the answer, and books nothing beside, when staff have booked it by hand', async () => {
  const { slot, operation } = await endedByStaff('booked');
  const { status, headers } = await book(cedar.agent, slot, who);
  assert.equal(status, 202);
  assert.equal(headers.get('content-location'), operation);
});
