import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulatorProcess, stateFolder } from '#test/simulator-process.ts';
import { type Json, MINA, practiceClient } from './practice.ts';

const TOKEN = 'static-token-of-a-test';

test('answered writes are there after kill -9 and a new start, at the same address', async (t) => {
  const args = ['--state-dir', await stateFolder(t), '--static-token', TOKEN];
  const first = await startSimulatorProcess(t, 'athenahealth', args);
  const before = practiceClient(first.url, TOKEN);
  await before.api('POST', '/appointments/changed/subscription');
  const { appointments } = await before.get('/appointments/open?departmentid=12&reasonid=-1');
  const [slot, frozen] = appointments;
  const id = await before.booked(slot.appointmentid, { bookingnote: 'GW:KILLED9999.1' });
  await before.put(`${frozen.appointmentid}/freeze`, { freeze: 'true' });
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await startSimulatorProcess(t, 'athenahealth', args);
  assert.equal(second.url, first.url);
  const after = practiceClient(second.url, TOKEN);
  assert.equal((await after.ledger(id)).marker, 'GW:KILLED9999.1');
  assert.equal((await after.read(id)).patientid, MINA);
  const changed = await after.get('/appointments/changed');
  assert.deepEqual(
    changed.appointments.map(({ appointmentid }: Json) => appointmentid),
    [id, String(frozen.appointmentid)],
  );
});

test('the environment configures it, flags win, and an app is registered from the start', async (t) => {
  const env = {
    SIM_NAME: 'Bay Clinic',
    SIM_STATE_DIR: await stateFolder(t),
    SIM_ENVIRONMENT: 'production',
    SIM_PRACTICE_ID: '24451',
    SIM_SETTINGS: '{"callsPerDay":7}',
    SIM_CLIENT_ID: 'gateway',
    SIM_CLIENT_SECRET: 'a-secret',
  };
  const flags = ['--name', 'Cove Clinic', '--zone', 'America/Chicago'];
  const { url } = await startSimulatorProcess(t, 'athenahealth', flags, env);
  const practice = practiceClient(url, '');
  const { emr, office, timeZone, basePath } = (await practice.sim('GET', '')).json();
  assert.deepEqual(
    [emr, office, timeZone, basePath],
    ['athenahealth', 'Cove Clinic', 'America/Chicago', '/v1/24451'],
  );
  const { tokenCallsPerMinute, callsPerDay } = (await practice.sim('GET', '/settings')).json();
  assert.deepEqual([tokenCallsPerMinute, callsPerDay], [50, 7]);
  const reply = await practice.raw('POST', '/oauth2/v1/token', {
    headers: { authorization: `Basic ${Buffer.from('gateway:a-secret').toString('base64')}` },
    form: { grant_type: 'client_credentials', scope: 'athena/service/Athenanet.MDP.*' },
  });
  const { access_token: as } = reply.json();
  assert.equal((await practice.api('GET', '/v1/24451/ping', { as })).status, 200);
});

test('bad options and production are told in a sentence, and nothing is left running', async (t) => {
  const stateDir = await stateFolder(t);
  const rows: readonly [string[], Record<string, string>, RegExp][] = [
    [
      ['--zone', 'Mars/Olympus', '--environment', 'open', '--settings', '{"colour":1}'],
      {},
      /environment[\s\S]*IANA[\s\S]*colour/,
    ],
    [['--client-id', 'app', '--state-dir', stateDir], {}, /client-secret or --jwks-uri/],
    [['--state-dir', stateDir], { NODE_ENV: 'production' }, /does not run in production/],
  ];
  for (const [args, env, said] of rows) {
    const { url, exited, errors } = await startSimulatorProcess(t, 'athenahealth', args, env);
    assert.equal(url, '');
    assert.deepEqual(await exited, [1, null], args.join(' '));
    assert.match(errors.join(''), said);
  }
});
