import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startToy, type Toy } from './toy-emr.ts';

async function patientsInOrder(toy: Toy): Promise<string[]> {
  const { appointments } = (await toy.call('GET', '/__sim/ledger')).json();
  return appointments.slice(1).map(({ patientId }: { patientId: string }) => patientId);
}

test('requests of one key are performed one after another in the order of their arrival', async (t) => {
  const toy = await startToy(t);
  await toy.call('PUT', '/__sim/settings', { gapMs: 15, queue: 30 });
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const replies = await Promise.all(names.map((patient) => toy.call('POST', '/api/visits', { patient })));
  assert.ok(replies.every(({ status }) => status === 201));
  const ledgerOrder = await patientsInOrder(toy);
  assert.deepEqual([...ledgerOrder].sort(), names);
  assert.deepEqual(
    replies
      .map((reply) => reply.json())
      .sort((a, b) => a.id - b.id)
      .map(({ patient }) => patient),
    ledgerOrder,
  );
});

test('beyond the queue a request is turned away with 429 and Retry-After, and is not performed', async (t) => {
  const toy = await startToy(t);
  await toy.call('PUT', '/__sim/settings', { gapMs: 200, queue: 2 });
  const replies = await Promise.all(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((patient) => toy.call('POST', '/api/visits', { patient })),
  );
  const taken = replies.filter(({ status }) => status === 201);
  const refused = replies.filter(({ status }) => status === 429);
  assert.equal(taken.length + refused.length, 6);
  assert.ok(refused.length >= 2, `${refused.length} were turned away`);
  assert.ok(refused.every(({ headers, text }) => headers.get('retry-after') === '1' && text === 'slow down'));
  assert.equal((await patientsInOrder(toy)).length, taken.length);
  const log = (await toy.call('GET', '/__sim/requests')).json();
  assert.equal(log.filter(({ performed }: { performed?: number }) => performed === 201).length, taken.length);
});

test('a caller who waits too long hears 504, and the request is performed all the same', async (t) => {
  const toy = await startToy(t);
  await toy.call('PUT', '/__sim/settings', { gapMs: 300, patienceMs: 60 });
  const replies = await Promise.all(
    ['a', 'b'].map((patient) => toy.call('POST', '/api/visits', { patient })),
  );
  assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 504]);
  for (let turn = 0; turn < 100 && (await patientsInOrder(toy)).length < 2; turn++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await patientsInOrder(toy)).length, 2);
});
