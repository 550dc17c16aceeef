/** A half-open stretch of time, `from ≤ t < to`, in milliseconds since the epoch. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The same time told in the fewest intervals: sorted, without empty, overlapping or touching ones. */
export function union(intervals: readonly Interval[]): readonly Interval[] {
  const merged: Interval[] = [];
  for (const next of intervals.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && next.from <= last.to) {
      merged[merged.length - 1] = {
        from: last.from,
        to: Math.max(last.to, next.to),
      };
    } else merged.push({ from: next.from, to: next.to });
  }
  return merged;
}

/** What is in `a` and in `b`. */
export function intersect(a: readonly Interval[], b: readonly Interval[]): readonly Interval[] {
  const [left, right] = [union(a), union(b)];
  const common: Interval[] = [];
  let [i, j] = [0, 0];
  for (let x = left[i], y = right[j]; x !== undefined && y !== undefined; x = left[i], y = right[j]) {
    const from = Math.max(x.from, y.from);
    const to = Math.min(x.to, y.to);
    if (from < to) common.push({ from, to });
    if (x.to < y.to) i += 1;
    else j += 1;
  }
  return common;
}

/** What is in `a` and not in `b`. */
export function subtract(a: readonly Interval[], b: readonly Interval[]): readonly Interval[] {
  const holes = union(b);
  const [first, last] = [holes[0], holes.at(-1)];
  if (first === undefined || last === undefined) return union(a);
  const around: Interval[] = [{ from: Number.NEGATIVE_INFINITY, to: first.from }];
  for (const [index, hole] of holes.entries()) {
    around.push({
      from: hole.to,
      to: holes[index + 1]?.from ?? Number.POSITIVE_INFINITY,
    });
  }
  return intersect(a, around);
}

/** Is the whole of `interval` in `set`? An empty interval is covered by nothing. */
export function covers(set: readonly Interval[], interval: Interval): boolean {
  if (interval.from >= interval.to) return false;
  return union(set).some(({ from, to }) => from <= interval.from && interval.to <= to);
}

/** Do the two share a moment? Touching is not sharing. */
export function overlaps(a: Interval, b: Interval): boolean {
  return Math.max(a.from, b.from) < Math.min(a.to, b.to);
}

/**
 * Starts at which `lengthMs` fits wholly into one interval of `set`: the first moment on the grid in each stretch,
 * then every `stepMs`. `align` moves a moment forward to the grid; without it the grid begins where a stretch begins.
 */
export function cutIntoStarts(
  set: readonly Interval[],
  cut: {
    readonly lengthMs: number;
    readonly stepMs: number;
    readonly align?: (from: number) => number;
  },
): readonly number[] {
  if (!(cut.lengthMs > 0) || !(cut.stepMs > 0)) throw new RangeError('Length and step have to be positive.');
  const starts: number[] = [];
  for (const { from, to } of union(set)) {
    for (let start = cut.align?.(from) ?? from; start + cut.lengthMs <= to; start += cut.stepMs)
      starts.push(start);
  }
  return starts;
}
