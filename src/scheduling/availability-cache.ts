import { setImmediate } from 'node:timers/promises';

/**
 * Answers of one EMR kept for seconds, with single flight: many callers who ask for the same window at once cost one
 * request. In memory on purpose: a stale answer is harmless, because what is about to be booked is read live.
 */
export interface AvailabilityCache {
  get<T>(key: string, ttlMs: number, load: () => Promise<T>): Promise<T>;
  /**
   * Keeps nothing, but reads once for all who ask before the read begins: one is under way at a time, and who comes
   * meanwhile shares the next. So every answer is as new as if it had been read for its caller alone.
   */
  join<T>(key: string, load: () => Promise<T>): Promise<T>;
  /** Forgets what is known of one connection, after a write of ours. */
  forget(prefix: string): void;
}

interface Kept {
  readonly value: Promise<unknown>;
  expiresAt: number;
}

interface Flight {
  readonly answer: Promise<unknown>;
  begun: boolean;
}

export function createAvailabilityCache(now: () => number, mostEntries = 2_000): AvailabilityCache {
  const entries = new Map<string, Kept>();
  const flights = new Map<string, Flight>();

  function evict(): void {
    for (const [key, kept] of entries) {
      if (kept.expiresAt <= now() || entries.size > mostEntries) entries.delete(key);
    }
  }

  return {
    join<T>(key: string, load: () => Promise<T>): Promise<T> {
      const newest = flights.get(key);
      // The key names what is read, so the answer is what that reader gives.
      if (newest && !newest.begun) return newest.answer as Promise<T>;
      // One at a time; the first waits until what has arrived by now was read, so that it is not alone.
      const turn: Promise<unknown> = newest ? newest.answer.catch(() => {}) : setImmediate();
      const answer = turn.then(() => {
        flight.begun = true;
        return load();
      });
      const flight: Flight = { answer, begun: false };
      flights.set(key, flight);
      const end = () => {
        if (flights.get(key) === flight) flights.delete(key);
      };
      answer.then(end, end);
      return answer;
    },
    get<T>(key: string, ttlMs: number, load: () => Promise<T>): Promise<T> {
      const kept = entries.get(key);
      // The key names the loader, so a value under it is what that loader gave.
      if (kept && kept.expiresAt > now()) return kept.value as Promise<T>;
      if (entries.size >= mostEntries) evict();
      const value = load();
      const entry: Kept = { value, expiresAt: Number.POSITIVE_INFINITY };
      entries.set(key, entry);
      value.then(
        () => {
          entry.expiresAt = now() + ttlMs;
        },
        () => {
          if (entries.get(key) === entry) entries.delete(key);
        },
      );
      return value;
    },
    forget(prefix) {
      for (const key of entries.keys()) if (key.startsWith(prefix)) entries.delete(key);
    },
  };
}
