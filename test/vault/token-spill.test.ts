import assert from 'node:assert/strict';
import { open, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestDatabase } from '#test/database.ts';
import { reviewSpillFolder } from '#vault/spill-folder.ts';
import { type Place, type ProcessOptions, tokenWorld } from './token-process.ts';

const db = await createTestDatabase();
const world = tokenWorld(db);

const hour = 3_600_000;

/** A grant, and a process that died with its answer on the disk. */
async function crashed() {
  const place = await world.newPlace();
  await place.consent(world.start(place));
  place.now += hour;
  const dying = world.start(place, { diesAt: 'spilled' });
  await assert.rejects(dying.tokens.access(place.practice, place.connection));
  const [name = ''] = (await readdir(place.folder)).filter((each) => each.endsWith('.spill'));
  return { place, path: join(place.folder, name) };
}

const access = (place: Place, process: ReturnType<typeof world.start>) =>
  process.tokens.access(place.practice, place.connection);

test('a journal holds no token in the clear', async () => {
  const { path } = await crashed();
  const text = await readFile(path, 'utf8');
  assert.match(text, /"sealed":"[A-Za-z0-9+/=]{200,}"/);
  assert.doesNotMatch(text, /[ar]t-[0-9a-f]{8}|Appointment|as-[0-9a-f]{8}/);
});

test('two processes that replay one entry at a time store it once', async () => {
  const { place } = await crashed();
  const processes = [world.start(place), world.start(place), world.start(place)];
  await Promise.all(processes.map(({ tokens }) => tokens.replaySpill()));
  assert.equal((await place.row()).token_version, 2);
  assert.deepEqual(await place.changes(), ['refreshed to 2']);
  const outcomes = processes.flatMap(({ events }) =>
    events.map((event) => 'outcome' in event && event.outcome),
  );
  assert.equal(outcomes.filter((outcome) => outcome === 'stored').length, 1);
});

const edits: readonly (readonly [string, (line: string, other: string) => string])[] = [
  ['another version', (line) => line.replace('"version":2', '"version":3')],
  [
    'another connection',
    (line, other) => line.replace(/"connection":"[^"]+"/, /"connection":"[^"]+"/.exec(other)?.[0] ?? ''),
  ],
  [
    'another practice',
    (line, other) => line.replace(/"practice":"[^"]+"/, /"practice":"[^"]+"/.exec(other)?.[0] ?? ''),
  ],
  [
    'the sealed part of another entry',
    (line, other) => line.replace(/"sealed":"[^"]+"/, /"sealed":"[^"]+"/.exec(other)?.[0] ?? ''),
  ],
  [
    'one letter changed',
    (line) => line.replace(/("sealed":".{100})(.)/, (_, a, b) => a + (b === 'A' ? 'B' : 'A')),
  ],
];
for (const [name, edit] of edits) {
  test(`an entry edited to ${name} is not stored: it stays, and the operator is told once`, async () => {
    const [one, other] = [await crashed(), await crashed()];
    const text = await readFile(one.path, 'utf8');
    const edited = edit(text, await readFile(other.path, 'utf8'));
    assert.notEqual(edited, text);
    await writeFile(one.path, edited);
    const process = world.start(one.place);
    await process.tokens.replaySpill();
    await process.tokens.replaySpill();
    assert.equal((await one.place.row()).token_version, 1);
    assert.equal(process.events.filter(({ event }) => event === 'spill.unreadable').length, 1);
    assert.ok((await readFile(one.path, 'utf8')).includes('"sealed"'));
  });
}

test('the control: the same entry, not edited, is stored', async () => {
  const { place, path } = await crashed();
  await writeFile(path, await readFile(path, 'utf8'));
  await world.start(place).tokens.replaySpill();
  assert.equal((await place.row()).token_version, 2);
});

test('the control: without a journal the same crash ends the grant', async () => {
  const { place, path } = await crashed();
  await writeFile(path, '');
  const process = world.start(place);
  await process.tokens.replaySpill();
  await assert.rejects(access(place, process), { reason: 'needs-reconsent' });
});

test('a container that was made anew replays what stands under its old name, and a day later nothing waits there', async () => {
  const { place, path } = await crashed();
  const moved = join(place.folder, path.slice(place.folder.length + 1).replace(/^test_/, 'old-name_'));
  await rename(path, moved);
  const silent = async (ms: number) => utimes(moved, new Date(Date.now() - ms), new Date(Date.now() - ms));
  await silent(2 * 60_000);
  await world.start(place).tokens.replaySpill();
  assert.equal((await place.row()).token_version, 2);
  assert.equal((await reviewSpillFolder(place.folder)).waiting.size, 1);

  await silent(25 * hour);
  const next = world.start(place);
  await next.tokens.replaySpill();
  assert.deepEqual(await reviewSpillFolder(place.folder), { waiting: new Map(), unreadable: 0 });
  assert.deepEqual(await place.changes(), ['refreshed to 2']);
});

test('what was kept for a practice that was erased since is given up', async () => {
  const { place } = await crashed();
  const process = world.start(place);
  await process.database.withPractice(place.practice, (tx) => process.vault.erase(tx, place.practice));
  await process.tokens.replaySpill();
  assert.deepEqual(
    (await readdir(place.folder)).filter((name) => name.endsWith('.spill')),
    [],
  );
});

/** A disk that takes so many writes and then no more, until it is emptied. */
function fullAfter(writes: number): { world: ProcessOptions['world']; disk: { left: number } } {
  const disk = { left: writes };
  const openFile: typeof open = async (...given) => {
    const handle = await open(...given);
    const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<never>; // one of its overloads
    handle.write = ((...args: unknown[]) => {
      disk.left -= 1;
      return disk.left < 0
        ? Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))
        : write(...args);
    }) as never;
    return handle;
  };
  return { world: { openFile }, disk };
}

