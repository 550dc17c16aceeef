import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, type Opening } from '#adapter-kit/index.ts';
import type { Replay, Script } from '#adapter-kit/testing/index.ts';
import { openDental } from '../index.ts';
import { fixture, replay } from './replay.ts';
import { appointmentJson, scheduleJson } from './rows.ts';

const { openings, verify } = openDental.operations;
const march4 = { from: '2031-03-04T00:00:00-06:00', to: '2031-03-05T00:00:00-06:00', minutes: 30 };
const oneDay = fixture('office', 'find--one-day');
const sentTo = ({ sent }: Replay, route: string) => sent.filter((request) => request.route === route);

test('one day of an office: hours without the huddle, the visit and the hidden chair, on the grid of the office', async () => {
  const found = await openings(replay(oneDay).ctx, march4);
  assert.deepEqual(
    found.map(({ start, location }) => `${start.slice(11, 16)} ${location}`),
    ['08:00', '08:15', '08:30', '09:30', '09:45', '10:00', '11:00', '11:15', '11:30'].map(
      (time) => `${time} 4`,
    ),
  );
});

test('the slow-moving office is read once, the schedule and the appointments each time', async () => {
  const line = replay(oneDay);
  await openings(line.ctx, march4);
  await openings(line.ctx, march4);
  const counts = Object.fromEntries(
    [...new Set(line.sent.map(({ route }) => route))].map((route) => [route, sentTo(line, route).length]),
  );
  assert.deepEqual(counts, {
    operatories: 1,
    providers: 1,
    definitions: 1,
    preferences: 1,
    schedules: 2,
    appointments: 2,
  });
});

test('a search asks for the local dates of its window and of the last visit in it', async () => {
  const line = replay({ ...oneDay, schedules: [], appointments: [] });
  await openings(line.ctx, { from: '2031-03-04T05:30:00Z', to: '2031-03-06T05:45:00Z', minutes: 30 });
  const expected = { dateStart: '2031-03-03', dateEnd: '2031-03-06' };
  for (const route of ['schedules', 'appointments'])
    assert.deepEqual(
      sentTo(line, route).map(({ query }) => query),
      [expected],
    );
});

test('where somebody works at midnight the day before is read too', async () => {
  const row = scheduleJson({ StartTime: '00:00:00', StopTime: '01:00:00' });
  const visit = appointmentJson({ AptDateTime: '2031-03-03 23:45:00' });
  const line = replay({ ...oneDay, schedules: [row], appointments: [visit] });
  const found = await openings(line.ctx, march4);
  assert.deepEqual(
    found.map(({ start }) => start.slice(11, 16)),
    ['00:15', '00:30'],
  );
  assert.equal(sentTo(line, 'appointments')[0]?.query.dateStart, '2031-03-03');
});

test('the grid is a setting, the preference of the office, or ten minutes', async () => {
  for (const [settings, preferences, expected] of [
    [{ gridMinutes: 60 }, [], ['08:00', '10:00', '11:00']],
    [{}, [], ['08:00', '08:10', '08:20']],
    [{}, [{ PrefName: 'AppointmentTimeIncrement', ValueString: 'nonsense' }], ['08:00', '08:10', '08:20']],
    [{}, [{ PrefName: 'AppointmentTimeIncrement', ValueString: '5' }], ['08:00', '08:05', '08:10']],
  ] as const) {
    const found = await openings(replay({ ...oneDay, preferences }, { settings }).ctx, march4);
    assert.deepEqual(
      found.slice(0, 3).map(({ start }) => start.slice(11, 16)),
      expected,
    );
  }
});

test('only the chairs of the clinic are offered where a clinic is set', async () => {
  assert.deepEqual(await openings(replay(oneDay, { settings: { clinicNum: 3 } }).ctx, march4), []);
  assert.notEqual((await openings(replay(oneDay, { settings: { clinicNum: 2 } }).ctx, march4)).length, 0);
});

