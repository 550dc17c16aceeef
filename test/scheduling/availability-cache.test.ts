import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createAvailabilityCache } from '#scheduling/availability-cache.ts';

/** Reads of a number that changes; each can be held up. */
function reads() {
  const state = { value: 0, count: 0 };
  const gates: PromiseWithResolvers<void>[] = [];
  return {
    state,
    gates,
    read: async () => {
      state.count += 1;
      const seen = state.value;
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return seen;
    },
  };
}

describe('reads that are joined', () => {
  it('happen once for all who ask before the read begins', async () => {
    const cache = createAvailabilityCache(() => 0);
    const { state, gates, read } = reads();
    const asked = [1, 2, 3].map(() => cache.join('key', read));
    await setImmediate();
    gates[0]?.resolve();
    assert.deepEqual(await Promise.all(asked), [0, 0, 0]);
    assert.equal(state.count, 1);
  });

  it('are never older than the question: who comes during one shares the next', async () => {
    const cache = createAvailabilityCache(() => 0);
    const { state, gates, read } = reads();
    const early = cache.join('key', read);
    await setImmediate();
    assert.equal(state.count, 1);
    state.value = 1;
    const late = [cache.join('key', read), cache.join('key', read)];
    await setImmediate();
    assert.equal(state.count, 1, 'One at a time.');
    gates[0]?.resolve();
    assert.equal(await early, 0);
    await setImmediate();
    gates[1]?.resolve();
    assert.deepEqual(await Promise.all(late), [1, 1]);
    assert.equal(state.count, 2);
  });

  it('keep nothing, neither answers nor failures', async () => {
    const cache = createAvailabilityCache(() => 0);
    const fail = () => Promise.reject(new Error('away'));
    const [one, other] = [cache.join('key', fail), cache.join('key', fail)];
    await assert.rejects(one, /away/);
    await assert.rejects(other, /away/);
    assert.equal(await cache.join('key', async () => 1), 1);
    assert.equal(await cache.join('key', async () => 2), 2);
    const failing = cache.join('key', fail);
    await assert.rejects(failing);
    const [a, b] = [cache.join('key', async () => 3), cache.join('other', async () => 4)];
    assert.deepEqual(await Promise.all([a, b]), [3, 4]);
  });
});
