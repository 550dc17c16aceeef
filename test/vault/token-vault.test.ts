import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createTestDatabase, onServer } from '#test/database.ts';
import { TestServer } from './authorization-server.ts';
import { type Place, type TokenProcess, tokenWorld } from './token-process.ts';

const db = await createTestDatabase();
const world = tokenWorld(db);

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const access = ({ practice, connection }: Place, { tokens }: TokenProcess) =>
  tokens.access(practice, connection);
const rejected = ({ practice, connection }: Place, { tokens }: TokenProcess, version: number) =>
  tokens.rejected(practice, connection, version);

/** A grant of an hour, and a process that knows nothing of it yet. */
async function connected(profile: 'strict' | 'grace' | 'reused' = 'strict') {
  const place = await world.newPlace(profile);
  const process = world.start(place);
  await place.consent(process);
  return { place, process, server: place.server };
}

/** The sweep looks over all practices: what other tests left is put out of its way. */
async function alone(): Promise<void> {
  await db.asOwner('update practice set disabled_at = now()');
  await db.asOwner('update token set prev_rt_ct = null, prev_rt_until = null');
}

test('a fresh token is opened once and then given without a look at the database', async () => {
  const { place, process, server } = await connected();
  const first = await access(place, process);
  assert.ok(server.takes(first.token));
  assert.deepEqual([first.version, first.scopes], [1, ['user/Appointment.crus', 'user/Slot.rs']]);
  process.databaseIsAway = true;
  assert.equal(await access(place, process), first);
  place.now += minute;
  await assert.rejects(access(place, process), { reason: 'database' }, 'for a minute at most');
  assert.equal(server.requests.length, 0);
});

test('fifty callers of two processes want an expired token: one request, one token', async () => {
  const { place, process, server } = await connected();
  const other = world.start(place);
  place.now += hour;
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, at) => access(place, at % 2 ? process : other)),
  );
  assert.deepEqual(new Set(all.map(({ version }) => version)), new Set([2]));
  assert.equal(new Set(all.map(({ token }) => token.reveal())).size, 1);
  assert.deepEqual(server.requests, ['refreshed']);
  assert.deepEqual(await place.changes(), ['refreshed to 2']);
});

test('the control: eight callers who use one rotating refresh token by themselves end the grant', async () => {
  const server = new TestServer('strict', Date.now);
  const { accessToken, refreshToken } = server.consent();
  const ends = await Promise.allSettled(
    Array.from({ length: 8 }, () => server.grant().refresh(refreshToken)),
  );
  assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal(server.familiesEnded, 1);
  assert.ok(!server.takes(accessToken), 'the token of the one that won is dead too');
});

test('it is renewed a minute before its end, or a tenth of a short life before', async () => {
  for (const [life, early] of [
    [3_600, 60],
    [100, 10],
  ] as const) {
    const place = await world.newPlace();
    place.server.lifeSeconds = life;
    const process = world.start(place);
    await place.consent(process);
    place.now += (life - early) * second - 1;
    assert.equal((await access(place, process)).version, 1);
    place.now += 1;
    assert.equal((await access(place, process)).version, 2);
  }
});

test('an answer without a refresh token leaves the old one in its place', async () => {
  const { place, process, server } = await connected('strict');
  server.omitsRefreshToken = true;
  for (let version = 2; version < 5; version++) {
    place.now += hour;
    assert.equal((await access(place, process)).version, version);
  }
  assert.deepEqual(server.requests, ['refreshed', 'refreshed', 'refreshed']);
});

test('a grant without a refresh token is asked for anew', async () => {
  const { place, process, server } = await connected();
  const grant = { ...server.consent(), refreshToken: undefined };
  await process.database.withPractice(place.practice, (tx) =>
    process.tokens.store(tx, place.practice, place.connection, grant),
  );
  place.now += hour;
  assert.ok(server.takes((await access(place, process)).token));
  assert.equal((await place.row()).rt_ct, null);
});

test('an answer without scopes keeps those that were granted, one with others takes their place', async () => {
  const { place, process, server } = await connected();
  server.scope = undefined;
  place.now += hour;
  assert.deepEqual((await access(place, process)).scopes, ['user/Appointment.crus', 'user/Slot.rs']);
  server.scope = 'user/Slot.rs';
  place.now += hour;
  assert.deepEqual((await access(place, process)).scopes, ['user/Slot.rs']);
});

