import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { startSimulatorProcess, stateFolder } from '#test/simulator-process.ts';
import { officeClient } from './office.ts';

test('an answered write is there after kill -9 and a new start, at the same address', async (t) => {
  const args = ['--state-dir', await stateFolder(t), '--throttle', 'off'];
  const first = await startSimulatorProcess(t, 'open-dental', args);
  const { AptNum } = await officeClient(first.url).book({ Note: 'GW:KILLED9999.1' });
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await startSimulatorProcess(t, 'open-dental', args);
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
    const { url, child, exited } = await startSimulatorProcess(t, 'open-dental', [
      '--state-dir',
      await stateFolder(t),
    ]);
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
    SIM_STATE_DIR: await stateFolder(t),
    SIM_KEYS: keys,
    SIM_THROTTLE: 'off',
  };
  const { url } = await startSimulatorProcess(
    t,
    'open-dental',
    ['--name', 'Cactus Teeth', '--zone', 'America/Denver'],
    env,
  );
  const reader = officeClient(url, { developer: 'dev', customer: 'reader' });
  const { office, timeZone } = (await reader.sim('GET', '')).json();
  assert.deepEqual([office, timeZone], ['Cactus Teeth', 'America/Denver']);
  assert.equal((await reader.sim('GET', '/settings')).json().throttle, false);
  assert.equal((await reader.api('GET', '/clinics')).status, 200);
  assert.equal((await reader.api('POST', '/patients', {})).status, 401);
});

test('bad options, a taken port and production are told in a sentence, and nothing is left running', async (t) => {
  const stateDir = await stateFolder(t);
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
    const { url, exited, errors } = await startSimulatorProcess(t, 'open-dental', args, env);
    assert.equal(url, '');
    assert.deepEqual(await exited, [1, null], args.join(' '));
    assert.match(errors.join(''), said);
  }
});
