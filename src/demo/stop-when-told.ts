import { readFileSync } from 'node:fs';
import type { Supervision } from './supervision.ts';
import type { Terminal } from './terminal.ts';

/** npm passes a Ctrl-C on that the terminal has sent as well; a second one that is meant comes later. */
const meantMs = 1_000;

/**
 * Ends the start on Ctrl-C, on SIGTERM, and when the npm that started it has gone. A second Ctrl-C does not wait for
 * anybody. SIGHUP is left as it is, for the sake of nohup: without us the processes end by themselves.
 */
export function stopWhenTold(supervision: Supervision, terminal: Terminal): void {
  let toldAt: number | undefined;
  const stop = (): void => {
    if (toldAt !== undefined && Date.now() - toldAt > meantMs) process.exit(1);
    if (toldAt !== undefined) return;
    toldAt = Date.now();
    terminal.say('Stopping …');
    supervision.end();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (process.env.npm_lifecycle_event === undefined) return;
  const startedBy = ancestors();
  setInterval(() => {
    if (ancestors() !== startedBy) stop();
  }, 500).unref();
}

/** npm starts us through a shell, which stays when npm is killed; then it is the shell's parent that changes. */
function ancestors(): string {
  try {
    const status = readFileSync(`/proc/${process.ppid}/status`, 'utf8');
    const [name, parent] = [/^Name:\s+(\S+)/m, /^PPid:\s+(\d+)/m].map((field) => field.exec(status)?.[1]);
    return /^(ba|da|z)?sh$/.test(name ?? '') ? `${process.ppid} ${parent}` : `${process.ppid}`;
  } catch {
    return `${process.ppid}`; // no Linux: the shell is not looked behind
  }
}