test('an answer that opens more than scheduling is not used: it is revoked, and the practice asked again', async () => {
  const { place, process, server } = await connected();
  server.scope = 'user/Appointment.crus user/Slot.rs user/Observation.rs';
  place.now += hour;
  await assert.rejects(access(place, process), { reason: 'needs-reconsent' });
  assert.equal((await place.row()).last_error_code, 'scope-wider');
  assert.deepEqual(await place.changes(), ['needs-reconsent: scope-wider']);
  const [loose] = process.revoked;
  assert.ok(loose?.accessToken && server.takes(loose.accessToken));
  assert.match(loose.refreshToken?.reveal() ?? '', /^rt-/);
});

test('a grant that has ended is told once, its values are destroyed, and nobody asks again', async () => {
  await alone();
  const { place, process, server } = await connected();
  const other = world.start(place);
  server.faults.push('invalid-grant');
  place.now += hour;
  for (const each of [process, other, process, world.start(place)])
    await assert.rejects(access(place, each), { reason: 'needs-reconsent' });
  await process.tokens.sweep();
  const { state, at_ct, rt_ct, prev_rt_ct, last_error_code } = await place.row();
  assert.deepEqual(
    { state, at_ct, rt_ct, prev_rt_ct, last_error_code },
    {
      state: 'needs_reconsent',
      at_ct: null,
      rt_ct: null,
      prev_rt_ct: null,
      last_error_code: 'invalid_grant',
    },
  );
  assert.deepEqual(await place.changes(), ['needs-reconsent: invalid_grant']);
  assert.deepEqual(server.requests, []);
  assert.equal(process.events.filter(({ event }) => event === 'token.needs-reconsent').length, 1);

  await place.consent(other);
  assert.equal((await access(place, process)).version, 2);
  assert.equal((await place.row()).grant_epoch, 2);
});

test('a busy server is left alone by every process until it is time, and the token in hand serves to its end', async () => {
  const { place, process, server } = await connected();
  const other = world.start(place);
  server.faults.push('busy', 'busy');
  place.now += hour - 30 * second;
  // Due, but good for half a minute more.
  assert.equal((await access(place, process)).version, 1);
  place.now += 6 * second;
  assert.equal((await access(place, other)).version, 1);
  assert.equal(server.faults.length, 1, 'nobody asked before seven seconds had passed');
  place.now += second;
  assert.equal((await access(place, other)).version, 1);
  assert.equal(server.faults.length, 0);
  place.now += 24 * second;
  assert.equal((await access(place, process)).version, 2);
  assert.deepEqual([(await place.row()).failures, (await place.row()).last_error_code], [0, null]);
});

test('an expired token while the server is busy is an error that says how long to wait', async () => {
  const { place, process, server } = await connected();
  server.faults.push('busy');
  place.now += hour;
  await assert.rejects(access(place, process), { reason: 'busy', retryAfterSeconds: 7 });
  await assert.rejects(access(place, world.start(place)), { reason: 'busy', retryAfterSeconds: 7 });
  assert.equal(server.faults.length + server.requests.length, 0);
});

test('the back-off doubles, is at most five minutes, and is spread by chance', async () => {
  const { place, server } = await connected();
  place.now += hour;
  const waits: number[] = [];
  for (let failures = 1; failures <= 12; failures++) {
    const process = world.start(place, { random: () => 0.999 });
    server.faults.push('lost-request');
    await assert.rejects(access(place, process), { reason: 'busy' });
    const until = (await place.row()).not_before?.getTime() ?? 0;
    waits.push(until - place.now);
    place.now = until;
  }
  assert.ok(waits.every((wait, at) => wait <= Math.min(500 * 2 ** at, 300_000)));
  assert.ok((waits[3] ?? 0) > 3_900 && (waits.at(-1) ?? 0) > 299_000, `${waits}`);
  server.faults.push('lost-request');
  await assert.rejects(access(place, world.start(place, { random: () => 0 })), { reason: 'busy' });
  assert.equal((await place.row()).not_before?.getTime(), place.now, 'full jitter begins at zero');
});

