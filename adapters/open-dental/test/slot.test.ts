import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstant } from '#adapter-kit/index.ts';
import { type Book, isFree, openSlots, type Rules, type SlotQuery } from '../map/slot.ts';
import { appointmentRow, office, scheduleRow, settingsWith } from './rows.ts';

const chicago = 'America/Chicago';
const instant = (text: string): number => parseInstant(text) ?? Number.NaN;

/** Openings as `08:00 op:4|prov:7`, of half an hour on a grid of half an hour unless said otherwise. */
function offered(book: Partial<Book>, changed: Partial<SlotQuery> & Partial<Rules> = {}): readonly string[] {
  const { timeZone = chicago, settings = settingsWith(), type, ...query } = changed;
  const whole = { office: office(), schedules: [scheduleRow()], appointments: [], ...book };
  const window = { from: instant('2031-03-01T00:00:00Z'), to: instant('2031-12-31T00:00:00Z') };
  const rules = { timeZone, settings, ...(type !== undefined && { type }) };
  return openSlots(whole, rules, { window, minutes: 30, gridMinutes: 30, now: 0, ...query }).map(
    ({ start, vendorKey }) => `${start.slice(11, 16)} ${vendorKey}`,
  );
}
const everyHalfHour = ['08:00', '08:30', '09:00', '09:30'].map((time) => `${time} op:4|prov:7`);
const without = (...times: readonly string[]) =>
  everyHalfHour.filter((each) => !times.includes(each.slice(0, 5)));

test('open time is what a provider works in a chair', () => assert.deepEqual(offered({}), everyHalfHour));

const visits: readonly [why: string, visit: Record<string, unknown>, taken: readonly string[]][] = [
  ['a visit takes its chair and its provider', {}, ['08:30']],
  ['another provider’s visit takes the chair', { ProvNum: 8 }, ['08:30']],
  ['a visit in another chair takes the provider', { Op: 5 }, ['08:30']],
  ['a hygienist is taken like a dentist', { Op: 5, ProvNum: 8, ProvHyg: 7 }, ['08:30']],
  ['a visit of others elsewhere takes nothing', { Op: 5, ProvNum: 8 }, []],
  ['assistant time counts like provider time', { Pattern: '//////' }, ['08:30']],
  ['the length is five minutes a character', { Pattern: 'X'.repeat(12) }, ['08:30', '09:00']],
  ['a visit off the grid takes what it touches', { AptDateTime: '2031-03-04 08:45:00' }, ['08:30', '09:00']],
  ['a completed visit was there', { AptStatus: 'Complete' }, ['08:30']],
  ['an old ASAP visit is there', { AptStatus: 'ASAP' }, ['08:30']],
  ['a word nobody knows is taken seriously', { AptStatus: 'Tentative' }, ['08:30']],
  ['the unscheduled list takes nothing', { AptStatus: 'UnschedList' }, []],
  ['a plan takes nothing', { AptStatus: 'Planned' }, []],
];
for (const [why, changed, taken] of visits) {
  test(why, () => {
    const visit = appointmentRow({ AptDateTime: '2031-03-04 08:30:00', ...changed });
    assert.deepEqual(offered({ appointments: [visit] }), without(...taken));
  });
}

test('whether broken visits and notes take time is the practice’s choice', () => {
  for (const [AptStatus, setting] of [
    ['Broken', 'brokenBlocks'],
    ['PtNote', 'patientNotesBlock'],
    ['PtNoteCompleted', 'patientNotesBlock'],
  ] as const) {
    const appointments = [appointmentRow({ AptDateTime: '2031-03-04 08:30:00', AptStatus })];
    assert.deepEqual(offered({ appointments }), without('08:30'), AptStatus);
    assert.deepEqual(
      offered({ appointments }, { settings: settingsWith({ [setting]: false }) }),
      everyHalfHour,
      AptStatus,
    );
  }
});

test('the whole visit lies within the hours', () => {
  assert.deepEqual(offered({}, { minutes: 60 }), without('09:30'));
  assert.deepEqual(offered({}, { minutes: 120 }), ['08:00 op:4|prov:7']);
  assert.deepEqual(offered({}, { minutes: 125 }), []);
});

test('hours in two rows that touch are one stretch', () => {
  const schedules = [
    scheduleRow({ StopTime: '09:00:00' }),
    scheduleRow({ ScheduleNum: '2', StartTime: '09:00:00' }),
  ];
  assert.deepEqual(offered({ schedules }, { minutes: 120 }), ['08:00 op:4|prov:7']);
});

