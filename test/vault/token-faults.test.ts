import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '#store/database.ts';
import { createTestDatabase, onServer } from '#test/database.ts';
import { type Place, type TokenProcess, tokenWorld } from './token-process.ts';

const db = await createTestDatabase();
const world = tokenWorld(db);

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const access = ({ practice, connection }: Place, { tokens }: TokenProcess) =>
  tokens.access(practice, connection);

/** A grant of an hour. */
async function connected(): Promise<Place> {
  const place = await world.newPlace();
  await place.consent(world.start(place));
  return place;
}

/** Rows whose refresh fails by no fault of the server's. */
const faulty: Readonly<
  Record<string, { code: string; started: boolean; spoil: (place: Place) => Promise<unknown> }>
> = {
  'a refresh token that does not open': {
    code: 'not-authentic',
    started: true,
    spoil: ({ connection }) =>
      db.asOwner('update token set rt_ct = at_ct where connection_id = $1', [connection]),
  },
  'keys that do not open': {
    code: 'unknown-format',
    started: false,
    spoil: ({ practice }) =>
      db.asOwner('update practice_key set wrapped = $2 where practice_id = $1', [practice, Buffer.alloc(60)]),
  },
  'no consent to renew it by': {
    code: 'internal',
    started: false,
    async spoil({ server }) {
      server.grant = () => {
        throw new Error('The connection was never consented to.');
      };
    },
  },
};
for (const [what, { code, started, spoil }] of Object.entries(faulty)) {
  test(`a row with ${what} waits longer and longer, and keeps none of its server from being renewed ahead`, async () => {
    await db.asOwner('update practice set disabled_at = now()');
    const [bad, good] = [await world.newPlace(), await world.newPlace()];
    good.server.url = bad.server.url;
    await bad.consent(world.start(bad));
    good.now = bad.now + second;
    await good.consent(world.start(good));
    await spoil(bad);
    const sweeper = world.start(bad);
    const told: unknown[] = [];
    const sweep = async () => {
      await sweeper.tokens.sweep().catch((error: unknown) => told.push(error));
      bad.now += 2 * second + 1;
    };

    bad.now = good.now + hour - 10 * minute;
    for (let times = 0; times < 10; times++) await sweep();
    assert.deepEqual(good.server.requests, ['refreshed']);
    for (let times = 0; times < 300; times++) await sweep();
    assert.ok(told.length > 5 && told.length < 15, `in eleven minutes it was tried ${told.length} times`);
    const attempts = await bad.attempts();
    const ended = attempts.filter(({ event }) => event === 'ended');
    assert.deepEqual(new Set(ended.map((each) => each.code)), new Set(started ? [code] : []));
    assert.equal(attempts.length, 2 * ended.length, 'each attempt has an end');
    const { last_error_code, failures, state } = await bad.row();
    assert.deepEqual(
      { last_error_code, failures, state },
      { last_error_code: code, failures: told.length, state: 'active' },
    );
    const faults = sweeper.events.filter(({ event }) => event === 'token.our-fault');
    assert.deepEqual(faults[0], { event: 'token.our-fault', connection: bad.connection, code });
    assert.equal(faults.length, told.length);
    assert.deepEqual(bad.server.requests, []);
  });
}

test('who asks for a token then hears what is wrong, and while it rests that it is busy', async () => {
  const place = await connected();
  await faulty['a refresh token that does not open']?.spoil(place);
  const process = world.start(place);
  place.now += hour - 30 * second;
  await assert.rejects(access(place, process), { name: 'VaultError', reason: 'not-authentic' });
  assert.equal(
    (await access(place, process)).version,
    1,
    'the token that is there is good for half a minute',
  );
  place.now += 30 * second;
  await assert.rejects(access(place, process), { name: 'VaultError' });
  await assert.rejects(access(place, process), { reason: 'busy' });
});

test('a request that could not leave in time does not leave: others may ask by now', async () => {
  const place = await connected();
  place.now += hour;
  const paused = (ms: number) =>
    world.start(place, {
      trace(point) {
        if (point === 'begun') place.now += ms;
      },
    });
  const late = paused(6 * second + 1);
  await assert.rejects(access(place, late), { reason: 'busy' });
  assert.deepEqual(place.server.requests, []);
  assert.deepEqual(
    (await place.attempts()).map(({ event, code }) => code ?? event),
    ['started', 'late'],
  );
  assert.deepEqual(late.events, [{ event: 'token.failed', connection: place.connection, code: 'late' }]);

  place.now += second;
  assert.equal((await access(place, paused(6 * second))).version, 2, 'the control');
  assert.deepEqual(place.server.requests, ['refreshed']);
});

/** A process whose attempts are committed only when `go` resolves: no connection is free for it. */
function starved(place: Place, go: Promise<void>): { process: TokenProcess; waits: Promise<void> } {
  const waits = Promise.withResolvers<void>();
  let isNext = false;
  const process = world.start(place, {
    around: {
      journal: (journal) => ({
        ...journal,
        async reserve() {
          const slot = await journal.reserve();
          isNext = true;
          return slot;
        },
      }),
      database: (of): Database => ({
        ...of,
        async withPractice(practiceId, work) {
          if (isNext) {
            isNext = false;
            waits.resolve();
            await go;
          }
          return of.withPractice(practiceId, work);
        },
      }),
    },
  });
  return { process, waits: waits.promise };
}

test('strict: who waited for a connection until his lock was gone does not use the refresh token that another used', async () => {
  const place = await connected();
  place.now += hour;
  const go = Promise.withResolvers<void>();
  const { process, waits } = starved(place, go.promise);
  const slow = access(place, process).catch((error: unknown) => error);
  await waits;
  place.now += 16 * second;
  // As PostgreSQL does with a transaction that is idle for fifteen seconds.
  if (onServer)
    await db.asOwner(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
    );
  const elsewhere = world.start(place, { folder: `${place.folder}-elsewhere` });
  const { token, version } = await access(place, elsewhere);
  assert.equal(version, 2);
  go.resolve();
  await slow;
  assert.deepEqual(place.server.requests, ['refreshed']);
  assert.equal(place.server.familiesEnded, 0);
  assert.ok(place.server.takes(token));
  assert.equal((await access(place, process)).version, 2);
});

test('a connection of a practice whose keys were erased is ended all the same, with nothing to hand out', async () => {
  const place = await connected();
  const eraser = world.start(place);
  await eraser.database.withPractice(place.practice, (tx) => eraser.vault.erase(tx, place.practice));
  const process = world.start(place);
  const end = () =>
    process.database.withPractice(place.practice, (tx) =>
      process.tokens.end(tx, place.practice, place.connection),
    );
  assert.equal(await end(), undefined);
  const { state, at_ct, rt_ct } = await place.row();
  assert.deepEqual({ state, at_ct, rt_ct }, { state: 'revoked', at_ct: null, rt_ct: null });
  assert.equal(await end(), undefined);
  await assert.rejects(access(place, process), { reason: 'no-grant' });
});

test('tokens to revoke say when and where they were asked for', async () => {
  const place = await connected();
  const process = world.start(place);
  place.now += hour;
  const { now: asked } = place;
  place.server.faults.push(() => {
    process.databaseIsAway = true;
  });
  await assert.rejects(access(place, process), { reason: 'database' });
  place.now += second;
  await place.consent(world.start(place));
  process.databaseIsAway = false;
  await process.tokens.replaySpill();
  const [loose] = process.revoked;
  assert.deepEqual([loose?.askedAt, loose?.server], [new Date(asked), place.server.url]);
});
