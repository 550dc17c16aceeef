import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clock,
  errorOf,
  type Json,
  MINA,
  NEW_PATIENT,
  NOW,
  ORRIN,
  openPractice,
  RETURN,
  type TestPractice,
} from './practice.ts';

const at = (slots: Json[], time: string): Json => slots.find(({ starttime }) => starttime === time);

async function bookedOne(practice: TestPractice): Promise<{ id: string; slot: Json }> {
  const [slot] = await practice.open();
  const id = await practice.booked(slot.appointmentid, { bookingnote: 'GW:7K3QX9M2TA.1' });
  return { id, slot };
}

test('a cancelled visit stays, and another slot opens in its place with an id of its own', async (t) => {
  const practice = await openPractice(t);
  const { id, slot } = await bookedOne(practice);
  clock.at = NOW + 60_000;
  const reply = await practice.put(`${id}/cancel`, { patientid: MINA, cancellationreason: 'has a cold' });
  assert.deepEqual([reply.status, reply.json()], [200, { status: 'x' }]);
  const row = await practice.read(id);
  assert.deepEqual(
    [row.appointmentstatus, row.cancelreasonid, row.cancelreasonname, row.cancelreasonslotavailable],
    ['x', '-5', 'CANCELLED FROM API', true],
  );
  assert.deepEqual([row.cancelleddatetime, row.cancelledby], ['03/03/2027 11:01:00', row.scheduledby]);
  assert.match(row.appointmentnotes[1].text, /^API appointment cancellation\. .*: has a cold$/);
  const again = at(await practice.open(), slot.starttime);
  assert.notEqual(String(again.appointmentid), id);
  const fresh = await practice.read(again.appointmentid);
  assert.deepEqual([fresh.appointmentstatus, fresh.templateappointmentid], ['o', id]);
  assert.equal((await practice.book(again.appointmentid, { patientid: ORRIN })).status, 200);
  assert.equal((await practice.ledger(id)).status, 'cancelled');
});

test('the slot that opens again refers to the template, or to itself where the setting says so', async (t) => {
  const practice = await openPractice(t);
  const { id, slot } = await bookedOne(practice);
  await practice.put(`${id}/cancel`, { patientid: MINA });
  const second = at(await practice.open(), slot.starttime).appointmentid;
  await practice.booked(second);
  await practice.put(`${second}/cancel`, { patientid: MINA });
  const third = at(await practice.open(), slot.starttime).appointmentid;
  assert.equal((await practice.read(third)).templateappointmentid, id);
  await practice.set({ reopenedTemplate: 'own-id' });
  await practice.booked(third);
  await practice.put(`${third}/cancel`, { patientid: MINA });
  const fourth = at(await practice.open(), slot.starttime).appointmentid;
  assert.equal((await practice.read(fourth)).templateappointmentid, String(fourth));
});

test('a reason without slotavailable loses the time', async (t) => {
  const practice = await openPractice(t);
  const { id } = await bookedOne(practice);
  const before = await practice.open();
  const form = { patientid: MINA, appointmentcancelreasonid: '27' };
  assert.equal((await practice.put(`${id}/cancel`, form)).status, 200);
  assert.deepEqual(await practice.open(), before);
  const unknown = { patientid: MINA, appointmentcancelreasonid: '999' };
  const other = await bookedOne(practice);
  assert.equal((await practice.put(`${other.id}/cancel`, unknown)).status, 400);
});

test('a long visit opens again as the slots that it took, or as one', async (t) => {
  const practice = await openPractice(t);
  const typed = { reasonid: undefined, appointmenttypeid: NEW_PATIENT };
  const form = { patientid: MINA, appointmenttypeid: NEW_PATIENT };
  const before = await practice.open();
  const [long] = await practice.open(typed);
  await practice.put(String(long.appointmentid), form);
  await practice.put(`${long.appointmentid}/cancel`, { patientid: MINA });
  const times = (slots: Json[]): string[] => slots.map(({ starttime }) => starttime);
  assert.deepEqual(times(await practice.open()), times(before));
  await practice.set({ reopenedLong: 'one' });
  const [next] = await practice.open(typed);
  await practice.put(String(next.appointmentid), form);
  await practice.put(`${next.appointmentid}/cancel`, { patientid: MINA });
  const one = at(await practice.open(), next.starttime);
  assert.deepEqual([one.duration, (await practice.open()).length], [45, before.length - 2]);
});

test('another patient, a second time, after check-in and of what there is not: refused as the settings say', async (t) => {
  const practice = await openPractice(t);
  const { id } = await bookedOne(practice);
  const cancel = (form: Record<string, string>, which = id) => practice.put(`${which}/cancel`, form);
  const none = await cancel({});
  assert.deepEqual([none.status, errorOf(none).missingfields], [400, ['patientid']]);
  const wrong = await cancel({ patientid: ORRIN });
  assert.deepEqual([wrong.status, errorOf(wrong).error], [400, 'The data provided is invalid.']);
  await practice.set({ cancelWrongPatient: '409' });
  assert.equal((await cancel({ patientid: ORRIN })).status, 409);
  assert.equal((await cancel({ patientid: MINA })).status, 200);
  const again = await cancel({ patientid: MINA });
  assert.deepEqual([again.status, errorOf(again).error], [404, 'The appointment is not available.']);
  await practice.set({ cancelAgain: '200' });
  assert.deepEqual((await cancel({ patientid: MINA })).json(), { status: 'x' });
  assert.equal((await cancel({ patientid: MINA }, '123456789')).status, 404);
  const [seen] = (
    await practice.get('/appointments/booked?startdate=03/01/2027&enddate=03/02/2027&appointmentstatus=3')
  ).appointments;
  const late = await cancel({ patientid: seen.patientid }, seen.appointmentid);
  assert.equal(errorOf(late).error, 'This appointment has already been checked in.');
});

