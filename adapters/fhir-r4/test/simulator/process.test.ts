import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulatorProcess, stateFolder } from '#test/simulator-process.ts';
import { clinicClient, ELISE } from './clinic.ts';

const TOKEN = 'static-token-of-a-test';

/** Some free slots of the coming two weeks. */
const coming = (url: string) =>
  clinicClient(url, TOKEN).find('Slot', {
    start: `gt${new Date(Date.now() + 86_400_000).toISOString()}`,
    status: 'free',
  });

test('answered writes are there after kill -9 and a new start, at the same address', async (t) => {
  const args = ['--state-dir', await stateFolder(t), '--static-token', TOKEN];
  const first = await startSimulatorProcess(t, 'fhir-r4', args);
  const [slot] = await coming(first.url);
  const { id } = await clinicClient(first.url, TOKEN).book([slot], ELISE, { comment: 'GW:KILLED9999.1' });
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await startSimulatorProcess(t, 'fhir-r4', args);
  assert.equal(second.url, first.url);
  const after = clinicClient(second.url, TOKEN);
  assert.equal((await after.ledger(id)).marker, 'GW:KILLED9999.1');
  assert.equal((await after.read(`/Slot/${slot.id}`)).status, 'busy');
});

test('the environment configures it, flags win, and an app is registered from the start', async (t) => {
  const env = {
    SIM_NAME: 'Birch Clinic',
    SIM_STATE_DIR: await stateFolder(t),
    SIM_CLIENT_ID: 'gateway',
    SIM_CLIENT_SECRET: 'a-secret',
  };
  const flags = ['--name', 'Aspen Clinic', '--zone', 'America/Chicago', '--conditional-create', 'off'];
  const { url } = await startSimulatorProcess(t, 'fhir-r4', flags, env);
  const clinic = clinicClient(url);
  const { emr, office, timeZone, basePath } = (await clinic.sim('GET', '')).json();
  assert.deepEqual(
    [emr, office, timeZone, basePath],
    ['fhir-r4', 'Aspen Clinic', 'America/Chicago', '/fhir'],
  );
  assert.equal((await clinic.sim('GET', '/settings')).json().conditionalCreate, false);
  const reply = await clinic.raw('POST', '/oauth2/token', {
    headers: {
      authorization: `Basic ${Buffer.from('gateway:a-secret').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials&scope=system/Slot.rs',
  });
  assert.equal(reply.json().expires_in, 300);
});

test('bad options and production are told in a sentence, and nothing is left running', async (t) => {
  const stateDir = await stateFolder(t);
  const rows: readonly [string[], Record<string, string>, RegExp][] = [
    [['--zone', 'Mars/Olympus', '--office', 'oak'], {}, /office[\s\S]*IANA zone/],
    [['--client-id', 'app', '--state-dir', stateDir], {}, /client-secret or --jwks-uri/],
    [['--state-dir', stateDir], { NODE_ENV: 'production' }, /does not run in production/],
  ];
  for (const [args, env, said] of rows) {
    const { url, exited, errors } = await startSimulatorProcess(t, 'fhir-r4', args, env);
    assert.equal(url, '');
    assert.deepEqual(await exited, [1, null], args.join(' '));
    assert.match(errors.join(''), said);
  }
});
