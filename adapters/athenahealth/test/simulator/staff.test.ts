import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BRICKER,
  HILLCREST,
  type Json,
  LAKESIDE,
  LINDQVIST,
  MINA,
  openPractice,
  type TestPractice,
} from './practice.ts';

const visit = {
  action: 'book',
  patientId: MINA,
  practitionerId: BRICKER,
  locationId: LAKESIDE,
  start: '2027-03-09T15:00:00-08:00',
  minutes: 30,
};

const act = async (practice: TestPractice, action: object): Promise<Json> => {
  const reply = await practice.sim('POST', '/staff', action);
  assert.equal(reply.status, 200, reply.text);
  return reply.json();
};
const timesOf = async (practice: TestPractice): Promise<string[]> =>
  (await practice.open()).map(({ starttime }) => starttime);

test('a visit booked at the desk takes the slots of its time, under the id of the first', async (t) => {
  const practice = await openPractice(t);
  const slot = (await practice.open()).find(({ starttime }) => starttime === '15:00');
  const row = await act(practice, { ...visit, note: 'GW:ABCDEFGHIJ.3' });
  assert.deepEqual(
    [row.id, row.status, row.marker, row.writes[0].by],
    [String(slot.appointmentid), 'booked', 'GW:ABCDEFGHIJ.3', 'staff'],
  );
  const times = await timesOf(practice);
  assert.ok(!times.includes('15:00') && !times.includes('15:15'));
  const read = await practice.read(row.id);
  assert.deepEqual([read.duration, read.scheduledby], [30, 'jabbot']);
});

test('the desk books what no slot plans, over whatever is there', async (t) => {
  const practice = await openPractice(t);
  const odd = { ...visit, start: '2027-03-09T15:05:00-08:00', minutes: 25 };
  const [one, other] = [await act(practice, odd), await act(practice, odd)];
  assert.notEqual(one.id, other.id);
  assert.equal(one.end, '2027-03-09T15:30:00-08:00');
});

test('a visit moved at the desk is a new record, or the same one where the practice works so', async (t) => {
  const practice = await openPractice(t);
  const { id } = await act(practice, { ...visit, note: 'GW:ABCDEFGHIJ.1' });
  const start = '2027-03-10T13:00:00-08:00';
  const moved = await act(practice, { action: 'move', id, start });
  assert.notEqual(moved.id, id);
  assert.deepEqual([moved.start, moved.marker], [start, 'GW:ABCDEFGHIJ.1']);
  const old = await practice.read(id);
  assert.deepEqual([old.appointmentstatus, old.rescheduledappointmentid], ['x', moved.id]);
  assert.ok((await timesOf(practice)).includes('15:00'), 'the time before is open again');
  await practice.set({ deskMove: 'same-record' });
  const elsewhere = { practitionerId: LINDQVIST, locationId: HILLCREST, start: '2027-03-12T09:00:00-08:00' };
  const kept = await act(practice, { action: 'move', id: moved.id, ...elsewhere });
  assert.deepEqual(
    [kept.id, kept.status, kept.practitionerId, kept.locationId],
    [moved.id, 'booked', LINDQVIST, HILLCREST],
  );
  const read = await practice.read(kept.id);
  assert.deepEqual([read.date, read.starttime, read.appointmentstatus], ['03/12/2027', '09:00', 'f']);
});

test('a visit is noted, missed, cancelled and deleted at the desk', async (t) => {
  const practice = await openPractice(t);
  const { id } = await act(practice, { ...visit, note: 'GW:ABCDEFGHIJ.1' });
  assert.equal((await act(practice, { action: 'note', id, note: 'Ring twice' })).marker, null);
  assert.equal((await act(practice, { action: 'noshow', id })).status, 'noshow');
  const missed = await practice.read(id);
  assert.deepEqual([missed.cancelreasonnoshow, missed.cancelreasonslotavailable], [true, false]);
  const second = await act(practice, { ...visit, start: '2027-03-10T13:00:00-08:00' });
  assert.equal((await act(practice, { action: 'cancel', id: second.id })).status, 'cancelled');
  const third = await act(practice, { ...visit, start: '2027-03-10T14:00:00-08:00' });
  assert.equal((await act(practice, { action: 'delete', id: third.id })).status, 'entered-in-error');
  assert.equal((await practice.api('GET', `/appointments/${third.id}`)).status, 404);
  assert.equal((await practice.sim('POST', '/staff', { action: 'cancel', id: third.id })).status, 404);
});

test('the desk is told who and what it does not know', async (t) => {
  const practice = await openPractice(t);
  for (const wrong of [{ patientId: '404' }, { practitionerId: '404' }, { locationId: '404' }])
    assert.equal((await practice.sim('POST', '/staff', { ...visit, ...wrong })).status, 400);
});
