import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type AdapterContext, parseInstant } from '#adapter-kit/index.ts';
import type { EmrUnderTest, InProcessRequest } from '#adapter-kit/testing/index.ts';
import { athenahealth } from '../index.ts';
import { fixture, inTurn, replay } from './replay.ts';
import { lakeside, order } from './simulated.ts';

const { changes, openings, book, cancel } = athenahealth.operations;
const { changedAppointments } = fixture('changed--booked-and-opened');
const none = { totalcount: 0, appointments: [] };
const since = '2031-03-01T11:00:00Z';
const page = (...ids: readonly number[]) => ({
  totalcount: ids.length,
  appointments: ids.map((appointmentid) => ({ appointmentid, appointmentstatus: 'f' })),
});
const isReplay = ({ query }: InProcessRequest) => query.showprocessedstartdatetime !== undefined;

describe('What changed at athenaOne', () => {
  test('is what was taken before, the newest hour first, and then what is in the queue, without open slots and each once', async () => {
    const line = replay({
      changedAppointments: inTurn(changedAppointments, none, changedAppointments, none),
    });
    assert.deepEqual(await changes(line.ctx, since), ['2310011']);
    const common = { showcopay: 'false', limit: '200' };
    assert.deepEqual(
      line.sent.map(({ query }) => query),
      [
        {
          showprocessedstartdatetime: '03/01/2031 06:05:00',
          showprocessedenddatetime: '03/01/2031 07:05:00',
          ...common,
        },
        {
          showprocessedstartdatetime: '03/01/2031 05:55:00',
          showprocessedenddatetime: '03/01/2031 06:05:00',
          ...common,
        },
        common,
        common,
      ],
    );
  });

  const soon = '2031-03-01T11:55:00Z';

  test('is read from the beginning of the queue until it is empty, and by offset only what was taken before', async () => {
    const queue = [page(1, 2), page(3), none];
    const line = replay({
      changedAppointments: (request: InProcessRequest) => {
        if (!isReplay(request)) return queue.shift();
        const next = '/v1/195900/appointments/changed?OFFSET=2';
        return request.query.offset === undefined ? { ...page(8, 9), next } : page(10);
      },
    });
    assert.deepEqual(await changes(line.ctx, soon), ['8', '9', '10', '1', '2', '3']);
    assert.deepEqual(
      line.sent.map((request) => request.query.offset),
      [undefined, '2', undefined, undefined, undefined],
    );
  });

  test('does not go on for ever where the queue does not empty, nor where what was taken has no end', async () => {
    const full = replay({
      changedAppointments: (request: InProcessRequest) => (isReplay(request) ? none : page(1)),
    });
    assert.deepEqual(await changes(full.ctx, soon), ['1']);
    assert.equal(full.sent.length, 1 + 5);
    const endless = replay({
      changedAppointments: (request: InProcessRequest) =>
        isReplay(request) ? { ...page(2), next: '/v1/195900/appointments/changed?OFFSET=1' } : none,
    });
    assert.deepEqual(await changes(endless.ctx, since), ['2']);
    assert.equal(endless.sent.length, 40 + 1);
  });

  test('is asked for by the hour and for a day at most, and no further back than athenaOne answers', async () => {
    const month = '2031-02-01T12:00:00Z';
    const line = replay({ changedAppointments: none });
    assert.deepEqual(await changes(line.ctx, month), []);
    assert.equal(line.sent.filter(isReplay).length, 24);
    const refusal = { status: 400, body: '\n\n{"error":"The data provided is invalid."}' };
    const forgetful = replay({ changedAppointments: inTurn(page(1), page(2), refusal, page(3), none) });
    assert.deepEqual(await changes(forgetful.ctx, month), ['1', '2', '3']);
    await assert.rejects(changes(replay({ changedAppointments: refusal }).ctx, month), { status: 400 });
  });

  test('is not taken out of the queue while what was taken before cannot be read', async () => {
    const line = replay({ changedAppointments: { status: 500, body: '' } });
    await assert.rejects(changes(line.ctx, soon), { status: 500 });
    assert.ok(line.sent.length > 0 && line.sent.every(isReplay));
  });

  test('is handed over once it is taken, also when the reading after it fails; the first one has to succeed', async () => {
    const failure = { status: 500, body: '' };
    const script = { changedAppointments: inTurn(none, page(1), failure) };
    assert.deepEqual(await changes(replay(script).ctx, soon), ['1']);
    await assert.rejects(changes(replay({ changedAppointments: inTurn(none, failure) }).ctx, soon), {
      status: 500,
    });
  });

  test('is told of a letter that nobody knows, nothing of a row but its id, and of no row without one', async () => {
    const row = { appointmentid: 5, appointmentstatus: 'z', patientid: '4471', copay: 10 };
    const unusable = [{ appointmentid: '' }, { appointmentstatus: 'x' }, null, 'x', { appointmentid: -3 }];
    const appointments = [...unusable, row, { appointmentid: '6', appointmentstatus: 2 }];
    const line = replay({
      changedAppointments: inTurn(none, { appointments }, { appointments: unusable }, page(7), none),
    });
    assert.deepEqual(await changes(line.ctx, soon), ['5', '6', '7']);
  });

  const days = [
    ['spring', '2031-03-09T07:02:00Z', '03/09/2031 01:57:00'],
    ['autumn, in the hour that comes twice', '2031-11-02T06:30:00Z', '11/02/2031 00:25:00'],
    ['autumn, after it', '2031-11-02T08:00:00Z', '11/02/2031 02:55:00'],
  ] as const;
  for (const [why, from, asked] of days)
    test(`is asked for from an Eastern time that is one alone: ${why}`, async () => {
      const now = () => (parseInstant(from) ?? assert.fail()) + 600_000;
      const line = replay({ changedAppointments: none }, { now });
      await changes(line.ctx, from);
      assert.equal(line.sent[0]?.query.showprocessedstartdatetime, asked);
    });

  const unsubscribed = {
    status: 403,
    body: '\n\n{"error":"Changed appointments require a subscription, which has not been set up."}',
  };

  test('is subscribed to, all events of the practice, where it is not', async () => {
    const line = replay({ changedAppointments: unsubscribed, subscribeToChanges: { success: 'true' } });
    assert.deepEqual(await changes(line.ctx, since), []);
    assert.deepEqual(
      line.sent.map(({ route, body }) => [route, body]),
      [
        ['changedAppointments', undefined],
        ['subscribeToChanges', { includeremindercall: 'false' }],
      ],
    );
  });

  test('is not subscribed to for another refusal, and a subscription that failed is no success', async () => {
    const forbidden = { status: 403, body: '\n\n{"error":"You do not have permission."}' };
    const line = replay({ changedAppointments: forbidden });
    await assert.rejects(changes(line.ctx, since), { kind: 'answered', status: 403 });
    assert.equal(line.sent.length, 1);
    const failed = { changedAppointments: unsubscribed, subscribeToChanges: { success: false } };
    await assert.rejects(changes(replay(failed).ctx, since), { kind: 'unknown' });
  });
});

