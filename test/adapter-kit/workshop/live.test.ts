import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { adapters } from '#adapters';
import { readConfig } from '#config';
import { startTestGateway } from '#test/gateway.ts';
import { DEMO_KEY } from '../../../adapters/open-dental/simulator/start-office.ts';
import { readOnly } from '../../../src/adapter-kit/testing/check/live.ts';
import { typeCheck } from './house.ts';

const on = await startTestGateway();
const folder = resolve(import.meta.dirname, '../../../adapters/open-dental');
const practiceId = on.cedar.id;
const connection = await connectionOf(practiceId);

async function connectionOf(practice: string): Promise<string> {
  const { rows } = await on.database.asOwner(
    'select connection_id as id from connection where practice_id = $1',
    [practice],
  );
  return String(rows[0]?.id);
}

/** The settings of the running gateway, whose simulators do not pace. */
function surroundings() {
  const read = readConfig({
    NODE_ENV: 'test',
    POSTERN_STATE_DIR: on.folder,
    POSTERN_KEYS: on.keys,
    OPEN_DENTAL_DEVELOPER_KEY: DEMO_KEY.developer,
    ...(on.database.kind === 'server' && { DATABASE_URL: on.database.url }),
  });
  const own = decodeURIComponent(new URL(on.database.url).hostname);
  const config =
    on.database.kind === 'server' ? read : { ...read, database: { kind: 'embedded' as const, folder: own } };
  const unpaced = adapters.map((adapter) => ({
    ...adapter,
    capabilities: { ...adapter.capabilities, pace: { gapMs: 0, concurrent: 8 } },
  }));
  const clock = { now: on.now, sleep: (ms: number) => delay(ms) };
  return { config, world: { adapters: unpaced, clock, random: Math.random, budgets: {} } };
}

const asked = (id = connection) => [
  folder,
  '--live',
  '--practice',
  practiceId,
  '--connection',
  id,
  '--as',
  'Kim Lee',
];

test('against a connection it reads after a yes, writes nothing, and is on record', async () => {
  const ledger = await on.cedar.simulator.ledger();
  const { code, said } = await typeCheck(asked(), folder, surroundings, 'yes');
  assert.equal(code, 0, said);
  assert.match(said, /for probe, directory and openings/);
  assert.match(said, / {2}GET \/appointments\n/);
  assert.doesNotMatch(said, /POST|PUT|PATCH/);
  assert.match(said, /\n5 passed, 0 failed\n/);
  assert.deepEqual(await on.cedar.simulator.ledger(), ledger);
  const { rows } = await on.database.asOwner(
    "select outcome from operator_action where command = 'adapter check --live' and person = 'Kim Lee' order by at",
    [],
  );
  assert.deepEqual(
    rows.map(({ outcome }) => outcome),
    ['begun', 'done'],
  );
});

test('without a yes nothing is called; --yes does not ask', async () => {
  await assert.rejects(typeCheck(asked(), folder, surroundings, 'y'), { message: 'Nothing was called.' });
  const { code } = await typeCheck([...asked(), '--yes'], folder, surroundings, 'nobody asks');
  assert.equal(code, 0);
});

test('a connection of another practice, or of another adapter, is not called', async () => {
  const others = await connectionOf(on.saguaro.id);
  await assert.rejects(typeCheck(asked(others), folder, surroundings, 'yes'), {
    message: 'The practice has no connection of this id that its bookings go to.',
  });
  const memory = resolve(import.meta.dirname, '../../../adapters/memory');
  await assert.rejects(typeCheck([memory, ...asked().slice(1)], memory, surroundings, 'yes'), {
    message: 'The connection is of the adapter open-dental, not of memory.',
  });
});

test('it is not begun without a practice, a connection and a person', async () => {
  for (const left of ['--practice', '--connection', '--as']) {
    const words = asked();
    words.splice(words.indexOf(left), 2);
    const { code, said } = await typeCheck(words, folder);
    assert.equal(code, 2);
    assert.match(said, /^Use: npm run adapter:check/);
  }
});

for (const adapter of adapters)
  test(`of ${adapter.id} only what reads is left for it`, () => {
    const { routes } = readOnly(adapter);
    assert.deepEqual(
      Object.values(routes).filter(({ effect }) => effect !== 'read'),
      [],
    );
    assert.ok(
      Object.keys(routes).length > 0 && Object.keys(routes).length < Object.keys(adapter.routes).length,
    );
  });
