import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulatorProcess, stateFolder } from '#test/simulator-process.ts';
import { accountClient, visit } from './account.ts';

const TOKEN = 'static-token-of-a-test';
const CALM = '{"listLagMs":0}';

test('answered writes are there after kill -9 and a new start, at the same address', async (t) => {
  const args = ['--state-dir', await stateFolder(t), '--static-token', TOKEN, '--settings', CALM];
  const first = await startSimulatorProcess(t, 'drchrono', args);
  const before = accountClient(first.url, TOKEN);
  const [{ scheduled_time: at }] = await before.list('/appointments?occurred_since=2027-01-01');
  const date = `${Number(at.slice(0, 4)) + 1}-06-06`;
  const id = await before.book({ notes: 'GW:KILLED9999.1', scheduled_time: `${date}T10:30:00` });
  await before.set({ reasonMaxLength: 50 });
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await startSimulatorProcess(t, 'drchrono', args);
  assert.equal(second.url, first.url);
  const after = accountClient(second.url, TOKEN);
  assert.equal((await after.ledger(id)).marker, 'GW:KILLED9999.1');
  assert.equal((await after.read(`/appointments/${id}`)).scheduled_time, `${date}T10:30:00`);
  const reason = visit({ reason: 'x'.repeat(51), scheduled_time: `${date}T14:00:00` });
  assert.equal((await after.api('POST', '/appointments', { body: reason })).status, 400);
});

test('the environment configures it, flags win, and an application is registered from the start', async (t) => {
  const { url } = await startSimulatorProcess(
    t,
    'drchrono',
    ['--name', 'Cove Clinic', '--zone', 'America/Chicago'],
    {
      SIM_NAME: 'Bay Clinic',
      SIM_STATE_DIR: await stateFolder(t),
      SIM_STATIC_TOKEN: TOKEN,
      SIM_PRACTICES: '3',
      SIM_CLIENT_ID: 'gateway',
      SIM_CLIENT_SECRET: 'a-secret',
      SIM_REDIRECT_URI: 'http://127.0.0.1:1/callback',
    },
  );
  const account = accountClient(url, TOKEN);
  const { emr, office, timeZone, basePath } = (await account.sim('GET', '')).json();
  assert.deepEqual([emr, office, timeZone, basePath], ['drchrono', 'Cove Clinic', 'America/Chicago', '/api']);
  const [third] = (await account.api('GET', '/doctors', { as: `${TOKEN}.3` })).json().results;
  assert.deepEqual([third.practice_group, third.timezone], [5152, 'US/Pacific']);
  const [client] = (await account.sim('GET', '/oauth/clients')).json();
  assert.deepEqual([client.client_id, client.token_endpoint_auth_method], ['gateway', 'client_secret_post']);
});

test('bad options and production are told in a sentence, and nothing is left running', async (t) => {
  const stateDir = await stateFolder(t);
  const rows: readonly [string[], Record<string, string>, RegExp][] = [
    [['--zone', 'Mars/Olympus', '--practices', 'many'], {}, /IANA zone[\s\S]*practices/],
    [['--settings', '{"nonsense":1}'], {}, /nonsense/],
    [['--client-id', 'app', '--state-dir', stateDir], {}, /--client-secret and --redirect-uri/],
    [['--state-dir', stateDir], { NODE_ENV: 'production' }, /does not run in production/],
  ];
  for (const [args, env, said] of rows) {
    const { url, exited, errors } = await startSimulatorProcess(t, 'drchrono', args, env);
    assert.equal(url, '');
    assert.deepEqual(await exited, [1, null], args.join(' '));
    assert.match(errors.join(''), said);
  }
});
