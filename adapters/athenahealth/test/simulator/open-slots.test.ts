import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ANNEX,
  BRICKER,
  errorOf,
  FIRST,
  FOLLOW_UP,
  HILLCREST,
  type Json,
  LAKESIDE,
  LINDQVIST,
  NEW_PATIENT,
  OFFICE_VISIT,
  OKAFOR,
  openPractice,
  openQuery,
  RETURN,
  SAME_DAY,
  VISIT,
} from './practice.ts';

const day = (slots: Json[]): Set<string> => new Set(slots.map(({ date }) => date));
const ids = (slots: Json[]): number[] => slots.map(({ appointmentid }) => appointmentid);

test('a slot has the eleven members that were recorded, with numbers for ids', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  const { appointmentid, ...rest } = slot;
  assert.equal(typeof appointmentid, 'number');
  assert.deepEqual(rest, {
    appointmenttype: 'Any 15',
    reasonid: ['-1'],
    departmentid: 12,
    providerid: 71,
    patientappointmenttypename: 'Office Visit',
    date: '03/09/2027',
    appointmenttypeid: 80,
    duration: 15,
    starttime: rest.starttime,
    localproviderid: 71,
  });
});

test('neither reason nor type finds nothing, without an error', async (t) => {
  const practice = await openPractice(t);
  const reply = await practice.api('GET', `/appointments/open?${openQuery({ reasonid: undefined })}`);
  assert.deepEqual([reply.status, reply.json()], [200, { totalcount: 0, appointments: [] }]);
});

test('a missing department, a bad date, a number that is none and a type that is none are 400', async (t) => {
  const practice = await openPractice(t);
  const ask = async (changes: Record<string, string | undefined>): Promise<Json> => {
    const reply = await practice.api('GET', `/appointments/open?${openQuery(changes)}`);
    assert.equal(reply.status, 400);
    return errorOf(reply);
  };
  assert.deepEqual(await ask({ departmentid: undefined }), {
    error: 'Additional fields are required.',
    missingfields: ['departmentid'],
  });
  for (const startdate of ['2027-03-09', '3/9/2027', '02/30/2027'])
    assert.equal(
      (await ask({ startdate })).detailedmessage,
      `Expecting format date, but value is ${startdate}`,
    );
  assert.equal((await ask({ departmentid: 'all' })).error, 'The data provided is invalid.');
  assert.equal((await ask({ appointmenttypeid: '999' })).detailedmessage, 'Appointment type ID is invalid.');
  assert.deepEqual((await ask({ reasonid: VISIT, providerid: undefined })).missingfields, ['providerid']);
});

test('a search goes from today over seven days, both included, and shows nothing that has begun', async (t) => {
  const practice = await openPractice(t);
  const slots = await practice.open({ startdate: undefined, enddate: undefined });
  assert.deepEqual(
    [...day(slots)].sort(),
    ['03', '04', '05', '08', '09', '10'].map((each) => `03/${each}/2027`),
  );
  assert.ok(slots.every(({ date, starttime }) => date !== '03/03/2027' || starttime >= '09:00'));
});

test('without a reason there is no notice to keep, with one there is, unless it is bypassed', async (t) => {
  const practice = await openPractice(t);
  const today = { startdate: '03/03/2027', enddate: '03/04/2027' };
  assert.ok(day(await practice.open(today)).has('03/03/2027'));
  assert.deepEqual([...day(await practice.open({ ...today, reasonid: VISIT }))], ['03/04/2027']);
  assert.ok(day(await practice.open({ ...today, reasonid: SAME_DAY })).has('03/03/2027'));
  const bypass = { reasonid: VISIT, bypassscheduletimechecks: 'true' };
  assert.ok(day(await practice.open({ ...today, ...bypass })).has('03/03/2027'));
  const far = { startdate: '06/10/2027', enddate: '06/10/2027' };
  assert.equal((await practice.open({ ...far, reasonid: VISIT })).length, 0);
  assert.ok((await practice.open({ ...far, ...bypass })).length > 0);
});

