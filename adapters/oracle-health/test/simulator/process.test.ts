import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulatorProcess, stateFolder } from '#test/simulator-process.ts';
import { clinicClient, NORA, PIER, TYPES, VISIT } from './clinic.ts';

const TOKEN = 'static-token-of-a-test';

test('answered writes are there after kill -9 and a new start, at the same address', async (t) => {
  const args = ['--state-dir', await stateFolder(t), '--static-token', TOKEN];
  const first = await startSimulatorProcess(t, 'oracle-health', args);
  const before = clinicClient(first.url, TOKEN);
  const [slot, held] = await before.slots({ '-location': PIER });
  const id = await before.book(slot.id, NORA, { comment: 'GW:KILLED9999.1' });
  const hold = [{ op: 'replace', path: '/status', value: 'busy-tentative' }];
  assert.equal((await before.patch(`/Slot/${held.id}`, held.meta.versionId, hold)).status, 200);
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await startSimulatorProcess(t, 'oracle-health', args);
  assert.equal(second.url, first.url);
  const after = clinicClient(second.url, TOKEN);
  assert.equal((await after.ledger(id)).marker, 'GW:KILLED9999.1');
  assert.equal((await after.read(`/Appointment/${id}`)).status, 'booked');
  assert.equal((await after.read(`/Slot/${held.id}`)).status, 'busy-tentative');
});

test('the environment configures it, flags win, and an app is registered from the start', async (t) => {
  const env = {
    SIM_NAME: 'Bay Clinic',
    SIM_STATE_DIR: await stateFolder(t),
    SIM_TENANT: 'bay-tenant',
    SIM_STATIC_TOKEN: TOKEN,
    SIM_CLIENT_ID: 'gateway',
    SIM_CLIENT_SECRET: 'a-secret',
  };
  const { url } = await startSimulatorProcess(
    t,
    'oracle-health',
    ['--name', 'Cove Clinic', '--zone', 'America/Chicago'],
    env,
  );
  const clinic = clinicClient(url, TOKEN);
  const { emr, office, timeZone, basePath } = (await clinic.sim('GET', '')).json();
  assert.deepEqual(
    [emr, office, timeZone, basePath],
    ['oracle-health', 'Cove Clinic', 'America/Chicago', '/r4/bay-tenant'],
  );
  const headers = { authorization: `Bearer ${TOKEN}` };
  assert.equal((await clinic.raw('GET', '/r4/bay-tenant/Location?name=harbor', { headers })).status, 200);
  const smart = (await clinic.raw('GET', '/r4/bay-tenant/.well-known/smart-configuration')).json();
  const reply = await clinic.raw('POST', smart.token_endpoint.slice(url.length), {
    headers: {
      authorization: `Basic ${Buffer.from('gateway:a-secret').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials&scope=system/Slot.rs',
  });
  assert.equal(reply.json().expires_in, 570);
});

test('common faults are played on reads and writes, and a reset brings the first day back', async (t) => {
  const { url } = await startSimulatorProcess(t, 'oracle-health', [
    '--state-dir',
    await stateFolder(t),
    `--static-token=${TOKEN}`,
  ]);
  const clinic = clinicClient(url, TOKEN);
  const [slot] = await clinic.slots();
  const booking = {
    resourceType: 'Appointment',
    status: 'booked',
    slot: [{ reference: `Slot/${slot.id}` }],
    participant: [{ actor: { reference: `Patient/${NORA}` }, status: 'accepted' }],
  };
  await clinic.sim('POST', '/faults', { name: 'response-lost', effect: 'write', times: 1 });
  await assert.rejects(clinic.api('POST', '/Appointment', { body: booking }));
  await clinic.sim('POST', '/faults', { name: 'stale-read', effect: 'read', times: 1 });
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'free');
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'busy');
  await clinic.sim('POST', '/faults', { name: 'throttled', effect: 'read', times: 1 });
  const query = `service-type=${TYPES}|${VISIT}&start=ge2027-06-07T13:00:00Z&start=lt2027-06-07T14:00:00Z`;
  const throttled = await clinic.api('GET', `/Slot?${query}`);
  assert.deepEqual([throttled.status, throttled.json().issue[0].code], [429, 'throttled']);
  assert.equal((await clinic.sim('POST', '/reset')).status, 204);
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'free');
});

test('bad options and production are told in a sentence, and nothing is left running', async (t) => {
  const stateDir = await stateFolder(t);
  const rows: readonly [string[], Record<string, string>, RegExp][] = [
    [['--zone', 'Mars/Olympus', '--persona', 'open'], {}, /persona[\s\S]*IANA zone/],
    [['--client-id', 'app', '--state-dir', stateDir], {}, /client-secret or --jwks-uri/],
    [['--state-dir', stateDir], { NODE_ENV: 'production' }, /does not run in production/],
  ];
  for (const [args, env, said] of rows) {
    const { url, exited, errors } = await startSimulatorProcess(t, 'oracle-health', args, env);
    assert.equal(url, '');
    assert.deepEqual(await exited, [1, null], args.join(' '));
    assert.match(errors.join(''), said);
  }
});
