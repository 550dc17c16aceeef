import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { adapters } from '#adapters';
import { type Core, openCore } from '#app';
import { Failure } from '#domain/failure.ts';
import { askForChanges } from '#scheduling/change-feeds.ts';
import { lookAtChange } from '#scheduling/changes.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import { dueChangeHints } from '#store/change-hints.ts';
import type { Database } from '#store/database.ts';
import { configOf, startTestGateway } from '#test/gateway.ts';
import { booked } from '#test/story.ts';
import { addHook, entryOf, standing, tellingEmr } from '#test/telling-emr.ts';
import { parseKeyRing } from '#vault/key-ring.ts';
import { askAboutChanges } from '../../src/jobs/changes.ts';
import type { LogEvent } from '../../src/observe/events.ts';

const minute = 60_000;
/** What is asked again each time, because an EMR's clock may be behind ours. */
const overlap = 5 * minute;

// Its own rounds ask nobody: the adapter that it knows cannot tell.
const gateway = await startTestGateway({
  adapters: [tellingEmr(), ...adapters.filter(({ id }) => id !== 'open-dental')],
  protocol: { readAfterWriteMs: 20, sweepsMs: [86_400_000] },
});
const { cedar } = gateway;
const { connectionId } = await addHook(gateway, cedar, 'calls-cedar', 7);
const account = { practiceId: cedar.id, connectionId };

/** What the EMR answers; each asking of each process is in `asked`. */
let answer: (since: string) => Promise<readonly string[]> = async () => [];
const asked: { readonly by: string; readonly since: string }[] = [];
const events: LogEvent[] = [];
let ahead = 0;
const now = () => gateway.now() + ahead;
const telling = (by: string) =>
  tellingEmr(async (_ctx, since) => {
    asked.push({ by, since });
    return answer(since);
  });

const one = await another('one');
const two = await another('two');
after(async () => {
  await one.close();
  await two.close();
});

/** Another process on the gateway's database. */
function another(name: string): Promise<Core> {
  const { database, folder, keys, url } = gateway;
  const config = { ...configOf(database, folder, { readAfterWriteMs: 20 }), publicUrl: url };
  return openCore(config, parseKeyRing(keys), (event) => events.push(event), {
    adapters: [telling(name)],
    clock: { now, sleep: async () => {} },
    random: () => 0,
    budgets: {},
  });
}

beforeEach(async () => {
  asked.length = 0;
  events.length = 0;
  answer = async () => [];
  await gateway.database.asOwner('delete from change_feed');
  await gateway.database.asOwner('delete from change_hint');
  await gateway.database.asOwner('update connection set disabled_at = null, state = $1', ['connected']);
});

const ask = (core: Core, changes: Partial<Scheduling> = {}) =>
  askForChanges({ ...core.scheduling, ...changes }, account);
const feed = async () =>
  (await gateway.database.asOwner('select asked_until, next_ask_at, failures from change_feed')).rows[0];
const hints = async () =>
  (await gateway.database.asOwner('select appointment_id from change_hint')).rows.map(
    ({ appointment_id }) => appointment_id,
  );
const failures = () => events.filter(({ event }) => event === 'changes.failed');
const instant = (ms: number) => new Date(ms).toISOString();

test('an EMR is asked what changed, then not before its time, and then from where it was asked last', async () => {
  const first = now();
  await ask(one);
  await ask(one);
  assert.equal(asked.length, 1);
  const begun = (await feed()).asked_until.getTime();
  assert.ok(begun >= first && begun <= now());
  assert.equal(asked[0]?.since, instant(begun - overlap));
  ahead += 5 * minute;
  await ask(two);
  assert.deepEqual(asked[1], { by: 'two', since: instant(begun - overlap) });
  ahead += 5 * minute;
  await ask(one);
  assert.ok(Date.parse(asked[2]?.since ?? '') >= begun + 5 * minute - overlap, 'It has moved on.');
});

test('of all processes one asks', async () => {
  await Promise.all([ask(one), ask(two), ask(one), ask(two)]);
  assert.equal(asked.length, 1);
});

