import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from '../../simulator/faults.ts';
import { errorOf, type Json, MINA, ORRIN, openPractice, type TestPractice } from './practice.ts';

async function order(practice: TestPractice, fault: object): Promise<void> {
  const reply = await practice.sim('POST', '/faults', { times: 1, ...fault });
  assert.equal(reply.status, 201, reply.text);
}

async function fired(practice: TestPractice): Promise<Json> {
  return (await practice.sim('GET', '/faults')).json().fired;
}

test('quota-exhausted: one call is told that the day is over, and nothing is done', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  await order(practice, { name: 'quota-exhausted' });
  const reply = await practice.book(slot.appointmentid);
  assert.deepEqual([reply.status, reply.headers.get('x-ratelimit-remaining')], [429, '0']);
  assert.equal((await practice.read(slot.appointmentid)).appointmentstatus, 'o');
  assert.deepEqual(await fired(practice), { 'quota-exhausted': 1 });
});

test('permission-missing: 403 in JSON although the scope is there', async (t) => {
  const practice = await openPractice(t);
  await order(practice, { name: 'permission-missing', route: 'GET /departments' });
  const reply = await practice.api('GET', '/departments');
  assert.equal(reply.status, 403);
  assert.ok(errorOf(reply).error);
  assert.equal((await practice.api('GET', '/departments')).status, 200);
});

test('feed-drained: somebody with the same key has read the changes', async (t) => {
  const practice = await openPractice(t);
  await practice.api('POST', '/appointments/changed/subscription');
  const [slot] = await practice.open();
  await practice.booked(slot.appointmentid);
  await order(practice, { name: 'feed-drained' });
  assert.equal((await practice.get('/ping')).Pong, 'true', 'other routes do not meet it');
  for (let reading = 0; reading < 2; reading++)
    assert.equal((await practice.get('/appointments/changed')).totalcount, 0);
  const window = 'showprocessedstartdatetime=03/03/2027 00:00:00';
  assert.equal((await practice.get(`/appointments/changed?${window}`)).totalcount, 1);
});

test('conflict-is-ours: the slot is booked for us and we are told that it was taken', async (t) => {
  const practice = await openPractice(t);
  const [slot, other] = await practice.open();
  await order(practice, { name: 'conflict-is-ours' });
  const reply = await practice.book(slot.appointmentid, { bookingnote: 'GW:7K3QX9M2TA.1' });
  assert.equal(reply.status, 409);
  assert.match(errorOf(reply).error, /already booked/);
  const row = await practice.read(slot.appointmentid);
  assert.deepEqual([row.patientid, row.appointmentstatus], [MINA, 'f']);
  assert.equal((await practice.ledger(slot.appointmentid)).marker, 'GW:7K3QX9M2TA.1');
  await order(practice, { name: 'conflict-is-ours' });
  const form = { newappointmentid: String(other.appointmentid), patientid: MINA };
  assert.equal((await practice.put(`${slot.appointmentid}/reschedule`, form)).status, 409);
  assert.equal((await practice.read(other.appointmentid)).patientid, MINA);
});

test('list-lag: a list is older than a reading by id', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  await practice.booked(slot.appointmentid);
  await order(practice, { name: 'list-lag', times: 2 });
  assert.equal((await practice.read(slot.appointmentid)).appointmentstatus, 'f');
  assert.equal((await practice.get(`/patients/${MINA}/appointments`)).totalcount, 0);
  assert.ok((await practice.open()).some(({ appointmentid }) => appointmentid === slot.appointmentid));
  assert.equal((await practice.get(`/patients/${MINA}/appointments`)).totalcount, 1);
});

test('the faults of every simulator are played in the vendor’s manner', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  await order(practice, { name: 'throttled' });
  const throttled = await practice.api('GET', '/ping');
  assert.deepEqual([throttled.status, throttled.headers.get('retry-after')], [429, null]);
  await order(practice, { name: 'response-lost', effect: 'write' });
  await assert.rejects(practice.book(slot.appointmentid));
  assert.equal((await practice.book(slot.appointmentid, { patientid: ORRIN })).status, 409);
  await order(practice, { name: 'stale-read', effect: 'read' });
  const [row] = (await practice.api('GET', `/appointments/${slot.appointmentid}`)).json();
  assert.equal(row.appointmentstatus, 'o');
  await order(practice, { name: 'error-after-commit', effect: 'write' });
  const failed = await practice.put(`${slot.appointmentid}/cancel`, { patientid: MINA });
  assert.equal(failed.status, 500);
  assert.throws(() => failed.json());
  assert.equal((await practice.read(slot.appointmentid)).appointmentstatus, 'x');
  await order(practice, { name: 'hostile-body', variant: 'patient-error', text: 'Zelda Canary' });
  assert.equal(errorOf(await practice.api('GET', '/ping')).error, 'Zelda Canary');
});

test('every fault of this vendor has been played', () => {
  assert.deepEqual(Object.keys(faults).sort(), [
    'conflict-is-ours',
    'feed-drained',
    'list-lag',
    'permission-missing',
    'quota-exhausted',
  ]);
});
