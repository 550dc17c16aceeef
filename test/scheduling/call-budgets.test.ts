import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Quota } from '#adapter-kit/adapter.ts';
import type { CallAsk } from '#domain/call-budget.ts';
import { createCallBudgets } from '#scheduling/call-budgets.ts';
import { rowId } from '#scheduling/ids.ts';
import type { SchedulingEvent } from '#scheduling/report.ts';
import { agreeOnCalls, readBudgetOfConnection } from '#store/application-budgets.ts';
import { reservePace } from '#store/connections.ts';
import { endConsents, insertConsent } from '#store/consents.ts';
import { openDatabase } from '#store/database.ts';
import { createTestDatabase, onServer } from '#test/database.ts';
import { type Installed, install, register } from './application.ts';

const { database, url, kind, asOwner } = await createTestDatabase();

const hour: Quota = { window: 'hour', calls: 50 };
const start = Date.parse('2027-03-04T10:00:00Z');
const first: Omit<CallAsk, 'practice'> = { priority: 'call', underWay: false, withinMs: 0 };
const noReport = () => {};
let names = 0;

/** An application of its own, with so many practices. */
async function application(practices: number) {
  names += 1;
  const context = `toy-${names}`;
  await register(database, { context, clientId: context });
  const installed: Installed[] = [];
  for (let one = 0; one < practices; one += 1) installed.push(await install(database, context));
  return { context, installed };
}

function used({ practiceId, connectionId }: Installed) {
  return database.withPractice(practiceId, async (tx) => {
    const budget = (await readBudgetOfConnection(tx, connectionId))?.budget;
    return budget === undefined ? 0 : budget.used + budget.reserved;
  });
}

test('processes that ask at once for many practices never take more than there is together', async () => {
  const { installed } = await application(5);
  const pools = [database, ...[1, 2].map(() => openDatabase({ url, kind, poolSize: onServer ? 4 : 2 }))];
  const processes = pools.map((pool) => {
    const budgets = createCallBudgets({ database: pool, report: noReport, clock: () => start + 3_594_000 });
    return (practice: Installed) => budgets.take({ ...practice, quota: hour, gapMs: 0 }, first);
  });
  try {
    const asked = processes.flatMap((take) => installed.flatMap((one) => [1, 2, 3, 4].map(() => take(one))));
    const granted = (await Promise.all(asked)).filter(({ is }) => is === 'granted').length;
    const [one] = installed;
    assert.ok(one);
    // Each of the five may keep a part of a call.
    assert.ok(granted > 40 - 5 && granted <= 40, String(granted));
    assert.equal(await used(one), granted);
  } finally {
    await Promise.all(pools.slice(1).map((pool) => pool.close()));
  }
});

test('a count that each process keeps for itself would let three times as many leave', async () => {
  const separate = await Promise.all([1, 2, 3].map(() => application(1)));
  const counts = await Promise.all(
    separate.map(async ({ installed: [one] }) => {
      assert.ok(one);
      const budgets = createCallBudgets({ database, report: noReport, clock: () => start + 3_594_000 });
      let granted = 0;
      for (let time = 0; time < 45; time += 1)
        if ((await budgets.take({ ...one, quota: hour, gapMs: 0 }, first)).is === 'granted') granted += 1;
      return granted;
    }),
  );
  assert.deepEqual(counts, [39, 39, 39]);
});

