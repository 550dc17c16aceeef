import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WireFailure } from '#adapter-kit/index.ts';
import type { InProcessRequest } from '#adapter-kit/testing/index.ts';
import { athenahealth } from '../index.ts';
import { fixture, opening, openRowJson, replay, rowJson, settings, slotJson, slotPage } from './replay.ts';

const { openings, verify, directory } = athenahealth.operations;
const week = { from: '2031-03-03T00:00:00-08:00', to: '2031-03-08T00:00:00-08:00', minutes: 15 };

describe('A search at athenaOne', () => {
  test('says where, who, why and on which days, and none of the words that would show more than can be booked', async () => {
    const line = replay({});
    await openings(line.ctx, week);
    const { query } = line.sent.at(-1) ?? assert.fail();
    assert.deepEqual(query, {
      departmentid: '12',
      providerid: '71',
      reasonid: '962',
      startdate: '03/03/2031',
      enddate: '03/07/2031',
      limit: '5000',
    });
  });

  test('offers two slots of one provider at one time as two openings', async () => {
    const found = await openings(replay({}).ctx, week);
    assert.deepEqual(found, [
      opening,
      { ...opening, vendorKey: opening.vendorKey.replace('011|', '012|'), claims: ['appt:2310012'] },
    ]);
  });

  test('takes ids and lengths as texts as well, and flags under either name', async () => {
    const texts = { departmentid: '12', providerid: '71', appointmentid: '2310011', duration: '15' };
    for (const changed of [
      texts,
      { frozen: false },
      { frozenyn: 'false' },
      { frozen: '' },
      { frozen: null },
    ]) {
      const found = await openings(replay({ openSlots: slotPage(slotJson(changed)) }).ctx, week);
      assert.deepEqual(found, [opening]);
    }
  });

  test('leaves out what is frozen, of another length, of nobody, of somebody else or somewhere else', async () => {
    for (const changed of [
      { frozen: true },
      { frozenyn: 'true' },
      { duration: 30 },
      { providerid: '' },
      { providerid: 72 },
      { departmentid: 14 },
    ])
      assert.deepEqual(await openings(replay({ openSlots: slotPage(slotJson(changed)) }).ctx, week), []);
  });

  test('keeps to the moments of its window, and to those that are still to come', async () => {
    const slots = slotPage(
      slotJson({ appointmentid: 1, starttime: '09:00' }),
      slotJson({ appointmentid: 2, starttime: '09:15' }),
      slotJson({ appointmentid: 3, starttime: '09:30' }),
    );
    const keys = async (query: object, changed = {}) =>
      (await openings(replay({ openSlots: slots }, changed).ctx, { ...week, ...query })).map(
        ({ vendorKey }) => vendorKey.split('|')[0],
      );
    const window = { from: '2031-03-04T09:15:00-08:00', to: '2031-03-04T09:30:00-08:00' };
    assert.deepEqual(await keys(window), ['appt:2']);
    const now = () => Date.parse('2031-03-04T17:20:00Z');
    assert.deepEqual(await keys({}, { now }), ['appt:3']);
  });

  test('asks for each visit type of the length, and offers a slot for the first that finds it', async () => {
    const visitTypes = 'reason:962;Office Visit;15, type:82;Office Visit;15, reason:963;Long;30';
    const line = replay({}, { settings: { ...settings, visitTypes } });
    const found = await openings(line.ctx, week);
    assert.deepEqual(
      line.sent.flatMap(({ query, route }) =>
        route === 'openSlots' ? [query.reasonid ?? `type ${query.appointmenttypeid}`] : [],
      ),
      ['962', 'type 82'],
    );
    assert.ok(found.length === 2 && found.every(({ vendorKey }) => vendorKey.endsWith('|reason:962')));
  });

  test('asks for the visit type that is named, by a reason or by a type of the staff', async () => {
    for (const [visitTypeRef, asked] of [
      ['reason:7', { reasonid: '7' }],
      ['type:7', { appointmenttypeid: '7' }],
    ] as const) {
      const line = replay({});
      const [first] = await openings(line.ctx, { ...week, visitTypeRef });
      assert.ok(first?.vendorKey.endsWith(`|${visitTypeRef}`));
      const { reasonid, appointmenttypeid } = line.sent.at(-1)?.query ?? {};
      assert.deepEqual(
        { ...(reasonid && { reasonid }), ...(appointmenttypeid && { appointmenttypeid }) },
        asked,
      );
    }
  });

  test('never asks for any reason, nor for what is none, nor for somebody whom the practice has not named', async () => {
    for (const query of [
      { visitTypeRef: 'reason:-1' },
      { visitTypeRef: '962' },
      { minutes: 20 },
      { practitioners: ['72'] },
      { locations: ['14'] },
      { to: week.from },
    ]) {
      const line = replay({});
      assert.deepEqual(await openings(line.ctx, { ...week, ...query }), []);
      assert.ok(!line.routes().includes('openSlots'));
    }
    assert.ok(!athenahealth.routes.openSlots.query.reasonid.pattern.test('-1'));
  });

  test('reads on while there is a next page, by rows and not by its link', async () => {
    const all = Array.from({ length: 5 }, (_, index) =>
      slotJson({ appointmentid: index + 1, starttime: `1${index}:00` }),
    );
    const next = '/v1/195900/appointments/open?DEPARTMENTID=12&offset=900000';
    const line = replay({
      openSlots: ({ query }: InProcessRequest) => {
        const offset = Number(query.offset ?? 0);
        const appointments = all.slice(offset, offset + 2);
        return { totalcount: 5, appointments, ...(offset + 2 < 5 && { next }) };
      },
    });
    assert.equal((await openings(line.ctx, week)).length, 5);
    assert.deepEqual(
      line.sent.flatMap(({ route, query }) => (route === 'openSlots' ? [query.offset] : [])),
      [undefined, '2', '4'],
    );
  });

  test('gives up a list without an end, and one whose next page is empty', async () => {
    const next = '/v1/195900/appointments/open?OFFSET=1';
    for (const [appointments, reason] of [
      [[slotJson()], 'too-many-pages'],
      [[], 'empty-page'],
    ] as const)
      await assert.rejects(
        openings(replay({ openSlots: { appointments, next } }).ctx, week),
        (error) => error instanceof WireFailure && error.reason === reason,
      );
  });

  test('reads departments once in an hour', async () => {
    const line = replay({});
    await openings(line.ctx, week);
    await openings(line.ctx, week);
    assert.equal(line.routes().filter((route) => route === 'departments').length, 1);
  });

  test('claims the slots that a longer visit takes, and not those beside it at the same time', async () => {
    const half = (appointmentid: number, starttime: string, more = {}) =>
      slotJson({ appointmentid, starttime, duration: 30, ...more });
    const openSlots = slotPage(
      half(1, '09:00'),
      half(2, '09:00'),
      half(3, '09:15'),
      half(4, '09:30'),
      half(5, '09:15', { providerid: 72 }),
    );
    const providers = '71, 72';
    const found = await openings(replay({ openSlots }, { settings: { ...settings, providers } }).ctx, {
      ...week,
      minutes: 30,
    });
    assert.deepEqual(
      found.map(({ claims }) => claims),
      [['appt:1', 'appt:3'], ['appt:2', 'appt:3'], ['appt:3', 'appt:4'], ['appt:5'], ['appt:4']],
    );
  });
});