test('what staff cancelled is taken over after it was asked for; what is not ours leaves nothing', async () => {
  const visit = await booked(cedar, 0);
  const { id } = await entryOf(cedar, visit);
  await cedar.simulator.staff({ action: 'cancel', id });
  answer = async () => [id, '987654321', id];
  await ask(one);
  assert.deepEqual(await hints(), [visit.id]);
  ahead += minute;
  for (const { practiceId, hintId } of await one.database.withoutPractice((tx) =>
    dueChangeHints(tx, new Date(now()), { most: 10, each: 10, atWork: [] }),
  ))
    await lookAtChange(one.scheduling, practiceId, hintId);
  assert.equal(await standing(gateway, visit.id), 'cancelled by-staff');
  assert.deepEqual(await hints(), []);
});

test('after a crash between asking and keeping it is asked for the same time again, by whoever comes', async () => {
  const visit = await booked(cedar, 1);
  const { id } = await entryOf(cedar, visit);
  let dead = false;
  const database: Database = {
    ...one.database,
    withPractice: (practiceId, work) =>
      one.database.withPractice(practiceId, async (tx) => {
        const done = await work(tx);
        if (dead) throw new Error('The process is gone.');
        return done;
      }),
  };
  answer = async () => {
    dead = true;
    return [id];
  };
  await assert.rejects(ask(one, { database }), /gone/);
  assert.deepEqual(await hints(), []);
  answer = async () => [id];
  await ask(two);
  assert.equal(asked.length, 1, 'Its turn has not ended yet.');
  ahead += 5 * minute;
  await ask(two);
  assert.deepEqual(
    asked.map(({ by, since }) => [by, since]),
    [
      ['one', asked[0]?.since],
      ['two', asked[0]?.since],
    ],
  );
  assert.deepEqual(await hints(), [visit.id]);
});

test('one that answers after its turn has ended takes nothing back', async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let arrived = (): void => {};
  const there = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  answer = async () => {
    arrived();
    await held;
    return [];
  };
  const slow = ask(one);
  await there;
  answer = async () => [];
  ahead += 6 * minute;
  await ask(two);
  const reached = (await feed()).asked_until.getTime();
  release();
  await slow;
  assert.equal((await feed()).asked_until.getTime(), reached);
});

test('failures are told once, come ever more rarely, and lose no time', async () => {
  answer = async () => Promise.reject(new Failure('emr-away'));
  const pauses: number[] = [];
  for (let tries = 0; tries < 4; tries += 1) {
    await ask(one);
    pauses.push(Math.round(((await feed()).next_ask_at.getTime() - now()) / minute));
    ahead += 30 * minute;
  }
  assert.deepEqual(pauses, [2, 4, 8, 16]);
  assert.deepEqual(failures(), [{ event: 'changes.failed', connection: connectionId, code: 'emr-away' }]);
  answer = async () => [];
  await ask(one);
  assert.deepEqual(new Set(asked.map(({ since }) => since)).size, 1);
  assert.equal((await feed()).failures, 0);
});

test('where there is no budget it is asked another time, and that is no failure', async () => {
  answer = async () => Promise.reject(new Failure('emr-throttled'));
  await ask(one);
  const { failures: counted, next_ask_at } = await feed();
  assert.equal(counted, 0);
  assert.ok(next_ask_at.getTime() > now());
  assert.deepEqual(failures(), []);
});

test('it goes behind all callers', async () => {
  const opened: string[] = [];
  const { emr } = one.scheduling;
  await ask(one, {
    emr: {
      ...emr,
      open: (context, connection, priority, signal) => {
        opened.push(priority);
        return emr.open(context, connection, priority, signal);
      },
    },
  });
  assert.deepEqual(opened, ['background']);
});

test('the round asks connections that are due, of EMRs that can tell, and no others', async () => {
  const round = askAboutChanges(one.scheduling, [telling('nobody')]);
  await round.run();
  await round.run();
  // Both practices of the gateway have this EMR.
  assert.equal(asked.length, 2);
  await gateway.database.asOwner('delete from change_feed');
  await askAboutChanges(one.scheduling, [tellingEmr()]).run();
  assert.equal(asked.length, 2, 'One that cannot tell.');
  for (const change of [
    "update connection set state = 'needs_reconsent'",
    "update connection set state = 'disconnected'",
    "update connection set state = 'connected', disabled_at = now()",
    'update connection set disabled_at = null',
  ]) {
    const before: number = asked.length;
    await gateway.database.asOwner(change);
    await round.run();
    assert.equal(asked.length - before, change.endsWith('null') ? 2 : 0, change);
  }
});