test('what is our fault tells the operator, keeps the grant, and makes no storm', async () => {
  const { place, process, server } = await connected();
  server.faults.push('our-fault');
  place.now += hour;
  await assert.rejects(access(place, process), { reason: 'our-fault' });
  for (let times = 0; times < 20; times++) await assert.rejects(access(place, process), { reason: 'busy' });
  assert.deepEqual(
    process.events.filter(({ event }) => event === 'token.our-fault'),
    [{ event: 'token.our-fault', connection: place.connection, code: 'invalid_client' }],
  );
  assert.equal((await place.row()).state, 'active');
  assert.deepEqual(await place.changes(), []);
  assert.deepEqual(server.requests, []);
  place.now += 5 * minute;
  assert.equal((await access(place, process)).version, 2);
});

for (const [profile, fault, survives] of [
  ['strict', 'lost-answer', false],
  ['strict', 'lost-request', true],
  ['grace', 'lost-answer', true],
  ['reused', 'lost-answer', true],
] as const) {
  test(`${profile}: after a ${fault} the same refresh token is tried again, and ${survives ? 'is taken' : 'the grant has ended'}`, async () => {
    const { place, process, server } = await connected(profile);
    server.faults.push(fault);
    place.now += hour;
    await assert.rejects(access(place, process));
    place.now += 5 * minute;
    // Five minutes are more than a grace of one.
    if (profile === 'grace') place.now -= 5 * minute - 40 * second;
    if (survives) assert.equal((await access(place, process)).version, 2);
    else await assert.rejects(access(place, process), { reason: 'needs-reconsent' });
    assert.equal(server.familiesEnded, survives ? 0 : 1);
  });
}

test('strict: an answer that is not believed takes the grant with it, at once and without another request', async () => {
  const { place, process, server } = await connected('strict');
  server.faults.push('unbelievable');
  place.now += hour - 30 * second;
  await assert.rejects(access(place, process), { reason: 'needs-reconsent' });
  place.now += 5 * minute;
  await assert.rejects(access(place, world.start(place)), { reason: 'needs-reconsent' });
  assert.deepEqual(server.requests, ['refreshed']);
  assert.deepEqual(await place.changes(), ['needs-reconsent: token-type']);
  const { rt_ct, last_error_code } = await place.row();
  assert.deepEqual({ rt_ct, last_error_code }, { rt_ct: null, last_error_code: 'token-type' });
});

for (const [profile, omitsRefreshToken] of [
  ['strict', true],
  ['grace', false],
  ['reused', false],
] as const) {
  const what = omitsRefreshToken ? ' without a refresh token' : '';
  test(`${profile}: after an answer${what} that is not believed, the refresh token in hand is tried again`, async () => {
    const { place, process, server } = await connected(profile);
    Object.assign(server, { omitsRefreshToken });
    server.faults.push('unbelievable');
    place.now += hour;
    await assert.rejects(access(place, process), { reason: 'our-fault' });
    place.now += 59 * second;
    assert.equal((await access(place, process)).version, 2);
    assert.equal(server.familiesEnded, 0);
  });
}

test('grace: the refresh token before the present one is kept for a minute, then wiped', async () => {
  await alone();
  const { place, process } = await connected('grace');
  place.now += hour;
  await access(place, process);
  assert.ok((await place.row()).prev_rt_ct);
  place.now += 59 * second;
  await process.tokens.sweep();
  assert.ok((await place.row()).prev_rt_ct);
  place.now += second;
  await process.tokens.sweep();
  const { prev_rt_ct, prev_rt_until } = await place.row();
  assert.deepEqual([prev_rt_ct, prev_rt_until], [null, null]);
});

test('grace: when the present refresh token is refused within that minute, the one before is tried once', async () => {
  const { place, process, server } = await connected('grace');
  server.lifeSeconds = 40;
  place.now += hour;
  await access(place, process);
  place.now += 38 * second;
  server.faults.push('invalid-grant');
  const { token, version } = await access(place, process);
  assert.ok(server.takes(token));
  assert.equal(version, 4, 'one version to put it back, one for the refresh');
  server.faults.push('invalid-grant', 'invalid-grant', 'invalid-grant');
  place.now += 39 * second;
  await assert.rejects(access(place, process), { reason: 'needs-reconsent' });
  assert.equal(server.faults.length, 1);
});

