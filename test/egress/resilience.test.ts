import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createResilience, type Resilience } from '#egress/index.ts';

type Outcome = Awaited<ReturnType<Resilience['watch']>>;
const answered = (status: number): Outcome => ({
  kind: 'answered',
  status,
  headers: {},
  body: Buffer.alloc(0),
  bytes: 0,
});
const failed = (kind: 'not-sent' | 'unknown' | 'refused', reason: string): Outcome => ({
  kind,
  reason,
  bytes: 0,
});

describe('The breaker of a connection', () => {
  const outages = [
    answered(500),
    answered(503),
    failed('unknown', 'timeout'),
    failed('unknown', 'reset'),
    failed('not-sent', 'timeout'),
    failed('not-sent', 'dns'),
    failed('not-sent', 'connect'),
    failed('not-sent', 'connect-timeout'),
    failed('not-sent', 'tls'),
  ];
  for (const outage of outages)
    test(`opens after five of ${describeOutcome(outage)}.`, async (t) => {
      t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
      const line = createResilience({ concurrent: 1, clock: Date.now });
      for (let turn = 0; turn < 5; turn += 1) assert.equal(await line.watch(async () => outage), outage);
      assert.equal(line.isOpen(), true);
      const refused = await line.watch(() => assert.fail('nothing may be sent'));
      assert.deepEqual(refused, failed('not-sent', 'breaker-open'));
      t.mock.timers.tick(10_000);
      assert.equal(line.isOpen(), false);
      assert.deepEqual(await line.watch(async () => answered(200)), answered(200));
      assert.deepEqual(await line.watch(async () => outage), outage);
      assert.equal(line.isOpen(), false);
    });

  const signsOfLife = [
    answered(200),
    answered(302),
    answered(400),
    answered(404),
    answered(429),
    failed('refused', 'route'),
    failed('refused', 'address'),
    failed('unknown', 'schema'),
    failed('unknown', 'too-large'),
    failed('unknown', 'cancelled'),
    failed('not-sent', 'cancelled'),
  ];
  for (const sign of signsOfLife)
    test(`does not open for ${describeOutcome(sign)}.`, async () => {
      const line = createResilience({ concurrent: 1, clock: Date.now });
      for (let turn = 0; turn < 20; turn += 1) assert.equal(await line.watch(async () => sign), sign);
      assert.equal(line.isOpen(), false);
    });

  test('opens again when the one request that may try fails.', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    const line = createResilience({ concurrent: 1, clock: Date.now, failures: 1 });
    await line.watch(async () => answered(500));
    t.mock.timers.tick(10_000);
    await line.watch(async () => answered(500));
    assert.equal(line.isOpen(), true);
  });
});

describe('The bulkhead of a connection', () => {
  test('lets so many work at once, and the next in turn.', async () => {
    const { line, start, finish, running } = world({ concurrent: 2 });
    const all = [start(), start(), start()];
    await turn();
    assert.equal(running(), 2);
    finish();
    await turn();
    assert.equal(running(), 3);
    finish();
    finish();
    await Promise.all(all);
    assert.equal(await line.inTurn('background', async () => 'free'), 'free');
  });

  test('refuses background work at once when all places are taken.', async () => {
    const { line, start, finish } = world({ concurrent: 1 });
    const first = start();
    await assert.rejects(
      line.inTurn('background', () => assert.fail()),
      { name: 'NoBudget' },
    );
    finish();
    await first;
  });

  test('refuses when too many wait, when the wait is too long, and when the caller has gone; none of them ever runs.', async (t) => {
    const { line, start, finish } = world({ concurrent: 1, queue: 2, maxWaitMs: 60_000 });
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const first = start();
    const late = line.inTurn('call', () => assert.fail());
    const gone = new AbortController();
    const left = line.inTurn('call', () => assert.fail(), gone.signal);
    await assert.rejects(
      line.inTurn('call', () => assert.fail()),
      { name: 'NoBudget' },
    );
    gone.abort();
    await assert.rejects(left, { name: 'AbortError' });
    t.mock.timers.tick(60_000);
    await assert.rejects(late, { name: 'NoBudget' });
    finish();
    assert.equal(await first, 'done');
    assert.equal(await line.inTurn('call', async () => 'next'), 'next');
  });

  test('does not interrupt work that has begun.', async (t) => {
    const { start, finish } = world({ concurrent: 1, maxWaitMs: 10 });
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const gone = new AbortController();
    const work = start(gone.signal);
    gone.abort();
    t.mock.timers.tick(100);
    finish();
    assert.equal(await work, 'done');
  });
});

function world(options: { concurrent: number; queue?: number; maxWaitMs?: number }) {
  const line = createResilience({ ...options, clock: Date.now });
  const finishers: (() => void)[] = [];
  let begun = 0;
  return {
    line,
    running: () => begun,
    finish: () => finishers.shift()?.(),
    start: (signal?: AbortSignal) =>
      line.inTurn(
        'call',
        () => {
          begun += 1;
          return new Promise<string>((done) => finishers.push(() => done('done')));
        },
        signal,
      ),
  };
}

function turn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

function describeOutcome(outcome: Outcome): string {
  return outcome.kind === 'answered' ? `status ${outcome.status}` : `${outcome.kind}, ${outcome.reason}`;
}
