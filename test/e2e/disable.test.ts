import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disableConnection, listConnections } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { startTestGateway } from '#test/gateway.ts';
import type { TestPractice } from '#test/practice.ts';
import { book, offer, patient } from '#test/story.ts';

const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;

/** Status and code of a read and of a booking that would both have worked. */
async function tried({ agent }: TestPractice, openingId: string, patientId: string) {
  const read = await agent.fhir('GET', '/Slot?_count=1');
  const booking = await book(agent, openingId, patientId);
  return [
    [read.status, read.code],
    [booking.status, booking.code],
  ];
}

/** Another process writes it; this one's caches are told nothing. */
function inTheDatabase(practice: TestPractice, work: (tx: Tx) => Promise<unknown>): Promise<unknown> {
  return gateway.database.database.withPractice(practice.id, work);
}

async function setConnection(practice: TestPractice, disabledAt: Date | null): Promise<void> {
  await inTheDatabase(practice, async (tx) => {
    const [connection] = await listConnections(tx);
    await disableConnection(tx, connection?.connectionId ?? '', disabledAt);
  });
}

test('a practice that another process disables is closed within a second, and open again when it is enabled', async () => {
  const [who, time] = [await patient(cedar, 0), await offer(cedar.agent)];
  await cedar.change({ disabledAt: new Date() });
  gateway.advance(1_000);
  const before = await cedar.simulator.requests();
  for (const [status] of await tried(cedar, time.id, who)) assert.ok(status === 401 || status === 403);
  assert.equal((await cedar.simulator.requests()).length, before.length, 'the EMR hears nothing of it');
  const others = await saguaro.agent.fhir('GET', '/Slot?_count=1');
  assert.equal(others.status, 200, 'the other practice goes on');

  await cedar.change({ disabledAt: null });
  gateway.advance(1_000);
  assert.deepEqual(await tried(cedar, time.id, who), [
    [200, undefined],
    [200, undefined],
  ]);
});

test('a connection that another process disables is not used any more within a second', async () => {
  const [who, time] = [await patient(saguaro, 0), await offer(saguaro.agent)];
  await setConnection(saguaro, new Date());
  gateway.advance(1_000);
  const before = await saguaro.simulator.requests();
  for (const answer of await tried(saguaro, time.id, who)) assert.deepEqual(answer, [503, 'connection-off']);
  assert.equal((await saguaro.simulator.requests()).length, before.length, 'the EMR hears nothing of it');

  await setConnection(saguaro, null);
  gateway.advance(1_000);
  assert.deepEqual((await tried(saguaro, time.id, who))[1], [200, undefined]);
});

test('an agent that another process disables is out within a second, and gets no token either', async () => {
  const agent = await saguaro.addAgent();
  assert.equal((await agent.fhir('GET', '/Practitioner')).status, 200);
  await saguaro.disable(agent);
  gateway.advance(1_000);
  const { status, code } = await agent.fhir('GET', '/Practitioner');
  assert.deepEqual([status, code], [401, 'agent-disabled']);
  const answer = await fetch(`${gateway.url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${agent.clientId}:${agent.secret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  assert.equal(answer.status, 401);
  assert.equal((await saguaro.agent.fhir('GET', '/Practitioner')).status, 200, 'the others go on');
});