test('generic quarters of an hour combine where enough of them follow, and keep their own type', async (t) => {
  const practice = await openPractice(t);
  const typed = { reasonid: undefined, appointmenttypeid: NEW_PATIENT };
  const single = await practice.open();
  const long = await practice.open(typed);
  assert.ok(long.length > 0 && long.length < single.length);
  for (const slot of long)
    assert.deepEqual([slot.duration, slot.appointmenttypeid, 'reasonid' in slot], [45, 80, false]);
  const starts = new Set(single.map(({ starttime }) => starttime));
  assert.ok(starts.has('11:45') && !long.some(({ starttime }) => starttime === '11:45'));
});

test('each slot names the reasons that fit it, and lasts as long as the first of them', async (t) => {
  const practice = await openPractice(t);
  const slots = await practice.open({ reasonid: `${VISIT},${RETURN}` });
  const last = slots.find(({ starttime }) => starttime === '11:45');
  assert.deepEqual([last?.reasonid, last?.duration], [[VISIT], 15]);
  assert.ok(slots.some(({ reasonid }) => reasonid.length === 2));
  const returns = await practice.open({ reasonid: RETURN });
  assert.ok(returns.every(({ duration }) => duration === 30));
  await practice.set({ reasonDuration: 'slot' });
  assert.ok((await practice.open({ reasonid: RETURN })).every(({ duration }) => duration === 15));
});

test('a reason is found only with those who offer it, and a type in slots of that type or generic ones', async (t) => {
  const practice = await openPractice(t);
  const okafor = { departmentid: HILLCREST, providerid: OKAFOR };
  assert.equal((await practice.open({ ...okafor, reasonid: FIRST })).length, 0);
  const typed = { ...okafor, reasonid: undefined };
  const visits = await practice.open({ ...typed, appointmenttypeid: OFFICE_VISIT });
  assert.ok(visits.some(({ appointmenttypeid }) => appointmenttypeid === 82));
  assert.ok(visits.some(({ appointmenttypeid }) => appointmenttypeid === 80));
  const longer = await practice.open({ ...typed, appointmenttypeid: FOLLOW_UP });
  assert.ok(longer.length > 0 && longer.every(({ appointmenttypeid }) => appointmenttypeid === 80));
});

test('-1 shows slots that nobody can book', async (t) => {
  const practice = await openPractice(t);
  const friday = { startdate: '03/12/2027', enddate: '03/12/2027' };
  const noon = (await practice.open(friday)).filter(({ starttime }) => starttime === '12:00');
  assert.deepEqual(
    noon.map(({ appointmenttypeid }) => appointmenttypeid),
    [86],
  );
  for (const reasonid of [VISIT, RETURN])
    assert.ok(!(await practice.open({ ...friday, reasonid })).some(({ starttime }) => starttime === '12:00'));
});

test('several slots of one time are several slots', async (t) => {
  const practice = await openPractice(t);
  const slots = await practice.open({
    departmentid: HILLCREST,
    providerid: LINDQVIST,
    startdate: '03/16/2027',
    enddate: '03/16/2027',
  });
  const times = slots.map(({ starttime }) => starttime);
  assert.ok(new Set(times).size < times.length);
  assert.equal(new Set(ids(slots)).size, slots.length);
});

test('slots that are not for the web or frozen show where they are asked for', async (t) => {
  const practice = await openPractice(t);
  const late = (slots: Json[]): number => slots.filter(({ starttime }) => starttime >= '16:00').length;
  assert.equal(late(await practice.open()), 0);
  assert.ok(late(await practice.open({ ignoreschedulablepermission: 'TRUE' })) > 0);
  const [slot] = await practice.open();
  await practice.put(`${slot.appointmentid}/freeze`, { freeze: 'true' });
  assert.ok(!ids(await practice.open()).includes(slot.appointmentid));
  const shown = await practice.open({ showfrozenslots: 'true' });
  assert.equal(shown.find(({ appointmentid }) => appointmentid === slot.appointmentid)?.frozen, true);
});

