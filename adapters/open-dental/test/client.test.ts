import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireFailure } from '#adapter-kit/index.ts';
import type { InProcessRequest } from '#adapter-kit/testing/index.ts';
import * as client from '../client.ts';
import { fixture, replay } from './replay.ts';
import { appointmentJson, operatoryJson, scheduleJson } from './rows.ts';

const pageOf =
  (rows: readonly unknown[]) =>
  ({ query }: InProcessRequest) =>
    rows.slice(Number(query.Offset ?? 0), Number(query.Offset ?? 0) + 100);
const reason = (expected: string) => (error: unknown) =>
  error instanceof WireFailure && error.kind === 'unknown' && error.reason === expected;
const range = { dateStart: '2031-03-04', dateEnd: '2031-03-04' };

for (const [count, offsets] of [
  [0, [undefined]],
  [99, [undefined]],
  [100, [undefined, '100']],
  [250, [undefined, '100', '200']],
] as const) {
  test(`${count} rows are read in ${offsets.length} pages`, async () => {
    const rows = Array.from({ length: count }, (_, index) => operatoryJson(index + 1));
    const line = replay({ operatories: pageOf(rows) });
    assert.equal((await client.operatories(line.ctx.http)).length, count);
    assert.deepEqual(
      line.sent.map(({ query }) => query.Offset),
      offsets,
    );
  });
}

test('pages that overlap give each row once, as it was last', async () => {
  const rows = Array.from({ length: 150 }, (_, index) => appointmentJson({ AptNum: index + 1 }));
  const line = replay({
    appointments: ({ query }: InProcessRequest) =>
      query.Offset === undefined
        ? rows.slice(0, 100)
        : [appointmentJson({ AptNum: 100, Op: 9 }), ...rows.slice(100, 149)],
  });
  const found = await client.appointments(line.ctx.http, range);
  assert.equal(found.length, 149);
  assert.equal(found.find(({ AptNum }) => AptNum === 100)?.Op, 9);
});

test('an enterprise office, whose pages are larger, is read to its end as well', async () => {
  const rows = Array.from({ length: 1_200 }, (_, index) => operatoryJson(index + 1));
  const line = replay({
    operatories: ({ query }: InProcessRequest) => rows.slice(Number(query.Offset ?? 0)).slice(0, 1_000),
  });
  assert.equal((await client.operatories(line.ctx.http)).length, 1_200);
});

test('a list without an end is given up', async () => {
  const rows = Array.from({ length: 100 }, (_, index) => operatoryJson(index + 1));
  await assert.rejects(client.operatories(replay({ operatories: rows }).ctx.http), reason('too-many-pages'));
});

test('schedule pages that lost their order are read again in halves', async () => {
  const dates = ['2031-03-03', '2031-03-04', '2031-03-05'];
  const all = dates.flatMap((SchedDate, day) =>
    Array.from({ length: 50 }, (_, index) =>
      scheduleJson({ ScheduleNum: String(day * 50 + index + 1), SchedDate }),
    ),
  );
  const line = replay({
    schedules: ({ query }: InProcessRequest) => {
      const asked = all.filter(
        ({ SchedDate }) =>
          String(query.dateStart) <= String(SchedDate) && String(SchedDate) <= String(query.dateEnd),
      );
      if (query.Offset === undefined) return asked.slice(0, 100);
      // The second page begins two rows too early, so two others are on no page.
      return asked.slice(Number(query.Offset) - 2, asked.length - 2);
    },
  });
  const found = await client.schedules(line.ctx.http, dates);
  assert.deepEqual(new Set(found.map(({ ScheduleNum }) => ScheduleNum)).size, 150);
});

test('an answer that ignores a filter is not taken for an answer', async () => {
  const yesterday = appointmentJson({ AptDateTime: '2012-03-04 10:30:00' });
  const stranger = appointmentJson({ PatNum: 9 });
  const born = { ...fixture('match--okafor') };
  const { http: dates } = replay({ appointments: [appointmentJson(), yesterday] }).ctx;
  const { http: patients } = replay({ appointments: [stranger] }).ctx;
  const { http: schedules } = replay({ schedules: [scheduleJson({ SchedDate: '2012-03-04' })] }).ctx;
  const { http: kinds } = replay({ definitions: [{ DefNum: 1, ItemValue: '', Category: 2 }] }).ctx;
  const { http: people } = replay(born).ctx;
  const { http: history } = replay(fixture('read--missed')).ctx;
  const ignored = reason('filter-ignored');
  await assert.rejects(client.appointments(dates, range), ignored);
  await assert.rejects(client.appointments(patients, { ...range, PatNum: '3051' }), ignored);
  await assert.rejects(client.schedules(schedules, ['2031-03-04']), ignored);
  await assert.rejects(client.blockoutTypes(kinds), ignored);
  await assert.rejects(
    client.searchPatients(people, { LName: 'Okafor', FName: 'Ada', Birthdate: '1990-11-03' }),
    ignored,
  );
  await assert.rejects(client.history(history, 5), ignored);
});

test('an appointment that is not there is undefined, an office that is not there is a failure', async () => {
  const gone = replay({ appointment: { status: 404, body: 'Appointment not found' } }).ctx.http;
  assert.equal(await client.appointment(gone, '88210'), undefined);
  const away = replay({ appointment: { status: 400, body: 'eConnector is down' } }).ctx.http;
  await assert.rejects(
    client.appointment(away, '88210'),
    (error) => error instanceof WireFailure && error.status === 400,
  );
});

test('a preference is the one that was asked for', async () => {
  const { http } = replay({ preferences: [{ PrefName: 'Other', ValueString: '5' }] }).ctx;
  assert.equal(await client.preference(http, 'AppointmentTimeIncrement'), undefined);
});