test('on a full disk nothing is asked for, good tokens serve to their end, and it says so', async () => {
  const place = await world.newPlace();
  const { world: full, disk } = fullAfter(0);
  const process = world.start(place, { world: full ?? {} });
  await place.consent(process);
  assert.equal((await access(place, process)).version, 1);
  assert.deepEqual(process.tokens.health(), { spillUnwritable: false });
  place.now += hour - 30_000;
  assert.equal((await access(place, process)).version, 1, 'due, but good');
  assert.deepEqual(process.tokens.health(), { spillUnwritable: true });
  place.now += 30_000;
  await assert.rejects(access(place, process), { reason: 'spill' });
  assert.deepEqual(place.server.requests, []);
  assert.deepEqual(await place.attempts(), []);
  assert.deepEqual(process.events.at(-1), { event: 'spill.unwritable', code: 'ENOSPC' });
  disk.left = Number.POSITIVE_INFINITY;
  assert.equal((await access(place, process)).version, 2);
  assert.deepEqual(process.tokens.health(), { spillUnwritable: false });
});

test('a disk that fails after the answer came loses nothing while the database is there', async () => {
  const place = await world.newPlace();
  const { world: full } = fullAfter(1);
  const process = world.start(place, { world: full ?? {} });
  await place.consent(process);
  place.now += hour;
  assert.equal((await access(place, process)).version, 2);
  assert.ok(process.events.some(({ event }) => event === 'spill.unwritable'));
});

test('tokens of many kilobytes are kept too', async () => {
  const place = await world.newPlace();
  const process = world.start(place);
  await place.consent(process);
  const { grant } = place.server;
  place.server.grant = () => {
    const real = grant.call(place.server);
    return {
      ...real,
      refresh: async (token) => {
        const answer = await real.refresh(token);
        return { ...answer, accessToken: answer.accessToken.padEnd(40_000, 'x') };
      },
    };
  };
  place.now += hour;
  const dying = world.start(place, { diesAt: 'spilled' });
  await assert.rejects(access(place, dying));
  const { token } = await access(place, world.start(place));
  assert.equal(token.reveal().length, 40_000);
  assert.equal(place.server.requests.length, 1);
});
