import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process of the bench's own: it is asked by message and answers by message, so that no two parts share a loop. */
export interface Child {
  /** What it said when it was ready. */
  readonly ready: Record<string, unknown>;
  /** From the start of the process to that word, milliseconds. */
  readonly startedMs: number;
  ask<T>(question: string, details?: object): Promise<T>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** Below this folder, or below the project's with `../`. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node itself. */
  readonly flags?: readonly string[];
}

/** @throws Error with what it said on standard error, when it ends before it is ready */
export function startChild({ file, args = [], env = {}, flags = [] }: ChildOptions): Promise<Child> {
  const begun = performance.now();
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'test', ...env },
    execArgv: [...flags],
    // Log lines are written, to nowhere: a gateway that says nothing would flatter itself.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000);
    });
    child.once('exit', (code) => {
      const gone = new Error(complaint.trim() || `${file} ended with code ${code}.`);
      reject(gone);
      for (const { reject: fail } of waiting.values()) fail(gone);
    });
    child.on('message', (message: Message) => {
      if ('ready' in message) resolve(handle(message));
      else if ('answers' in message) {
        const { answers, result, error } = message;
        const asking = waiting.get(answers);
        waiting.delete(answers);
        if (error === undefined) asking?.resolve(result);
        else asking?.reject(new Error(`${file}: ${error}`));
      }
    });
  });

  function handle(ready: Record<string, unknown>): Child {
    return {
      ready,
      startedMs: performance.now() - begun,
      ask: <T>(question: string, details: object = {}) => {
        const asking = Promise.withResolvers<unknown>();
        waiting.set(++asked, asking);
        child.send({ asks: asked, question, details });
        return asking.promise as Promise<T>; // each question has one kind of answer, which who asks knows
      },
      stop: () => stop(child),
    };
  }
}

type Message =
  | { readonly ready: true; readonly [said: string]: unknown }
  | { readonly answers: number; readonly result: unknown; readonly error?: string };

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    if (child.connected) child.disconnect();
    setTimeout(() => child.kill('SIGKILL'), 8_000).unref();
  });
}

/** The other end: answers what the bench asks, and ends when the bench does. */
export function answer(
  answers: Readonly<Record<string, (details: never) => unknown>>,
  stop: () => unknown = () => {},
): void {
  process.on('message', async ({ asks, question, details }: Question) => {
    try {
      // Each answer takes the details of its own question.
      process.send?.({ answers: asks, result: await answers[question]?.(details as never) });
    } catch (error) {
      process.send?.({ answers: asks, result: undefined, error: String(error) });
    }
  });
  process.on('disconnect', async () => {
    await stop();
    process.exit(0);
  });
}

interface Question {
  readonly asks: number;
  readonly question: string;
  readonly details: unknown;
}