test('a department that the portal hides has slots, under another record of its provider', async (t) => {
  const practice = await openPractice(t);
  const thursday = { startdate: '03/11/2027', enddate: '03/11/2027' };
  const [slot] = await practice.open({ departmentid: ANNEX, providerid: undefined, ...thursday });
  assert.deepEqual([slot.departmentid, slot.providerid, slot.localproviderid], [19, 73, 173]);
});

test('pages follow by relative links in upper case, over every slot once, in order', async (t) => {
  const practice = await openPractice(t);
  const query = openQuery({ enddate: '03/12/2027', limit: '7', providerid: `${BRICKER},${LINDQVIST}` });
  const seen: Json[] = [];
  let path: string | undefined = `/appointments/open?${query}`;
  let pages = 0;
  for (; path !== undefined; pages++) {
    const page = await practice.get(path);
    seen.push(...page.appointments);
    path = page.next;
    if (path !== undefined)
      assert.equal(
        path,
        `/v1/195900/appointments/open?DEPARTMENTID=12&ENDDATE=03%2F12%2F2027&PROVIDERID=71%2C73&REASONID=-1&STARTDATE=03%2F09%2F2027&limit=7&offset=${(pages + 1) * 7}`,
      );
    assert.equal(page.previous !== undefined, pages > 0);
  }
  assert.ok(pages > 5);
  const all = await practice.open({ enddate: '03/12/2027', providerid: `${BRICKER},${LINDQVIST}` });
  assert.deepEqual(ids(seen), ids(all));
});

test('names of parameters know no case, and lists are commas or repetitions', async (t) => {
  const practice = await openPractice(t);
  const rows = async (query: string): Promise<number[]> =>
    ids((await practice.get(`/appointments/open?${query}`)).appointments);
  const dates = 'startdate=03%2F09%2F2027&enddate=03%2F09%2F2027';
  const both = await rows(`DepartmentID=12,14&REASONID=-1&${dates}`);
  assert.deepEqual(await rows(`departmentid=12&departmentid=14&reasonid=-1&${dates}`), both);
  assert.ok(both.length > 40);
});

test('a limit beyond the largest is cut or refused, as the setting says', async (t) => {
  const practice = await openPractice(t, { settings: { openLimit: 5 } });
  assert.equal((await practice.open({ limit: '50' })).length, 5);
  const { next } = await practice.get(`/appointments/open?${openQuery()}`);
  assert.match(next, /STARTDATE=03%2F09%2F2027&offset=5$/);
  await practice.set({ limitTooLarge: 'reject400' });
  assert.equal((await practice.api('GET', `/appointments/open?${openQuery({ limit: '50' })}`)).status, 400);
});

test('administrators make slots, which are there for a type or a reason that there is', async (t) => {
  const practice = await openPractice(t);
  const form = {
    appointmentdate: '03/14/2027',
    appointmenttime: '08:00,08:30',
    departmentid: LAKESIDE,
    providerid: BRICKER,
  };
  const none = await practice.api('POST', '/appointments/open', { form });
  assert.deepEqual(
    [none.status, errorOf(none).detailedmessage],
    [400, 'An appointment type or reason must be provided.'],
  );
  const bad = await practice.api('POST', '/appointments/open', { form: { ...form, appointmenttypeid: '1' } });
  assert.equal(errorOf(bad).detailedmessage, 'Appointment type ID is invalid.');
  const made = await practice.api('POST', '/appointments/open', { form: { ...form, reasonid: VISIT } });
  const { appointmentids } = made.json();
  assert.deepEqual(Object.values(appointmentids), ['08:00', '08:30']);
  const sunday = await practice.open({ startdate: '03/14/2027', enddate: '03/14/2027' });
  assert.deepEqual(ids(sunday).map(String), Object.keys(appointmentids));
});
