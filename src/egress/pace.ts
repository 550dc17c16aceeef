import type { WireFailure } from '#adapter-kit/index.ts';

/**
 * When a connection may send its next request. `call` is a caller on the line, `begin` a caller's booking of which
 * nothing was sent yet, `reconcile` a booking under way or one whose outcome has to be found out, `background` everything
 * that can wait: it goes only when nobody is ahead of it.
 */
export interface Pace {
  /**
   * Resolves when it is this request's turn. A place that was taken is used up even if the caller then gives up.
   * @throws NoBudget when the turn would come too late.
   */
  take(priority: Priority, signal?: AbortSignal): Promise<void>;
  /** The EMR asked for silence (Retry-After): nobody goes for this many milliseconds. */
  rest?(ms: number): Promise<void>;
  /** Told of every answer of the EMR that was no success. */
  answered?(failure: WireFailure): Promise<void>;
  /** The pace of one operation: from its second request on it is under way. This one itself when absent. */
  forOperation?(): Pace;
}

export type Priority = 'call' | 'begin' | 'reconcile' | 'background';

/** There is no turn for a request in time. */
export class NoBudget extends Error {
  override readonly name = 'NoBudget';
  /** When asking again may help, milliseconds; undefined where nobody can tell. */
  readonly retryMs: number | undefined;

  constructor(message?: string, retryMs?: number) {
    super(message);
    this.retryMs = retryMs;
  }
}

/**
 * A pace whose order is kept elsewhere. All processes share one row per connection:
 *
 * ```sql
 * UPDATE pace SET next_free_at = greatest(clock_timestamp(), next_free_at) + $gap
 *  WHERE connection_id = $1 AND next_free_at <= clock_timestamp() + $within
 * RETURNING greatest(0, extract(epoch FROM next_free_at - $gap - clock_timestamp()) * 1000)
 * ```
 *
 * No row back means no place within the time asked for, and nothing was reserved. So a request that may not wait never
 * pushes back one that may, and reconciling, which may wait half as long as a caller, never fills the queue.
 */
export function createPace({ reserve, rest, sleep, maxWaitMs }: PaceOptions): Pace {
  const patience = patienceOf(maxWaitMs);
  return {
    take: async (priority, signal) => {
      const waitMs = await reserve(patience[priority]);
      if (waitMs === undefined) throw new NoBudget(`No turn for ${priority} in time.`);
      if (waitMs > 0) await sleep(waitMs, signal);
    },
    ...(rest === undefined ? {} : { rest: (ms) => rest(Math.min(ms, longestRestMs)) }),
  };
}

export interface PaceOptions {
  /** Takes the next free place if it comes within this many milliseconds, and says how far off it is. */
  reserve(withinMs: number): Promise<number | undefined>;
  /** Keeps the next place from coming sooner than this many milliseconds from now. */
  rest?(ms: number): Promise<void>;
  /** Rejects when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Longest wait of a caller, milliseconds. */
  readonly maxWaitMs: number;
}

/** How long a request of each priority may wait for its turn, where a caller waits so many milliseconds. */
function patienceOf(maxWaitMs: number): Readonly<Record<Priority, number>> {
  return { call: maxWaitMs, begin: maxWaitMs, reconcile: maxWaitMs / 2, background: 0 };
}

/** What an EMR says about when to come back is obeyed within reason. */
const longestRestMs = 120_000;

/** A pace for one process: the same order kept in a variable. */
export function createMemoryPace({ gapMs, clock, sleep, maxWaitMs }: MemoryPaceOptions): Pace {
  let nextFreeAt = 0;
  return createPace({
    reserve: async (withinMs) => {
      const now = clock();
      if (nextFreeAt > now + withinMs) return undefined;
      const at = Math.max(now, nextFreeAt);
      nextFreeAt = at + gapMs;
      return at - now;
    },
    rest: async (ms) => {
      nextFreeAt = Math.max(nextFreeAt, clock() + ms);
    },
    sleep,
    maxWaitMs,
  });
}

export interface MemoryPaceOptions extends Pick<PaceOptions, 'sleep' | 'maxWaitMs'> {
  /** Least distance between two requests, milliseconds. */
  readonly gapMs: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}
