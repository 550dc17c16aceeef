import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Launched, launch } from '../../src/demo/child.ts';
import { superviseProcesses } from '../../src/demo/supervision.ts';
import { isRunning } from './is-running.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-supervision-'));
const errors = openSync(join(folder, 'errors'), 'a');
after(async () => {
  closeSync(errors);
  await rm(folder, { recursive: true, force: true });
});

const program = join(folder, 'program.js');
// Says that it is ready, writes down when it is asked to stop, and stops, or does not.
await writeFile(
  program,
  `const { appendFileSync } = require('node:fs');
   const [name, manner] = process.argv.slice(2);
   if (manner === 'broken') { console.error('I cannot start.'); process.exit(3); }
   process.on('SIGTERM', () => {
     appendFileSync('${join(folder, 'stops')}', name + '\\n');
     if (manner !== 'stubborn') process.exit(0);
   });
   process.on('disconnect', () => process.exit(0));
   if (manner !== 'slow') process.send({ ready: true, url: 'http://127.0.0.1:1' });`,
);

function start(signal: AbortSignal, name: string, manner = 'good'): Promise<Launched> {
  return launch({ name, file: program, args: [name, manner], env: {}, output: 'ignore', errors, signal });
}

/** Waits for what is bound to happen; the test's own time limit is the bound. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await delay(10);
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

describe('supervision', () => {
  test('stops the gateway first, then the simulators, then the database', async () => {
    await writeFile(join(folder, 'stops'), '');
    const { keep, ending, stop, ended } = superviseProcesses(() => {});
    await keep('D', 'database', () => start(ending, 'database'));
    await keep('S', 'simulator', () => start(ending, 'simulator'));
    await keep('G', 'gateway', () => start(ending, 'gateway'));
    await stop();
    await ended;
    assert.equal(await readFile(join(folder, 'stops'), 'utf8'), 'gateway\nsimulator\ndatabase\n');
  });

  test('makes a process end that does not want to', async () => {
    const { keep, ending, stop } = superviseProcesses(() => {});
    const { process } = await keep('S', 'simulator', () => start(ending, 'stubborn', 'stubborn'));
    await stop();
    assert.equal(process.signalCode, 'SIGKILL');
  });

  test('starts again what ended by itself, and says so', async () => {
    const said: string[] = [];
    const { keep, ending, stop } = superviseProcesses((sentence) => said.push(sentence));
    const started: Launched[] = [];
    const first = await keep('The simulator', 'simulator', async () => {
      started.push(await start(ending, 'again'));
      return started.at(-1) ?? Promise.reject(new Error('unreachable'));
    });
    first.process.kill('SIGKILL');
    await until(() => started.length === 2);
    assert.deepEqual(said, ['The simulator ended unexpectedly (SIGKILL); it is started again.']);
    assert.equal(started[1] && hasEnded(started[1].process), false);
    await stop();
    assert.equal(started[1] && hasEnded(started[1].process), true);
  });

  test('gives up with a sentence what ends again and again', async () => {
    const { keep, ending, ended, stop } = superviseProcesses(() => {});
    let starts = 0;
    await keep('The gateway', 'gateway', async () => {
      const launched = await start(ending, 'mortal');
      starts++;
      launched.process.kill('SIGKILL');
      return launched;
    });
    await assert.rejects(
      ended,
      /The gateway ended again \(SIGKILL\), 4 times within a minute\. Everything is stopped\./,
    );
    assert.equal(starts, 4);
    await stop();
  });

  test('tells what a process said that could not start', async () => {
    const { keep, ending, stop } = superviseProcesses(() => {});
    await assert.rejects(
      keep('The gateway', 'gateway', () => start(ending, 'broken', 'broken')),
      { message: 'I cannot start.' },
    );
    await stop();
  });

  test('ends what is still starting when it is told to stop', async () => {
    const { keep, ending, stop } = superviseProcesses(() => {});
    const starting = keep('The database', 'database', () => start(ending, 'slow', 'slow'));
    starting.catch(() => {});
    await stop();
    await assert.rejects(starting, /slow ended while it was starting/);
  });

  test('leaves no process behind when it is killed itself', async () => {
    const script = `import { launch } from '${new URL('../../src/demo/child.ts', import.meta.url).href}';
      const { process: child } = await launch({ name: 'x', file: '${program}', args: ['orphan', 'good'], env: {},
        output: 'ignore', errors: 2, signal: new AbortController().signal });
      console.log(child.pid); setInterval(() => {}, 1000);`;
    const supervisor = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(supervisor.stdout, 'data');
    const pid = Number(String(line));
    assert.ok(pid > 0);
    supervisor.kill('SIGKILL');
    await until(() => !isRunning(pid));
  });
});