for (const profile of ['strict', 'reused'] as const) {
  test(`${profile}: the refresh token before the present one is gone with the commit`, async () => {
    const { place, process } = await connected(profile);
    place.now += hour;
    await access(place, process);
    assert.equal((await place.row()).prev_rt_ct, null);
  });
}

test('a token that the EMR refuses although it looks fresh is replaced once for all who say so', async () => {
  const { place, process, server } = await connected();
  const other = world.start(place);
  const { version } = await access(place, process);
  const all = await Promise.all(
    Array.from({ length: 30 }, (_, at) => rejected(place, at % 2 ? process : other, version)),
  );
  assert.deepEqual(new Set(all.map((each) => each.version)), new Set([2]));
  assert.deepEqual(server.requests, ['refreshed']);
  // Somebody who was slow to hear of his refusal gets what is there.
  assert.equal((await rejected(place, other, 1)).version, 2);
  assert.deepEqual(server.requests, ['refreshed']);
});

test('a token that was only just replaced for a refusal is not the reason for the next one', async () => {
  const { place, process, server } = await connected();
  await rejected(place, process, 1);
  await assert.rejects(rejected(place, process, 2), { reason: 'refused' });
  await assert.rejects(rejected(place, world.start(place), 2), { reason: 'refused' });
  assert.equal((await access(place, process)).version, 2);
  assert.equal(server.requests.length, 1);
  place.now += minute;
  assert.equal((await rejected(place, process, 2)).version, 3);
});

test('a new consent raises the epoch, in the transaction of the consent', async () => {
  const { place, process, server } = await connected();
  await access(place, process);
  await assert.rejects(
    process.database.withPractice(place.practice, async (tx) => {
      await process.tokens.store(tx, place.practice, place.connection, server.consent());
      throw new Error('the consent was not to be');
    }),
  );
  assert.equal((await access(place, process)).version, 1);
  await place.consent(world.start(place));
  const { grant_epoch, token_version } = await place.row();
  assert.deepEqual([grant_epoch, token_version], [2, 2]);
});

test('a late answer to an older grant is dropped and revoked', async () => {
  const { place, process, server } = await connected();
  place.now += hour;
  server.faults.push(() => {
    process.databaseIsAway = true;
  });
  await assert.rejects(access(place, process), { reason: 'database' });
  await place.consent(world.start(place));
  process.databaseIsAway = false;
  await process.tokens.replaySpill();
  const { token, version } = await access(place, process);
  assert.equal(version, 2);
  assert.equal(process.revoked.length, 1);
  assert.notEqual(process.revoked[0]?.accessToken?.reveal(), token.reveal());
  assert.ok(server.takes(token));
  const dropped = { event: 'token.dropped', connection: place.connection, revoked: true };
  assert.deepEqual(process.events.at(-1), dropped);
});

