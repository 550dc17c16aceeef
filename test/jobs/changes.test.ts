import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookAtChanges } from '#jobs/changes.ts';
import { rowId } from '#scheduling/ids.ts';
import { dueChangeHints } from '#store/change-hints.ts';
import { listConnections } from '#store/connections.ts';
import type { Database } from '#store/database.ts';
import { startTestGateway } from '#test/gateway.ts';

const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;
const { database, scheduling } = gateway.gateway;
const hour = 3_600_000;
// Not due for the gateway's own rounds.
const later = gateway.now() + 2 * hour;

async function addHints(practiceId: string, many: number, dueAt: number): Promise<string> {
  const connectionId = await database.withPractice(
    practiceId,
    async (tx) => (await listConnections(tx))[0]?.connectionId ?? '',
  );
  for (let index = 0; index < many; index += 1)
    await gateway.database.asOwner(
      `insert into change_hint (practice_id, hint_id, connection_id, appointment_id, noted_at, look_at)
       values ($1, $2, $3, $2::uuid::text, $4, $4)`,
      [practiceId, rowId(), connectionId, new Date(dueAt + index)],
    );
  return connectionId;
}
const busy = await addHints(cedar.id, 9, gateway.now() + hour);
const other = await addHints(saguaro.id, 1, gateway.now() + hour + 60_000);

const due = async (each: number, atWork: readonly string[]) =>
  (
    await database.withoutPractice((tx) => dueChangeHints(tx, new Date(later), { most: 5, each, atWork }))
  ).map(({ connectionId }) => connectionId);

test('of one connection no more hints are due than it may have at work', async () => {
  assert.deepEqual(await due(2, []), [busy, busy, other]);
  assert.deepEqual(await due(2, [busy]), [busy, other]);
  assert.deepEqual(await due(2, [busy, busy]), [other]);
  assert.deepEqual(await due(2, [busy, busy, other, other]), []);
  assert.deepEqual(await due(9, []), [busy, busy, busy, busy, busy], 'Without a bound the first take all.');
});

test('a slow EMR with many hints holds two places, and another practice is looked at meanwhile', async () => {
  const begun: string[] = [];
  const slow = Promise.withResolvers<never>();
  const stuck: Database = {
    ...database,
    withPractice: (practiceId) => {
      begun.push(practiceId);
      return slow.promise;
    },
  };
  const clock = { ...scheduling.clock, now: () => later };
  const failed: string[] = [];
  const round = lookAtChanges({
    ...scheduling,
    database: stuck,
    clock,
    report: ({ event }) => failed.push(event),
  });
  await round.run();
  await round.run();
  // Nobody took the rows, so that saguaro's one is still due in the second round.
  assert.deepEqual(begun, [cedar.id, cedar.id, saguaro.id, saguaro.id]);
  await round.run();
  assert.equal(begun.length, 4, 'All are at work that may be.');
  slow.reject(new Error('away'));
  await slow.promise.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(failed.length, 4);
  await round.run();
  assert.deepEqual(begun.slice(4), [cedar.id, cedar.id, saguaro.id], 'Places that are free are taken again.');
});
