import { setTimeout as delay } from 'node:timers/promises';

/** Something to be done again and again; a failure is told and the next round comes all the same. */
export interface Round {
  readonly name: string;
  readonly everyMs: number;
  run(): Promise<void>;
}

export interface Clockwork {
  /** No round begins any more; resolves when those under way have ended, two seconds later at most. */
  stop(): Promise<void>;
}

/** Runs rounds by the clock, each one after its own predecessor, never two of one kind at once in this process. */
export function startClockwork(
  rounds: readonly Round[],
  failed: (round: string, error: unknown) => void,
): Clockwork {
  const ending = new AbortController();
  const turn = async (round: Round): Promise<void> => {
    while (!ending.signal.aborted) {
      await round.run().catch((error: unknown) => failed(round.name, error));
      await delay(round.everyMs, undefined, { signal: ending.signal }).catch(() => {});
    }
  };
  const turns = rounds.map(turn);
  return {
    async stop() {
      ending.abort();
      await Promise.race([Promise.all(turns), delay(2_000, undefined, { ref: false })]);
    },
  };
}
