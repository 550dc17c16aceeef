import type { ChildProcess } from 'node:child_process';
import { endProcess } from './child.ts';

export interface Kept {
  /** What people call it, with a capital letter. */
  readonly name: string;
  /** Starts it again; resolves when it is ready. */
  readonly start: () => Promise<ChildProcess>;
  readonly say: (sentence: string) => void;
  /** It cannot be kept running: everything has to stop. */
  readonly giveUp: (sentence: string) => void;
}

export interface Running {
  /** Ends it, within so many milliseconds at most, and does not start it again. */
  stop(withinMs: number): Promise<void>;
}

/** So many new starts within a minute; then something is broken that another start does not mend. */
const restartsAMinute = 3;

/** Starts a process again when it ends by itself. */
export function keepRunning({ name, start, say, giveUp }: Kept, first: ChildProcess): Running {
  const restarts: number[] = [];
  let stopping = false;
  let child = first;

  function watch(started: ChildProcess): void {
    child = started;
    if (isRunning(child)) child.once('exit', startAgain);
    else void startAgain(child.exitCode, child.signalCode);
  }

  async function startAgain(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (stopping) return;
    const why = signal ?? `code ${code}`;
    if (restarts.filter((at) => Date.now() - at < 60_000).length >= restartsAMinute)
      return giveUp(`${name} ended again (${why}), ${restartsAMinute + 1} times within a minute.`);
    restarts.push(Date.now());
    say(`${name} ended unexpectedly (${why}); it is started again.`);
    try {
      const started = await start();
      if (stopping) await endProcess(started, 0);
      else watch(started);
    } catch (error) {
      if (!stopping)
        giveUp(`${name} could not be started again: ${error instanceof Error ? error.message : error}`);
    }
  }

  watch(child);
  return {
    async stop(withinMs) {
      stopping = true;
      await endProcess(child, withinMs);
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
