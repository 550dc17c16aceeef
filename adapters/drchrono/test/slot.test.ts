import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type AdapterContext,
  Failure,
  instantOf,
  instantToLocal,
  localToInstant,
  type Opening,
} from '#adapter-kit/index.ts';
import type { InProcessRequest, Script } from '#adapter-kit/testing/index.ts';
import { drchrono } from '../index.ts';
import { isNamedOnce } from '../map/wall-clock.ts';
import { fixture, listOf, practice, replay, rowsIn, visit } from './replay.ts';

const { openings, verify } = drchrono.operations;
/** Monday, 10 March 2031, in Chicago; Okafor works from nine to twelve. */
const day = { from: '2031-03-10T05:00:00Z', to: '2031-03-11T05:00:00Z', minutes: 30 };
const okafor = { ...day, practitioners: ['301122'] };

/** `HH:mm` by room of what is open with Okafor. */
async function openAt(
  script: Script,
  settings: AdapterContext['settings'] = {},
  room = 1,
): Promise<string[]> {
  const { ctx } = replay(practice(script), { settings: { openTimes: 'computed', ...settings } });
  return (await openings(ctx, okafor)).flatMap(timeIn(room));
}
function timeIn(room: number) {
  return ({ vendorKey, start }: Opening) => (vendorKey.endsWith(`/${room}`) ? [start.slice(11, 16)] : []);
}
const morning = ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30'];
const without = (...times: readonly string[]) => morning.filter((time) => !times.includes(time));

