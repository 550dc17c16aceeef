import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface SimulatorProcess {
  readonly child: ChildProcess;
  /** Code and signal. */
  readonly exited: Promise<unknown[]>;
  readonly errors: readonly string[];
  /** Empty when it ended before it was ready. */
  readonly url: string;
}

/** Starts an EMR's simulator as a process, which does not outlive the test. */
export async function startSimulatorProcess(
  t: TestContext,
  emr: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<SimulatorProcess> {
  const main = fileURLToPath(new URL(`../../adapters/${emr}/simulator/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void child.kill('SIGKILL'));
  const errors: string[] = [];
  child.stderr.on('data', (data) => errors.push(String(data)));
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    exited.then(() => ''),
  ]);
  return { child, exited, errors, url: line.replace(/^ready /, '') };
}

/** A folder for a simulator's state that goes with the test. */
export async function stateFolder(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'simulator-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}
