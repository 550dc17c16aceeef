import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnectionHealth } from '#scheduling/connection-health.ts';
import { rowId } from '#scheduling/ids.ts';
import { insertConnection, listConnections } from '#store/connections.ts';
import { insertPractice } from '#store/practices.ts';
import { createTestDatabase } from '#test/database.ts';

const { database } = await createTestDatabase();
const [practiceId, connectionId] = [rowId(), rowId()];
await database.withPractice(practiceId, async (tx) => {
  await insertPractice(tx, {
    practiceId,
    name: 'Health',
    timeZone: 'America/Denver',
    phone: '+1 303 555 0100',
    mode: 'sandbox',
    bookingMode: 'live',
  });
  await insertConnection(tx, practiceId, {
    connectionId,
    adapter: 'memory',
    kind: 'simulator',
    origin: 'http://127.0.0.1:1',
    settings: { chairs: 2 },
  });
});
const stored = async () => {
  const [connection] = await database.withPractice(practiceId, listConnections);
  assert.ok(connection);
  return connection;
};
let now = Date.parse('2031-03-04T23:59:00Z');

test('requests are counted by the day, and the last success and its time are kept', async () => {
  const health = createConnectionHealth(database, () => now);
  assert.deepEqual([(await stored()).requests, (await stored()).lastSuccessAt], [undefined, undefined]);
  health.note(practiceId, connectionId, { outcome: 'ok', ms: 100 });
  health.note(practiceId, connectionId, { outcome: 'ok', ms: 200 });
  health.note(practiceId, connectionId, { outcome: 'unknown', ms: 8_000 });
  health.note(practiceId, connectionId, { outcome: 'not-sent', ms: 0 });
  await health.flush();
  const first = await stored();
  assert.deepEqual(first.requests, { day: '2031-03-04', count: 3 });
  assert.equal(first.lastSuccessAt?.getTime(), now);
  assert.equal(first.latencyMs, 110);

  health.note(practiceId, connectionId, { outcome: 'unknown', ms: 8_000 });
  await health.flush();
  assert.deepEqual((await stored()).requests, { day: '2031-03-04', count: 4 });
  assert.equal((await stored()).lastSuccessAt?.getTime(), now);

  now += 120_000;
  health.note(practiceId, connectionId, { outcome: 'ok', ms: 110 });
  await health.flush();
  assert.deepEqual((await stored()).requests, { day: '2031-03-05', count: 1 });
});

test('what could not be written is written the next time', async () => {
  let isDown = true;
  const sometimes: Pick<typeof database, 'withPractice'> = {
    withPractice: (id, work) =>
      isDown ? Promise.reject(new Error('down')) : database.withPractice(id, work),
  };
  const health = createConnectionHealth(sometimes, () => now);
  const before = (await stored()).requests?.count ?? 0;
  health.note(practiceId, connectionId, { outcome: 'ok', ms: 50 });
  await assert.rejects(health.flush(), { message: 'down' });
  health.note(practiceId, connectionId, { outcome: 'ok', ms: 50 });
  isDown = false;
  await health.flush();
  assert.equal((await stored()).requests?.count, before + 2);
});