describe('Computed openings', () => {
  test('follow one another from the beginning of the hours that are switched on', async () => {
    assert.deepEqual(await openAt({}), morning);
    const { ctx } = replay(practice(), { settings: { openTimes: 'computed' } });
    const found = await openings(ctx, { ...okafor, minutes: 45, to: '2031-03-16T05:00:00Z' });
    assert.deepEqual(
      found.flatMap(timeIn(2)),
      ['09:00', '09:45', '10:30', '11:15'],
      'Tuesday is switched off',
    );
  });

  test('stand on a grid of the wall clock where one is set', async () => {
    const times = await openAt(
      { appointments: listOf(visit({ scheduled_time: '2031-03-10T09:10:00' })) },
      {
        gridMinutes: 20,
      },
    );
    assert.deepEqual(times.slice(0, 3), ['09:40', '10:00', '10:20']);
  });

  for (const [what, row, left] of [
    ['a visit', {}, without('10:30')],
    ['a visit that touches two', { scheduled_time: '2031-03-10T10:45' }, without('10:30', '11:00')],
    ['a visit in another room, since a doctor is one person', { exam_room: 2 }, without('10:30')],
    ['a visit in another office', { office: 415009, exam_room: 7 }, without('10:30')],
    ['somebody else’s visit in the room', { doctor: 301123, exam_room: 1 }, without('10:30')],
    ['somebody else’s visit in another room', { doctor: 301123 }, morning],
    ['a break', { patient: null, exam_room: 0, appt_is_break: true }, without('10:30')],
    ['an instance of a series without an id', { id: null }, without('10:30')],
    ['an instance of a series', { id: '2031-03-10_404511000' }, without('10:30')],
    ['a status that the practice made', { status: 'Left Message' }, without('10:30')],
    ['a visit without a length', { duration: null }, without('10:30', '11:00', '11:30')],
    [
      'a visit that began the day before',
      { scheduled_time: '2031-03-09T22:00', duration: 690 },
      without('09:00'),
    ],
    ['a visit of a doctor whom nobody lists any more', { doctor: 5, exam_room: 1 }, without('10:30')],
    ['a cancelled visit', { status: 'Cancelled' }, morning],
    ['a row left behind by a move', { status: 'Rescheduled' }, morning],
    ['a deleted visit', { deleted_flag: true }, morning],
    ['a visit to which nobody came', { status: 'No Show' }, morning],
  ] as const)
    test(`leave out what ${what} takes`, async () => {
      assert.deepEqual(await openAt({ appointments: listOf(visit(row)) }), left);
    });

  test('leave out cancelled and missed visits where the practice says so, never what was moved', async () => {
    for (const [status, setting] of [
      ['Cancelled', 'cancelledIsBusy'],
      ['No Show', 'noShowIsBusy'],
    ] as const)
      assert.deepEqual(
        await openAt({ appointments: listOf(visit({ status })) }, { [setting]: true }),
        without('10:30'),
      );
    const moved = { appointments: listOf(visit({ status: 'Rescheduled' })) };
    assert.deepEqual(await openAt(moved, { cancelledIsBusy: true }), morning);
  });

  const block = {
    provider: 301122,
    office: 415001,
    start_time: '2031-03-10T10:30:00',
    end_time: '2031-03-10T11:00:00',
  };
  for (const [what, row, left] of [
    ['of the provider', { exam_room: null }, without('10:30')],
    ['of the provider in another office', { office: 415009, exam_room: 4 }, without('10:30')],
    ['of the room', { provider: 301123, exam_room: 1 }, without('10:30')],
    ['of another room of somebody else', { provider: 301123, exam_room: 2 }, morning],
    [
      'that began weeks before',
      { start_time: '2031-02-20T08:00:00' },
      without('09:00', '09:30', '10:00', '10:30'),
    ],
    [
      'that is an instant, or is it a local time',
      { start_time: '2031-03-10T10:30:00Z', end_time: '2031-03-10T15:00:00Z' },
      without('09:00', '09:30', '10:30', '11:00', '11:30'),
    ],
  ] as const)
    test(`leave out blocked time ${what}`, async () => {
      assert.deepEqual(await openAt({ scheduleBlocks: listOf({ ...block, ...row }) }), left);
    });

  test('are none in hours that cannot be read, are nobody’s or are only the office’s', async () => {
    const [doctor] = rowsIn('practice', 'doctors');
    const [office] = rowsIn('practice', 'offices');
    const withDoctor = (changed: object): Script => ({
      doctors: listOf({ ...doctor, ...changed }),
    });
    assert.deepEqual(
      await openAt(
        withDoctor({ doctor_work_schedule: { ...Object(doctor?.doctor_work_schedule), office: 415002 } }),
      ),
      [],
    );
    assert.deepEqual(await openAt(withDoctor({ doctor_work_schedule: 'Mon 9-5' }), officeHours), []);
    assert.deepEqual(await openAt(withDoctor({ doctor_work_schedule: null })), []);
    assert.deepEqual(
      await openAt(withDoctor({ doctor_work_schedule: null, is_account_suspended: true }), officeHours),
      [],
    );
    const times = await openAt(withDoctor({ doctor_work_schedule: null }), officeHours);
    assert.deepEqual([times[0], times.at(-1)], ['08:00', '17:30']);
    const always = { ...office, start_time: '00:00:00', end_time: '24:00' };
    assert.deepEqual(
      await openAt({ ...withDoctor({ doctor_work_schedule: null }), offices: listOf(always) }, officeHours),
      [],
      'nobody has set these hours',
    );
  });
  const officeHours = { officeHoursAreWorked: true };
});

