import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clock,
  errorOf,
  type Json,
  MINA,
  NOW,
  ORRIN,
  OTHER_TOKEN,
  openPractice,
  type TestPractice,
} from './practice.ts';

const PATH = '/appointments/changed';

async function subscribed(practice: TestPractice, form: Record<string, string> = {}, as?: string) {
  const reply = await practice.api('POST', `${PATH}/subscription`, { form, ...(as !== undefined && { as }) });
  assert.deepEqual(reply.json(), { success: true });
}

const statuses = ({ appointments }: Json): string[][] =>
  appointments.map(({ appointmentid, appointmentstatus }: Json) => [appointmentid, appointmentstatus]);

test('nobody reads changes without a subscription', async (t) => {
  const practice = await openPractice(t);
  const reply = await practice.api('GET', PATH);
  assert.equal(reply.status, 403);
  assert.match(errorOf(reply).error, /subscription/);
  assert.deepEqual(await practice.get(`${PATH}/subscription`), { status: 'INACTIVE', subscriptions: [] });
  await subscribed(practice, { eventname: 'CancelAppointment' });
  assert.deepEqual(await practice.get(`${PATH}/subscription`), {
    status: 'PARTIAL',
    subscriptions: [{ eventname: 'CancelAppointment' }],
  });
  await subscribed(practice);
  const { status, subscriptions } = await practice.get(`${PATH}/subscription`);
  assert.deepEqual([status, subscriptions.length], ['ACTIVE', 9]);
  await practice.api('DELETE', `${PATH}/subscription?eventname=CheckIn`);
  assert.equal((await practice.get(`${PATH}/subscription`)).status, 'PARTIAL');
  await practice.api('DELETE', `${PATH}/subscription`);
  assert.equal((await practice.api('GET', PATH)).status, 403);
  assert.equal((await practice.get(`${PATH}/subscription/events`)).totalcount, 11);
  const unknown = await practice.api('POST', `${PATH}/subscription`, { form: { eventname: 'Explode' } });
  assert.equal(unknown.status, 400);
});

test('what is read is gone, and each record comes once, as it stands now', async (t) => {
  const practice = await openPractice(t);
  await subscribed(practice);
  assert.deepEqual(await practice.get(PATH), { totalcount: 0, appointments: [] });
  const [slot] = await practice.open();
  const id = await practice.booked(slot.appointmentid);
  assert.deepEqual(statuses(await practice.get(`${PATH}?leaveunprocessed=true`)), [[id, 'f']]);
  await practice.put(`${id}/cancel`, { patientid: MINA });
  const told = await practice.get(PATH);
  assert.deepEqual(
    statuses(told).map(([, status]) => status),
    ['x', 'o'],
  );
  const [, open] = told.appointments;
  assert.deepEqual(
    ['patientid', 'scheduledby', 'scheduleddatetime', 'lastmodified'].filter((name) => name in open),
    [],
  );
  assert.equal((await practice.get(PATH)).totalcount, 0);
});

test('a page with an offset skips what moves up', async (t) => {
  const practice = await openPractice(t);
  await subscribed(practice);
  const slots = await practice.open();
  for (const { appointmentid } of slots.slice(0, 4))
    await practice.put(`${appointmentid}/freeze`, { freeze: 'true' });
  const first = await practice.get(`${PATH}?limit=2`);
  assert.deepEqual([first.appointments.length, first.totalcount], [2, 4]);
  const second = await practice.get(first.next);
  assert.equal(second.appointments.length, 0);
  assert.equal((await practice.get(`${PATH}?limit=2`)).appointments.length, 2);
});

test('each key has a queue of its own, for its departments and events', async (t) => {
  const practice = await openPractice(t);
  await subscribed(practice, { departmentids: '14' });
  await subscribed(practice, { eventname: 'CancelAppointment' }, OTHER_TOKEN);
  const [slot] = await practice.open();
  const id = await practice.booked(slot.appointmentid);
  assert.equal((await practice.get(PATH)).totalcount, 0);
  const other = async (): Promise<string[][]> =>
    statuses((await practice.api('GET', PATH, { as: OTHER_TOKEN })).json());
  assert.deepEqual(await other(), []);
  await practice.put(`${id}/cancel`, { patientid: MINA });
  assert.deepEqual(await other(), [[id, 'x']]);
});

test('a filter takes its rows and leaves the others', async (t) => {
  const practice = await openPractice(t);
  await subscribed(practice);
  const [first, second] = await practice.open();
  const id = await practice.booked(first.appointmentid);
  await practice.booked(second.appointmentid, { patientid: ORRIN });
  assert.deepEqual(statuses(await practice.get(`${PATH}?patientid=${MINA}`)), [[id, 'f']]);
  assert.equal((await practice.get(`${PATH}?departmentid=14`)).totalcount, 0);
  assert.equal((await practice.get(PATH)).totalcount, 1);
});

test('a change takes its time, and what was read can be read again for a while, by Eastern time', async (t) => {
  const practice = await openPractice(t, { settings: { feedDelaySeconds: 300 } });
  await subscribed(practice);
  const [slot] = await practice.open();
  const id = await practice.booked(slot.appointmentid);
  assert.equal((await practice.get(PATH)).totalcount, 0);
  clock.at = NOW + 301_000;
  assert.equal((await practice.get(PATH)).totalcount, 1);
  const window =
    'showprocessedstartdatetime=03/03/2027 11:00:00&showprocessedenddatetime=03/03/2027 12:00:00';
  assert.deepEqual(statuses(await practice.get(`${PATH}?${window}`)), [[id, 'f']]);
  assert.equal((await practice.get(`${PATH}?${window}`)).totalcount, 1, 'as often as one likes');
  clock.at = NOW + 2 * 3_600_000;
  assert.equal((await practice.get(`${PATH}?${window}`)).totalcount, 0);
});

test('a deleted slot is never told, or as a cancelled row', async (t) => {
  const practice = await openPractice(t);
  await subscribed(practice);
  const [first, second] = await practice.open();
  await practice.api('DELETE', `/appointments/${first.appointmentid}`);
  assert.equal((await practice.get(PATH)).totalcount, 0);
  await practice.set({ deletedInFeed: 'cancelled' });
  await practice.api('DELETE', `/appointments/${second.appointmentid}`);
  assert.deepEqual(statuses(await practice.get(PATH)), [[String(second.appointmentid), 'x']]);
});

test('the desk is heard of too', async (t) => {
  const practice = await openPractice(t);
  await subscribed(practice);
  const order = {
    action: 'book',
    patientId: MINA,
    practitionerId: '71',
    locationId: '12',
    start: '2027-03-09T15:00:00-08:00',
  };
  const { id } = (await practice.sim('POST', '/staff', order)).json();
  const { appointments } = await practice.get(`${PATH}?patientid=${MINA}`);
  assert.deepEqual([appointments[0].appointmentid, appointments[0].scheduledby], [id, 'jabbot']);
});