test('hours in one chair are no hours in another', () => {
  const schedules = [
    scheduleRow({ StopTime: '09:00:00' }),
    scheduleRow({ ScheduleNum: '2', StartTime: '09:00:00', operatories: '5' }),
  ];
  assert.deepEqual(offered({ schedules }, { minutes: 60 }), ['08:00 op:4|prov:7', '09:00 op:5|prov:7']);
});

test('hours that are linked to no chair are hours in the chairs that name the provider', () => {
  const unlinked = [scheduleRow({ ProvNum: '8', operatories: '', StopTime: '08:30:00' })];
  assert.deepEqual(offered({ schedules: unlinked }), ['08:00 op:5|prov:8']);
  assert.deepEqual(offered({ schedules: [scheduleRow({ operatories: '' })] }), []);
});

test('one provider in two chairs is offered in both and taken in both', () => {
  const schedules = [scheduleRow({ operatories: '4,5', StopTime: '09:00:00' })];
  const visit = appointmentRow({ AptDateTime: '2031-03-04 08:00:00', Op: 5 });
  assert.deepEqual(offered({ schedules, appointments: [visit] }), ['08:30 op:4|prov:7', '08:30 op:5|prov:7']);
});

test('chairs and providers that are hidden are not offered', () => {
  assert.deepEqual(offered({ office: office({ operatories: new Map() }) }), []);
  assert.deepEqual(offered({ office: office({ providers: new Map() }) }), []);
});

test('employees’ hours and short-notice rows open nothing', () => {
  for (const SchedType of ['Employee', 'WebSchedASAP']) {
    assert.deepEqual(offered({ schedules: [scheduleRow({ SchedType })] }), []);
  }
});

const blockouts: readonly [
  why: string,
  blockout: Record<string, unknown>,
  type: number | undefined,
  taken: readonly string[],
][] = [
  ['"do not schedule" takes its chair', { BlockoutType: '310' }, undefined, ['08:30']],
  [
    '"do not schedule" in another chair takes nothing',
    { BlockoutType: '310', operatories: '5' },
    undefined,
    [],
  ],
  [
    'a blockout without chairs takes all of them',
    { BlockoutType: '310', operatories: '' },
    undefined,
    ['08:30'],
  ],
  ['a blockout that is only a color takes nothing', { BlockoutType: '311' }, undefined, []],
  ['a blockout of a kind that is hidden takes its chair', { BlockoutType: '999' }, undefined, ['08:30']],
  [
    'a type may go into a blockout that it lists by name',
    { BlockoutType: '311', blockoutType: 'Cleaning' },
    5,
    [],
  ],
  [
    'a type may go into a blockout that it lists by number',
    { BlockoutType: '312', blockoutType: 'X' },
    5,
    [],
  ],
  [
    'a type with a list may not go into another blockout',
    { BlockoutType: '311', blockoutType: 'Crowns' },
    5,
    ['08:30'],
  ],
  ['a type without a list may', { BlockoutType: '311', blockoutType: 'Crowns' }, 6, []],
];
for (const [why, changed, type, taken] of blockouts) {
  test(why, () => {
    const during = { SchedType: 'Blockout', ProvNum: '0', StartTime: '08:30:00', StopTime: '09:00:00' };
    const schedules = [scheduleRow(), scheduleRow({ ScheduleNum: '2', ...during, ...changed })];
    const kinds = new Map(office().blockoutTypes).set(312, { DefNum: 312, ItemValue: '', Category: 25 });
    const within = office({
      blockoutTypes: kinds,
      allowedBlockouts: new Map([[5, new Set(['Cleaning', '312'])]]),
    });
    const found = offered({ office: within, schedules }, type === undefined ? {} : { type });
    assert.deepEqual(
      found.map((each) => each.replace(/\|type:\d+/, '')),
      without(...taken),
    );
  });
}

test('a blockout without times takes the day', () => {
  const row = {
    ScheduleNum: '2',
    SchedType: 'Blockout',
    ProvNum: '0',
    BlockoutType: '310',
    StartTime: '00:00:00',
    StopTime: '00:00:00',
  };
  assert.deepEqual(offered({ schedules: [scheduleRow(), scheduleRow(row)] }), []);
});

test('a practice row closes its day where the practice says that it does', () => {
  const row = {
    ScheduleNum: '2',
    SchedType: 'Practice',
    ProvNum: '0',
    StartTime: '00:00:00',
    StopTime: '00:00:00',
    operatories: '',
  };
  const next = scheduleRow({ ScheduleNum: '3', SchedDate: '2031-03-05', StopTime: '08:30:00' });
  const schedules = [scheduleRow(), scheduleRow(row), next];
  assert.deepEqual(offered({ schedules }), ['08:00 op:4|prov:7']);
  const open = settingsWith({ practiceRowMeansClosed: false });
  assert.deepEqual(offered({ schedules }, { settings: open }), [...everyHalfHour, '08:00 op:4|prov:7']);
});

