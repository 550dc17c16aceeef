import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openOffice, type TestOffice } from './office.ts';

type Row = Readonly<Record<string, string | number>>;
const get = async (office: TestOffice, path: string): Promise<Row[]> =>
  (await office.api('GET', path)).json();

test('a search names one day or an inclusive range, and gives every status that has a time in it', async (t) => {
  const office = await openOffice(t);
  const day = await get(office, '/appointments?date=2027-03-05');
  assert.ok(day.length > 0);
  assert.ok(day.every(({ AptDateTime }) => String(AptDateTime).startsWith('2027-03-05')));
  const weeks = await get(office, '/appointments?dateStart=2027-03-03&dateEnd=2027-03-24');
  const statuses = new Set(weeks.map(({ AptStatus }) => AptStatus));
  for (const status of ['Scheduled', 'Broken', 'UnschedList', 'PtNote', 'Planned'])
    assert.ok(statuses.has(status), status);
  const both = await get(office, '/appointments?dateStart=2027-03-05&dateEnd=2027-03-05');
  assert.deepEqual(both, day);
});

test('unknown parameters are ignored, so a misspelt range gives the oldest rows of all', async (t) => {
  const office = await openOffice(t);
  const misspelt = await get(office, '/appointments?startDate=2027-03-05&endDate=2027-03-05');
  assert.equal(misspelt.length, 100);
  assert.equal(misspelt[0]?.AptDateTime, '0001-01-01 00:00:00');
  assert.deepEqual(await get(office, '/appointments?ProvNum=3'), misspelt);
});

test('pages hold 100 rows at most, ordered by time and number, and together hold every row once', async (t) => {
  const office = await openOffice(t);
  const rows: Row[] = [];
  for (let offset = 0; ; offset += 100) {
    const page = await get(office, `/appointments?Offset=${offset}&Limit=500`);
    rows.push(...page);
    if (page.length < 100) break;
  }
  assert.ok(rows.length > 100);
  assert.equal(new Set(rows.map(({ AptNum }) => AptNum)).size, rows.length);
  const keys = rows.map(({ AptDateTime, AptNum }) => `${AptDateTime} ${AptNum}`);
  assert.deepEqual(keys, [...keys].sort());
  assert.equal((await get(office, '/appointments?Limit=7')).length, 7);
});

test('filters are exact, and DateTStamp includes its own second', async (t) => {
  const office = await openOffice(t);
  const { AptNum } = await office.book({ PatNum: 3002, Op: 3, AptDateTime: '2027-06-02 11:00:00' });
  const numbers = async (query: string): Promise<unknown[]> =>
    (await get(office, `/appointments?${query}`)).map((row) => row.AptNum);
  assert.deepEqual(await numbers('PatNum=3002'), [AptNum]);
  assert.deepEqual(await numbers('Op=3&date=2027-06-02'), [AptNum]);
  assert.deepEqual(await numbers('Op=1&date=2027-06-02'), []);
  assert.deepEqual(await numbers('DateTStamp=2027-03-03%2009%3A00%3A00'), [AptNum]);
  assert.deepEqual(await numbers('DateTStamp=2027-03-03%2009%3A00%3A01'), []);
  assert.deepEqual(await numbers('PatNum=3002&AptStatus=Broken'), []);
  assert.deepEqual(await numbers('PatNum=3002&ClinicNum=0'), []);
  assert.equal((await office.api('GET', '/appointments?date=2027-02-29')).status, 400);
  assert.equal((await office.api('GET', '/appointments?AptStatus=1')).json(), 'AptStatus is invalid');
});

test('unset times come in both forms, by setting in one', async (t) => {
  const office = await openOffice(t);
  const arrived = async (): Promise<Set<string>> => {
    const rows = await get(
      office,
      '/appointments?dateStart=2027-03-05&dateEnd=2027-03-12&AptStatus=Scheduled',
    );
    return new Set(
      rows.map((row) =>
        row.DateTimeArrived === '0001-01-01 00:00:00' ? 'year 1' : String(row.DateTimeArrived).slice(11),
      ),
    );
  };
  assert.deepEqual(await arrived(), new Set(['year 1', '00:00:00']));
  await office.sim('PUT', '/settings', { notSetDates: 'midnight' });
  assert.deepEqual(await arrived(), new Set(['00:00:00']));
});

test('rows carry what a scheduling gateway has to drop, and no names', async (t) => {
  const office = await openOffice(t);
  const rows = await get(office, '/appointments?dateStart=2027-03-05&dateEnd=2027-03-12');
  assert.ok(rows.some(({ ProcDescript }) => ProcDescript !== ''));
  assert.ok(rows.some(({ InsPlan1 }) => InsPlan1 !== 0));
  assert.ok(rows.every((row) => !('LName' in row) && !('Birthdate' in row)));
});

test('ASAP wants a clinic where clinics are on', async (t) => {
  const office = await openOffice(t);
  assert.equal((await office.api('GET', '/appointments/ASAP')).json(), 'ClinicNum is required.');
  const rows = await get(office, '/appointments/ASAP?ClinicNum=2');
  assert.equal(rows.length, 1);
  assert.equal(rows[0]?.Note, 'Would come earlier ring the mobile');
});

test('Slots has the blind spots of the vendor: blockouts do not count, broken visits do', async (t) => {
  const office = await openOffice(t);
  const open = await get(office, '/appointments/Slots?date=2027-06-08&ProvNum=1&OpNum=1');
  assert.deepEqual(open, [
    { DateTimeStart: '2027-06-08 08:00:00', DateTimeEnd: '2027-06-08 12:00:00', ProvNum: 1, OpNum: 1 },
    { DateTimeStart: '2027-06-08 13:00:00', DateTimeEnd: '2027-06-08 17:00:00', ProvNum: 1, OpNum: 1 },
  ]);
  const { AptNum } = await office.book({ AptDateTime: '2027-06-08 09:00:00', Op: 2 });
  await office.api('PUT', `/appointments/${AptNum}`, { AptStatus: 'Broken' });
  const broken = await get(office, '/appointments/Slots?date=2027-06-08&ProvNum=1&OpNum=1&lengthMinutes=61');
  assert.deepEqual(
    broken.map(({ DateTimeStart }) => DateTimeStart),
    ['2027-06-08 09:30:00', '2027-06-08 13:00:00'],
  );
  assert.deepEqual(
    await get(office, '/appointments/Slots?date=2027-06-08&ProvNum=2&OpNum=2'),
    [],
    'not linked to a chair',
  );
  assert.equal((await office.api('GET', '/appointments/Slots?date=2027-03-02')).status, 400);
});
