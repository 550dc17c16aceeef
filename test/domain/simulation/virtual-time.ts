/** A clock that jumps from one waiting to the next, always in the same order. */
export interface VirtualTime {
  now(): number;
  sleep(ms: number): Promise<void>;
  at(time: number, action: () => void): void;
  /** Runs until nobody waits any more, or the time limit is reached. */
  run(until?: number): Promise<void>;
}

interface Waiting {
  readonly time: number;
  readonly order: number;
  readonly wake: () => void;
}

export function virtualTime(start: number): VirtualTime {
  const heap: Waiting[] = [];
  let now = start;
  let order = 0;
  const at = (time: number, wake: () => void): void => {
    order += 1;
    push(heap, { time: Math.max(time, now), order, wake });
  };
  return {
    now: () => now,
    at,
    sleep: (ms) => new Promise((resolve) => at(now + Math.max(0, ms), resolve)),
    async run(until = Number.POSITIVE_INFINITY) {
      // Whatever was started before run() has to come to its first waiting.
      await allMicrotasks();
      for (let first = heap[0]; first !== undefined && first.time <= until; first = heap[0]) {
        pop(heap);
        now = first.time;
        first.wake();
        await allMicrotasks();
      }
    },
  };
}

/** An immediate runs only when the queue of microtasks is empty. */
function allMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function before(a: Waiting, b: Waiting): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

function push(heap: Waiting[], item: Waiting): void {
  let index = heap.length;
  heap.push(item);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !before(item, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = item;
}

function pop(heap: Waiting[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    let below = heap[child];
    const right = heap[child + 1];
    if (below !== undefined && right !== undefined && before(right, below)) {
      child += 1;
      below = right;
    }
    if (below === undefined || !before(below, last)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
}
