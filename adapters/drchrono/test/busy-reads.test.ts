import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instantOf, type Opening, WireFailure } from '#adapter-kit/index.ts';
import type { InProcessRequest, Script } from '#adapter-kit/testing/index.ts';
import { drchrono } from '../index.ts';
import { listOf, practice, replay, rowsIn, visit } from './replay.ts';

const { openings, verify } = drchrono.operations;
const settings = { openTimes: 'computed' };
const dayMs = 86_400_000;
/** Monday, 10 March 2031, in Chicago; Okafor works from nine to twelve. */
const day = { from: '2031-03-10T05:00:00Z', to: '2031-03-11T05:00:00Z', minutes: 30 };
const fortnight = { ...day, to: '2031-03-24T05:00:00Z' };

/** Every appointment of a practice, in pages of some size, by the filters that are asked for. */
function book(rows: readonly Readonly<Record<string, unknown>>[], size: number): Script {
  const appointments = ({ query }: InProcessRequest) => {
    const [first = '', last = ''] = (query.date_range ?? '').split('/');
    const found = rows.filter((row) => {
      const date = String(row.scheduled_time).slice(0, 10);
      const isAsked = ['doctor', 'office'].every((key) => [undefined, String(row[key])].includes(query[key]));
      return isAsked && first <= date && date <= last;
    });
    const from = Number(query.cursor ?? 0);
    const next = from + size < found.length ? `https://app.drchrono.com/x?cursor=${from + size}` : null;
    return { results: found.slice(from, from + size), next };
  };
  return practice({ appointments });
}

describe('What is taken', () => {
  test('is read of ten doctors with twenty visits a day for two weeks, although pages have twenty rows', async () => {
    const rows = Array.from({ length: 14 * 200 }, (_, index) => {
      const date = new Date(instantOf(day.from) + Math.floor(index / 200) * dayMs).toISOString().slice(0, 10);
      return visit({
        id: index + 1,
        doctor: 301200 + (index % 10),
        exam_room: 2,
        scheduled_time: `${date}T09:00:00`,
      });
    });
    const { ctx, routes } = replay(book(rows, 20), { settings });
    const found = await openings(ctx, { ...fortnight, practitioners: ['301122'] });
    assert.ok(found.some(({ vendorKey }) => vendorKey.endsWith('/1')));
    assert.ok(!found.some(({ vendorKey, start }) => vendorKey.endsWith('/2') && start.includes('T09:00')));
    assert.equal(routes().filter((route) => route === 'appointments').length, 140);
  });

  test('is not read for ever from a list without an end', async () => {
    const appointments = ({ query }: InProcessRequest) => ({
      results: [visit()],
      next: `https://app.drchrono.com/x?cursor=${Number(query.cursor ?? 0) + 1}`,
    });
    const { ctx, routes } = replay(practice({ appointments }), { settings });
    await assert.rejects(
      openings(ctx, day),
      (error) => error instanceof WireFailure && error.reason === 'too-many-pages',
    );
    assert.ok(routes().length <= 204, String(routes().length));
  });

  test('by blocks is asked for as early as one range of 190 days allows, and never from the first day only', async () => {
    for (const [to, range] of [
      [day.to, '2030-09-03/2031-03-11'],
      ['2031-09-16T05:00:00Z', '2031-03-09/2031-09-16'],
    ] as const) {
      const { ctx, sent } = replay(practice(), { settings });
      await openings(ctx, { ...day, to });
      const asked = sent.filter(({ route }) => route === 'scheduleBlocks');
      assert.deepEqual(
        asked.map(({ query }) => query.date_range),
        [range],
      );
    }
  });
});

describe('One opening', () => {
  const opening: Opening = {
    vendorKey: 'doctor:301122|room:415001/1',
    start: '2031-03-10T09:30:00-05:00',
    end: '2031-03-10T10:00:00-05:00',
    minutes: 30,
    practitioner: '301122',
    location: '415001',
    claims: ['doctor:301122', 'room:415001/1'],
  };
  const elsewhere = Array.from({ length: 60 }, (_, index) =>
    visit({ id: index + 1, doctor: 5, office: 415009, scheduled_time: '2031-03-10T09:00:00' }),
  );
  const filtersOf = (sent: readonly InProcessRequest[]) =>
    sent
      .filter(({ query, route }) => route === 'appointments' && query.cursor === undefined)
      .map(({ query: { doctor, office, date_range } }) => [doctor, office, date_range]);

  for (const [what, row, verdict] of [
    ['nothing', { doctor: 5, office: 415009 }, 'free'],
    ['the doctor in another office', { office: 415009, exam_room: 7 }, 'gone'],
    ['somebody else in the room', { doctor: 5, exam_room: 1 }, 'gone'],
    ['somebody else in another room', { doctor: 5, exam_room: 2 }, 'free'],
    [
      'the doctor since the night before',
      { office: 415009, scheduled_time: '2031-03-09T20:00:00', duration: 900 },
      'gone',
    ],
  ] as const)
    test(`is ${verdict} when a practice of many pages has ${what} then, by the doctor’s visits and the office’s`, async () => {
      const row9 = visit({ id: 900, scheduled_time: '2031-03-10T09:30:00', ...row });
      const { ctx, sent } = replay(book([...elsewhere, row9], 20), { settings });
      assert.equal(await verify(ctx, opening), verdict);
      assert.deepEqual(filtersOf(sent), [
        [undefined, undefined, '2031-03-09/2031-03-10'],
        ['301122', undefined, '2031-03-09/2031-03-10'],
        [undefined, '415001', '2031-03-10/2031-03-10'],
      ]);
    });

  test('takes one request for visits where a page holds everybody’s', async () => {
    const { ctx, sent } = replay(book(elsewhere, 250), { settings });
    assert.equal(await verify(ctx, opening), 'free');
    assert.equal(filtersOf(sent).length, 1);
  });

  test('is not judged by an answer about other doctors', async () => {
    const appointments = ({ query }: InProcessRequest) =>
      query.doctor === undefined
        ? { results: elsewhere, next: 'https://app.drchrono.com/x?cursor=60' }
        : listOf(...elsewhere);
    const { ctx } = replay(practice({ appointments }), { settings });
    await assert.rejects(
      verify(ctx, opening),
      (error) => error instanceof WireFailure && error.reason === 'filter-ignored',
    );
  });
});

test('A template whose time is told in another form holds never, and the others hold', async () => {
  const template = { ...rowsIn('practice', 'templates')[0], profile: 77121, office: 415001, exam_room: 1 };
  const shared = { duration: 60, week_days: [0], date_start: null, date_end: null, archived: false };
  const readable = { ...template, ...shared, id: 1, scheduled_time: '10:00' };
  for (const scheduled_time of ['10 AM', '', null, 36_000, undefined]) {
    const other = { ...readable, id: 2, scheduled_time };
    const { ctx } = replay(practice({ templates: listOf(other, readable) }), { settings });
    const query = { ...day, minutes: 60, visitTypeRef: '77121' };
    const found = await openings(ctx, query);
    assert.deepEqual(
      found.map(({ start }) => start.slice(11, 16)),
      ['10:00'],
      String(scheduled_time),
    );
    const alone = replay(practice({ templates: listOf(other) }), { settings });
    assert.deepEqual(await openings(alone.ctx, query), []);
  }
});