describe('The clock of a search', () => {
  const day = (date: string) => {
    const slots = ['00:30', '01:00', '01:30', '02:00', '02:30', '03:00'].map((starttime, index) =>
      slotJson({ appointmentid: index + 1, date, starttime }),
    );
    return { openSlots: slotPage(...slots) };
  };
  const starts = async (date: string, from: string, to: string): Promise<readonly string[]> =>
    (await openings(replay(day(date)).ctx, { from, to, minutes: 15 })).map(
      ({ start }) => `${start.slice(11, 16)} ${start.slice(19)}`,
    );

  test('offers nothing in the hour that spring skips', async () => {
    assert.deepEqual(await starts('03/09/2031', '2031-03-09T00:00:00-08:00', '2031-03-10T00:00:00-07:00'), [
      '00:30 -08:00',
      '01:00 -08:00',
      '01:30 -08:00',
      '03:00 -07:00',
    ]);
  });

  test('offers nothing in the hour that autumn repeats: the record does not say which of the two it is', async () => {
    assert.deepEqual(await starts('11/02/2031', '2031-11-02T00:00:00-07:00', '2031-11-03T00:00:00-08:00'), [
      '00:30 -07:00',
      '02:00 -08:00',
      '02:30 -08:00',
      '03:00 -08:00',
    ]);
  });

  const department = (changed: object) => {
    const { departments } = fixture('find--two-at-one-time') as { departments: { departments: object[] } };
    return { departments: { departments: [{ ...departments.departments[0], ...changed }] } };
  };
  const startIn = async (changed: object, timeZone = 'America/Los_Angeles') =>
    (await openings(replay(department(changed), { timeZone }).ctx, week)).at(0)?.start;

  test('is that of the department, whatever the practice’s own is', async () => {
    const zone = { timezonename: 'America/Chicago' };
    assert.equal(await startIn(zone), '2031-03-04T09:15:00-06:00');
    assert.equal(await startIn({ timezonename: 'US/Pacific' }, 'America/New_York'), opening.start);
  });

  test('is the practice’s own for a department without a name of one, if its numbers fit', async () => {
    const unnamed = { timezonename: undefined };
    assert.equal(await startIn(unnamed), opening.start);
    assert.equal(
      await startIn({ ...unnamed, timezone: '-8.00', timezoneoffset: '-8', doesnotobservedst: 'false' }),
      opening.start,
    );
  });

  test('is not guessed: a department where nobody knows it is left out, and the others are searched', async () => {
    const { departments } = fixture('find--two-at-one-time') as { departments: { departments: object[] } };
    const [first] = departments.departments;
    const script = {
      departments: { departments: [first, { ...first, departmentid: '14', timezonename: 'Pacific' }] },
      openSlots: slotPage(slotJson(), slotJson({ appointmentid: 9, departmentid: 14 })),
    };
    const line = replay(script, { settings: { ...settings, departments: '14, 12' } });
    assert.deepEqual(await openings(line.ctx, week), [opening]);
    assert.equal(line.sent.at(-1)?.query.departmentid, '12');
  });

  test('is not guessed: a search fails where nobody knows it', async () => {
    for (const changed of [
      { timezonename: 'Pacific' },
      { timezonename: '+08:00' },
      { timezonename: undefined, timezone: -7 },
      { timezonename: '', timezoneoffset: -7 },
      { timezonename: null, doesnotobservedst: true },
      { timezonename: undefined, timezone: undefined },
      { departmentid: '13' },
    ])
      await assert.rejects(startIn(changed), { reason: 'no-zone' });
  });
});

