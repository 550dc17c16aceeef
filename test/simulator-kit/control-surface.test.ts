import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSimulator } from '#simulator-kit/index.ts';
import { startToy, temporaryFolder, toyEmr } from './toy-emr.ts';

test('the ledger tells every appointment with who wrote what, and finds the marker in the note', async (t) => {
  const toy = await startToy(t);
  await toy.call('POST', '/api/visits', { patient: 'p7', note: 'Booked online GW:7K3QX9M2TA.1 thanks' });
  const { appointments, patients } = (await toy.call('GET', '/__sim/ledger')).json();
  const { writes, ...visit } = appointments[1];
  assert.deepEqual(visit, {
    id: '2',
    patientId: 'p7',
    start: '2031-03-04T10:00:00-07:00',
    end: '2031-03-04T10:30:00-07:00',
    practitionerId: null,
    locationId: 'r1',
    status: 'booked',
    nativeStatus: 'booked',
    marker: 'GW:7K3QX9M2TA.1',
  });
  assert.deepEqual(
    writes.map(({ by, action }: { by: string; action: string }) => [by, action]),
    [['api', 'book']],
  );
  assert.ok(!Number.isNaN(Date.parse(writes[0].at)));
  assert.equal(appointments[0].marker, null);
  assert.equal(appointments[0].writes[0].by, 'seed');
  assert.deepEqual(patients, []);
});

test('the front desk books, moves, notes, cancels and deletes, and the ledger keeps what was deleted', async (t) => {
  const toy = await startToy(t);
  const desk = (action: object) => toy.call('POST', '/__sim/staff', action);
  const start = '2031-03-05T09:00:00-07:00';
  const booked = await desk({
    action: 'book',
    patientId: 5,
    practitionerId: 1,
    locationId: 2,
    start,
    note: 'GW:AAAA.1',
  });
  assert.equal(booked.status, 200);
  const { id } = booked.json();
  assert.equal(
    (await desk({ action: 'move', id, start: '2031-03-06T09:00:00-07:00' })).json().start,
    '2031-03-06T09:00:00-07:00',
  );
  assert.equal((await desk({ action: 'note', id, note: 'call first' })).json().marker, null);
  assert.equal((await desk({ action: 'cancel', id })).json().status, 'cancelled');
  assert.equal((await desk({ action: 'delete', id })).json().status, 'entered-in-error');
  assert.equal((await toy.call('GET', `/api/visits/${id}`)).status, 404);
  const ledger = (await toy.call('GET', '/__sim/ledger')).json();
  const kept = ledger.appointments.find((one: { id: string }) => one.id === id);
  assert.deepEqual(
    kept.writes.map(({ by, action }: { by: string; action: string }) => `${by} ${action}`),
    ['staff book', 'staff move', 'staff note', 'staff cancel', 'staff delete'],
  );
});

test('the front desk admits patients, and says so where it admits nobody', async (t) => {
  const toy = await startToy(t);
  const order = { action: 'admit', family: 'Vale', given: 'Robin', birthDate: '1990-01-02' };
  const admitted = await toy.call('POST', '/__sim/staff', order);
  assert.deepEqual([admitted.status, admitted.json().id, admitted.json().by], [200, 'p100', 'staff']);
  assert.deepEqual((await toy.call('GET', '/__sim/ledger')).json().patients, [admitted.json()]);
  for (const wrong of [{ birthDate: '2 January' }, { family: '' }, { phone: '555 0100' }])
    assert.equal((await toy.call('POST', '/__sim/staff', { ...order, ...wrong })).status, 400);

  const { admitPatient: _, ...closed } = toyEmr;
  const stateFile = join(await temporaryFolder(t), 'toy.json');
  const other = await startSimulator({ emulation: closed, stateFile });
  const body = JSON.stringify(order);
  const refused = await fetch(`${other.url}/__sim/staff`, { method: 'POST', body }).finally(other.stop);
  assert.deepEqual(
    [refused.status, await refused.json()],
    [400, { error: 'This front desk admits nobody.' }],
  );
});

