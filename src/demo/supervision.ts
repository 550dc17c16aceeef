import type { Launched } from './child.ts';
import { keepRunning, type Running } from './keep-running.ts';

/** The processes of one start, and how it ends. */
export interface Supervision {
  /** Aborted when everything has to stop. */
  readonly ending: AbortSignal;
  /** Resolves when it was told to stop; rejects with a sentence when a process cannot be kept running. */
  readonly ended: Promise<void>;
  /** Starts a process and keeps it running. */
  keep(name: string, kind: Kind, start: () => Promise<Launched>): Promise<Launched>;
  /** Says that everything has to stop. */
  end(): void;
  /** Stops everything, gateway first and database last, within five seconds. */
  stop(): Promise<void>;
}

/** In the order in which they stop, with the milliseconds that each may take: together less than five seconds. */
const kinds = { gateway: 2_500, simulator: 800, database: 1_300 } as const;
export type Kind = keyof typeof kinds;

export function superviseProcesses(say: (sentence: string) => void): Supervision {
  const ending = new AbortController();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => {}); // who waits for it hears it
  const running: { readonly kind: Kind; readonly process: Running }[] = [];
  const end = (problem?: string): void => {
    if (problem === undefined) resolve();
    else reject(new Error(`${problem} Everything is stopped.`));
    ending.abort();
  };
  return {
    ending: ending.signal,
    ended,
    async keep(name, kind, start) {
      const first = await start();
      const again = async () => (await start()).process;
      running.push({ kind, process: keepRunning({ name, start: again, say, giveUp: end }, first.process) });
      return first;
    },
    end: () => end(),
    async stop() {
      end();
      for (const [kind, withinMs] of Object.entries(kinds))
        await Promise.all(
          running.filter((one) => one.kind === kind).map((one) => one.process.stop(withinMs)),
        );
    },
  };
}
