import type { RunningSimulator } from './simulator.ts';

/**
 * Runs a simulator as a process of its own: says `ready <url>` on stdout (and `{ ready, url }` to a parent that
 * listens), stops on SIGTERM, SIGINT or when that parent is gone, and never runs in production.
 */
export async function runSimulatorProcess(start: () => Promise<RunningSimulator>): Promise<void> {
  if (process.env.NODE_ENV === 'production') return fail('A simulator does not run in production.');
  let simulator: RunningSimulator;
  try {
    simulator = await start();
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), 900).unref();
    void simulator.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  console.log(`ready ${simulator.url}`);
  process.send?.({ ready: true, url: simulator.url });
}

function fail(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}