describe('The queue of changes of a simulated practice', () => {
  let emr: EmrUnderTest;
  let ctx: AdapterContext;
  const start = new Date().toISOString();
  before(async () => {
    emr = await lakeside().start();
  });
  after(() => emr.stop());
  beforeEach(async () => {
    await emr.reset();
    ctx = emr.connect();
    assert.deepEqual(await changes(ctx, start), [], 'the first reading subscribes');
    assert.deepEqual(await changes(ctx, start), []);
  });

  async function booked(): Promise<string> {
    const [opening] = await openings(ctx, { ...emr.window, minutes: emr.minutes });
    assert.ok(opening);
    return (await book(ctx, { patient: '4471', opening, marker: 'GW:AAAAAAAAAA.1' })).id;
  }

  test('tells what we and the desk did, and the same when it is asked again', async () => {
    const id = await booked();
    assert.deepEqual(await changes(ctx, start), [id]);
    await emr.staff({ action: 'cancel', id });
    assert.deepEqual(await changes(ctx, start), [id]);
    assert.deepEqual(await changes(ctx, start), [id]);
  });

  test('tells what another program took out of it, and what was lost with an answer', async () => {
    const id = await booked();
    await order(emr, 'feed-drained');
    assert.deepEqual(await changes(ctx, start), [id]);
    const second = await booked();
    await emr.fault({ name: 'response-lost', effect: 'read', times: 1 });
    await changes(ctx, start).catch(() => undefined);
    assert.deepEqual([...(await changes(ctx, start))].sort(), [id, second].sort());
  });

  test('tells of a cancellation of ours', async () => {
    const id = await booked();
    await cancel(ctx, id);
    assert.deepEqual(await changes(ctx, start), [id]);
  });
});
