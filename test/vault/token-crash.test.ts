import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestDatabase } from '#test/database.ts';
import type { RefreshPoint } from '#vault/token-ask.ts';
import type { RotationProfile } from '#vault/token-grant.ts';
import { Death, type Place, type TokenProcess, tokenWorld } from './token-process.ts';

const db = await createTestDatabase();
const world = tokenWorld(db);

const minute = 60_000;
const access = ({ practice, connection }: Place, { tokens }: TokenProcess) =>
  tokens.access(practice, connection);

/** A grant whose access token is about to expire. */
async function newGrant(profile: RotationProfile): Promise<Place> {
  const place = await world.newPlace(profile);
  await place.consent(world.start(place));
  place.now += 60 * minute;
  return place;
}

async function spillOf(place: Place): Promise<string[]> {
  const names = (await readdir(place.folder)).filter((name) => name.endsWith('.spill'));
  const texts = await Promise.all(names.map((name) => readFile(join(place.folder, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '');
}

interface CrashRow {
  readonly dies: string;
  readonly at?: RefreshPoint;
  /** Before the server got the request, or after it acted on it. */
  readonly inRequest?: 'before' | 'after';
  /** Requests that the server acts on, all in all, and whether the grant survives. */
  readonly requests: number;
  readonly survives: boolean;
  readonly version: number;
}

const strict: readonly CrashRow[] = [
  { dies: 'before the attempt is written', at: 'locked', requests: 1, survives: true, version: 2 },
  { dies: 'before the request', at: 'begun', requests: 1, survives: true, version: 2 },
  { dies: 'when the request is lost', inRequest: 'before', requests: 1, survives: true, version: 2 },
  { dies: 'before the answer', inRequest: 'after', requests: 2, survives: false, version: 1 },
  { dies: 'with the answer in its hands', at: 'answered', requests: 2, survives: false, version: 1 },
  { dies: 'after it kept the answer', at: 'spilled', requests: 1, survives: true, version: 2 },
  { dies: 'before the commit', at: 'written', requests: 1, survives: true, version: 2 },
  { dies: 'after the commit', at: 'committed', requests: 1, survives: true, version: 2 },
];
/** Where the old refresh token is still taken, a lost answer costs one more request. */
const forgiving = strict.map((row) => ({ ...row, survives: true, version: 2 }));

const tables: readonly (readonly [RotationProfile, readonly CrashRow[]])[] = [
  ['strict', strict],
  ['grace', forgiving],
  ['reused', forgiving],
];
for (const [profile, rows] of tables) {
  for (const row of rows) {
    const restarts = ['replays first', 'is asked first'] as const;
    for (const restart of profile === 'strict' ? restarts : restarts.slice(1)) {
      const end = row.survives ? 'the grant survives' : 'the practice is asked to consent again';
      test(`${profile}: a process dies ${row.dies}; the next one ${restart} and ${end}`, async () => {
        const place = await newGrant(profile);
        const dying = world.start(place, row.at === undefined ? {} : { diesAt: row.at });
        if (row.inRequest === 'after') place.server.faults.push(dieThere(dying));
        if (row.inRequest === 'before') {
          place.server.faults.push('lost-request');
          dieThen(dying, place);
        }
        await assert.rejects(access(place, dying));

        const next = world.start(place);
        if (restart === 'replays first') await next.tokens.replaySpill();
        if (row.survives) {
          const { token, version } = await access(place, next);
          assert.equal(version, row.version);
          assert.ok(place.server.takes(token), 'the EMR takes it');
          assert.equal(place.server.familiesEnded, 0);
        } else {
          await assert.rejects(access(place, next), { reason: 'needs-reconsent' });
          await assert.rejects(access(place, next), { reason: 'needs-reconsent' });
        }
        assert.equal(place.server.requests.length, row.requests);
        const { state, token_version } = await place.row();
        assert.equal(state, row.survives ? 'active' : 'needs_reconsent');
        assert.equal(token_version, row.version);
        const told = row.survives ? ['refreshed to 2'] : ['needs-reconsent: invalid_grant'];
        assert.deepEqual(await place.changes(), told);

        await next.tokens.replaySpill();
        assert.deepEqual(await spillOf(place), [], 'nothing is left on the disk');
        // And it goes on from there.
        if (!row.survives) await place.consent(next);
        place.now += 60 * minute;
        assert.ok(place.server.takes((await access(place, next)).token));
      });
    }
  }
}

function dieThere(process: TokenProcess): () => void {
  return () => {
    process.die();
    throw new Death();
  };
}

/** The request hangs, and then the process is not there any more to hear that it was lost. */
function dieThen(process: TokenProcess, place: Place): void {
  const { grant } = place.server;
  place.server.grant = () => {
    place.server.grant = grant;
    const real = grant.call(place.server);
    return {
      ...real,
      refresh: (token) =>
        real.refresh(token).finally(() => {
          process.die();
        }),
    };
  };
}

test('when the database is away for the commit the answer is kept, and stored when it is back', async () => {
  const place = await newGrant('strict');
  const process = world.start(place);
  place.server.faults.push(() => {
    process.databaseIsAway = true;
  });
  await assert.rejects(access(place, process), { reason: 'database' });
  assert.equal((await spillOf(place)).length, 1);
  await process.tokens.replaySpill().catch(() => {});
  assert.equal((await spillOf(place)).length, 1, 'it stays until the database has it');

  process.databaseIsAway = false;
  await process.tokens.replaySpill();
  assert.deepEqual(await spillOf(place), []);
  const { token, version } = await access(place, process);
  assert.equal(version, 2);
  assert.ok(place.server.takes(token));
  assert.equal(place.server.requests.length, 1);
});

test('a caller who comes before the replay gets the token that was kept', async () => {
  const place = await newGrant('strict');
  const process = world.start(place);
  place.server.faults.push(() => {
    process.databaseIsAway = true;
  });
  await assert.rejects(access(place, process), { reason: 'database' });
  process.databaseIsAway = false;
  assert.equal((await access(place, process)).version, 2);
  assert.equal(place.server.requests.length, 1);
  await process.tokens.replaySpill();
  assert.deepEqual(await spillOf(place), []);
});

test('strict: while the process that asked may hold the answer, nobody uses its refresh token', async () => {
  const place = await newGrant('strict');
  const [one, other] = [world.start(place), world.start(place, { limits: { patienceMs: 2_000 } })];
  // The one lives and has lost its database; its answer is on its own disk only.
  place.server.faults.push(() => {
    one.databaseIsAway = true;
  });
  await assert.rejects(access(place, one), { reason: 'database' });
  const elsewhere = world.start(place, {
    folder: `${place.folder}-elsewhere`,
    limits: { patienceMs: 2_000 },
  });
  await assert.rejects(access(place, elsewhere), { reason: 'busy' });
  assert.equal(place.server.requests.length, 1);
  // Who shares the disk finds it there.
  assert.equal((await access(place, other)).version, 2);
  assert.equal((await access(place, elsewhere)).version, 2);
  assert.equal(place.server.requests.length, 1);
});

test('strict: after the time in which an answer may still turn up, the refresh token is tried', async () => {
  const place = await newGrant('strict');
  const one = world.start(place, { folder: `${place.folder}-elsewhere` });
  place.server.faults.push('lost-request');
  const { grant } = place.server;
  place.server.grant = () => {
    place.server.grant = grant;
    const real = grant.call(place.server);
    return {
      ...real,
      refresh: (token) =>
        real.refresh(token).finally(() => {
          one.databaseIsAway = true;
        }),
    };
  };
  await assert.rejects(access(place, one), { reason: 'database' });
  const other = world.start(place);
  const began = place.now;
  assert.equal((await access(place, world.start(place, { limits: { patienceMs: 20_000 } }))).version, 2);
  assert.ok(place.now - began >= 14_000, 'the horizon was waited for');
  assert.equal((await access(place, other)).version, 2);
});
