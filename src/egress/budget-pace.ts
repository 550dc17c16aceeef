import type { WireFailure } from '#adapter-kit/index.ts';
import { NoBudget, type Pace, type Priority } from './pace.ts';

/**
 * A pace whose requests are counted against what the EMR lets the whole application ask. Each operation has one of its
 * own: its first request may be refused for want of budget, those that follow finish what it has begun.
 *
 * The line is that of all practices, and has a place for a booking under way when callers can have none: they wait half
 * as long at most, so however many they are, they fill no more than the first half of what it may wait.
 */
export function createBudgetPace(options: BudgetPaceOptions): Pace {
  const { take, rest, sleep, clock, maxWaitMs } = options;
  const patience: Readonly<Record<Priority, number>> = {
    call: maxWaitMs / 2,
    begin: maxWaitMs / 2,
    reconcile: maxWaitMs,
    background: 0,
  };

  function paceOf(operation: { underWay: boolean }): Pace {
    return {
      async take(priority, signal) {
        const until = clock() + mostIdleMs[priority];
        for (;;) {
          const turn = await take({
            priority,
            underWay: operation.underWay,
            withinMs: patience[priority],
          });
          if ('waitMs' in turn) {
            operation.underWay = true;
            if (turn.waitMs > 0) await sleep(turn.waitMs, signal);
            return;
          }
          // Waiting for what cannot come in time would keep the connection's place from others.
          if (clock() + turn.retryMs > until)
            throw new NoBudget(`No call is left for ${priority}.`, turn.retryMs);
          await sleep(turn.retryMs, signal);
        }
      },
      ...(rest && { rest }),
      answered: options.answered,
    };
  }
  const forOperation = () => paceOf({ underWay: false });
  // Without an operation each request is one by itself.
  return {
    ...forOperation(),
    take: (priority, signal) => forOperation().take(priority, signal),
    forOperation,
  };
}

export interface BudgetPaceOptions {
  /** Takes one call, or says when asking again may help. */
  take(ask: {
    readonly priority: Priority;
    readonly underWay: boolean;
    /** How long it can wait for its place in line, milliseconds. */
    readonly withinMs: number;
  }): Promise<{ readonly waitMs: number } | { readonly retryMs: number }>;
  rest?(ms: number): Promise<void>;
  answered(failure: WireFailure): Promise<void>;
  /** Rejects when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Longest wait of a booking under way for its place in line, milliseconds; callers wait half as long. */
  readonly maxWaitMs: number;
}

/** How long a request may wait for budget to come, milliseconds. */
const mostIdleMs: Readonly<Record<Priority, number>> = {
  call: 2_000,
  begin: 2_000,
  reconcile: 2_000,
  background: 0,
};