test('only asked-for people and chairs are offered', () => {
  const schedules = [
    scheduleRow({ StopTime: '08:30:00' }),
    scheduleRow({ ScheduleNum: '2', ProvNum: '8', operatories: '5', StopTime: '08:30:00' }),
  ];
  assert.deepEqual(offered({ schedules }), ['08:00 op:4|prov:7', '08:00 op:5|prov:8']);
  assert.deepEqual(offered({ schedules }, { practitioners: ['8'] }), ['08:00 op:5|prov:8']);
  assert.deepEqual(offered({ schedules }, { locations: ['4'] }), ['08:00 op:4|prov:7']);
  assert.deepEqual(offered({ schedules }, { locations: ['4'], practitioners: ['8'] }), []);
  assert.deepEqual(offered({ schedules }, { practitioners: [] }), ['08:00 op:4|prov:7', '08:00 op:5|prov:8']);
});

const days: readonly [why: string, zone: string, date: string, expected: readonly string[]][] = [
  ['spring: 02:00 to 03:00 does not exist', chicago, '2031-03-09', ['01:30 -06:00', '03:00 -05:00']],
  [
    'spring without summer time',
    'America/Phoenix',
    '2031-03-09',
    ['01:30 -07:00', '02:00 -07:00', '02:30 -07:00', '03:00 -07:00'],
  ],
  [
    'autumn: the second 01:30 is not offered',
    chicago,
    '2031-11-02',
    ['01:30 -05:00', '02:00 -06:00', '02:30 -06:00', '03:00 -06:00'],
  ],
];
for (const [why, timeZone, SchedDate, expected] of days) {
  test(why, () => {
    const schedules = [scheduleRow({ SchedDate, StartTime: '01:30:00', StopTime: '03:30:00' })];
    const window = { from: instant('2031-03-01T00:00:00Z'), to: instant('2031-12-31T00:00:00Z') };
    const rules = { timeZone, settings: settingsWith() };
    const slots = openSlots({ office: office(), schedules, appointments: [] }, rules, {
      window,
      minutes: 30,
      gridMinutes: 30,
      now: 0,
    });
    assert.deepEqual(
      slots.map(({ start }) => `${start.slice(11, 16)} ${start.slice(19)}`),
      expected,
    );
  });
}

test('a clinic in another zone keeps its own wall clock', () => {
  const [first] = openSlots(
    { office: office(), schedules: [scheduleRow()], appointments: [] },
    { timeZone: 'Asia/Kathmandu', settings: settingsWith() },
    { window: { from: 0, to: instant('2031-12-31T00:00:00Z') }, minutes: 30, gridMinutes: 10, now: 0 },
  );
  assert.deepEqual(first, {
    vendorKey: 'op:4|prov:7',
    start: '2031-03-04T08:00:00+05:45',
    end: '2031-03-04T08:30:00+05:45',
    minutes: 30,
    practitioner: '7',
    location: '4',
    claims: ['op:4', 'prov:7'],
  });
});

test('a visit over midnight takes its place on both days', () => {
  const schedules = [
    scheduleRow({ StartTime: '23:00:00', StopTime: '23:59:59' }),
    scheduleRow({ ScheduleNum: '2', SchedDate: '2031-03-05', StartTime: '00:00:00', StopTime: '01:00:00' }),
  ];
  const visit = appointmentRow({ AptDateTime: '2031-03-04 23:45:00' });
  assert.deepEqual(offered({ schedules, appointments: [visit] }), ['23:00 op:4|prov:7', '00:30 op:4|prov:7']);
});

test('a time is free exactly when it would be offered on a five-minute grid', () => {
  const book: Book = {
    office: office(),
    schedules: [scheduleRow()],
    appointments: [appointmentRow({ AptDateTime: '2031-03-04 08:30:00' })],
  };
  const rules = { timeZone: chicago, settings: settingsWith() };
  const window = { from: instant('2031-03-04T13:00:00Z'), to: instant('2031-03-04T18:00:00Z') };
  const found = new Set(
    openSlots(book, rules, { window, minutes: 30, gridMinutes: 5, now: 0 }).map(({ start }) =>
      instant(start),
    ),
  );
  for (let from = window.from; from < window.to; from += 5 * 60_000) {
    const free = isFree(book, rules, { op: 4, prov: 7 }, { from, to: from + 30 * 60_000 });
    assert.equal(free, found.has(from), new Date(from).toISOString());
  }
});