test('a staff action that cannot be is refused', async (t) => {
  const toy = await startToy(t);
  assert.equal((await toy.call('POST', '/__sim/staff', { action: 'cancel', id: '99' })).status, 404);
  assert.equal((await toy.call('POST', '/__sim/staff', { action: 'explode' })).status, 400);
  const local = { action: 'move', id: '1', start: '2031-03-06T09:00:00' };
  assert.equal((await toy.call('POST', '/__sim/staff', local)).status, 400, 'a time without offset');
});

test('the log holds every request to the API with its fate, none to the control surface, and can be read in parts', async (t) => {
  const toy = await startToy(t);
  await toy.call('GET', '/api/visits?from=a%20b&tag=1&tag=2');
  await toy.call('GET', '/api/nothing/here');
  const log = (await toy.call('GET', '/__sim/requests')).json();
  assert.deepEqual(
    log.map(({ at: _, seq, ...entry }: { at: string; seq: number }) => entry),
    [
      {
        method: 'GET',
        path: '/api/visits',
        query: { from: 'a b', tag: ['1', '2'] },
        status: 200,
        performed: 200,
      },
      { method: 'GET', path: '/api/nothing/here', query: {}, status: 404, performed: 404 },
    ],
  );
  assert.equal((await toy.call('GET', `/__sim/requests?after=${log[0].seq}`)).json().length, 1);
});

test('settings change one by one, and unknown ones are refused', async (t) => {
  const toy = await startToy(t);
  assert.deepEqual((await toy.call('PUT', '/__sim/settings', { strict: true })).json(), {
    strict: true,
    gapMs: 0,
    queue: 3,
    patienceMs: 60_000,
  });
  assert.equal((await toy.call('POST', '/api/visits', { patient: 'p2' })).status, 422);
  assert.equal((await toy.call('PUT', '/__sim/settings', { colour: 'red' })).status, 400);
  assert.equal((await toy.call('PUT', '/__sim/settings', { strict: 'yes' })).status, 400);
  assert.equal((await toy.call('GET', '/__sim/settings')).json().strict, true);
});

test('a refused write leaves no trace in data or ledger', async (t) => {
  const toy = await startToy(t);
  assert.equal((await toy.call('POST', '/api/visits', { patient: 'p2', late: true })).status, 422);
  assert.equal((await toy.call('GET', '/api/visits')).json().length, 1);
  assert.equal((await toy.call('GET', '/__sim/ledger')).json().appointments.length, 1);
});

test('reset brings back the seeded office without faults, and keeps the log', async (t) => {
  const toy = await startToy(t);
  await toy.call('POST', '/api/visits', { patient: 'p2' });
  await toy.call('PUT', '/__sim/settings', { strict: true });
  await toy.call('POST', '/__sim/faults', { name: 'throttled', times: 9 });
  assert.equal((await toy.call('POST', '/__sim/reset')).status, 204);
  assert.equal((await toy.call('GET', '/api/visits')).json().length, 1);
  assert.equal((await toy.call('GET', '/__sim/ledger')).json().appointments.length, 1);
  assert.equal((await toy.call('GET', '/__sim/settings')).json().strict, false);
  assert.deepEqual((await toy.call('GET', '/__sim/faults')).json(), { faults: [], fired: {} });
  assert.equal((await toy.call('GET', '/__sim/requests')).json().length, 2);
});

test('a control that does not exist or a body that is not JSON is told so', async (t) => {
  const toy = await startToy(t);
  assert.equal((await toy.call('GET', '/__sim/secrets')).status, 404);
  const response = await fetch(`${toy.url}/__sim/faults`, { method: 'POST', body: '{"name":' });
  assert.equal(response.status, 400);
});

test('a simulator listens on loopback only', async (t) => {
  const stateFile = join(await temporaryFolder(t), 'toy.json');
  const host = '0.0.0.0' as '127.0.0.1'; // the type already forbids it; the check has to as well
  await assert.rejects(startSimulator({ emulation: toyEmr, stateFile, host }), /loopback only/);
});
