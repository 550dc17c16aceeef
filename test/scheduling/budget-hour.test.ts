import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Priority } from '#egress/index.ts';
import { seededRandom } from '#simulator-kit/seeded-random.ts';
import { createTestDatabase } from '#test/database.ts';
import { type Installed, install, register } from './application.ts';
import { type Costed, costs, countedEmr } from './counted-emr.ts';

/** An hour of twenty practices on one application that DrChrono counts: 500 calls an hour, about ten in a second. */
const { database, url, kind } = await createTestDatabase();
const hourMs = 3_600_000;
const minute = 60_000;
const limit = 500;
const start = Date.parse('2027-03-04T15:00:00Z');
const processes = 3;
await register(database, { context: 'toy' });
const practices: Installed[] = [];
for (let one = 0; one < 20; one += 1) practices.push(await install(database, 'toy'));

interface Wish {
  readonly at: number;
  readonly practice: number;
  readonly what: 'search' | 'book' | 'reconcile' | 'changes';
}

/** What they want: the first one more than there is in the hour, and all together several times as much. */
function wishes(): Wish[] {
  const random = seededRandom(20_270_304);
  const all: Wish[] = [];
  const every = (what: Wish['what'], minutes: number, practice: number) => {
    for (let at = random() * minutes; at < 60; at += minutes * (0.5 + random()))
      all.push({ at: start + at * minute, practice, what });
  };
  for (let practice = 0; practice < practices.length; practice += 1) {
    every('search', practice === 0 ? 0.25 : 4, practice);
    every('book', 12, practice);
    every('reconcile', 20, practice);
    every('changes', 10, practice);
  }
  return all.toSorted((a, b) => a.at - b.at);
}

/** A way to the EMR: one operation of one practice in one process, and whether it could be done. */
type Way = (process: number, practice: number, priority: Priority, operation: Costed) => Promise<boolean>;

/** Lives the hour through, and says which wishes were fulfilled and which bookings that had begun were not finished. */
async function live(way: Way, passTo: (instant: number) => void) {
  const random = seededRandom(7);
  const done: (Wish & { ok: boolean })[] = [];
  let broken = 0;
  const fulfil = async (wish: Wish) => {
    const process = Math.floor(random() * processes);
    const ask = (priority: Priority, operation: Costed) => way(process, wish.practice, priority, operation);
    const ok = await {
      search: () => ask('call', 'openings'),
      reconcile: () => ask('reconcile', 'appointmentsOf'),
      changes: () => ask('background', 'changes'),
      book: async () => {
        if (!(await ask('begin', 'verify'))) return false;
        const finished = (await ask('reconcile', 'book')) && (await ask('reconcile', 'read'));
        if (!finished) broken += 1;
        return finished;
      },
    }[wish.what]();
    done.push({ ...wish, ok });
  };
  const queue = wishes();
  while (queue.length > 0) {
    // Three at once: they meet in the database.
    const together = queue.splice(0, 3);
    passTo(together[0]?.at ?? 0);
    await Promise.all(together.map(fulfil));
  }
  return { done, broken };
}

/** Callers of a practice whose search or booking the EMR answered in each half of the hour, the fewest. */
function fewestAnswers(done: readonly (Wish & { ok: boolean })[], practice: number): number {
  const answered = done.filter(
    (one) => one.ok && one.practice === practice && (one.what === 'search' || one.what === 'book'),
  );
  const early = answered.filter(({ at }) => at < start + hourMs / 2).length;
  return Math.min(early, answered.length - early);
}

const office = countedEmr({
  quota: { window: 'hour', calls: limit, perSecond: 10 },
  start,
  processes,
  database: { url, kind },
});
after(() => office.close());
const lived = await live(async (process, practice, priority, operation) => {
  const who = practices[practice];
  assert.ok(who);
  return office.run(process, who, priority, operation);
}, office.passTo);
const inWindow = office.left.filter(({ at }) => at < start + hourMs);

test('three processes together never send more in an hour than the EMR takes, and nearly all that they may', () => {
  const wanted = wishes().reduce(
    (sum, { what }) => sum + { search: 3, book: 4, reconcile: 1, changes: 2 }[what],
    0,
  );
  assert.ok(wanted > 4 * limit, `${wanted} wanted`);
  assert.ok(inWindow.length <= limit, `${inWindow.length} left`);
  assert.ok(inWindow.length > 0.75 * limit, `${inWindow.length} left`);
});

