import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type BudgetPaceOptions,
  createBudgetPace,
  createMemoryPace,
  createPace,
  type Pace,
  type Priority,
} from '#egress/index.ts';

describe('A pace', () => {
  test('keeps requests apart by the gap, in the order they came.', async () => {
    const { pace, waits } = world();
    for (const priority of ['call', 'reconcile', 'call'] as const) await pace.take(priority);
    assert.deepEqual(waits, [1_000, 2_000]);
  });

  test('lets background work go only when the place is free now, and that attempt pushes nobody back.', async () => {
    const { pace, waits, pass } = world();
    await pace.take('background');
    await refuses(pace, 'background');
    await pace.take('call');
    assert.deepEqual(waits, [1_000]);
    pass(2_000);
    await pace.take('background');
    assert.deepEqual(waits, [1_000]);
  });

  test('lets a caller wait longest, reconciling half as long, and refuses what would come too late.', async () => {
    const { pace, waits } = world({ maxWaitMs: 4_000 });
    for (let turn = 0; turn < 3; turn += 1) await pace.take('reconcile');
    await refuses(pace, 'reconcile');
    await pace.take('call');
    await pace.take('call');
    await refuses(pace, 'call');
    assert.deepEqual(waits, [1_000, 2_000, 3_000, 4_000]);
  });

  test('rests as long as the EMR asks, two minutes at most.', async () => {
    const { pace, pass } = world({ maxWaitMs: 200_000 });
    await pace.rest?.(1e12);
    await refuses(pace, 'background');
    pass(119_999);
    await refuses(pace, 'background');
    pass(1);
    await pace.take('background');
  });

  test('that is kept elsewhere asks for a place within the wait of its priority, and sleeps for what it is told.', async () => {
    const asked: number[] = [];
    const slept: number[] = [];
    const pace = createPace({
      reserve: async (withinMs) => {
        asked.push(withinMs);
        return 250;
      },
      sleep: async (ms) => void slept.push(ms),
      maxWaitMs: 3_000,
    });
    for (const priority of ['call', 'reconcile', 'background'] as const) await pace.take(priority);
    assert.deepEqual(
      [asked, slept],
      [
        [3_000, 1_500, 0],
        [250, 250, 250],
      ],
    );
    assert.equal(pace.rest, undefined);
  });

  test('hands the signal to the sleep.', async () => {
    const signal = AbortSignal.abort();
    const pace = createPace({
      reserve: async () => 5,
      sleep: async (_, given) => given?.throwIfAborted(),
      maxWaitMs: 10,
    });
    await assert.rejects(pace.take('call', signal), { name: 'AbortError' });
  });
});

describe('A pace that is counted', () => {
  test('says which requests are the first of their operation, and lets a booking under way wait longest for its place.', async () => {
    const { pace, asked } = budget([{ waitMs: 0 }]);
    const operation = pace.forOperation?.() ?? pace;
    for (const priority of ['begin', 'call', 'reconcile', 'background'] as const)
      await operation.take(priority);
    await pace.take('call');
    await pace.take('call');
    assert.deepEqual(asked, [
      { priority: 'begin', underWay: false, withinMs: 2_000 },
      { priority: 'call', underWay: true, withinMs: 2_000 },
      { priority: 'reconcile', underWay: true, withinMs: 4_000 },
      { priority: 'background', underWay: true, withinMs: 0 },
      { priority: 'call', underWay: false, withinMs: 2_000 },
      { priority: 'call', underWay: false, withinMs: 2_000 },
    ]);
  });

  test('an operation whose first request was refused is not under way.', async () => {
    const { pace, asked } = budget([{ retryMs: 60_000 }, { waitMs: 0 }]);
    const operation = pace.forOperation?.() ?? pace;
    await assert.rejects(operation.take('call'), { name: 'NoBudget', retryMs: 60_000 });
    await operation.take('call');
    assert.deepEqual(
      asked.map(({ underWay }) => underWay),
      [false, false],
    );
  });

  test('waits for budget that comes soon, and for nothing else.', async () => {
    const soon = budget([{ retryMs: 1_500 }, { waitMs: 70 }]);
    await soon.pace.take('call');
    assert.deepEqual(soon.slept, [1_500, 70]);
    const late = budget([{ retryMs: 1_500 }, { retryMs: 1_500 }]);
    await assert.rejects(late.pace.take('call'), { name: 'NoBudget' });
    assert.deepEqual(late.slept, [1_500]);
    const background = budget([{ retryMs: 1 }]);
    await assert.rejects(background.pace.take('background'), { name: 'NoBudget' });
    assert.deepEqual(background.slept, []);
  });
});

type Turn = Awaited<ReturnType<BudgetPaceOptions['take']>>;

/** @param turns what it is told; the last one for ever */
function budget(turns: readonly Turn[]) {
  let now = 1_000_000;
  const asked: Parameters<BudgetPaceOptions['take']>[0][] = [];
  const slept: number[] = [];
  const pace = createBudgetPace({
    take: async (ask) => {
      asked.push(ask);
      return turns[Math.min(asked.length, turns.length) - 1] ?? { waitMs: 0 };
    },
    answered: async () => {},
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
    clock: () => now,
    maxWaitMs: 4_000,
  });
  return { pace, asked, slept };
}

function world({ maxWaitMs = 10_000 } = {}) {
  let now = 1_000_000;
  const waits: number[] = [];
  const pace = createMemoryPace({
    gapMs: 1_000,
    clock: () => now,
    sleep: async (ms) => void waits.push(ms),
    maxWaitMs,
  });
  return { pace, waits, pass: (ms: number) => (now += ms) };
}

async function refuses(pace: Pace, priority: Priority): Promise<void> {
  await assert.rejects(pace.take(priority), { name: 'NoBudget' });
}