describe('Openings that DrChrono is asked for', () => {
  const lindgren = { ...day, minutes: 20, practitioners: ['301123'] };
  const settings = { rooms: '415001/1' };
  test('are its units and not the hours around them, of a day and of a range', async () => {
    const one = replay(practice(fixture('availability--day')), { settings });
    assert.deepEqual((await openings(one.ctx, lindgren)).flatMap(timeIn(1)), ['08:00', '08:40']);
    const several = replay(practice(fixture('availability--range')), { settings });
    const found = await openings(several.ctx, { ...lindgren, to: '2031-03-12T05:00:00Z' });
    assert.deepEqual(found.flatMap(timeIn(1)), ['08:00', '08:40']);
    const asked = [one, several].flatMap(({ sent }) => sent.filter(({ route }) => route === 'availability'));
    const place = { doctor: '301123', office: '415001', exam_room: '1', duration: '20' };
    assert.deepEqual(
      asked.map(({ query }) => query),
      [
        { ...place, date: '2031-03-10' },
        { ...place, date_range: '2031-03-10/2031-03-11' },
      ],
    );
  });

  test('are still less what is taken: what DrChrono looks at is not documented', async () => {
    const appointments = listOf(
      visit({ doctor: 301123, office: 415009, scheduled_time: '2031-03-10T08:40:00', duration: 10 }),
    );
    const { ctx } = replay(practice({ ...fixture('availability--day'), appointments }), { settings });
    assert.deepEqual((await openings(ctx, lindgren)).flatMap(timeIn(1)), ['08:00']);
  });

  test('are asked for a month at a time and one room at a time', async () => {
    const availability = ({ query }: InProcessRequest) => ({
      dates: [{ date: query.date_range?.slice(0, 10) ?? query.date, open_slots: [] }],
    });
    const { ctx, sent } = replay(practice({ availability }));
    await openings(ctx, { ...lindgren, from: '2031-03-10T05:00:00Z', to: '2031-04-11T05:00:00Z' });
    assert.deepEqual(
      sent.flatMap(({ query, route }) =>
        route === 'availability' ? [[query.exam_room, query.date_range ?? query.date]] : [],
      ),
      [
        ['1', '2031-03-10/2031-04-09'],
        ['1', '2031-04-10'],
        ['2', '2031-03-10/2031-04-09'],
        ['2', '2031-04-10'],
      ],
    );
    assert.ok(
      !sent.some(({ route }) => route === 'appointments'),
      'what is taken matters only where something is open',
    );
  });

  for (const [what, changed] of [
    ['another doctor', { doctor: 301122 }],
    ['another room', { exam_room: 2 }],
    ['another day', { date: '2031-03-12' }],
    ['no day', { date: undefined }],
    [
      'times with seconds that are not full minutes',
      { open_slots: [{ start: '08:00:30', end: '12:00', availability: [] }] },
    ],
  ] as const)
    test(`fail where the answer is about ${what}`, async () => {
      const { availability } = fixture('availability--day');
      const { ctx } = replay(practice({ availability: { ...Object(availability), ...changed } }), {
        settings,
      });
      await assert.rejects(openings(ctx, lindgren), /availability: unknown/);
    });

  test('are gone when DrChrono does not tell the unit any more', async () => {
    const { ctx } = replay(practice(fixture('availability--day')), { settings });
    const [first] = await openings(ctx, lindgren);
    assert.ok(first);
    assert.equal(await verify(ctx, first), 'free');
    const { availability } = fixture('availability--day');
    const later = replay(practice({ availability: { ...Object(availability), open_slots: [] } }), {
      settings,
    });
    assert.equal(await verify(later.ctx, first), 'gone');
  });
});

describe('Zones', () => {
  const zoned = (timezone: string): Script => {
    const [doctor] = rowsIn('practice', 'doctors');
    return { doctors: listOf({ ...doctor, timezone }) };
  };
  const firstStart = async (script: Script, settings: AdapterContext['settings'] = {}) => {
    const { ctx } = replay(practice(script), {
      settings: { openTimes: 'computed', ...settings },
      timeZone: 'UTC',
    });
    const [first] = await openings(ctx, { ...okafor, to: '2031-03-12T05:00:00Z' });
    return first?.start;
  };

  for (const [timezone, setting, start] of [
    ['US/Pacific', '', '2031-03-10T09:00:00-07:00'],
    ['America/New_York', '', '2031-03-10T09:00:00-04:00'],
    ['US/Pacific', 'America/Denver', '2031-03-10T09:00:00-06:00'],
    ['', 'US/Eastern', '2031-03-10T09:00:00-04:00'],
  ] as const)
    test(`nine o’clock of a doctor in "${timezone}" with "${setting}" set is ${start}`, async () => {
      assert.equal(await firstStart(zoned(timezone), { timeZone: setting }), start);
    });

  for (const timezone of ['', 'Mars/Olympus', '-08:00', 'PST'])
    test(`of a doctor in "${timezone}" nothing is served, least of all in the practice’s zone or UTC`, async () => {
      await assert.rejects(
        firstStart(zoned(timezone)),
        (error) =>
          error instanceof Failure && error.code === 'business-rule' && /time zone/.test(error.hint ?? ''),
      );
      const { ctx } = replay({ ...practice(zoned(timezone)), appointment: visit() });
      await assert.rejects(drchrono.operations.read(ctx, '404511987'), Failure);
      const { practitioners } = await drchrono.operations.directory(ctx);
      assert.equal(practitioners[0]?.active, false);
    });
});

