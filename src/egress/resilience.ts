import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import type { Outcome } from './exchange.ts';
import { NoBudget, type Priority } from './pace.ts';

/**
 * What keeps one connection from drowning its EMR, or us in it: a bulkhead (so many requests at work, so many waiting)
 * and a breaker that opens after a run of failures of the line or of the EMR itself. Refusals, 4xx and answers that do
 * not parse say that the EMR is there, so they close it. One value per connection and process.
 */
export function createResilience(options: ResilienceOptions): Resilience {
  const { concurrent, queue = 20, maxWaitMs = 15_000, failures = 5, openMs = 10_000, clock } = options;
  const places = bulkhead(concurrent, queue);
  const breaker = circuitBreaker(
    // cockatiel hands results over untyped; only `watch` below puts any in.
    handleWhenResult((result) => isOutage(result as Outcome)),
    { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failures) },
  );
  let openUntil = 0;
  breaker.onBreak(() => {
    openUntil = clock() + openMs;
  });

  return {
    isOpen: () => clock() < openUntil,
    inTurn: (priority, work, signal) =>
      new Promise((resolve, reject) => {
        if (priority === 'background' && places.executionSlots === 0)
          throw new NoBudget('All places are taken.');
        const waiting = new AbortController();
        const giveUp = (reason: unknown) => {
          stopWaiting();
          waiting.abort();
          reject(reason);
        };
        const timer = setTimeout(() => giveUp(new NoBudget('No place came free in time.')), maxWaitMs);
        const onAbort = () => giveUp(signal?.reason);
        const stopWaiting = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
        };
        signal?.addEventListener('abort', onAbort);
        // Only waiting can be given up. Work that has begun ends by its own rules.
        const begin = () => {
          stopWaiting();
          return work();
        };
        places.execute(begin, waiting.signal).then(resolve, (error: unknown) => {
          stopWaiting();
          reject(
            error instanceof BulkheadRejectedError ? new NoBudget('Too many requests wait already.') : error,
          );
        });
      }),
    watch: async (send) => {
      try {
        return await breaker.execute(send);
      } catch (error) {
        if (error instanceof BrokenCircuitError)
          return { kind: 'not-sent', reason: 'breaker-open', bytes: 0 };
        throw error;
      }
    },
  };
}

export interface ResilienceOptions {
  /** Requests at work at once. */
  readonly concurrent: number;
  /** Requests that may wait for a place. */
  readonly queue?: number;
  /** Longest wait for a place, milliseconds. */
  readonly maxWaitMs?: number;
  /** Failures in a row that open the breaker. */
  readonly failures?: number;
  /** How long it then stays open before one request may try, milliseconds. */
  readonly openMs?: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}
export interface Resilience {
  /** Surely open: nothing would be sent now. */
  isOpen(): boolean;
  /** @throws NoBudget when no place comes free in time; the signal's reason when it fires before. */
  inTurn<T>(priority: Priority, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Sends, and learns from the outcome. Ends as `not-sent`, `breaker-open` without sending while open. */
  watch(send: () => Promise<Outcome>): Promise<Outcome>;
}

function isOutage(outcome: Outcome): boolean {
  if (outcome.kind === 'answered') return outcome.status >= 500;
  return outcome.kind !== 'refused' && outageReasons.has(outcome.reason);
}
const outageReasons = new Set(['dns', 'connect', 'connect-timeout', 'tls', 'timeout', 'reset']);
