import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ANY,
  clock,
  errorOf,
  FIRST,
  FOLLOW_UP,
  HILLCREST,
  type Json,
  MINA,
  NEW_PATIENT,
  NOW,
  OFFICE_VISIT,
  OKAFOR,
  ORRIN,
  openPractice,
  RETURN,
  VISIT,
} from './practice.ts';

const TAKEN = {
  error: 'That appointment time was already booked or not available for booking.',
  detailedmessage:
    'The appointment ID is already booked or is not marked as being available to be scheduled via the API.',
};

test('a booked slot keeps its id, and the answer is a list of one without what a reading tells', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  const reply = await practice.book(slot.appointmentid, { bookingnote: 'ref GW:7K3QX9M2TA.1' });
  const id = String(slot.appointmentid);
  assert.deepEqual(reply.json(), [
    {
      appointmentid: id,
      date: slot.date,
      starttime: slot.starttime,
      duration: 15,
      departmentid: '12',
      patientid: MINA,
      appointmentstatus: 'f',
      appointmenttypeid: OFFICE_VISIT,
      appointmenttype: 'Office Visit',
      patientappointmenttypename: 'Office Visit',
      providerid: '71',
      renderingproviderid: '',
      referringproviderid: '',
      supervisingproviderid: 0,
      chargeentrynotrequired: false,
    },
  ]);
  const read = await practice.read(id);
  assert.deepEqual(
    [read.templateappointmentid, read.templateappointmenttypeid, read.scheduleddatetime],
    [id, ANY, '03/03/2027 11:00:00'],
  );
  assert.match(read.scheduledby, /^API-\d+$/);
  assert.match(read.appointmentnotes[0].text, /appointment created.*ref GW:7K3QX9M2TA\.1$/);
  const told = await practice.ledger(id);
  assert.deepEqual(
    [told.status, told.nativeStatus, told.marker, told.patientId, told.practitionerId, told.locationId],
    ['booked', 'f', 'GW:7K3QX9M2TA.1', MINA, '71', '12'],
  );
  assert.equal(Date.parse(told.end) - Date.parse(told.start), 15 * 60_000);
  assert.deepEqual(
    told.writes.map(({ by, action }: Json) => [by, action]),
    [['api', 'book']],
  );
});

test('of many who want one slot at once one gets it, and the others are told 409', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  const people = Array.from({ length: 12 }, (_, index) => String(Number(MINA) + index));
  const replies = await Promise.all(
    people.map((patientid) => practice.book(slot.appointmentid, { patientid })),
  );
  const losers = replies.filter(({ status }) => status !== 200);
  assert.equal(losers.length, 11);
  for (const reply of losers) assert.deepEqual([reply.status, errorOf(reply)], [409, TAKEN]);
  const { patientid } = replies.find(({ status }) => status === 200)?.json()[0] ?? {};
  assert.equal((await practice.read(slot.appointmentid)).patientid, patientid);
});

test('one answer for what is taken, frozen, not for the web, cancelled, part of another, unfit, or no slot at all', async (t) => {
  const practice = await openPractice(t);
  const [first, second] = await practice.open();
  const conflicts = async (id: string | number, form: Record<string, string> = {}): Promise<void> => {
    const reply = await practice.book(id, form);
    assert.deepEqual([reply.status, errorOf(reply)], [409, TAKEN]);
  };
  const id = await practice.booked(first.appointmentid);
  await conflicts(id);
  await practice.put(`${id}/cancel`, { patientid: MINA });
  await conflicts(id);
  await practice.put(`${second.appointmentid}/freeze`, { freeze: 'true' });
  await conflicts(second.appointmentid);
  await conflicts('123456789');
  const hidden = (await practice.open({ ignoreschedulablepermission: 'true' })).at(-1);
  await conflicts(hidden.appointmentid);
  assert.equal(
    (await practice.book(hidden.appointmentid, { ignoreschedulablepermission: 'true' })).status,
    200,
  );
  const friday = { startdate: '03/12/2027', enddate: '03/12/2027' };
  const noon = (await practice.open(friday)).find(({ starttime }) => starttime === '12:00');
  await conflicts(noon.appointmentid);
  const last = (await practice.open()).find(({ starttime }) => starttime === '11:45');
  await conflicts(last.appointmentid, { reasonid: RETURN });
  const okafor = { departmentid: HILLCREST, providerid: OKAFOR };
  const [elsewhere] = await practice.open(okafor);
  await conflicts(elsewhere.appointmentid, { reasonid: FIRST });
});

test('a patient, a reason or type, and ones that there are, have to be named', async (t) => {
  const practice = await openPractice(t);
  const [{ appointmentid: id }] = await practice.open();
  const ask = async (form: Record<string, string>): Promise<Json> => {
    const reply = await practice.put(String(id), form);
    assert.equal(reply.status, 400);
    return errorOf(reply);
  };
  assert.deepEqual((await ask({ reasonid: VISIT })).missingfields, ['patientid']);
  assert.equal((await ask({ patientid: MINA })).error, 'Additional fields are required.');
  const bad = await ask({ patientid: MINA, appointmenttypeid: '5' });
  assert.deepEqual(bad, {
    error: 'The data provided is invalid.',
    detailedmessage: 'Appointment type ID is invalid.',
  });
  for (const form of [
    { patientid: MINA, appointmenttypeid: '86' },
    { patientid: '1', reasonid: VISIT },
    { patientid: MINA, reasonid: '7' },
  ])
    assert.equal((await ask(form)).error, 'The data provided is invalid.');
  assert.equal((await practice.read(id)).appointmentstatus, 'o');
});

