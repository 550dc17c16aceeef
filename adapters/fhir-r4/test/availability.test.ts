import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AdapterContext, WireFailure } from '#adapter-kit/index.ts';
import { type InProcessRequest, replay, type Script } from '#adapter-kit/testing/index.ts';
import { fhirR4 } from '../index.ts';
import { fixture, searchset } from './fixture.ts';
import * as rows from './rows.ts';

const { openings, verify } = fhirR4.operations;
const here = import.meta.dirname;
const schedules = searchset([rows.schedule()]);
const query = { ...rows.window, minutes: 30 };
const connect = (script: Script, settings: AdapterContext['settings'] = {}) =>
  replay(fhirR4, { schedules, ...script }, { settings });
const keysOf = async (script: Script, changed = {}, settings = {}) =>
  (await openings(connect(script, settings).ctx, { ...query, ...changed })).map(({ vendorKey }) => vendorKey);

describe('Openings by slots', () => {
  test('are the free slots of somebody at some place, and nothing that is broken, taken or of another kind', async () => {
    const { ctx, sent } = connect({ slots: fixture(here, 'slots--argonaut') });
    assert.deepEqual(await openings(ctx, query), [
      rows.opening({ vendorKey: 'slot:good', claims: ['practitioner:p-1', 'slot:good'] }),
    ]);
    const start = ['ge2031-03-04T06:00:00Z', 'lt2031-03-05T06:00:00Z'];
    assert.deepEqual(sent[0]?.repeated, { start });
    assert.deepEqual(sent[0]?.query, { start: start[0], status: 'free', _sort: 'start', _count: '200' });
  });

  test('ask for the visit type, and leave out what is of another one all the same', async () => {
    const of = (id: string, code: string) =>
      rows.slot({ id, serviceType: [{ coding: [{ system: 'urn:a', code }] }] });
    const { ctx, sent } = connect({ slots: searchset([of('a', '1'), of('b', '2')]) });
    const found = await openings(ctx, { ...query, visitTypeRef: 'urn:a|1' });
    assert.deepEqual(
      found.map(({ vendorKey }) => vendorKey),
      ['slot:a|type:urn:a|1'],
    );
    assert.equal(sent[0]?.query['service-type'], 'urn:a|1');
  });

  for (const [what, actor, settings, keys] of [
    ['name nobody', [{ reference: 'Location/l-1' }], {}, []],
    ['name only somebody displayed', [{ display: 'OR Add-On 02' }, { reference: 'Location/l-1' }], {}, []],
    ['name no place', [{ reference: 'Practitioner/p-1' }], {}, []],
    [
      'name no place, where the practice has one',
      [{ reference: 'Practitioner/p-1' }],
      { locations: 'l-7' },
      ['slot:slot-1'],
    ],
    [
      'name two places',
      [{ reference: 'Practitioner/p-1' }, { reference: 'Location/l-1' }, { reference: 'Location/l-2' }],
      {},
      [],
    ],
    ['are of somebody whom the settings do not name', rows.schedule().actor, { practitioners: 'p-7' }, []],
    ['are at a place that the settings do not name', rows.schedule().actor, { locations: 'l-7' }, []],
  ] as const)
    test(`of schedules that ${what}: ${keys.length}`, async () => {
      const script = { slots: searchset([rows.slot()]), schedules: searchset([rows.schedule({ actor })]) };
      assert.deepEqual(await keysOf(script, {}, settings), keys);
    });

  test('know a role by its practitioner and its only place', async () => {
    const actor = [{ reference: 'PractitionerRole/r-1' }];
    const role = {
      resourceType: 'PractitionerRole',
      id: 'r-1',
      practitioner: { reference: 'Practitioner/p-9' },
      location: [{ reference: 'Location/l-9' }],
    };
    const script = {
      slots: searchset([rows.slot()]),
      schedules: searchset([rows.schedule({ actor })]),
      practitionerRoles: searchset([role]),
    };
    const [found] = await openings(connect(script).ctx, query);
    assert.deepEqual([found?.practitioner, found?.location], ['p-9', 'l-9']);
    const gone = { ...script, practitionerRoles: searchset([{ ...role, active: false }]) };
    assert.deepEqual(await keysOf(gone), []);
  });

  test('of a schedule that is not among the active ones wait for what the schedule itself says', async () => {
    const script = { slots: searchset([rows.slot()]), schedules: searchset([]) };
    assert.deepEqual(await keysOf({ ...script, schedule: rows.schedule() }), ['slot:slot-1']);
    assert.deepEqual(await keysOf({ ...script, schedule: rows.schedule({ active: false }) }), []);
    assert.deepEqual(await keysOf({ ...script, schedule: { status: 404 } }), []);
  });

  test('ask for the schedules of the practitioners whom the settings name', async () => {
    const { ctx, sent } = connect({ slots: searchset([rows.slot()]) }, { practitioners: 'p-1, p-2' });
    await openings(ctx, query);
    assert.equal(sent[1]?.query.actor, 'Practitioner/p-1,Practitioner/p-2');
  });

  test('of a bundle that holds an error are none that could be trusted', async () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'timeout' }] };
    const asked = openings(connect({ slots: searchset([rows.slot(), outcome]) }).ctx, query);
    await assert.rejects(asked, (error) => error instanceof WireFailure && error.reason === 'outcome');
  });
});

