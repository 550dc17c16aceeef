import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINDGREN, NOW, OFFICE, OKAFOR, openAccount, type TestAccount, type Told } from './account.ts';

const PLACE = `office=${OFFICE}&doctor=${OKAFOR}`;
/** A Tuesday without visits. */
const DAY = '2027-04-06';

async function starts(account: TestAccount, query: string): Promise<string[]> {
  const { open_slots: windows } = await account.read(`/availability?${query}`);
  return windows.flatMap((window: Told) => window.availability.map(({ start }: Told) => start));
}

test('a day has windows with bookable units in them, and echoes what was asked for', async (t) => {
  const account = await openAccount(t);
  await account.book();
  const told = await account.read(`/availability?${PLACE}&exam_room=1&date=${DAY}&duration=60`);
  const { open_slots: windows, ...echo } = told;
  assert.deepEqual(echo, { date: DAY, duration: 60, office: OFFICE, doctor: OKAFOR, exam_room: 1 });
  assert.deepEqual(windows, [
    {
      start: '09:00',
      end: '12:00',
      availability: [
        { start: '09:00', end: '10:00' },
        { start: '11:00', end: '12:00' },
      ],
    },
    {
      start: '13:00',
      end: '17:00',
      availability: ['13', '14', '15', '16'].map((hour) => ({
        start: `${hour}:00`,
        end: `${Number(hour) + 1}:00`,
      })),
    },
  ]);
});

test('a range has a list of days, one without openings too', async (t) => {
  const account = await openAccount(t);
  const range = `/availability?${PLACE}&exam_room=1&duration=30&date_range=2027-04-09/2027-04-10`;
  const told = await account.read(range);
  assert.deepEqual(told.date_range, ['2027-04-09', '2027-04-10']);
  assert.deepEqual(
    told.dates.map(({ date, open_slots: windows }: Told) => [date, windows.length]),
    [
      ['2027-04-09', 2],
      ['2027-04-10', 0],
    ],
  );
  for (const days of ['2027-04-01/2027-05-03', '2027-04-02/2027-04-01', '2027-04-01'])
    assert.equal((await account.api('GET', `/availability?${PLACE}&date_range=${days}`)).status, 400, days);
});

test('one room is taken by its own visits, any room is enough where none is named, and settings take more', async (t) => {
  const account = await openAccount(t);
  await account.book();
  const room = (index: number) => starts(account, `${PLACE}&exam_room=${index}&date=${DAY}&duration=30`);
  assert.ok(!(await room(1)).includes('10:30'));
  assert.ok((await room(2)).includes('10:30'));
  assert.ok((await starts(account, `${PLACE}&date=${DAY}&duration=30`)).includes('10:30'));
  await account.set({ availabilitySubtracts: 'office' });
  assert.ok(!(await room(2)).includes('10:30'));
});

test('blocks, breaks and instances of a series take time, and a day off has no opening', async (t) => {
  const account = await openAccount(t);
  const at = (date: string, doctor = OKAFOR) =>
    starts(account, `office=${OFFICE}&doctor=${doctor}&exam_room=2&date=${date}&duration=30`);
  assert.equal((await at('2027-04-07')).at(-1), '14:30', 'blocked from 15:00');
  assert.ok(!(await at('2027-03-09', LINDGREN)).includes('12:00'), 'a break');
  assert.ok(!(await at('2027-04-05')).includes('16:00'), 'every Monday');
  assert.deepEqual(await at('2027-04-10', LINDGREN), [], 'a Saturday that is switched off');
});

test('what has begun is told unless the setting says otherwise, and the endpoint may be missing', async (t) => {
  const account = await openAccount(t, { now: () => NOW + 4 * 3_600_000 });
  const today = `${PLACE}&exam_room=3&date=2027-03-03&duration=30`;
  assert.equal((await starts(account, today))[0], '09:00');
  await account.set({ availabilityPast: false });
  assert.equal((await starts(account, today))[0], '13:00');
  await account.set({ availabilityOffered: false });
  assert.equal((await account.api('GET', `/availability?${today}`)).status, 404);
});

test('a doctor, office or room that is not there is 404, and no duration is 400', async (t) => {
  const account = await openAccount(t);
  for (const [query, status] of [
    [`office=${OFFICE}&doctor=5`, 404],
    [`office=416001&doctor=${OKAFOR}`, 404],
    [`${PLACE}&exam_room=8`, 404],
    [`${PLACE}&duration=0`, 400],
    [`${PLACE}&duration=half`, 400],
  ] as const)
    assert.equal((await account.api('GET', `/availability?${query}&date=${DAY}`)).status, status, query);
});

test('without a work schedule the hours of the office are worked', async (t) => {
  const account = await openAccount(t, { settings: { workSchedulesOffered: false } });
  const told = await starts(account, `${PLACE}&exam_room=1&date=${DAY}&duration=60`);
  assert.deepEqual([told[0], told.at(-1)], ['08:00', '17:00']);
});
