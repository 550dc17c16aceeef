import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulatorProcess, stateFolder } from '#test/simulator-process.ts';
import { AMARA, practiceClient, serviceType } from './practice.ts';

test('an answered booking and a temporary id are there after kill -9 and a new start, at the same address', async (t) => {
  const args = ['--state-dir', await stateFolder(t), '--static-token=one'];
  const first = await startSimulatorProcess(t, 'epic', args);
  const window = { from: instantIn(1), to: instantIn(8) };
  const before = practiceClient(first.url, 'one');
  const { entry } = (await before.find([serviceType('1004')], window)).json();
  const { id } = (await before.book(entry[0].resource.id, AMARA, 'GW:KILLED2222.1')).json().entry[0].resource;
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await startSimulatorProcess(t, 'epic', args);
  assert.equal(second.url, first.url);
  const after = practiceClient(second.url, 'one');
  assert.equal((await after.ledger(id)).marker, 'GW:KILLED2222.1');
  assert.equal((await after.r4('GET', `/Appointment/${id}`)).json().status, 'booked');
  assert.equal((await after.book(entry.at(-1).resource.id)).status, 200);
});

test('the environment configures it and flags win', async (t) => {
  const env = {
    SIM_STATE_DIR: await stateFolder(t),
    SIM_STATIC_TOKEN: 'two',
    SIM_NAME: 'Birch Clinic',
    SIM_SETTINGS: JSON.stringify({ privateServices: true, environment: '1' }),
    SIM_CLIENT_ID: 'gateway',
    SIM_CLIENT_SECRET: 'secret',
  };
  const args = [
    '--name=Elder Clinic',
    '--zone=America/Denver',
    '--environment=87.3',
    '--redirect-uri=http://127.0.0.1:1/a http://127.0.0.1:1/b',
  ];
  const { url } = await startSimulatorProcess(t, 'epic', args, env);
  const practice = practiceClient(url, 'two');
  assert.deepEqual((await practice.sim('GET', '/')).json(), {
    emr: 'epic',
    office: 'Elder Clinic',
    timeZone: 'America/Denver',
    basePath: '/interconnect-fhir-oauth',
  });
  const { privateServices, environment, takenCode } = (await practice.sim('GET', '/settings')).json();
  assert.deepEqual([privateServices, environment, takenCode], [true, '87.3', '59159']);
  assert.equal((await practice.r4('GET', `/Patient/${AMARA}`)).status, 200);
  const [client] = (await practice.sim('GET', '/oauth/clients')).json();
  assert.equal(client.client_id, 'gateway');
  assert.deepEqual(client.redirect_uris, ['http://127.0.0.1:1/a', 'http://127.0.0.1:1/b']);
});

test('bad options and production are told in a sentence, and nothing is left running', async (t) => {
  const stateDir = await stateFolder(t);
  const many = ['--zone=Mars/Olympus', '--environment=sandbox', '--settings={"takenCode":"1"}'];
  const rows: readonly [string[], Record<string, string>, RegExp[]][] = [
    [many, {}, [/IANA zone/, /environment/, /takenCode/]],
    [['--client-secret', 'x'], {}, [/redirect-uri/]],
    [[], { NODE_ENV: 'production' }, [/does not run in production/]],
  ];
  await Promise.all(
    rows.map(async ([args, env, said]) => {
      const { url, exited, errors } = await startSimulatorProcess(
        t,
        'epic',
        [...args, '--state-dir', stateDir],
        env,
      );
      assert.equal(url, '');
      assert.deepEqual(await exited, [1, null], args.join(' '));
      for (const sentence of said) assert.match(errors.join(''), sentence);
    }),
  );
});

function instantIn(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
}
