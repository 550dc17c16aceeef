import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { officeClient } from './office.ts';

const MAIN = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url));

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'open-dental-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function start(t: TestContext, args: string[], env: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, [MAIN, ...args], {
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
interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  readonly errors: readonly string[];
  /** Empty when it ended before it was ready. */
  readonly url: string;
}

test('an answered write is there after kill -9 and a new start, at the same address', async (t) => {
  const args = ['--state-dir', await folder(t), '--throttle', 'off'];
  const first = await start(t, args);
  const { AptNum } = await officeClient(first.url).book({ Note: 'GW:KILLED9999.1' });
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await start(t, args);
  assert.equal(second.url, first.url);
  const office = officeClient(second.url);
  assert.equal((await office.ledger(AptNum)).marker, 'GW:KILLED9999.1');
  assert.equal((await office.api('GET', `/appointments/${AptNum}`)).status, 200);
  const log = (await office.sim('GET', '/requests')).json();
  assert.deepEqual(
    log.map(({ method, status }: { method: string; status: number }) => `${method} ${status}`),
    ['POST 201', 'GET 200'],
  );
});

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} ends it cleanly although someone hangs`, async (t) => {
    const { url, child, exited } = await start(t, ['--state-dir', await folder(t)]);
    const office = officeClient(url);
    await office.sim('POST', '/faults', { name: 'hung', times: 1 });
    const hanging = office.api('GET', '/clinics').catch(() => 'left');
    while ((await office.sim('GET', '/requests')).json().length === 0);
    child.kill(signal);
    assert.deepEqual(await exited, [0, null]);
    assert.equal(await hanging, 'left');
  });

test('the environment configures it, flags win, and keys decide what is allowed', async (t) => {
  const keys = JSON.stringify([{ developer: 'dev', customer: 'reader', permissions: ['ReadAll'] }]);
  const env = {
    SIM_OFFICE: 'saguaro',
    SIM_NAME: 'Desert Teeth',
    SIM_STATE_DIR: await folder(t),
    SIM_KEYS: keys,
    SIM_THROTTLE: 'off',
  };
  const { url } = await start(t, ['--name', 'Cactus Teeth', '--zone', 'America/Denver'], env);
  const reader = officeClient(url, { developer: 'dev', customer: 'reader' });
  const { office, timeZone } = (await reader.sim('GET', '')).json();
  assert.deepEqual([office, timeZone], ['Cactus Teeth', 'America/Denver']);
  assert.equal((await reader.sim('GET', '/settings')).json().throttle, false);
  assert.equal((await reader.api('GET', '/clinics')).status, 200);
  assert.equal((await reader.api('POST', '/patients', {})).status, 401);
});

test('bad options, a taken port and production are told in a sentence, and nothing is left running', async (t) => {
  const stateDir = await folder(t);
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  t.after(() => squatter.close());
  const address = squatter.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const rows: readonly [string[], Record<string, string>, RegExp][] = [
    [['--office', 'mapleleaf'], {}, /office/],
    [['--zone', 'Mars/Olympus'], {}, /IANA zone/],
    [['--port', port, '--state-dir', stateDir], {}, /EADDRINUSE/],
    [['--state-dir', stateDir], { NODE_ENV: 'production' }, /does not run in production/],
  ];
  for (const [args, env, said] of rows) {
    const { url, exited, errors } = await start(t, args, env);
    assert.equal(url, '');
    assert.deepEqual(await exited, [1, null], args.join(' '));
    assert.match(errors.join(''), said);
  }
});
