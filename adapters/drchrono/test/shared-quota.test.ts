import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Opening } from '#adapter-kit/index.ts';
import { markerFor, markerStem } from '#domain/marker.ts';
import { createWall, type Priority } from '#egress/index.ts';
import type { Emr } from '#scheduling/emr-access.ts';
import { seededRandom } from '#simulator-kit/seeded-random.ts';
import { openDatabase } from '#store/database.ts';
import { createTestDatabase } from '#test/database.ts';
import { createTestSimulator } from '#test/simulator.ts';
import { type Installed, install, register } from '../../../test/scheduling/application.ts';
import { isWithoutBudget } from '../../../test/scheduling/counted-emr.ts';
import { contextOf, oneProcess } from '../../../test/scheduling/one-process.ts';
import { drchrono } from '../index.ts';
import { schedulingBearer, startDrChrono } from '../simulator/start-drchrono.ts';

/** An hour of twenty practices that have installed one application, seen by DrChrono, which counts its calls. */
const { database, url, kind } = await createTestDatabase();
const hourMs = 3_600_000;
const start = Math.ceil(Date.now() / hourMs) * hourMs;
let now = start;
const clock = {
  now: () => now,
  sleep: async (ms: number) => {
    now = Math.max(now, now + ms);
  },
};
const stateDir = await mkdtemp(join(tmpdir(), 'postern-drchrono-quota-'));
const count = 20;
const bearers = Array.from({ length: count }, (_, one) =>
  schedulingBearer(`token-${one}`, one + 1, 'postern'),
);
const running = await startDrChrono({ stateDir, practices: count, bearers, now: clock.now });
const simulator = createTestSimulator(running.url);
const wall = createWall({ production: false });
const pools = [1, 2, 3].map(() => openDatabase({ url, kind, poolSize: 2 }));
after(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await wall.close();
  await running.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const origin = `${running.url}/api`;
await register(database, { context: 'drchrono', adapter: 'drchrono', origin });
const practices: Installed[] = [];
for (let one = 0; one < count; one += 1)
  practices.push(await install(database, 'drchrono', { adapter: 'drchrono', origin }));
const tokens = new Map(practices.map(({ connectionId }, one) => [connectionId, `token-${one}`]));
const processes = pools.map((pool) =>
  oneProcess({
    database: pool,
    adapter: drchrono,
    wall,
    clock,
    report: () => {},
    tokenOf: (connectionId) => tokens.get(connectionId) ?? '',
  }),
);

interface Done {
  readonly practice: number;
  readonly ok: boolean;
}
const searches: Done[] = [];
const bookings: (Done & { readonly id?: string })[] = [];
let known: readonly (readonly Opening[])[] = practices.map(() => []);

function emrOf(process: number, practice: number, priority: Priority): Emr {
  const [access, who] = [processes[process], practices[practice]];
  assert.ok(access && who);
  return access.open(
    contextOf(who, 'America/Los_Angeles'),
    { ...who.connection, kind: 'simulator' },
    priority,
  );
}

const within = <T>(work: Promise<T>): Promise<T | undefined> =>
  work.catch((error: unknown) => {
    if (isWithoutBudget(error)) return undefined;
    throw error;
  });

async function search(process: number, practice: number): Promise<void> {
  const from = start + 24 * hourMs;
  const [begin, end] = [from, from + 7 * 24 * hourMs].map((at) => new Date(at).toISOString());
  const query = { from: begin ?? '', to: end ?? '', minutes: 30 };
  const found = await within(emrOf(process, practice, 'call').run('openings', query));
  searches.push({ practice, ok: found !== undefined });
  if (found) known = known.map((openings, one) => (one === practice ? found : openings));
}

/** As the booking protocol does it: looked at fresh, written once, read back. */
async function book(process: number, practice: number): Promise<void> {
  const opening = known[practice]?.[bookings.length];
  if (opening === undefined) return;
  const free = await within(emrOf(process, practice, 'begin').run('verify', opening));
  if (free !== 'free') {
    bookings.push({ practice, ok: false });
    return;
  }
  const finishing = emrOf(process, practice, 'reconcile');
  const patient = String(90_017_733 + practice * 1_000);
  const marker = markerFor(markerStem(createHash('sha256').update(`${bookings.length}`).digest()), 1);
  const { id } = await finishing.run('book', { patient, opening, marker });
  assert.ok(await finishing.run('read', id));
  bookings.push({ practice, ok: true, id });
}

// Everybody searches once, then the first practice far more often than all others together.
const random = seededRandom(500);
for (let practice = 0; practice < count; practice += 1) await search(practice % 3, practice);
for (let step = 0; now < start + hourMs - 20_000; step += 1) {
  const process = Math.floor(random() * 3);
  const practice = step % 3 === 0 ? Math.floor(random() * count) : 0;
  await (step % 5 === 0 ? book(process, Math.floor(random() * count)) : search(process, practice));
  now += 15_000;
}

test('twenty practices on one application are never throttled, although they ask for more than its quota', async () => {
  const log = await requests();
  const hour = log.filter(({ at }) => Date.parse(at) >= start && Date.parse(at) < start + hourMs);
  assert.deepEqual(
    log.filter(({ status }) => status >= 400).map(({ status }) => status),
    [],
  );
  assert.ok(hour.length <= 500, String(hour.length));
  assert.ok(hour.length > 350, String(hour.length));
  assert.ok(
    searches.some(({ ok }) => !ok),
    'more was asked for than there was',
  );
});

/** The log of the simulator's API. */
async function requests(): Promise<readonly { readonly status: number; readonly at: string }[]> {
  const answer = await fetch(`${running.url}/__sim/requests`);
  return (await answer.json()) as Awaited<ReturnType<typeof requests>>; // as the control surface is documented
}

test('every practice is answered by DrChrono in that hour, the one that asks most as well', () => {
  for (let practice = 0; practice < count; practice += 1)
    assert.ok(
      searches.some((one) => one.practice === practice && one.ok),
      `practice ${practice}`,
    );
});

test('what was booked stands in the book, once, and nothing else does', async () => {
  const booked = await simulator.booked();
  const ours = bookings.flatMap(({ id }) => id ?? []);
  assert.ok(ours.length > 0);
  assert.deepEqual(booked.map(({ id }) => id).toSorted(), ours.toSorted());
});