test('registrations with one client id at one host share a budget; another host, client or adapter has its own', async () => {
  const origin = 'https://shared.example/v1/195900';
  await register(database, { context: 'shared-1', clientId: 'shared', origin });
  await register(database, {
    context: 'shared-2',
    clientId: 'shared',
    origin: 'https://shared.example/v1/195901',
  });
  await register(database, {
    context: 'shared-host',
    clientId: 'shared',
    origin: 'https://other.example/v1',
  });
  await register(database, { context: 'shared-client', clientId: 'shared-not', origin });
  await register(database, { context: 'shared-adapter', clientId: 'shared', origin, adapter: 'other' });
  const all = await Promise.all(
    ['shared-1', 'shared-2', 'shared-host', 'shared-client', 'shared-adapter'].map((context) =>
      install(database, context),
    ),
  );
  const budgets = createCallBudgets({ database, report: noReport, clock: () => start });
  const [one] = all;
  assert.ok(one);
  await budgets.take({ ...one, quota: hour, gapMs: 0 }, first);
  assert.deepEqual(await Promise.all(all.map(used)), [1, 1, 0, 0, 0]);

  await database.withoutPractice((tx) => agreeOnCalls(tx, 'shared-2', 7));
  const agreed = await Promise.all(
    all.map(({ practiceId, connectionId }) =>
      database.withPractice(practiceId, (tx) => readBudgetOfConnection(tx, connectionId)),
    ),
  );
  assert.deepEqual(
    agreed.map((found) => found?.agreedCalls),
    [7, 7, undefined, undefined, undefined],
  );
});

test('a connection that consents to another application counts there from then on, and one without a consent nowhere', async () => {
  const [before, after] = [await application(1), await application(0)];
  const [one] = before.installed;
  assert.ok(one);
  const budgets = createCallBudgets({ database, report: noReport, clock: () => start });
  const take = () => budgets.take({ ...one, quota: hour, gapMs: 0 }, first);
  await take();
  await database.withPractice(one.practiceId, async (tx) => {
    await endConsents(tx, one.connectionId, new Date(start));
  });
  assert.deepEqual(await take(), { is: 'granted', waitMs: 0 });
  assert.equal(await used(one), 0);
  await database.withPractice(one.practiceId, (tx) =>
    insertConsent(tx, one.practiceId, {
      consentId: rowId(),
      connectionId: one.connectionId,
      context: after.context,
      asked: [],
      granted: [],
      verdict: 'full',
      unverified: false,
      consentedAt: new Date(start),
    }),
  );
  await take();
  await take();
  assert.equal(await used(one), 2);
  const { rows } = await asOwner(
    `select right(application, 6) as name, state->>'used' as used from application_budget
      where application like any ($1) order by 1`,
    [[before.context, after.context].map((context) => `%|${context}`)],
  );
  assert.deepEqual(rows.map((row: { used: string }) => row.used).toSorted(), ['1', '2']);
});

test('after the EMR has said no, no process sends for any practice until it said', async () => {
  const { installed } = await application(2);
  const [one, other] = installed;
  assert.ok(one && other);
  let now = start;
  const [here, there] = [1, 2].map(() => createCallBudgets({ database, report: noReport, clock: () => now }));
  assert.ok(here && there);
  await here.close({ ...one, quota: hour, gapMs: 0 }, 30_000);
  const ask = () => there.take({ ...other, quota: hour, gapMs: 0 }, first);
  assert.deepEqual(await ask(), { is: 'refused', why: 'closed', retryMs: 30_000 });
  now += 30_000;
  assert.equal((await ask()).is, 'granted');
});

test('calls of an application keep their distance over processes, and those of a connection theirs', async () => {
  const { installed } = await application(2);
  const [one, other] = installed;
  assert.ok(one && other);
  const [here, there] = [1, 2].map(() =>
    createCallBudgets({ database, report: noReport, clock: () => start }),
  );
  assert.ok(here && there);
  const quota = { ...hour, perSecond: 10 };
  const waits = [
    await here.take({ ...one, quota, gapMs: 0 }, { ...first, withinMs: 1_000 }),
    await there.take({ ...other, quota, gapMs: 0 }, { ...first, withinMs: 1_000 }),
    await here.take({ ...other, quota, gapMs: 0 }, { ...first, withinMs: 100 }),
  ];
  assert.deepEqual(waits, [
    { is: 'granted', waitMs: 0 },
    { is: 'granted', waitMs: 110 },
    { is: 'refused', why: 'turn', retryMs: 220 },
  ]);
  assert.equal(
    (await here.take({ ...one, quota: hour, gapMs: 60_000 }, { ...first, withinMs: 0 })).is,
    'refused',
  );
  const before = await used(one);
  const line = { ...one, quota: hour, gapMs: 60_000 };
  assert.equal((await here.take(line, { ...first, withinMs: 1_000 })).is, 'granted');
  assert.equal((await here.take(line, { ...first, withinMs: 1_000 })).is, 'refused');
  assert.equal(await used(one), before + 1, 'what has no place in the line of its connection is not counted');
});

