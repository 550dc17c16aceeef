import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { Failure, instantOf, type Opening, WireFailure } from '#adapter-kit/index.ts';
import { drchrono } from '../index.ts';
import { LINDGREN, OKAFOR, openPractice, requestOf } from './practice.ts';

const { openings, verify, book, probe } = drchrono.operations;
const practice = await openPractice();
const { window } = practice.emr;
const minute = 60_000;
beforeEach(() => practice.emr.reset());

/** Two weeks from the beginning of the window, which is a day ahead. */
const fortnight = {
  from: window.from,
  to: `${new Date(instantOf(window.from) + 14 * 24 * 60 * minute).toISOString().slice(0, 19)}Z`,
};
const keysOf = (found: readonly Opening[]) => found.map(({ vendorKey, start }) => `${vendorKey} ${start}`);

describe('Two ways to open times', () => {
  test('find the same ones, whichever visit is asked for and however DrChrono counts what is taken', async () => {
    for (const availabilitySubtracts of ['office+room', 'office', 'doctor']) {
      await practice.set({ availabilitySubtracts });
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(10, 20, 30, 45, 60, 90),
          fc.constantFrom(OKAFOR, LINDGREN),
          fc.nat({ max: 12 * 24 * 60 }),
          fc.integer({ min: 1, max: 3 * 24 * 60 }),
          async (minutes, practitioner, begin, length) => {
            const from = instantOf(window.from) + begin * minute;
            const at = (moment: number) => `${new Date(moment).toISOString().slice(0, 19)}Z`;
            const query = {
              from: at(from),
              to: at(from + length * minute),
              minutes,
              practitioners: [practitioner],
            };
            const [computed, asked] = [practice.connect(), practice.connect({ openTimes: 'availability' })];
            assert.deepEqual(await openings(asked.ctx, query), await openings(computed.ctx, query));
            assert.ok(!computed.calls.includes('availability'));
          },
        ),
        { numRuns: 6 },
      );
    }
  });

  test('verify what the other one found', async () => {
    const query = { ...window, minutes: 30 };
    const [computed, asked] = [practice.connect().ctx, practice.connect({ openTimes: 'availability' }).ctx];
    const [first] = await openings(computed, query);
    assert.ok(first);
    for (const ctx of [computed, asked]) assert.equal(await verify(ctx, first), 'free');
    await book(computed, requestOf(first));
    for (const ctx of [computed, asked]) assert.equal(await verify(ctx, first), 'gone');
  });

  test('cost what the README says for two doctors, one office and three rooms', async () => {
    for (const [openTimes, search, check] of [
      ['auto', 2, 2],
      ['availability', 8, 3],
    ] as const) {
      const { ctx, calls } = practice.connect({ openTimes });
      const [first] = await openings(ctx, { ...fortnight, minutes: 30 });
      assert.ok(first);
      assert.deepEqual(calls.slice(0, 2), ['offices', 'doctors'], 'at most every half an hour');
      assert.equal(calls.length - 2, search, openTimes);
      await openings(ctx, { ...fortnight, minutes: 30 });
      assert.equal(calls.length - 2, 2 * search);
      await verify(ctx, first);
      assert.equal(calls.length - 2, 2 * search + check);
    }
  });

  test('are learned by the probe: an endpoint that is missing is not asked again', async () => {
    assert.equal((await probe(practice.connect().ctx)).settings?.availabilityAnswers, true);
    await practice.set({ availabilityOffered: false });
    const { settings = {} } = await probe(practice.connect().ctx);
    assert.equal(settings.availabilityAnswers, false);
    const { ctx, calls } = practice.connect({ openTimes: 'availability', ...settings });
    assert.ok((await openings(ctx, { ...window, minutes: 30 })).length > 0);
    assert.ok(!calls.includes('availability'));
  });

  test('fail where the endpoint is missing and no probe has noticed yet', async () => {
    await practice.set({ availabilityOffered: false });
    const { ctx } = practice.connect({ openTimes: 'availability' });
    await assert.rejects(
      openings(ctx, { ...window, minutes: 30 }),
      (error) => error instanceof WireFailure && error.status === 404,
    );
  });

  test('fall back to hours of the office for its owner only, and to nothing where DrChrono tells none', async () => {
    await practice.set({ workSchedulesOffered: false });
    const { ctx: asked, calls } = practice.connect();
    assert.ok((await openings(asked, { ...window, minutes: 30 })).length > 0);
    assert.ok(calls.includes('availability'), 'hours that are not told are asked for');
    const query = { ...window, minutes: 30 };
    assert.deepEqual(await openings(practice.connect({ openTimes: 'computed' }).ctx, query), []);
    const worked = practice.connect({ openTimes: 'computed', officeHoursAreWorked: true });
    const found = await openings(worked.ctx, query);
    assert.deepEqual([...new Set(found.map(({ practitioner }) => practitioner))], [OKAFOR]);
  });
});