describe('Days on which the clocks change', () => {
  /** Chicago: on 9 March 2031 02:00 is 03:00, on 2 November 02:00 is 01:00. Okafor works Sundays from midnight to six. */
  const sundayNight = async (date: string, openTimes: string, minutes = 30) => {
    const units = Array.from({ length: 12 }, (_, index) => {
      const at = (half: number) =>
        `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`;
      return { start: at(index), end: at(index + 1) };
    });
    const availability = { date, open_slots: [{ start: '00:00', end: '06:00', availability: units }] };
    const { ctx } = replay(practice({ availability }), { settings: { openTimes, rooms: '415001/1' } });
    const from = localToInstant(`${date}T00:00`, 'America/Chicago') ?? assert.fail();
    const to = new Date(from + 12 * 3_600_000).toISOString();
    return openings(ctx, { from: new Date(from).toISOString(), to, minutes, practitioners: ['301122'] });
  };

  for (const openTimes of ['computed', 'availability'] as const) {
    test(`what spring skips is not offered (${openTimes})`, async () => {
      const found = await sundayNight('2031-03-09', openTimes);
      const times = found.map(({ start }) => start.slice(11, 16));
      assert.deepEqual(times, [
        '00:00',
        '00:30',
        '01:00',
        '01:30',
        '03:00',
        '03:30',
        '04:00',
        '04:30',
        '05:00',
        '05:30',
      ]);
    });

    test(`of what autumn repeats neither showing is offered (${openTimes})`, async () => {
      const found = await sundayNight('2031-11-02', openTimes);
      const times = found.map(({ start }) => start.slice(11, 16));
      assert.deepEqual(times, [
        '00:00',
        '00:30',
        '02:00',
        '02:30',
        '03:00',
        '03:30',
        '04:00',
        '04:30',
        '05:00',
        '05:30',
      ]);
      for (const { start, end } of found) assert.equal(instantOf(end) - instantOf(start), 30 * 60_000);
    });
  }

  test('a visit in the hour that comes twice takes both', async () => {
    const appointments = listOf(visit({ scheduled_time: '2031-11-02T01:30:00', duration: 45, exam_room: 1 }));
    const { ctx } = replay(practice({ appointments }), {
      settings: { openTimes: 'computed', rooms: '415001/1' },
    });
    const query = {
      from: '2031-11-02T05:00:00Z',
      to: '2031-11-02T10:00:00Z',
      minutes: 30,
      practitioners: ['301122'],
    };
    const times = (await openings(ctx, query)).map(({ start }) => start);
    assert.deepEqual(times.slice(0, 3), [
      '2031-11-02T00:00:00-05:00',
      '2031-11-02T00:30:00-05:00',
      '2031-11-02T02:30:00-06:00',
    ]);
  });

  test('a moment is named once exactly when its words lead back to it and to no other', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('America/Chicago', 'US/Pacific', 'Australia/Lord_Howe', 'America/Phoenix'),
        fc.integer({ min: 0, max: 2 * 366 * 24 * 4 }),
        (zone, quarters) => {
          const instant = Date.UTC(2031, 0, 1) + quarters * 15 * 60_000;
          const local = instantToLocal(instant, zone);
          const showings = Array.from(
            { length: 17 },
            (_, index) => instant + (index - 8) * 15 * 60_000,
          ).filter((other) => instantToLocal(other, zone) === local);
          assert.equal(isNamedOnce(instant, zone), showings.length === 1);
        },
      ),
      { numRuns: 500 },
    );
  });
});
