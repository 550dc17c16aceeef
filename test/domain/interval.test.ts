import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  covers,
  cutIntoStarts,
  type Interval,
  intersect,
  overlaps,
  subtract,
  union,
} from '#domain/interval.ts';

const horizon = 40;
const intervals = fc.array(
  fc.record({ from: fc.nat(horizon), to: fc.nat(horizon) }).filter(({ from, to }) => from <= to),
  { maxLength: 8 },
);

/** The model: one truth value for each unit of time. */
const bits = (set: readonly Interval[]): readonly boolean[] =>
  Array.from({ length: horizon }, (_, t) => set.some(({ from, to }) => from <= t && t < to));

const isNormal = (set: readonly Interval[]): boolean =>
  set.every(({ from, to }, i) => from < to && (set[i - 1]?.to ?? Number.NEGATIVE_INFINITY) < from);

test('union, intersection and difference agree with a model that looks at every moment', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      const [left, right] = [bits(a), bits(b)];
      assert.deepEqual(
        bits(union([...a, ...b])),
        left.map((x, t) => x || right[t]),
      );
      assert.deepEqual(
        bits(intersect(a, b)),
        left.map((x, t) => x && right[t]),
      );
      assert.deepEqual(
        bits(subtract(a, b)),
        left.map((x, t) => x && !right[t]),
      );
    }),
  );
});

test('every result is told in the fewest intervals', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      assert.ok(isNormal(union(a)) && isNormal(intersect(a, b)) && isNormal(subtract(a, b)));
    }),
  );
});

test('a start is cut exactly where the whole length is free', () => {
  fc.assert(
    fc.property(
      intervals,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 7 }),
      (set, length, step) => {
        const align = (from: number): number => Math.ceil(from / step) * step;
        const expected = Array.from({ length: horizon }, (_, t) => t).filter(
          (t) => t % step === 0 && covers(set, { from: t, to: t + length }),
        );
        assert.deepEqual(cutIntoStarts(set, { lengthMs: length, stepMs: step, align }), expected);
      },
    ),
  );
});

test('an interval that ends where another begins does not overlap it', () => {
  assert.equal(overlaps({ from: 0, to: 10 }, { from: 10, to: 20 }), false);
  assert.equal(overlaps({ from: 0, to: 11 }, { from: 10, to: 20 }), true);
  assert.deepEqual(
    union([
      { from: 10, to: 20 },
      { from: 0, to: 10 },
    ]),
    [{ from: 0, to: 20 }],
  );
});

test('without an alignment the grid begins where the free time begins', () => {
  assert.deepEqual(cutIntoStarts([{ from: 3, to: 20 }], { lengthMs: 5, stepMs: 5 }), [3, 8, 13]);
});

test('a length or step of nothing is refused instead of cutting for ever', () => {
  for (const cut of [
    { lengthMs: 0, stepMs: 1 },
    { lengthMs: 1, stepMs: 0 },
    { lengthMs: Number.NaN, stepMs: 1 },
  ]) {
    assert.throws(() => cutIntoStarts([{ from: 0, to: 9 }], cut), RangeError);
  }
});