test('a long visit takes the quarters of an hour that follow, which are then gone', async (t) => {
  const practice = await openPractice(t);
  const [long] = await practice.open({ reasonid: undefined, appointmenttypeid: NEW_PATIENT });
  const before = await practice.open();
  const form = { patientid: MINA, appointmenttypeid: NEW_PATIENT };
  const [booked] = (await practice.put(String(long.appointmentid), form)).json();
  assert.deepEqual([booked.duration, booked.appointmenttypeid], [45, NEW_PATIENT]);
  const after = new Set((await practice.open()).map(({ appointmentid }) => appointmentid));
  const gone = before.filter(({ appointmentid }) => !after.has(appointmentid));
  assert.equal(gone.length, 3);
  const [, taken] = gone;
  assert.equal((await practice.book(taken.appointmentid, { patientid: ORRIN })).status, 409);
  assert.equal((await practice.api('GET', `/appointments/${taken.appointmentid}`)).status, 404);
  await practice.set({ takenSlots: 'open' });
  assert.equal((await practice.read(taken.appointmentid)).appointmentstatus, 'o');
  assert.equal((await practice.book(taken.appointmentid, { patientid: ORRIN })).status, 409);
});

test('a type of the staff fits where no reason does, and a slot keeps its length', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open({ departmentid: HILLCREST, providerid: OKAFOR });
  assert.equal(slot.appointmenttypeid, 82);
  const [row] = (
    await practice.put(String(slot.appointmentid), { patientid: MINA, appointmenttypeid: FOLLOW_UP })
  ).json();
  assert.deepEqual([row.appointmenttypeid, row.duration], [FOLLOW_UP, 15]);
  assert.equal((await practice.read(slot.appointmentid)).templateappointmenttypeid, OFFICE_VISIT);
});

test('parameters of a booking may stand in the query', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  const query = `patientid=${MINA}&reasonid=${VISIT}`;
  assert.equal((await practice.api('PUT', `/appointments/${slot.appointmentid}?${query}`)).status, 200);
});

test('a JSON body is not read', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  const reply = await practice.raw('PUT', `/v1/195900/appointments/${slot.appointmentid}`, {
    headers: { authorization: 'Bearer first-token', 'content-type': 'application/json' },
    json: { patientid: MINA, reasonid: VISIT },
  });
  assert.deepEqual([reply.status, errorOf(reply).missingfields], [400, ['patientid']]);
});

test('the first booking of a patient opens a case for the clinic unless it says that there is none', async (t) => {
  const practice = await openPractice(t);
  const cases = async (id: string): Promise<number> =>
    (await practice.get(`/patients/${id}/patientcases`)).totalcount;
  const [first, second, third] = await practice.open();
  await practice.booked(first.appointmentid, { nopatientcase: 'true' });
  await practice.booked(second.appointmentid);
  assert.equal(await cases(MINA), 0);
  await practice.booked(third.appointmentid, { patientid: ORRIN });
  assert.equal(await cases(ORRIN), 1);
});

test('what is not documented is a setting: frozen, past, unfit, too short, notice, department, urgent', async (t) => {
  const practice = await openPractice(t);
  const [first, second, third] = await practice.open();
  await practice.put(`${first.appointmentid}/freeze`, { freeze: 'true' });
  await practice.set({ bookFrozen: 'accept' });
  assert.equal((await practice.book(first.appointmentid)).status, 200);

  const last = (await practice.open()).find(({ starttime }) => starttime === '11:45');
  await practice.set({ bookTooShort: 'accept' });
  assert.equal((await practice.book(last.appointmentid, { reasonid: RETURN })).status, 200);

  await practice.set({ bookDepartment: 'slot' });
  assert.equal((await practice.book(second.appointmentid, { departmentid: HILLCREST })).status, 400);

  await practice.set({ urgentField: 'urgentyn' });
  const plain = await practice.booked(second.appointmentid, { urgent: 'true' });
  assert.equal((await practice.read(plain)).urgent, undefined);
  const urgent = await practice.booked(third.appointmentid, { urgentyn: 'true' });
  assert.equal((await practice.read(urgent)).urgent, true);

  const [soon] = await practice.open({ startdate: '03/03/2027', enddate: '03/03/2027' });
  await practice.set({ noticeOnBooking: 'enforced' });
  assert.equal((await practice.book(soon.appointmentid)).status, 409);
  await practice.set({ noticeOnBooking: 'ignored', bookPast: 'reject409' });
  clock.at = NOW + 12 * 3_600_000;
  assert.equal((await practice.book(soon.appointmentid)).status, 409);
  await practice.set({ bookPast: 'accept' });
  assert.equal((await practice.book(soon.appointmentid)).status, 200);
});
