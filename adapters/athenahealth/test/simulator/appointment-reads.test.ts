import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canary } from '../../simulator/canary.ts';
import {
  clock,
  errorOf,
  HILLCREST,
  type Json,
  LAKESIDE,
  MINA,
  NOW,
  OKAFOR,
  ORRIN,
  OTHER_TOKEN,
  openPractice,
} from './practice.ts';

const WEEK = 'startdate=03/08/2027&enddate=03/12/2027';

test('one reading has three clocks: the department, Eastern, and for check-in whichever is set', async (t) => {
  const practice = await openPractice(t);
  const { appointments } = await practice.get(
    '/appointments/booked?startdate=03/02/2027&enddate=03/02/2027&appointmentstatus=3&showcopay=false',
  );
  const row = appointments[0];
  const start = `03/02/2027 ${row.starttime}:00`;
  assert.ok(row.stopcheckin < start && row.stopcheckin > '03/02/2027 08:00:00', row.stopcheckin);
  await practice.set({ unstatedZone: 'eastern', lastModifiedZone: 'department' });
  const eastern = await practice.read(row.appointmentid);
  assert.equal(Number(eastern.stopcheckin.slice(11, 13)), Number(row.stopcheckin.slice(11, 13)) + 3);
  assert.equal(eastern.scheduleddatetime, row.scheduleddatetime);
  assert.notEqual(eastern.lastmodified, row.lastmodified);
});

test('booked ones need their dates, hide cancelled ones, and are found by every filter', async (t) => {
  const practice = await openPractice(t);
  const all = async (more = ''): Promise<Json[]> =>
    (await practice.get(`/appointments/booked?${WEEK}${more}`)).appointments;
  const reply = await practice.api('GET', '/appointments/booked?enddate=03/08/2027');
  assert.deepEqual(errorOf(reply).missingfields, ['startdate']);
  const rows = await all();
  assert.ok(rows.length > 20);
  assert.ok(rows.every(({ appointmentstatus }) => appointmentstatus === 'f'));
  assert.ok((await all('&showcancelled=true')).some(({ appointmentstatus }) => appointmentstatus === 'x'));
  assert.ok(
    (await all(`&departmentid=${HILLCREST}`)).every(({ departmentid }) => departmentid === HILLCREST),
  );
  assert.ok((await all(`&providerid=${OKAFOR},73`)).every(({ providerid }) => providerid !== '71'));
  const { patientid } = rows[0];
  assert.ok((await all(`&patientid=${patientid}`)).every((row) => row.patientid === patientid));
  assert.equal((await all('&appointmentstatus=2')).length, 0);
  const page = await practice.get(`/appointments/booked?${WEEK}&limit=5`);
  assert.equal(page.totalcount, rows.length);
  assert.match(
    page.next,
    /^\/v1\/195900\/appointments\/booked\?ENDDATE=03%2F12%2F2027&STARTDATE=.*&limit=5&offset=5$/,
  );
  const two = `departmentid=${LAKESIDE},${HILLCREST}`;
  const both = await practice.get(`/appointments/booked/multipledepartment?${WEEK}&${two}`);
  assert.equal(both.totalcount, rows.filter(({ departmentid }) => departmentid !== '19').length);
});

test('what was modified or scheduled lately is found by Eastern time', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  clock.at = NOW + 3_600_000;
  const id = await practice.booked(slot.appointmentid);
  const since = async (time: string, more = ''): Promise<Json[]> =>
    (await practice.get(`/appointments/booked?${WEEK}&startlastmodified=03/03/2027 ${time}${more}`))
      .appointments;
  assert.deepEqual(
    (await since('11:59:59')).map(({ appointmentid }) => appointmentid),
    [id],
  );
  assert.equal((await since('12:00:01')).length, 0);
  assert.equal((await since('11:00:00', '&endlastmodified=03/03/2027 11:30:00')).length, 0);
  await practice.set({ lastModifiedFilterZone: 'department' });
  assert.equal((await since('09:00:00')).length, 1);
  const alone = await practice.api('GET', `/appointments/booked?${WEEK}&endlastmodified=03/03/2027 11:30:00`);
  assert.equal(alone.status, 400);
  const today = `${WEEK}&scheduledstartdate=03/03/2027`;
  assert.equal((await practice.get(`/appointments/booked?${today}`)).totalcount, 1);
});

test('several by their ids: only where that version of the API is there', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  const id = await practice.booked(slot.appointmentid);
  const path = `/appointments/booked/multiple?appointmentids=${id},1`;
  assert.equal((await practice.api('GET', path)).status, 404);
  await practice.set({ bookedMultiple: true });
  assert.equal((await practice.get(path)).totalcount, 1);
});