if (!onServer) {
  // Where no lock is held over the request.
  test('a consent while the old grant is being refreshed wins, and the late answer is revoked', async () => {
    const { place, process, server } = await connected();
    place.now += hour;
    const consented = server.consent();
    server.faults.push(() =>
      process.database.withPractice(place.practice, (tx) =>
        process.tokens.store(tx, place.practice, place.connection, consented),
      ),
    );
    const { token } = await access(place, process);
    assert.equal(token.reveal(), consented.accessToken.reveal());
    assert.equal(process.revoked.length, 1);
  });
} else {
  test('a consent waits for a refresh that is under way, and wins', async () => {
    const { place, process, server } = await connected();
    const other = world.start(place);
    place.now += hour;
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    server.faults.push(async () => {
      asked.resolve();
      await answered.promise;
    });
    const refreshing = access(place, process);
    await asked.promise;
    const consenting = place.consent(other);
    answered.resolve();
    assert.equal((await refreshing).version, 2);
    await consenting;
    assert.equal((await access(place, other)).version, 3);
    assert.equal((await place.row()).grant_epoch, 2);
  });

  test('who waits for another process waits longer than a statement may take', async () => {
    const { place, process, server } = await connected();
    const other = world.start(place);
    place.now += hour;
    const asked = Promise.withResolvers<void>();
    server.faults.push(async () => {
      asked.resolve();
      await new Promise((resolve) => setTimeout(resolve, 3_500));
    });
    const first = access(place, process);
    await asked.promise;
    assert.equal((await access(place, other)).version, 2);
    assert.equal((await first).version, 2);
    assert.deepEqual(server.requests, ['refreshed']);
  });

  test('who waits for longer than his patience is told that it is busy', async () => {
    const { place, process, server } = await connected();
    const other = world.start(place, { limits: { patienceMs: 50 } });
    place.now += hour;
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    server.faults.push(async () => {
      asked.resolve();
      await answered.promise;
    });
    const first = access(place, process);
    await asked.promise;
    await assert.rejects(access(place, other), { reason: 'busy' });
    answered.resolve();
    assert.equal((await first).version, 2);
  });

  test('the sweep leaves alone what another process is at', async () => {
    await alone();
    const { place, process, server } = await connected();
    const other = world.start(place);
    place.now += hour - 10 * minute;
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    server.faults.push(async () => {
      asked.resolve();
      await answered.promise;
    });
    const sweeping = process.tokens.sweep();
    await asked.promise;
    await other.tokens.sweep();
    assert.equal(server.requests.length, 1);
    answered.resolve();
    await sweeping;
  });
}

test('a disconnect hands the secrets out once and destroys them; a late answer is dropped', async () => {
  const { place, process, server } = await connected();
  place.now += hour;
  server.faults.push(() => {
    process.databaseIsAway = true;
  });
  await assert.rejects(access(place, process), { reason: 'database' });
  const other = world.start(place);
  const end = () =>
    other.database.withPractice(place.practice, (tx) =>
      other.tokens.end(tx, place.practice, place.connection),
    );
  const loose = await end();
  assert.match(loose?.refreshToken?.reveal() ?? '', /^rt-/);
  assert.match(loose?.accessToken?.reveal() ?? '', /^at-/);
  assert.equal(await end(), undefined);
  const { state, at_ct, rt_ct } = await place.row();
  assert.deepEqual({ state, at_ct, rt_ct }, { state: 'revoked', at_ct: null, rt_ct: null });
  await assert.rejects(access(place, other), { reason: 'no-grant' });
  process.databaseIsAway = false;
  await process.tokens.replaySpill();
  assert.equal(process.revoked.length, 1);
  await assert.rejects(access(place, process), { reason: 'no-grant' });
});

test('after a disconnect this process forgets the token it had in memory', async () => {
  const { place, process } = await connected();
  await access(place, process);
  await process.database.withPractice(place.practice, (tx) =>
    process.tokens.end(tx, place.practice, place.connection),
  );
  await assert.rejects(access(place, process), { reason: 'no-grant' });
});

test('a disconnect that comes second makes its process forget as well', async () => {
  const { place, process } = await connected();
  await access(place, process);
  for (const each of [world.start(place), process])
    await each.database.withPractice(place.practice, (tx) =>
      each.tokens.end(tx, place.practice, place.connection),
    );
  await assert.rejects(access(place, process), { reason: 'no-grant' });
});

test('a connection that never had a grant, or is another practice’s, has none', async () => {
  const [{ place, process }, other] = [await connected(), await connected()];
  await assert.rejects(process.tokens.access(place.practice, randomUUID()), { reason: 'no-grant' });
  await access(place, process);
  await assert.rejects(process.tokens.access(place.practice, other.place.connection), { reason: 'no-grant' });
  await assert.rejects(process.tokens.access(other.place.practice, place.connection), { reason: 'no-grant' });
});

test('the sweep renews between 65 and 75 % of the life, so that callers do not wait', async () => {
  await alone();
  for (const [random, share] of [
    [0, 0.75],
    [0.999, 0.6501],
  ] as const) {
    const place = await world.newPlace();
    const process = world.start(place, { random: () => random });
    await place.consent(process);
    place.now += share * hour - 2 * second;
    await process.tokens.sweep();
    assert.equal(place.server.requests.length, 0);
    place.now += 4 * second;
    await process.tokens.sweep();
    assert.equal(place.server.requests.length, 1);
    assert.equal((await access(place, process)).version, 2);
    await process.tokens.sweep();
    assert.equal(place.server.requests.length, 1);
  }
});

