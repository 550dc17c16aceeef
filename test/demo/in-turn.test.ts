import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inTurn } from '../../src/demo/in-turn.ts';

describe('work that is done in turn', () => {
  test('is begun in order, never more at once than allowed, and answered at its place', async () => {
    const begun: number[] = [];
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    let atWork = 0;
    const answers = inTurn([0, 1, 2, 3], 2, async (one) => {
      begun.push(one);
      atWork += 1;
      assert.ok(atWork <= 2);
      await gates[one]?.promise;
      atWork -= 1;
      return `${one}`;
    });
    assert.deepEqual(begun, [0, 1]);
    gates[1]?.resolve();
    assert.equal(await answers[1], '1');
    for (const { resolve } of gates) resolve();
    assert.deepEqual(await Promise.all(answers), ['0', '1', '2', '3']);
    assert.deepEqual(begun, [0, 1, 2, 3]);
  });

  test('that fails is told at its place and keeps nothing else back', async () => {
    const [bad, good] = inTurn(['bad', 'good'], 1, async (one) => {
      if (one === 'bad') throw new Error('It is bad.');
      return one;
    });
    await assert.rejects(bad ?? assert.fail(), /It is bad/);
    assert.equal(await good, 'good');
  });
});
