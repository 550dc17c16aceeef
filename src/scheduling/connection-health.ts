import { addConnectionHealth } from '#store/connections.ts';
import type { Database } from '#store/database.ts';

/** How connections do, by the requests this process sent. Kept in memory and told to the database now and then. */
export interface ConnectionHealth {
  note(practiceId: string, connectionId: string, exchange: Exchange): void;
  /** Writes what was seen since the last time. What cannot be written now is kept for the next time. */
  flush(): Promise<void>;
}

interface Exchange {
  /** `ok`, or how it failed; one that was never sent costs no budget. */
  readonly outcome: string;
  readonly ms: number;
}

interface Seen {
  readonly practiceId: string;
  requests: number;
  lastSuccessAt: number | undefined;
  /** Moving average over about ten successes, milliseconds. */
  latencyMs: number | undefined;
}

/** @param now milliseconds since the epoch */
export function createConnectionHealth(
  database: Pick<Database, 'withPractice'>,
  now: () => number,
): ConnectionHealth {
  const latency = new Map<string, number>();
  let seen = new Map<string, Seen>();

  function seenOf(practiceId: string, connectionId: string): Seen {
    const known = seen.get(connectionId);
    if (known) return known;
    const fresh: Seen = { practiceId, requests: 0, lastSuccessAt: undefined, latencyMs: undefined };
    seen.set(connectionId, fresh);
    return fresh;
  }

  return {
    note(practiceId, connectionId, { outcome, ms }) {
      const entry = seenOf(practiceId, connectionId);
      if (outcome !== 'refused' && outcome !== 'not-sent') entry.requests += 1;
      if (outcome !== 'ok') return;
      const before = latency.get(connectionId) ?? ms;
      entry.latencyMs = before + (ms - before) / 10;
      entry.lastSuccessAt = now();
      latency.set(connectionId, entry.latencyMs);
    },
    async flush() {
      const told = seen;
      seen = new Map();
      const day = new Date(now()).toISOString().slice(0, 10);
      let failure: unknown;
      for (const [connectionId, { practiceId, requests, lastSuccessAt, latencyMs }] of told) {
        const at = lastSuccessAt === undefined ? undefined : new Date(lastSuccessAt);
        try {
          await database.withPractice(practiceId, (tx) =>
            addConnectionHealth(tx, connectionId, { day, requests, lastSuccessAt: at, latencyMs }),
          );
        } catch (error) {
          const later = seenOf(practiceId, connectionId);
          later.requests += requests;
          later.lastSuccessAt ??= lastSuccessAt;
          later.latencyMs ??= latencyMs;
          failure ??= error;
        }
      }
      if (failure !== undefined) throw failure;
    },
  };
}
