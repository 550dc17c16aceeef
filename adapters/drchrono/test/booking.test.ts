import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import {
  type AdapterContext,
  Failure,
  type FailureCode,
  type Opening,
  VendorText,
  WireFailure,
} from '#adapter-kit/index.ts';
import type { InProcessRequest } from '#adapter-kit/testing/index.ts';
import { drchrono } from '../index.ts';
import { newAppointment } from '../wire.ts';
import { ADA, openPractice, requestOf } from './practice.ts';
import { listOf, replay, practice as scripted, visit } from './replay.ts';

const { openings, book, move, cancel, read, appointmentsOf, changes } = drchrono.operations;
const practice = await openPractice();
const { window } = practice.emr;
beforeEach(() => practice.emr.reset());

const failsAs = (code: FailureCode) => (error: unknown) => error instanceof Failure && error.code === code;
async function firstOpening(ctx: AdapterContext): Promise<Opening> {
  const [first] = await openings(ctx, { ...window, minutes: 30 });
  return first ?? assert.fail('Nothing is open.');
}
/** How the gateway weighs a write that failed. */
async function weighed(write: Promise<unknown>) {
  const failure: unknown = await write.then(
    () => assert.fail('It was done.'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof WireFailure);
  return classifyWrite(failure, drchrono.capabilities.refusals, drchrono.routes);
}
/** Monday, 10 March 2031, in Chicago. */
const opening: Opening = {
  vendorKey: 'doctor:301122|room:415001/1',
  start: '2031-03-10T09:00:00-05:00',
  end: '2031-03-10T09:30:00-05:00',
  minutes: 30,
  practitioner: '301122',
  location: '415001',
  claims: ['doctor:301122', 'room:415001/1'],
};

describe('A booking', () => {
  test('says what makes a visit and nothing else, and never that it may overlap', async () => {
    const { ctx, sent } = replay(scripted({ createAppointment: visit() }));
    assert.deepEqual(await book(ctx, requestOf(opening, { visitTypeRef: '77120' })), { id: '404511987' });
    const asked = sent.at(-1);
    assert.deepEqual(asked?.body, {
      doctor: 301122,
      office: 415001,
      exam_room: 1,
      patient: 90017733,
      scheduled_time: '2031-03-10T09:00:00',
      duration: 30,
      profile: 77120,
      status: 'Not Confirmed',
      notes: 'GW:DRCHRONOAA.1',
    });
    assert.deepEqual(asked.headers, { 'x-drc-api-version': 'v4' });
    for (const more of [{ allow_overlapping: true }, { reason: 'pain' }, { reminder_profile: '1' }])
      assert.ok(!newAppointment.safeParse({ ...Object(asked.body), ...more }).success);
    assert.ok(newAppointment.safeParse(asked.body).success);
  });

  test('has its visit type’s profile where that is one of DrChrono’s, and its own length with and without', async () => {
    for (const [visitTypeRef, profile] of [
      ['77120', { profile: 77120 }],
      ['urn:flu', {}],
      [undefined, {}],
    ] as const) {
      const { ctx, sent } = replay(scripted({ createAppointment: visit() }));
      await book(ctx, requestOf(opening, visitTypeRef === undefined ? {} : { visitTypeRef }));
      const { profile: told, duration } = Object(sent.at(-1)?.body);
      assert.deepEqual([told === undefined ? {} : { profile: told }, duration], [profile, 30]);
    }
  });

  test('at a time that the wall clock shows twice is not sent, in neither of its showings', async () => {
    // The clocks of Chicago go back on 2 November 2031 at 02:00.
    for (const start of ['2031-11-02T01:30:00-05:00', '2031-11-02T01:30:00-06:00']) {
      const { ctx, sent } = replay(scripted());
      await assert.rejects(book(ctx, requestOf({ ...opening, start })), failsAs('stale-opening'));
      assert.deepEqual(
        sent.map(({ method }) => method),
        ['GET'],
      );
    }
  });

  test('of a taken time is told by the status, whatever stands beside it', async () => {
    const { ctx } = practice.connect();
    const first = await firstOpening(ctx);
    await book(ctx, requestOf(first));
    for (const conflictBody of ['empty', 'object', 'detail', 'text']) {
      await practice.set({ conflictBody });
      const { outcome, reason } = await weighed(book(ctx, requestOf(first, { marker: 'GW:DRCHRONOBB.1' })));
      assert.deepEqual([outcome, reason], ['refused', 'taken'], conflictBody);
    }
  });

  test('refused because of itself is found by its marker', async () => {
    const { ctx } = practice.connect();
    const first = await firstOpening(ctx);
    await practice.fault({ name: 'conflict-is-ours' });
    assert.equal((await weighed(book(ctx, requestOf(first)))).reason, 'taken');
    const [found, ...others] = await appointmentsOf(ctx, ADA, window);
    assert.deepEqual([found?.markers, others], [['GW:DRCHRONOAA.1'], []]);
  });

  test('is read by its id at once and found in lists some seconds later', async () => {
    const { ctx } = practice.connect();
    const first = await firstOpening(ctx);
    await practice.set({ listLagMs: 600 });
    const { id } = await book(ctx, requestOf(first));
    assert.equal((await read(ctx, id))?.resource.status, 'booked');
    let found = await appointmentsOf(ctx, ADA, window);
    for (let tries = 0; found.length === 0 && tries < 50; tries += 1) {
      await delay(100);
      found = await appointmentsOf(ctx, ADA, window);
    }
    assert.deepEqual(
      found.map(({ resource }) => resource.id),
      [id],
    );
    assert.ok(drchrono.capabilities.readAfterWriteMs >= 6_000, 'several seconds, the vendor says');
  });

  test('over the quota is not done, and says when the hour is over', async () => {
    const { ctx } = practice.connect();
    const first = await firstOpening(ctx);
    await practice.fault({ name: 'quota-exhausted', effect: 'write' });
    const { outcome, reason, retryAfterSeconds = 0 } = await weighed(book(ctx, requestOf(first)));
    assert.deepEqual([outcome, reason], ['not-done', 'throttled']);
    assert.ok(retryAfterSeconds > 0 && retryAfterSeconds <= 3_600);
    await practice.fault({ name: 'quota-exhausted', effect: 'read' });
    await assert.rejects(
      appointmentsOf(ctx, ADA, window),
      (error) => error instanceof WireFailure && error.status === 429 && (error.retryAfterSeconds ?? 0) > 0,
    );
    assert.deepEqual(drchrono.capabilities.quota, { window: 'hour', calls: 500, perSecond: 9 });
  });

  test('without the permission inside the app is not done', async () => {
    const { ctx } = practice.connect();
    const first = await firstOpening(ctx);
    await practice.fault({ name: 'permission-missing', effect: 'write' });
    const { outcome, reason } = await weighed(book(ctx, requestOf(first)));
    assert.deepEqual([outcome, reason], ['not-done', 'unauthorized']);
  });

  for (const [text, outcome] of [
    ['{"patient":["This field may not be null."]}', 'not-done'],
    ['{"office": ["Invalid pk \\"5\\" - object does not exist."]}', 'not-done'],
    ['{"status":["\\"Foo\\" is not a valid choice."]}', 'not-done'],
    ['{"patient":["This field may not be null."],"detail":"saved"}', 'ambiguous'],
    ['{"scheduled_time":["The provider is blocked then."]}', 'ambiguous'],
    ['{"detail":"Lost connectivity."}', 'ambiguous'],
    ['Bad Request', 'ambiguous'],
    ['', 'ambiguous'],
  ] as const)
    test(`answered 400 ${text} is ${outcome}`, () => {
      const failure = new WireFailure('answered', 'createAppointment', {
        reason: 'status',
        status: 400,
        text: new VendorText(text),
      });
      assert.equal(classifyWrite(failure, drchrono.capabilities.refusals, drchrono.routes).outcome, outcome);
    });
});

describe('A move', () => {
  const request = requestOf(opening);
  const at = (changed: Readonly<Record<string, unknown>>) =>
    replay(scripted({ appointment: visit(changed), moveAppointment: { status: 204 } }));

  for (const [what, changed, body] of [
    ['time', { exam_room: 1 }, { scheduled_time: '2031-03-10T09:00:00' }],
    ['room', { scheduled_time: '2031-03-10T09:00' }, { exam_room: 1 }],
    ['length', { exam_room: 1, scheduled_time: '2031-03-10T09:00:00', duration: 45 }, { duration: 30 }],
    [
      'office and so its room',
      { office: 415003, exam_room: 1, scheduled_time: '2031-03-10T09:00:00' },
      { office: 415001, exam_room: 1 },
    ],
    ['doctor', { doctor: 301123, exam_room: 1, scheduled_time: '2031-03-10T09:00:00' }, { doctor: 301122 }],
  ] as const)
    test(`to another ${what} says that and nothing else, the notes least of all`, async () => {
      const { ctx, sent } = at(changed);
      assert.deepEqual(await move(ctx, '404511987', request), { id: '404511987' });
      assert.deepEqual([sent.at(-1)?.method, sent.at(-1)?.body], ['PATCH', body]);
    });

  test('says nothing of its visit type', async () => {
    const { ctx, sent } = at({ exam_room: 1, scheduled_time: '2031-03-11T09:00:00' });
    await move(ctx, '404511987', requestOf(opening, { visitTypeRef: '77120' }));
    assert.deepEqual(sent.at(-1)?.body, { scheduled_time: '2031-03-10T09:00:00' });
  });

  test('to where it is is no request', async () => {
    const { ctx, sent } = at({ exam_room: 1, scheduled_time: '2031-03-10T09:00:00' });
    await move(ctx, '404511987', request);
    assert.ok(sent.every(({ method }) => method === 'GET'));
  });

  for (const [what, changed, code] of [
    ['of somebody else’s visit', { patient: 5 }, 'unknown-patient'],
    ['of a break', { patient: null }, 'not-found'],
    ['of a deleted visit', { deleted_flag: true }, 'not-found'],
    ['of a cancelled visit', { status: 'Cancelled' }, 'forbidden-transition'],
    ['of a visit under way', { status: 'In Session' }, 'forbidden-transition'],
    ['of a series', { recurring_appointment: true }, 'forbidden-transition'],
    ['of one of a series', { base_recurring_appointment: '404511000' }, 'forbidden-transition'],
    ['of the base of a series', { is_virtual_base: true }, 'forbidden-transition'],
  ] as const)
    test(`${what} is not sent`, async () => {
      const { ctx, sent } = at(changed);
      await assert.rejects(move(ctx, '404511987', request), failsAs(code));
      assert.ok(sent.every(({ method }) => method === 'GET'));
    });

  test('onto another visit is refused as taken', async () => {
    const { ctx } = practice.connect();
    const [first, second] = (await openings(ctx, { ...window, minutes: 30 })).filter(({ vendorKey }) =>
      vendorKey.endsWith('301122|room:415001/1'),
    );
    assert.ok(first && second);
    const { id } = await book(ctx, requestOf(first));
    await book(ctx, requestOf(second, { marker: 'GW:DRCHRONOBB.1' }));
    const { outcome, reason } = await weighed(move(ctx, id, requestOf(second)));
    assert.deepEqual([outcome, reason], ['refused', 'taken']);
    assert.equal((await read(ctx, id))?.resource.start, first.start);
  });
});

describe('A cancellation', () => {
  for (const [status, writes] of [
    ['Confirmed', 1],
    ['', 1],
    ['Left Message', 1],
    ['Cancelled', 0],
    ['Rescheduled', 0],
  ] as const)
    test(`of a visit in status "${status}" is ${writes === 0 ? 'success without a request' : 'sent'}`, async () => {
      const { ctx, sent } = replay({ appointment: visit({ status }), cancelAppointment: { status: 204 } });
      await cancel(ctx, '404511987');
      const changed = sent.filter(({ method }) => method !== 'GET');
      assert.deepEqual(
        changed.map(({ method, body }) => [method, body]),
        writes === 0 ? [] : [['PATCH', { status: 'Cancelled' }]],
      );
    });

  for (const [changed, code] of [
    [{ status: 'Complete' }, 'forbidden-transition'],
    [{ status: 'No Show' }, 'forbidden-transition'],
    [{ recurring_appointment: true }, 'forbidden-transition'],
    [{ deleted_flag: true }, 'not-found'],
  ] as const)
    test(`of a visit with ${JSON.stringify(changed)} is not sent`, async () => {
      const { ctx } = replay({ appointment: visit(changed) });
      await assert.rejects(cancel(ctx, '404511987'), failsAs(code));
    });

  test('of an instance of a series is the office’s, although it is among the patient’s appointments', async () => {
    const { ctx } = practice.connect();
    const to = new Date(Date.parse(window.from) + 60 * 86_400_000).toISOString().replace(/\.\d+/, '');
    const [one] = (await appointmentsOf(ctx, '90017735', { from: window.from, to })).filter(({ resource }) =>
      resource.id.includes('_'),
    );
    assert.equal(one?.resource.status, 'booked');
    await assert.rejects(cancel(ctx, one.resource.id), (error) => error instanceof Failure);
  });
});

describe('A patient’s appointments', () => {
  test('are asked for in parts of ninety days, and each is of that patient', async () => {
    const { ctx, sent } = replay(
      scripted({
        appointments: ({ query }: InProcessRequest) =>
          query.date_range?.startsWith('2031-02-28') ? listOf(visit()) : listOf(),
      }),
    );
    const found = await appointmentsOf(ctx, ADA, {
      from: '2031-03-01T06:00:00Z',
      to: '2031-09-01T06:00:00Z',
    });
    assert.deepEqual(
      found.map(({ resource }) => resource.id),
      ['404511987'],
    );
    assert.deepEqual(
      sent.flatMap(({ route, query }) => (route === 'appointments' ? [query.date_range] : [])),
      ['2031-02-28/2031-05-28', '2031-05-29/2031-08-26', '2031-08-27/2031-09-02'],
    );
    const other = replay(scripted({ appointments: listOf(visit({ patient: 5 })) }));
    await assert.rejects(
      appointmentsOf(other.ctx, ADA, window),
      (error) => error instanceof WireFailure && error.reason === 'filter-ignored',
    );
  });

  test('are read to the last page, by the cursor out of the address of the next one', async () => {
    const next =
      'https://elsewhere.example/api/appointments?cursor=cD0yMDMx%3D&date_range=ignored&verbose=true';
    const { ctx, sent } = replay(
      scripted({
        appointments: ({ query }: InProcessRequest) =>
          query.cursor === undefined
            ? { data: [visit()], next }
            : listOf(visit({ id: 404511988, scheduled_time: '2031-03-10T11:30' })),
      }),
    );
    const during = { from: '2031-03-10T00:00:00Z', to: '2031-03-12T00:00:00Z' };
    assert.equal((await appointmentsOf(ctx, ADA, during)).length, 2);
    const [first, second] = sent.filter(({ route }) => route === 'appointments');
    assert.deepEqual(second?.query, { ...first?.query, cursor: 'cD0yMDMx=' });
  });

  for (const [what, answer, reason] of [
    [
      'goes round in a circle',
      { results: [], next: 'https://app.drchrono.com/api/x?cursor=a' },
      'pages-in-a-circle',
    ],
    [
      'has a next page that nobody can name',
      { results: [], next: 'https://app.drchrono.com/api/x' },
      'schema',
    ],
    ['has no rows at all', { next: null }, 'schema'],
  ] as const)
    test(`are not taken from a list that ${what}`, async () => {
      const { ctx } = replay(scripted({ appointments: answer }));
      await assert.rejects(
        appointmentsOf(ctx, ADA, { from: '2031-03-10T00:00:00Z', to: '2031-03-12T00:00:00Z' }),
        (error) => error instanceof WireFailure && error.reason === reason,
      );
    });
});

describe('What changed', () => {
  test('is made, moved, cancelled and deleted visits, and no break', async () => {
    const { ctx } = practice.connect();
    const since = new Date(ctx.now()).toISOString();
    const before = new Set(await changes(ctx, since));
    const first = await firstOpening(ctx);
    const { id } = await book(ctx, requestOf(first));
    assert.ok(!before.has(id) && (await changes(ctx, since)).includes(id));
    await practice.emr.staff({ action: 'cancel', id });
    assert.ok((await changes(ctx, since)).includes(id));
    await practice.emr.staff({ action: 'delete', id });
    assert.ok((await changes(ctx, since)).includes(id));
    assert.equal(await read(ctx, id), undefined);
  });

  test('is asked for from the day before, since nobody knows by which clock that day is meant', async () => {
    const { ctx, sent } = replay({
      changedAppointments: listOf(visit(), visit(), visit({ id: 5, patient: null }), visit({ id: null })),
    });
    assert.deepEqual(await changes(ctx, '2031-03-10T00:30:00Z'), ['404511987']);
    assert.deepEqual([sent[0]?.query.since, sent[0]?.query.show_archived], ['2031-03-09', 'true']);
  });
});
