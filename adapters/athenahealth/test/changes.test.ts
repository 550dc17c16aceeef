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
  test('is taken out of the queue and asked for again, without open slots and each once', async () => {
    const line = replay({ changedAppointments: inTurn(changedAppointments, none, changedAppointments) });
    assert.deepEqual(await changes(line.ctx, since), ['2310011']);
    assert.deepEqual(
      line.sent.map(({ query }) => query),
      [
        { showcopay: 'false', limit: '1000' },
        { showcopay: 'false', limit: '1000' },
        {
          showprocessedstartdatetime: '03/01/2031 05:30:00',
          showprocessedenddatetime: '03/01/2031 07:30:00',
          showcopay: 'false',
          limit: '1000',
        },
      ],
    );
  });

  test('is read from the beginning of the queue until it is empty, and by offset only what was taken before', async () => {
    const queue = [page(1, 2), page(3), none];
    const line = replay({
      changedAppointments: (request: InProcessRequest) => {
        if (!isReplay(request)) return queue.shift();
        const next = '/v1/195900/appointments/changed?OFFSET=2';
        return request.query.offset === undefined ? { ...page(8, 9), next } : page(10);
      },
    });
    assert.deepEqual(await changes(line.ctx, since), ['1', '2', '3', '8', '9', '10']);
    assert.deepEqual(
      line.sent.map((request) => request.query.offset),
      [undefined, undefined, undefined, undefined, '2'],
    );
  });

  test('does not go on for ever where the queue does not empty', async () => {
    const line = replay({
      changedAppointments: (request: InProcessRequest) => (isReplay(request) ? none : page(1)),
    });
    assert.deepEqual(await changes(line.ctx, since), ['1']);
    assert.equal(line.sent.length, 21);
  });

  test('is told of a letter that nobody knows, and nothing of a row but its id', async () => {
    const appointments = [{ appointmentid: 5, appointmentstatus: 'z', patientid: '4471', copay: 10 }];
    const line = replay({ changedAppointments: inTurn({ appointments }, none) });
    assert.deepEqual(await changes(line.ctx, since), ['5']);
  });

  const days = [
    ['spring', '2031-03-09T07:15:00Z', '03/09/2031 01:45:00'],
    ['autumn, in the hour that comes twice', '2031-11-02T06:30:00Z', '11/02/2031 00:00:00'],
    ['autumn, after it', '2031-11-02T08:00:00Z', '11/02/2031 02:30:00'],
  ] as const;
  for (const [why, from, asked] of days)
    test(`is asked for from an Eastern time that is one alone: ${why}`, async () => {
      const now = () => (parseInstant(from) ?? assert.fail()) + 3_600_000;
      const line = replay({ changedAppointments: none }, { now });
      await changes(line.ctx, from);
      assert.equal(line.sent.at(-1)?.query.showprocessedstartdatetime, asked);
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