test('notice is kept for cancelling only where the setting says so', async (t) => {
  const practice = await openPractice(t, { settings: { noticeOnCancelling: 'enforced' } });
  const today = { startdate: '03/03/2027', enddate: '03/03/2027' };
  const [soon] = await practice.open(today);
  const id = await practice.booked(soon.appointmentid);
  assert.equal((await practice.put(`${id}/cancel`, { patientid: MINA })).status, 400);
  await practice.set({ noticeOnCancelling: 'ignored' });
  assert.equal((await practice.put(`${id}/cancel`, { patientid: MINA })).status, 200);
});

test('a rescheduled visit is two records, of which the old one names the new', async (t) => {
  const practice = await openPractice(t);
  const { id, slot } = await bookedOne(practice);
  const target = (await practice.open()).at(-1);
  const form = {
    newappointmentid: String(target.appointmentid),
    patientid: MINA,
    reschedulereason: 'works late',
  };
  clock.at = NOW + 5000;
  const reply = await practice.put(`${id}/reschedule`, form);
  assert.deepEqual(reply.json(), [
    {
      appointmentid: String(target.appointmentid),
      departmentid: '12',
      providerid: '',
      appointmentstatus: 'f',
      duration: '15',
      patientid: MINA,
      appointmenttypeid: '82',
    },
  ]);
  const [old, fresh] = [await practice.read(id), await practice.read(target.appointmentid)];
  assert.deepEqual(
    [old.appointmentstatus, old.cancelreasonid, old.rescheduledappointmentid, old.cancelleddatetime],
    ['x', '-4', String(target.appointmentid), fresh.scheduleddatetime],
  );
  assert.equal('rescheduledappointmentid' in fresh, false);
  assert.match(old.appointmentnotes[1].text, /works late/);
  assert.match(fresh.appointmentnotes[0].text, /GW:7K3QX9M2TA\.1/);
  assert.ok(at(await practice.open(), slot.starttime), 'the time before is open again');
  const ledger = await Promise.all([id, target.appointmentid].map(practice.ledger));
  assert.deepEqual(
    ledger.map(({ status, marker }) => [status, marker]),
    [
      ['cancelled', 'GW:7K3QX9M2TA.1'],
      ['booked', 'GW:7K3QX9M2TA.1'],
    ],
  );
});

test('a reschedule to what is taken changes nothing', async (t) => {
  const practice = await openPractice(t);
  const { id } = await bookedOne(practice);
  const target = (await practice.open()).at(-1);
  await practice.booked(target.appointmentid, { patientid: ORRIN });
  const form = { newappointmentid: String(target.appointmentid), patientid: MINA };
  assert.equal((await practice.put(`${id}/reschedule`, form)).status, 409);
  assert.equal((await practice.put(`${id}/reschedule`, { ...form, newappointmentid: id })).status, 409);
  assert.equal((await practice.put(`${id}/reschedule`, { ...form, patientid: ORRIN })).status, 400);
  assert.equal((await practice.put(`${id}/reschedule`, { patientid: MINA })).status, 400);
  const row = await practice.read(id);
  assert.deepEqual([row.appointmentstatus, row.appointmentnotes.length], ['f', 1]);
});

test('a reschedule keeps the reason of the visit, or takes another', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open({ reasonid: RETURN });
  const id = await practice.booked(slot.appointmentid, { reasonid: RETURN });
  const [target] = await practice.open({ reasonid: RETURN });
  const form = { newappointmentid: String(target.appointmentid), patientid: MINA };
  const [moved] = (await practice.put(`${id}/reschedule`, form)).json();
  assert.deepEqual([moved.duration, moved.appointmenttypeid], ['30', '83']);
});

test('freezing tells its failures in the body of a success', async (t) => {
  const practice = await openPractice(t);
  const [slot, other] = await practice.open();
  const freeze = async (id: number, frozen: string): Promise<Json> => {
    const reply = await practice.put(`${id}/freeze`, { freeze: frozen });
    assert.equal(reply.status, 200);
    return reply.json();
  };
  const ok = { success: true, errormessage: '' };
  assert.deepEqual(await freeze(slot.appointmentid, 'true'), ok);
  assert.deepEqual(await freeze(slot.appointmentid, 'true'), {
    success: false,
    errormessage: 'Appointment is already frozen.',
  });
  assert.deepEqual(await freeze(slot.appointmentid, 'false'), ok);
  assert.equal((await freeze(slot.appointmentid, 'false')).errormessage, 'Appointment is already unfrozen.');
  const missing = await practice.put(`${slot.appointmentid}/freeze`, {});
  assert.deepEqual(errorOf(missing).missingfields, ['freeze']);
  await practice.booked(other.appointmentid);
  assert.equal((await freeze(other.appointmentid, 'true')).success, false);
});

test('an open slot can be deleted, a booked one cannot', async (t) => {
  const practice = await openPractice(t);
  const [slot, other] = await practice.open();
  const reply = await practice.api('DELETE', `/appointments/${slot.appointmentid}`);
  assert.deepEqual(reply.json(), { appointmentid: String(slot.appointmentid) });
  assert.equal((await practice.api('GET', `/appointments/${slot.appointmentid}`)).status, 404);
  await practice.set({ missingAppointment: '410' });
  assert.equal((await practice.api('GET', `/appointments/${slot.appointmentid}`)).status, 410);
  await practice.booked(other.appointmentid);
  assert.equal((await practice.api('DELETE', `/appointments/${other.appointmentid}`)).status, 400);
});