test('nor more in any second than it takes', () => {
  const times = office.left.map(({ at }) => at).toSorted((a, b) => a - b);
  for (const [index, at] of times.entries())
    assert.ok((times[index + 10] ?? Number.POSITIVE_INFINITY) - at >= 1_000);
});

test('each practice gets its fair share, and the one that asks without end gets no more than a burst beside', () => {
  const counts = practices.map(
    ({ practiceId }) => inWindow.filter(({ practice }) => practice === practiceId).length,
  );
  // What is released evenly over the hour, in equal parts, less the part of an operation that is left over.
  const fair = (limit * 0.8 * 0.75) / practices.length - costs.openings;
  assert.ok(Math.min(...counts) >= fair, counts.join(' '));
  assert.ok(Math.max(...counts) <= limit * 0.8 * 0.25 + 2 * fair, counts.join(' '));
});

test('callers of every practice are answered throughout the hour', () => {
  const fewest = practices.map((_, practice) => fewestAnswers(lived.done, practice));
  assert.ok(Math.min(...fewest) >= 1, fewest.join(' '));
});

test('callers and background never take of the reserve, and no booking that began is left without its reads', () => {
  const others = inWindow.filter(({ priority }) => priority !== 'reconcile').length;
  assert.ok(others <= limit * 0.8, String(others));
  assert.equal(lived.broken, 0);
  assert.ok(lived.done.some(({ what, ok }) => what === 'book' && ok));
  const reconciled = lived.done.filter(({ what }) => what === 'reconcile');
  assert.ok(reconciled.filter(({ ok }) => ok).length > 0.8 * reconciled.length);
});

test('a counter that all share and nobody divides is empty after minutes, and nobody is answered from then on', async () => {
  let left = limit;
  const { done, broken } = await live(
    async (_, __, ___, operation) => {
      const enough = left >= costs[operation];
      left = Math.max(0, left - costs[operation]);
      return enough;
    },
    () => {},
  );
  assert.deepEqual(
    practices.map((_, practice) => fewestAnswers(done, practice)),
    practices.map(() => 0),
  );
  const ofFirst = done.filter(({ practice, ok }) => practice === 0 && ok).length;
  const ofOthers = practices.map(
    (_, one) => done.filter(({ practice, ok }) => practice === one && ok).length,
  );
  assert.ok(ofFirst > 5 * Math.min(...ofOthers), ofOthers.join(' '));
  assert.ok(done.some(({ what, ok }) => what === 'reconcile' && !ok) || broken > 0);
});

test('a counter in each process lets more leave than there is', async () => {
  const left = Array.from({ length: processes }, () => limit);
  let sent = 0;
  await live(
    async (process, _, __, operation) => {
      const has = left[process] ?? 0;
      if (has < costs[operation]) return false;
      left[process] = has - costs[operation];
      sent += costs[operation];
      return true;
    },
    () => {},
  );
  assert.ok(sent > 2 * limit, String(sent));
});

test('when the EMR says no all the same, nobody asks it until it said, or for a few seconds', async () => {
  const [one, other] = practices;
  assert.ok(one && other);
  office.passTo(start + 2 * hourMs);
  office.refuseNext(1, 60);
  await assert.rejects(office.run(0, one, 'call', 'read'), { code: 'emr-throttled', retryAfterSeconds: 60 });
  const before = office.left.length;
  for (const priority of ['call', 'reconcile', 'background'] as const)
    assert.equal(await office.run(1, other, priority, 'read'), false);
  assert.equal(office.left.length, before);
  office.passTo(office.now() + 60_000);
  assert.equal(await office.run(1, other, 'call', 'read'), true);
  office.refuseNext(1);
  await assert.rejects(office.run(2, other, 'call', 'read'), { code: 'emr-throttled' });
  assert.equal(await office.run(0, one, 'call', 'read'), false);
  office.passTo(office.now() + 3_000);
  assert.equal(await office.run(0, one, 'call', 'read'), true);
});