test('the sweep spares a server: in two seconds, all processes together begin no more than its share', async () => {
  await alone();
  const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => world.newPlace()));
  assert.ok(first);
  const { url } = first.server;
  // One server for all of them.
  for (const place of others) place.server.url = url;
  const processes = [world.start(first), world.start(first)];
  for (const place of [first, ...others]) await place.consent(world.start(place));
  first.now += hour - 10 * minute;
  const begun = async () => {
    const { rows } = await db.asOwner(
      "select 1 from refresh_attempt where event = 'started' and authorization_server = $1",
      [url],
    );
    return rows.length;
  };
  for (const wanted of [1, 2, 3]) {
    for (const { tokens } of processes) await tokens.sweep();
    assert.equal(await begun(), wanted);
    first.now += 2 * second + 1;
  }
});

test('practices and connections that are disabled are not swept', async () => {
  await alone();
  for (const sql of [
    'update practice set disabled_at = now() where practice_id = $1',
    'update connection set disabled_at = now() where practice_id = $1',
    "update connection set state = 'disconnected' where practice_id = $1",
  ]) {
    const { place, process, server } = await connected();
    await db.asOwner(sql, [place.practice]);
    place.now += hour - 10 * minute;
    await process.tokens.sweep();
    assert.equal(server.requests.length, 0, sql);
  }
});

test('no event and no error holds a token', async () => {
  const { place, process, server } = await connected();
  const errors: unknown[] = [];
  const before = server.consent();
  for (const fault of ['busy', 'our-fault', 'lost-answer', 'invalid-grant'] as const) {
    server.faults.push(fault);
    place.now += 2 * hour;
    await access(place, process).catch((error: unknown) => errors.push(error));
  }
  const text = inspect([errors, process.events], { depth: null, showHidden: true });
  assert.ok(errors.length >= 3 && process.events.length >= 3);
  assert.doesNotMatch(text, /\b[ar]t-[0-9a-f]{8}/);
  assert.match(
    before.accessToken.reveal(),
    /\b[ar]t-[0-9a-f]{8}/,
    'the pattern finds one where there is one',
  );
});

test('every attempt is on record before it leaves, and how it ended', async () => {
  const { place, process, server } = await connected();
  place.now += hour;
  server.faults.push('busy');
  await assert.rejects(access(place, process));
  place.now += minute;
  await access(place, process);
  const attempts = await place.attempts();
  assert.deepEqual(
    attempts.map(({ event, code }) => [event, code]),
    [
      ['started', null],
      ['ended', 'throttled'],
      ['started', null],
      ['ended', 'refreshed'],
    ],
  );
  await assert.rejects(
    db.database.withPractice(place.practice, (tx) => tx('refresh_attempt').del()),
    { code: '42501' },
  );
  await assert.rejects(
    db.database.withPractice(place.practice, (tx) => tx('refresh_attempt').update({ code: 'x' })),
    { code: '42501' },
  );
});

test('a process that ends waits for the answer that is on its way, and asks for no other', async () => {
  const [{ place, process, server }, other] = [await connected(), await connected()];
  place.now += hour;
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  server.faults.push(async () => {
    asked.resolve();
    await answered.promise;
  });
  const refreshing = access(place, process);
  await asked.promise;
  let isClosed = false;
  const closing = process.tokens.close().then(() => {
    isClosed = true;
  });
  await assert.rejects(access(other.place, process), { reason: 'busy' });
  assert.equal(isClosed, false);
  answered.resolve();
  await closing;
  assert.equal((await refreshing).version, 2);
  assert.equal((await place.row()).token_version, 2);
  assert.equal(await access(place, process), await refreshing, 'what is in memory is still given');
});

test('on a server it does not start without a pool of its own for its locks', async () => {
  const { createTokenVault } = await import('#vault/token-vault.ts');
  const { process } = await connected();
  const options = { database: { ...process.database, kind: 'server' as const } };
  // Only what is looked at before it refuses.
  assert.throws(() => createTokenVault(options as never), /pool of its own/);
});