test('a call takes the same moment in the line of its connection and in that of the application', async () => {
  const { installed } = await application(2);
  const [one, other] = installed;
  assert.ok(one && other);
  const budgets = createCallBudgets({ database, report: noReport, clock: () => start });
  const quota = { ...hour, perSecond: 10 };
  const patient = { ...first, withinMs: 1_000_000 };
  const waitOf = async (line: Installed, gapMs: number) => {
    const answer = await budgets.take({ ...line, quota, gapMs }, patient);
    assert.ok(answer.is === 'granted');
    return answer.waitMs;
  };
  await database.withPractice(one.practiceId, (tx) => reservePace(tx, one.connectionId, 500_000, 0));
  const late = await waitOf(one, 60_000);
  assert.ok(late > 400_000 && late <= 500_000, String(late));
  assert.deepEqual([await waitOf(other, 0), await waitOf(other, 0)], [0, 110], 'nobody waits behind it');
  // The application's place decides here, and the next of the connection is a gap from there.
  const third = await waitOf(other, 60_000);
  const fourth = await waitOf(other, 60_000);
  assert.equal(third, 220);
  // The connection's line runs on the database's clock meanwhile.
  assert.ok(fourth > 50_000 && fourth <= 60_220, String(fourth));
});

test('who finds the line of a connection too long is not told to ask again at once', async () => {
  const { installed } = await application(1);
  const [one] = installed;
  assert.ok(one);
  const budgets = createCallBudgets({ database, report: noReport, clock: () => start });
  const line = { ...one, quota: hour, gapMs: 60_000 };
  // Without a consent there is no budget, only the line.
  await database.withPractice(one.practiceId, (tx) => endConsents(tx, one.connectionId, new Date(start)));
  const ask = { ...first, priority: 'background' } as const;
  assert.equal((await budgets.take(line, ask)).is, 'granted');
  assert.deepEqual(await budgets.take(line, ask), { is: 'refused', why: 'turn', retryMs: 60_000 });
});

test("windows are those of the database's clock", async () => {
  const { installed } = await application(1);
  const [one] = installed;
  assert.ok(one);
  const budgets = createCallBudgets({ database, report: noReport });
  await budgets.take({ ...one, quota: { window: 'day', calls: 50 }, gapMs: 0 }, first);
  const { rows } = await asOwner(
    `select (state->>'window')::bigint = extract(epoch from date_trunc('day', now() at time zone 'utc')) * 1000 as today
       from application_budget where (state->>'window')::bigint > $1 order by updated_at desc limit 1`,
    [Date.now() - 2 * 86_400_000],
  );
  assert.deepEqual(rows, [{ today: true }]);
});

test('what is left is told now and then, refusals each time, by application and never by practice', async () => {
  const { installed, context } = await application(1);
  const [one] = installed;
  assert.ok(one);
  const told: SchedulingEvent[] = [];
  let now = start;
  const budgets = createCallBudgets({ database, report: (event) => told.push(event), clock: () => now });
  const take = (priority: CallAsk['priority']) =>
    budgets.take({ ...one, quota: hour, gapMs: 0 }, { ...first, priority });
  const event = { event: 'emr.budget', adapter: 'toy', context, limit: 50, until: start + 3_600_000 };
  await take('call');
  await take('call');
  assert.deepEqual(told.splice(0), [{ ...event, left: 49 }]);
  now += 10_000;
  await take('call');
  assert.deepEqual(told.splice(0), [{ ...event, left: 47 }]);
  await budgets.close({ ...one, quota: hour, gapMs: 0 }, undefined);
  await take('reconcile');
  assert.deepEqual(told, [
    { ...event, left: 0 },
    { event: 'emr.no-budget', adapter: 'toy', context, priority: 'reconcile', why: 'closed' },
  ]);
});