test('appointment types are read only for a visit that has one, and their blockouts then count', async () => {
  const appointmentTypes = [
    {
      AppointmentTypeNum: 5,
      AppointmentTypeName: 'Crown',
      IsHidden: 'false',
      Pattern: '/XX/',
      BlockoutTypes: 'Crowns',
    },
  ];
  const definitions = [{ DefNum: 311, ItemValue: '', Category: 25 }];
  const blockout = {
    ScheduleNum: '2',
    SchedType: 'Blockout',
    ProvNum: '0',
    BlockoutType: '311',
    blockoutType: 'Hygiene',
  };
  const schedules = [scheduleJson(), scheduleJson({ ...blockout, StartTime: '08:30:00' })];
  const line = replay({ ...oneDay, appointmentTypes, definitions, schedules, appointments: [] });
  const [opening, ...others] = await openings(line.ctx, { ...march4, visitTypeRef: '5' });
  assert.deepEqual(
    [opening?.start, opening?.vendorKey, others],
    ['2031-03-04T08:00:00-06:00', 'op:4|prov:7|type:5', []],
  );
  assert.ok(opening);
  assert.equal(await verify(line.ctx, opening), 'free');
  assert.equal(
    await verify(line.ctx, {
      ...opening,
      start: '2031-03-04T08:30:00-06:00',
      end: '2031-03-04T09:00:00-06:00',
    }),
    'gone',
  );
  assert.equal(
    (await openings(replay({ ...oneDay, definitions, schedules, appointments: [] }).ctx, march4)).length,
    7,
  );
});

const opening: Opening = {
  vendorKey: 'op:4|prov:7',
  start: '2031-03-04T08:00:00-06:00',
  end: '2031-03-04T08:30:00-06:00',
  minutes: 30,
  practitioner: '7',
  location: '4',
  claims: ['op:4', 'prov:7'],
};
const verdicts: readonly [
  why: string,
  changed: Partial<Opening>,
  script: Script,
  verdict: 'free' | 'gone',
][] = [
  ['free', {}, {}, 'free'],
  [
    'free off the grid as well',
    { start: '2031-03-04T08:05:00-06:00', end: '2031-03-04T08:35:00-06:00' },
    {},
    'free',
  ],
  [
    'taken by a visit',
    {},
    { appointments: [appointmentJson({ AptDateTime: '2031-03-04 08:20:00' })] },
    'gone',
  ],
  ['no hours', {}, { schedules: [] }, 'gone'],
  ['outside of hours', { start: '2031-03-04T13:00:00-06:00', end: '2031-03-04T13:30:00-06:00' }, {}, 'gone'],
  ['a hidden chair', { vendorKey: 'op:5|prov:7' }, {}, 'gone'],
  ['a key of another make', { vendorKey: 'appt:123' }, {}, 'gone'],
  ['past', { start: '2031-02-04T08:00:00-06:00', end: '2031-02-04T08:30:00-06:00' }, {}, 'gone'],
  [
    'the second showing of 01:30',
    { start: '2031-11-02T01:30:00-06:00', end: '2031-11-02T02:00:00-06:00' },
    {},
    'gone',
  ],
];
for (const [why, changed, script, verdict] of verdicts) {
  test(`an opening is verified: ${why}`, async () => {
    assert.equal(await verify(replay({ ...oneDay, ...script }).ctx, { ...opening, ...changed }), verdict);
  });
}

test('a length that Open Dental cannot keep is refused before anything is sent', async () => {
  for (const minutes of [0, 7, 545, 12.5]) {
    const line = replay({});
    const refused = (error: unknown) => error instanceof Failure && error.code === 'business-rule';
    await assert.rejects(openings(line.ctx, { ...march4, minutes }), refused);
    assert.deepEqual(line.sent, []);
  }
});

test('a window that is no pair of instants is refused', async () => {
  const invalid = (error: unknown) => error instanceof Failure && error.code === 'invalid-date';
  await assert.rejects(openings(replay({}).ctx, { ...march4, from: '2031-03-04T08:00:00' }), invalid);
});
