import type { Pace } from './emulation.ts';

/** Performs the requests of each key one after another, at most one start in `gapMs`, in order of arrival. */
export function createPacer(wait: (ms: number) => Promise<void>, now: () => number): Pacer {
  const lines = new Map<string, { waiting: number; freeAt: number; tail: Promise<unknown> }>();
  return (pace, work) => {
    const line = lines.get(pace.key) ?? {
      waiting: 0,
      freeAt: 0,
      tail: Promise.resolve(),
    };
    lines.set(pace.key, line);
    if (line.waiting >= pace.queue) {
      return {
        full: true,
        retryAfterSeconds: Math.max(1, Math.ceil((line.waiting * pace.gapMs) / 1000)),
      };
    }
    line.waiting++;
    const turn = line.tail.then(async () => {
      const idle = line.freeAt - now();
      if (idle > 0) await wait(idle);
      line.freeAt = now() + pace.gapMs;
      line.waiting--;
      return work();
    });
    line.tail = turn.catch(() => undefined);
    return { full: false, turn };
  };
}

/** `full`: the line is longer than the pace allows and `work` will not run. */
export type Pacer = <T>(
  pace: Pace,
  work: () => T,
) =>
  | { readonly full: true; readonly retryAfterSeconds: number }
  | { readonly full: false; readonly turn: Promise<T> };
