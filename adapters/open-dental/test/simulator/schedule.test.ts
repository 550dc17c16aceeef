import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openOffice, type TestOffice } from './office.ts';

type Row = Readonly<Record<string, string>>;
const get = async (office: TestOffice, path: string): Promise<Row[]> =>
  (await office.api('GET', path)).json();

test('every value of a schedule is a string, and rows of several days are mixed by time of day', async (t) => {
  const office = await openOffice(t);
  const rows = await get(office, '/schedules?dateStart=2027-06-07&dateEnd=2027-06-11');
  assert.ok(rows.every((row) => Object.values(row).every((value) => typeof value === 'string')));
  const times = rows.map(({ StartTime }) => StartTime);
  assert.deepEqual(times, [...times].sort());
  assert.notDeepEqual(
    rows.map(({ SchedDate }) => SchedDate),
    rows.map(({ SchedDate }) => SchedDate).sort(),
  );
});

test('without dates the schedule is that of today on the clock of the office', async (t) => {
  const now = Date.parse('2027-03-04T06:30:00Z'); // still 3 March in Denver
  const office = await openOffice(t, { now: () => now });
  const rows = await get(office, '/schedules');
  assert.ok(rows.length > 0);
  assert.ok(rows.every(({ SchedDate }) => SchedDate === '2027-03-03'));
});

test('shifts are split, some are not linked to chairs, and blockouts say by their definition whether they forbid', async (t) => {
  const office = await openOffice(t);
  const tuesday = await get(office, '/schedules?date=2027-06-08');
  const shifts = (provider: string) =>
    tuesday
      .filter(({ ProvNum }) => ProvNum === provider)
      .map((row) => `${row.StartTime}-${row.StopTime} ${row.operatories}`);
  assert.deepEqual(shifts('1'), ['08:00:00-12:00:00 1,2', '13:00:00-17:00:00 1,2']);
  assert.deepEqual(shifts('2'), ['09:00:00-12:30:00 ', '13:30:00-18:00:00 ']);
  const huddle = tuesday.find(({ blockoutType }) => blockoutType === 'Team huddle');
  assert.deepEqual([huddle?.SchedType, huddle?.BlockoutType, huddle?.ProvNum], ['Blockout', '310', '0']);
  const definitions = await get(office, '/definitions?Category=25');
  assert.deepEqual(
    definitions.map(({ ItemName, ItemValue, isHidden }) => [ItemName, ItemValue, isHidden]),
    [
      ['Team huddle', 'NS', 'false'],
      ['Emergency', '', 'false'],
      ['Lunch', 'NS', 'false'],
    ],
  );
});

test('filters by type, provider and blockout', async (t) => {
  const office = await openOffice(t);
  const count = async (query: string): Promise<number> =>
    (await get(office, `/schedules?dateStart=2027-06-07&dateEnd=2027-06-12&${query}`)).length;
  assert.equal(await count('SchedType=Blockout&BlockoutDefNum=310'), 1);
  assert.equal(await count('SchedType=Provider&ProvNum=3'), 6, 'five days and Saturday morning');
  assert.equal(await count('SchedType=Employee'), 5);
  assert.equal(await count('SchedType=WebSchedASAP'), 0);
  assert.equal((await office.api('GET', '/schedules?SchedType=3')).json(), 'SchedType is invalid');
});

test('a holiday has a practice row and nobody at work; a practice row alone does not mean closed', async (t) => {
  const office = await openOffice(t);
  for (const date of ['2027-12-25', '2027-07-04', '2027-11-25', '2028-01-01']) {
    const rows = await get(office, `/schedules?date=${date}`);
    assert.deepEqual(
      rows.map(({ SchedType, StartTime }) => [SchedType, StartTime]),
      [['Practice', '00:00:00']],
      date,
    );
  }
  const firstMonday = await get(office, '/schedules?date=2027-06-07');
  const types = new Set(firstMonday.map(({ SchedType }) => SchedType));
  assert.ok(types.has('Practice') && types.has('Provider'));
});

test('schedules never run out and are the same whenever they are asked for', async (t) => {
  const office = await openOffice(t);
  const far = await get(office, '/schedules?date=2041-03-04');
  assert.ok(far.some(({ SchedType }) => SchedType === 'Provider'));
  assert.deepEqual(await get(office, '/schedules?date=2041-03-04'), far);
  const one = await office.api('GET', `/schedules/${far[0]?.ScheduleNum}`);
  assert.deepEqual(one.json(), far[0]);
});

test('scheduleops link a schedule to its chairs; by both keys there is nothing, by none a full first page', async (t) => {
  const office = await openOffice(t);
  const [shift] = await get(office, '/schedules?date=2027-06-08&SchedType=Provider&ProvNum=1');
  const num = Number(shift?.ScheduleNum);
  const links = (await office.api('GET', `/scheduleops?ScheduleNum=${num}`)).json();
  assert.deepEqual(
    links.map(({ OperatoryNum }: { OperatoryNum: number }) => OperatoryNum),
    [1, 2],
  );
  assert.deepEqual((await office.api('GET', `/scheduleops?ScheduleNum=${num}&OperatoryNum=1`)).json(), []);
  assert.equal((await office.api('GET', '/scheduleops')).json().length, 100);
});

test('the directory tells booleans as strings, lists hidden rows, and numbers mean other things in the other office', async (t) => {
  const cedar = await openOffice(t);
  const saguaro = await openOffice(t, { office: 'saguaro' });
  const chairs = await get(cedar, '/operatories');
  assert.deepEqual(
    chairs.map(({ OperatoryNum, IsHidden }) => [OperatoryNum, IsHidden]),
    [
      [1, 'false'],
      [2, 'false'],
      [3, 'false'],
      [4, 'true'],
    ],
  );
  const providers = await get(cedar, '/providers');
  assert.equal(providers.filter(({ IsSecondary }) => IsSecondary === 'true').length, 1);
  assert.ok(providers.some(({ IsHidden, ProvStatus }) => IsHidden === 'true' && ProvStatus === 'Deleted'));
  assert.ok(providers.every(({ serverDateTime }) => serverDateTime === '2027-03-03 09:00:00'));
  const visible = await get(cedar, '/providers?ClinicNum=2');
  assert.ok(visible.every(({ IsHidden, serverDateTime }) => IsHidden === 'false' && serverDateTime === ''));
  assert.deepEqual(await get(saguaro, '/clinics'), []);
  const confirmed = async (office: TestOffice) =>
    (await get(office, '/definitions?Category=2')).find(({ DefNum }) => Number(DefNum) === 24)?.ItemName;
  assert.deepEqual([await confirmed(cedar), await confirmed(saguaro)], ['Confirmed', 'Not yet confirmed']);
  assert.equal((await get(cedar, '/definitions?category=25')).length, 11, 'a textual filter is ignored');
  assert.deepEqual(
    (await get(cedar, '/preferences?PrefName=ProgramVersion')).map(({ ValueString }) => ValueString),
    ['25.4.48.0'],
  );
  assert.ok(
    (await get(cedar, '/appointmenttypes')).some(
      ({ Pattern, IsHidden }) => Pattern === '' && IsHidden === 'false',
    ),
  );
});
