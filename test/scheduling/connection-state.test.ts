import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { changeConnectionState, noteConnectionState } from '#scheduling/connection-state.ts';
import { rowId } from '#scheduling/ids.ts';
import {
  type Connection,
  type ConnectionState,
  insertConnection,
  listConnections,
} from '#store/connections.ts';
import { createTestDatabase, onServer } from '#test/database.ts';

const { database, asOwner, ownerUrl } = await createTestDatabase();

async function newConnection() {
  const [practiceId, connectionId] = [rowId(), rowId()];
  await database.withPractice(practiceId, (tx) =>
    insertConnection(tx, practiceId, {
      connectionId,
      adapter: 'memory',
      kind: 'simulator',
      origin: 'http://127.0.0.1:1',
      settings: {},
    }),
  );
  const at = 1_900_000_000_000;
  return {
    connectionId,
    note: (state: 'connected' | 'degraded', reason: string | undefined, seconds: number) =>
      database.withPractice(practiceId, (tx) =>
        noteConnectionState(tx, practiceId, connectionId, { state, reason }, at + seconds * 1_000),
      ),
    change: (state: ConnectionState) =>
      database.withPractice(practiceId, (tx) =>
        changeConnectionState(tx, practiceId, connectionId, { state, reason: 'asked' }, at),
      ),
    async stored(): Promise<Connection> {
      const [connection] = await database.withPractice(practiceId, listConnections);
      assert.ok(connection);
      return connection;
    },
    async events(): Promise<number> {
      const { rows } = await asOwner('select 1 from outbox where practice_id = $1', [practiceId]);
      return rows.length;
    },
  };
}

test('the reason follows what calls find, and an event is sent when the state changes alone', async () => {
  const { note, stored, events } = await newConnection();
  assert.equal(await note('degraded', 'timeout', 0), true);
  const { stateSince } = await stored();
  assert.equal(await note('degraded', 'unauthorized', 5), false);
  const later = await stored();
  assert.deepEqual([later.reasonCode, later.stateSince], ['unauthorized', stateSince]);
  assert.equal(await events(), 1);
  assert.equal(await note('connected', undefined, 9), true);
  assert.deepEqual([(await stored()).reasonCode, await events()], [undefined, 2]);
});

for (const state of ['needs_reconsent', 'disconnected'] as const) {
  test(`what calls find moves no connection that is ${state}, nor its reason`, async () => {
    const { note, change, stored, events } = await newConnection();
    await change(state);
    assert.equal(await note('degraded', 'timeout', 0), false);
    assert.equal(await note('connected', undefined, 0), false);
    const { state: now, reasonCode } = await stored();
    assert.deepEqual([now, reasonCode, await events()], [state, 'asked', 1]);
  });
}

// The embedded database runs one transaction at a time.
if (onServer)
  test('what a call found while somebody was disconnecting does not undo it', async () => {
    const { connectionId, note, stored } = await newConnection();
    const owner = new pg.Client({ connectionString: ownerUrl });
    await owner.connect();
    await owner.query('begin');
    await owner.query("update postern.connection set state = 'disconnected' where connection_id = $1", [
      connectionId,
    ]);
    const noted = note('degraded', 'timeout', 0);
    await delay(200); // it has seen the connection as it was, and waits
    await owner.query('commit');
    await owner.end();
    assert.equal(await noted, false);
    assert.equal((await stored()).state, 'disconnected');
  });