describe('Openings', () => {
  test('of a visit type are with its doctor, and inside of its templates where it has some', async () => {
    const { ctx, calls } = practice.connect();
    const found = await openings(ctx, { ...fortnight, minutes: 60, visitTypeRef: '77121' });
    assert.ok(found.length > 0);
    for (const { start, practitioner, vendorKey } of found) {
      assert.equal(practitioner, OKAFOR);
      assert.match(vendorKey, /\/1\|profile:77121$/);
      assert.ok(['09', '10', '11'].includes(start.slice(11, 13)), start);
    }
    assert.ok(calls.includes('templates'));
    const free = practice.connect({ templatesLimit: false });
    const all = await openings(free.ctx, { ...fortnight, minutes: 60, visitTypeRef: '77121' });
    assert.ok(all.length > found.length);
    const [first] = found;
    assert.ok(first);
    assert.equal(await verify(ctx, first), 'free');
    const late = all.find(({ start }) => start.slice(11, 13) === '15') ?? assert.fail();
    assert.equal(await verify(ctx, { ...late, vendorKey: first.vendorKey }), 'gone');
  });

  test('of a visit type that is archived or unknown are a mistake somebody should hear of', async () => {
    for (const visitTypeRef of ['77124', '5', 'flu'])
      await assert.rejects(
        openings(practice.connect().ctx, { ...window, minutes: 30, visitTypeRef }),
        (error) => error instanceof Failure && error.code === 'unknown-visit-type',
      );
  });

  test('can be narrowed to rooms, and to rooms for online scheduling', async () => {
    const roomsOf = async (settings: Readonly<Record<string, string | boolean>>) => {
      const found = await openings(practice.connect(settings).ctx, { ...window, minutes: 30 });
      return [...new Set(found.map(({ vendorKey }) => vendorKey.slice(-1)))].sort();
    };
    assert.deepEqual(await roomsOf({}), ['1', '2', '3']);
    assert.deepEqual(await roomsOf({ onlineRoomsOnly: true }), ['1', '2']);
    assert.deepEqual(await roomsOf({ rooms: '415001/3' }), ['3']);
    assert.deepEqual(await roomsOf({ doctors: '5' }), []);
    assert.deepEqual(await roomsOf({ offices: '5' }), []);
  });

  test('are the same on pages of twenty, under the other name of the rows, and with rooms as text', async () => {
    const query = { ...fortnight, minutes: 30 };
    const { ctx, calls } = practice.connect();
    const before = await openings(ctx, query);
    const pages = calls.filter((route) => route === 'appointments').length;
    assert.equal(pages, 1);
    await practice.set({
      listKey: 'data',
      appointmentsMaxPage: 20,
      examRooms: 'text',
      appointmentIds: 'number',
    });
    const small = practice.connect();
    assert.deepEqual(keysOf(await openings(small.ctx, query)), keysOf(before));
    assert.ok(small.calls.filter((route) => route === 'appointments').length > 1);
  });

  test('may be some seconds old, and then the booking itself is refused', async () => {
    const { ctx } = practice.connect();
    const [first] = await openings(ctx, { ...window, minutes: 30 });
    assert.ok(first);
    await book(ctx, requestOf(first));
    await practice.fault({ name: 'list-lag', route: '/appointments', effect: 'read' });
    assert.equal(await verify(ctx, first), 'free');
    await assert.rejects(
      book(ctx, requestOf(first, { marker: 'GW:DRCHRONOBB.1' })),
      (error) => error instanceof WireFailure && error.status === 409,
    );
  });
});