test('a patient’s list hides what is past and what is cancelled', async (t) => {
  const practice = await openPractice(t);
  const list = async (more = ''): Promise<Json[]> =>
    (await practice.get(`/patients/${MINA}/appointments?showcopay=false${more}`)).appointments;
  assert.deepEqual(await list(), []);
  const [first, second] = await practice.open();
  const id = await practice.booked(first.appointmentid);
  const later = await practice.booked(second.appointmentid);
  await practice.put(`${later}/cancel`, { patientid: MINA });
  const [row] = await list();
  assert.deepEqual(row, {
    appointmentid: id,
    date: first.date,
    starttime: first.starttime,
    duration: 15,
    departmentid: LAKESIDE,
    providerid: '71',
    appointmentstatus: 'f',
    appointmenttypeid: '82',
    appointmenttype: 'Office Visit',
    patientappointmenttypename: 'Office Visit',
  });
  assert.deepEqual(
    (await list('&showcancelled=true&sortorder=desc')).map(({ appointmentid }) => appointmentid),
    [later, id],
  );
  clock.at = NOW + 10 * 86_400_000;
  assert.deepEqual(await list(), []);
  assert.equal((await list('&showpast=true')).length, 1);
  assert.equal((await practice.get(`/patients/${MINA}/appointments/${id}`))[0].appointmentid, id);
  assert.equal((await practice.api('GET', `/patients/${ORRIN}/appointments/${id}`)).status, 404);
  assert.equal((await practice.api('GET', '/patients/1/appointments')).status, 404);
});

test('a copay comes unless it is waived, and insurance, claims, procedures and people where they are asked for', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  const id = await practice.booked(slot.appointmentid);
  const ask = async (query: string): Promise<string> =>
    (await practice.api('GET', `/appointments/${id}?${query}`)).text;
  const words = [canary.insuranceId, canary.claim, canary.procedure, canary.guarantor];
  const plain = await ask('');
  assert.ok(plain.includes(canary.copay) && !words.some((word) => plain.includes(word)));
  const quiet = await ask('showcopay=false');
  assert.ok(!Object.values(canary).some((word) => quiet.includes(word)));
  const flags = ['showinsurance', 'showclaimdetail', 'showexpectedprocedurecodes', 'showpatientdetail'];
  const loud = await ask(flags.map((flag) => `${flag}=true`).join('&'));
  for (const word of words) assert.ok(loud.includes(word), word);
  for (const path of [`/appointments/booked?${WEEK}`, `/patients/${MINA}/appointments?`])
    for (const [flag, there] of [
      ['', true],
      ['&showcopay=false', false],
    ] as const)
      assert.equal((await practice.api('GET', path + flag)).text.includes(canary.copay), there, path);
});

test('a visit is confirmed by what the practice calls so', async (t) => {
  const practice = await openPractice(t);
  const { status } = await practice.get('/reference/appointmentconfirmationstatus');
  assert.deepEqual(status[0], { statusid: 2, name: 'Confirmed' });
  const [slot] = await practice.open();
  const id = await practice.booked(slot.appointmentid);
  const confirm = (which: string) =>
    practice.put(`${id}/confirmationstatus`, { appointmentconfirmationid: which });
  assert.equal((await confirm('77')).status, 400);
  assert.deepEqual((await confirm('2')).json(), { success: 'true' });
  assert.equal((await practice.read(id)).appointmentconfirmationname, 'Confirmed');
  const { appointmentconfirmationid } = await practice.get(`/appointments/${id}/confirmationstatus`);
  assert.equal(appointmentconfirmationid, 2);
  await practice.set({ confirmationReply: 'empty' });
  assert.equal((await confirm('41')).text, '');
});

test('notes are added, changed, deleted and hidden with a cancelled visit', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  const id = await practice.booked(slot.appointmentid);
  const notes = (more = ''): Promise<Json> => practice.get(`/appointments/${id}/notes${more}`);
  const post = (form: Record<string, string>) => practice.api('POST', `/appointments/${id}/notes`, { form });
  assert.deepEqual(errorOf(await post({})).missingfields, ['notetext']);
  assert.deepEqual((await post({ notetext: 'GW:AAAAAAAAAA.1' })).json(), { success: 'true' });
  await post({ notetext: 'GW:AAAAAAAAAA.1' });
  const { totalcount, notes: rows } = await notes();
  assert.equal(totalcount, 2, 'posting twice makes two');
  const { noteid, ...note } = rows[0];
  assert.deepEqual(note, {
    notetext: 'GW:AAAAAAAAAA.1',
    created: '03/03/2027 08:00:00',
    createdby: note.createdby,
    displayonschedule: 'false',
  });
  assert.equal((await practice.ledger(id)).marker, 'GW:AAAAAAAAAA.1');
  await practice.put(`${id}/notes/${noteid}`, { notetext: 'GW:BBBBBBBBBB.1' });
  await practice.api('DELETE', `/appointments/${id}/notes/${rows[1].noteid}`);
  assert.equal((await practice.ledger(id)).marker, 'GW:BBBBBBBBBB.1');
  assert.equal((await notes()).totalcount, 1);
  await practice.put(`${id}/cancel`, { patientid: MINA });
  assert.equal((await notes()).totalcount, 0);
  assert.equal((await notes('?showdeleted=true')).totalcount, 2);
  const nowhere = await practice.api('POST', '/appointments/123456789/notes', { form: { notetext: 'x' } });
  assert.deepEqual([nowhere.status, errorOf(nowhere).error], [404, 'The appointment is not available.']);
});

test('every key signs with a number of its own', async (t) => {
  const practice = await openPractice(t);
  const [first, second] = await practice.open();
  const form = { patientid: ORRIN, reasonid: '962' };
  await practice.api('PUT', `/appointments/${first.appointmentid}`, { form, as: OTHER_TOKEN });
  await practice.booked(second.appointmentid);
  const [one, other] = [await practice.read(first.appointmentid), await practice.read(second.appointmentid)];
  assert.notEqual(one.scheduledby, other.scheduledby);
});
