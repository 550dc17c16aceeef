import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type DemoFile, readDemoFile } from '../../src/demo/demo-file.ts';
import { demoOffices } from '../../src/demo/offices.ts';
import { isRunning } from '../demo/is-running.ts';

/**
 * `npm start` as a newcomer meets it, in a state folder of its own and on ports that are free: the first start, what it
 * prints, a second start beside it, its end by `kill -9` and by Ctrl-C, and that the next start finds everything again.
 */
const starter = resolve(import.meta.dirname, '../../src/start.js');
const folder = await mkdtemp(join(tmpdir(), 'postern-start-'));
const starts: Start[] = [];
after(async () => {
  for (const { supervisor } of starts) supervisor.kill('SIGKILL');
  await until(() => starts.every(({ children }) => children.every((pid) => !isRunning(pid))));
  await rm(folder, { recursive: true, force: true });
});

interface Start {
  readonly supervisor: ChildProcess;
  /** Database, simulators and gateway, once it is ready. */
  children: readonly number[];
  printed: string;
}

function run(entrance: 'start' | 'demo', environment: Record<string, string> = {}): Start {
  const { PATH = '' } = process.env;
  const supervisor = spawn(process.execPath, [starter, entrance], {
    env: { PATH, POSTERN_STATE_DIR: folder, PORT: '0', OPERATOR_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const start: Start = { supervisor, children: [], printed: '' };
  for (const stream of [supervisor.stdout, supervisor.stderr])
    stream?.on('data', (chunk: Buffer) => {
      start.printed += chunk.toString();
    });
  starts.push(start);
  return start;
}

/** Waits for what is bound to happen; the runner's time limit is the bound. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await delay(50);
}

async function ready(start: Start): Promise<DemoFile> {
  await until(() => start.printed.includes('Ctrl-C stops everything') || hasEnded(start));
  assert.equal(hasEnded(start), false, start.printed);
  start.children = childrenOf(start.supervisor.pid ?? 0);
  const demo = await readDemoFile(folder);
  assert.ok(demo);
  return demo;
}

const hasEnded = ({ supervisor }: Start): boolean =>
  supervisor.exitCode !== null || supervisor.signalCode !== null;

/** Its exit code, and all that it said. */
async function end(start: Start): Promise<{ code: number | null; said: string }> {
  if (!hasEnded(start)) await once(start.supervisor, 'close');
  return { code: start.supervisor.exitCode, said: start.printed };
}

function childrenOf(parent: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, ppid]) => (ppid === parent && pid !== undefined ? [pid] : []));
}

async function tokenOf({ practices: [practice] }: DemoFile): Promise<string> {
  assert.ok(practice);
  const { client_id, client_secret, token_endpoint, scope } = practice.agent;
  const credentials = Buffer.from(`${client_id}:${client_secret}`).toString('base64');
  const response = await fetch(token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
}

describe('npm start', () => {
  let demo: DemoFile;
  let first: Start;

  test('makes a practice or two for each EMR, and demo.json lets their agents in', async () => {
    first = run('start');
    demo = await ready(first);
    assert.equal((await stat(join(folder, 'demo.json'))).mode & 0o777, 0o600);
    assert.deepEqual(
      demo.practices.map(({ emr, timeZone }) => [emr, timeZone]),
      [
        ['open-dental', 'America/Denver'],
        ['open-dental', 'America/Phoenix'],
        ['epic', 'America/Chicago'],
        ['oracle-health', 'America/New_York'],
        ['fhir-r4', 'America/Anchorage'],
        ['athenahealth', 'America/Los_Angeles'],
        ['drchrono', 'America/Los_Angeles'],
      ],
    );
    for (const practice of demo.practices) {
      const practitioners = await fetch(`${demo.url}/fhir/R4/Practitioner`, {
        headers: { authorization: `Bearer ${await tokenOf({ ...demo, practices: [practice] })}` },
      });
      const { total } = z.object({ total: z.number() }).parse(await practitioners.json());
      assert.ok(total > 0, `the directory of ${practice.name} was read`);
    }
  });

  test('runs database, seven simulators and a gateway, and keeps their log off the terminal', async () => {
    assert.equal(first.children.length, 9);
    assert.doesNotMatch(first.printed, /"event":/);
    assert.match(await readFile(join(folder, 'gateway.log'), 'utf8'), /"event":"gateway\.started"/);
    assert.equal(first.printed.includes('\u001b'), false, 'no colour in a file');
  });

  test('has a line for each practice, with what people call its EMR and where that listens', () => {
    for (const { name, emr, simulator } of demo.practices) {
      const title = demoOffices.find((office) => office.emr === emr)?.emrTitle ?? assert.fail();
      const line = first.printed.split('\n').find((one) => one.startsWith(`  Practice    ${name} `));
      assert.ok(line?.includes(` ${title} `) && line.includes(` ${simulator.url} `), line);
    }
  });

  test('prints a story that books and cancels when it is pasted', async () => {
    const [, story = ''] = first.printed.split(/^-{60,}$/m);
    const script = join(folder, 'story.sh');
    await writeFile(script, story);
    const { stdout } = await promisify(execFile)('bash', [script]);
    assert.match(stdout, /^ {3}Patient\/[0-9a-f-]{36}$/m);
    assert.match(stdout, /^ {3}Appointment\/\S+: booked$/m);
    assert.match(stdout, /^ {3}1 booked; the first is at \d{4}-/m);
    assert.match(stdout, /^ {3}Appointment\/\S+: cancelled$/m);
    assert.match(stdout, /"by":"api","action":"cancel"/);
  });

  test('a second time in the same folder is refused with a sentence', async () => {
    const { code, said } = await end(run('start'));
    assert.equal(code, 1);
    assert.match(said, /^Postern already runs in /);
  });

  test('on a port that is taken is refused with port and variable, and leaves nothing behind', async () => {
    const { port } = new URL(demo.url);
    const elsewhere = join(folder, 'elsewhere');
    const { code, said } = await end(run('start', { POSTERN_STATE_DIR: elsewhere, PORT: port }));
    assert.equal(code, 1);
    assert.match(said, new RegExp(`^Port ${port} is taken: set PORT to a free one`));
    assert.equal(existsSync(join(elsewhere, 'database')), false);
  });

  test('in production is refused', async () => {
    const { code, said } = await end(run('start', { NODE_ENV: 'production' }));
    assert.equal(code, 1);
    assert.match(said, /NODE_ENV=production refuses demo practices/);
  });

  test('leaves no process when it is killed, and the story says that nobody is there', async () => {
    first.supervisor.kill('SIGKILL');
    await until(() => first.children.every((pid) => !isRunning(pid)));
    const { code, said } = await end(run('demo'));
    assert.equal(code, 1);
    assert.match(said, /^No gateway answers at http.*: run npm start in another terminal first\.$/m);
  });

  test('finds its practices, agents and simulators again, and ends well on Ctrl-C', async () => {
    const again = run('start', { PORT: new URL(demo.url).port });
    assert.deepEqual(await ready(again), demo);
    await tokenOf(demo);
    again.supervisor.kill('SIGINT');
    const { code, said } = await end(again);
    assert.equal(code, 0, said);
    assert.match(said, /Stopping …\nStopped\.\n$/);
    assert.deepEqual(again.children.filter(isRunning), []);
  });
});