describe('An opening at athenaOne', () => {
  const free = { appointment: [openRowJson()] };

  test('is free while its slot is open and would be found again', async () => {
    const line = replay(free);
    assert.equal(await verify(line.ctx, opening), 'free');
    assert.equal(await verify(replay({ appointment: openRowJson() }).ctx, opening), 'free', 'no list of one');
    const { startdate, enddate, reasonid } = line.sent.at(-1)?.query ?? {};
    assert.deepEqual([startdate, enddate, reasonid], ['03/04/2031', '03/04/2031', '962']);
  });

  const gone: readonly [why: string, script: object][] = [
    ['booked', { appointment: [rowJson()] }],
    ['cancelled', { appointment: [rowJson({ appointmentstatus: 'x' })] }],
    ['frozen', { appointment: [openRowJson({ frozen: 'true' })] }],
    ['missing', { appointment: { status: 404, body: '\n\n{"error":"The appointment is not available."}' } }],
    ['missing, of an older gateway', { appointment: { status: 410, body: '{"error":"Gone."}' } }],
    ['at another time', { appointment: [openRowJson({ starttime: '09:30' })] }],
    ['on another day', { appointment: [openRowJson({ date: '03/05/2031' })] }],
    ['in another department', { appointment: [openRowJson({ departmentid: '14' })] }],
    ['found no more', { openSlots: slotPage() }],
    ['too short for the visit by now', { openSlots: slotPage(slotJson({ duration: 10 })) }],
    ['found frozen', { openSlots: slotPage(slotJson({ frozen: true })) }],
  ];
  for (const [why, script] of gone)
    test(`is gone when its slot is ${why}`, async () =>
      assert.equal(await verify(replay({ ...free, ...script }).ctx, opening), 'gone'));

  test('is gone when its time has come, or when it was never offered', async () => {
    const now = () => Date.parse('2031-03-04T17:16:00Z');
    assert.equal(await verify(replay(free, { now }).ctx, opening), 'gone');
    for (const vendorKey of [
      'no such key',
      'appt:1|dept:12|prov:71|reason:-1',
      'appt:1|dept:12|prov:71|all:1',
    ])
      assert.equal(await verify(replay({}).ctx, { ...opening, vendorKey }), 'gone');
  });
});

test('The directory has who and where the practice has named, all while it has not, and its visit types', async () => {
  const script = {
    providers: {
      providers: [
        {
          providerid: 71,
          firstname: 'Ada',
          lastname: 'Bricker',
          displayname: 'Ada Bricker, MD',
          npi: 1234567893,
        },
        { providerid: 72, firstname: 'Chidi', lastname: 'Okafor', entitytype: 'Person' },
        { providerid: '79', lastname: 'Room 2', displayname: 'Room 2', entitytype: 'Non-Person' },
      ],
    },
  };
  const { practitioners, locations, services } = await directory(replay(script).ctx);
  assert.deepEqual(practitioners, [
    {
      resourceType: 'Practitioner',
      id: '71',
      active: true,
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }],
      name: [{ text: 'Ada Bricker, MD', family: 'Bricker', given: ['Ada'] }],
    },
  ]);
  assert.deepEqual(
    locations.map(({ id, name }) => [id, name]),
    [['12', 'Lakeside Clinic']],
  );
  assert.deepEqual(services, [
    { ref: 'reason:962', display: 'Office Visit', minutes: 15 },
    { ref: 'type:83', display: 'Follow Up', minutes: 30 },
  ]);
  const all = await directory(replay(script, { settings: {} }).ctx);
  assert.deepEqual(
    all.practitioners.map(({ name }) => name?.[0]?.text),
    ['Ada Bricker, MD', 'Okafor', 'Room 2'],
  );
});
