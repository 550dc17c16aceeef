import { type ChildProcess, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { z } from 'zod';

export interface Launch {
  /** What people call it, with a capital letter. */
  readonly name: string;
  readonly file: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What becomes of its standard output: a file descriptor, our own, or nothing. */
  readonly output: number | 'inherit' | 'ignore';
  /** File descriptor that takes what it says on standard error. */
  readonly errors: number;
  /** Ends it while it is starting. */
  readonly signal: AbortSignal;
  /** Folder in which Node keeps what it makes of our files. */
  readonly compileCache?: string;
}

export interface Launched {
  readonly process: ChildProcess;
  /** Address it said it serves; empty for one that has none. */
  readonly url: string;
}

const readyMessage = z.object({ ready: z.literal(true), url: z.string().default('') });
const readyWithinMs = 60_000;

/**
 * Starts one of our processes and resolves when it says that it is ready. It is in a group of its own, so that a Ctrl-C
 * of the terminal reaches the supervisor alone, which stops all of them in order; and it watches the channel to us, so
 * that it ends when we do, even by `kill -9`.
 *
 * @throws Error with what it said last on standard error, when it ends before it is ready
 */
export function launch(wanted: Launch): Promise<Launched> {
  const { name, file, args = [], env, output, errors, signal, compileCache } = wanted;
  if (signal.aborted) return Promise.reject(new Error(`${name} was not started.`));
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...env, ...(compileCache !== undefined && { NODE_COMPILE_CACHE: compileCache }) },
    stdio: ['ignore', output, 'pipe', 'ipc'],
    detached: true,
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    writeSync(errors, chunk);
    complaint = (complaint + chunk.toString()).slice(-2_000);
  });
  const started = Promise.withResolvers<Launched>();
  const abort = (): void => void child.kill('SIGTERM');
  const late = setTimeout(() => {
    child.kill('SIGKILL');
    started.reject(new Error(`${name} was not ready within ${readyWithinMs / 1_000} s.`));
  }, readyWithinMs);
  signal.addEventListener('abort', abort);
  child.once('error', started.reject);
  child.once('close', (code, killedBy) =>
    started.reject(
      new Error(complaint.trim() || `${name} ended while it was starting (${killedBy ?? `code ${code}`}).`),
    ),
  );
  child.on('message', (message) => {
    const ready = readyMessage.safeParse(message);
    if (ready.success) started.resolve({ process: child, url: ready.data.url });
  });
  return started.promise.finally(() => {
    clearTimeout(late);
    signal.removeEventListener('abort', abort);
  });
}

/** Asks a process to end, and makes it end when it has not within that time, milliseconds. */
export function endProcess(child: ChildProcess, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const force = setTimeout(() => child.kill('SIGKILL'), withinMs);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