describe('Pages', () => {
  const base = 'https://emr.example.org/r4';
  const self = `${base}/Slot?status=free`;
  const slotAt = (hour: number) =>
    rows.slot({
      id: `slot-${hour}`,
      start: `2031-03-04T${hour}:00:00Z`,
      end: `2031-03-04T${hour}:30:00Z`,
    });
  const hours = [14, 15, 16, 17, 18, 19, 20, 21];
  const inWindow = ({ repeated: { start = [] } }: InProcessRequest) => {
    const [from = '', to = ''] = start.map((text) => text.slice(2));
    return hours.filter((hour) => from <= `2031-03-04T${hour}:00:00Z` && `2031-03-04T${hour}:00:00Z` < to);
  };

  test('are followed by the keys of the link, and a slot that stands on two is one, as it was seen last', async () => {
    const next = `${base}/Slot?start=ge2031-03-04T06:00:00Z&start=lt2031-03-05T06:00:00Z&_offset=1`;
    const slots = (request: InProcessRequest) =>
      request.query._offset === undefined
        ? searchset([slotAt(14), slotAt(15)], { self, next })
        : searchset([{ ...slotAt(15), status: 'busy' }, slotAt(16)], { self: next });
    const { ctx, sent } = connect({ slots });
    assert.deepEqual(
      (await openings(ctx, query)).map(({ vendorKey }) => vendorKey),
      ['slot:slot-14', 'slot:slot-16'],
    );
    assert.deepEqual(
      sent.map(({ route }) => route),
      ['slots', 'slots', 'schedules'],
    );
  });

  for (const [what, link] of [
    ['under a key of which we have not heard', `${base}/Slot?_getpages=6a1f0a52`],
    ['at the base', `${base}?_getpages=6a1f0a52&_getpagesoffset=20`],
    ['at another resource', `${base}/Observation?_offset=20`],
    ['on another host', 'https://evil.example.org/r4/Slot?_offset=20'],
    [
      'with a filter that we may not send',
      `${base}/Slot?start=ge2031-03-04T06:00:00Z&_include=Slot:schedule&_offset=2`,
    ],
  ] as const)
    test(`${what} are not followed: the window is read in halves, and nothing is missed`, async () => {
      const slots = (request: InProcessRequest) => {
        assert.equal(request.query._offset, undefined);
        const found = inWindow(request);
        return found.length <= 2
          ? searchset(found.map(slotAt), { self })
          : searchset(found.slice(0, 2).map(slotAt), { self, next: link });
      };
      const { ctx } = connect({ slots });
      assert.deepEqual(
        (await openings(ctx, query)).map(({ vendorKey }) => vendorKey),
        hours.map((hour) => `slot:slot-${hour}`),
      );
    });

  test('that cannot be followed however short the window fail the search', async () => {
    const slots = () => searchset([slotAt(14)], { self, next: `${base}?_getpages=1` });
    const asked = openings(connect({ slots }).ctx, { ...query, to: '2031-03-04T00:10:00-06:00' });
    await assert.rejects(
      asked,
      (error) => error instanceof WireFailure && error.reason === 'page-not-followed',
    );
  });

  test('without an end fail the search', async () => {
    let page = 0;
    const slots = () => {
      page += 1;
      const next = `${base}/Slot?start=ge2031-03-04T06:00:00Z&start=lt2031-03-05T06:00:00Z&_offset=${page}`;
      return searchset([slotAt(14)], { self, next });
    };
    const asked = openings(connect({ slots }).ctx, query);
    await assert.rejects(asked, (error) => error instanceof WireFailure && error.reason === 'too-many-pages');
  });
});

describe('An opening', () => {
  const verified = (
    slot: unknown,
    changed: Parameters<typeof rows.opening>[0] = {},
    schedule: unknown = rows.schedule(),
  ) => verify(connect({ slot, schedule }).ctx, rows.opening(changed));

  test('is free while its slot is, read by itself', async () => {
    assert.equal(await verified(rows.slot()), 'free');
  });

  for (const [what, slot] of [
    ['busy', rows.slot({ status: 'busy' })],
    ['held', rows.slot({ status: 'busy-tentative' })],
    ['moved', rows.slot({ start: '2031-03-04T16:15:00Z' })],
    ['longer now', rows.slot({ end: '2031-03-04T16:45:00Z' })],
    ['unknown', { status: 404 }],
    ['deleted', { status: 410 }],
  ] as const)
    test(`is gone when its slot is ${what}`, async () => assert.equal(await verified(slot), 'gone'));

  for (const [what, changed] of [
    ['of another slot than it claims', { vendorKey: 'slot:slot-2' }],
    ['of another practitioner', { practitioner: 'p-2' }],
    ['at another place', { location: 'l-2' }],
    ['in the past', { start: '2031-02-04T10:00:00-06:00', end: '2031-02-04T10:30:00-06:00' }],
  ] as const)
    test(`is gone when it is ${what}`, async () =>
      assert.equal(await verified(rows.slot(), changed), 'gone'));

  test('of several slots is free while all of them are', async () => {
    const joined = {
      end: '2031-03-04T11:00:00-06:00',
      minutes: 60,
      claims: ['practitioner:p-1', 'slot:slot-1', 'slot:slot-2'],
    };
    const second = rows.slot({ id: 'slot-2', start: '2031-03-04T16:30:00Z', end: '2031-03-04T17:00:00Z' });
    const slots = (changed: object) => (request: InProcessRequest) =>
      request.path.endsWith('/slot-2') ? { ...second, ...changed } : rows.slot();
    assert.equal(await verified(slots({}), joined), 'free');
    assert.equal(await verified(slots({ status: 'busy' }), joined), 'gone');
  });

  test('whose slot answers as another one fails', async () => {
    await assert.rejects(verified(rows.slot({ id: 'slot-9' })), WireFailure);
  });
});
