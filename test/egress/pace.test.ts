import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMemoryPace, createPace, type Pace, type Priority } from '#egress/index.ts';

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
