import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { grammar, type RouteTable, z } from '#adapter-kit/index.ts';
import { judgeSimulatorLogs, type SentRequest } from '#test/simulator-logs.ts';

const common = { response: 'empty', ok: [200], timeoutMs: 1, maxResponseBytes: 1 } as const;
const rooms: RouteTable = {
  list: {
    ...common,
    method: 'GET',
    template: '/rooms',
    query: { date: { ...grammar.date, required: true }, Offset: grammar.integer },
    effect: 'read',
  },
  close: {
    ...common,
    method: 'PUT',
    template: '/rooms/{Num}/close',
    path: { Num: grammar.id },
    body: z.strictObject({}),
    effect: 'write',
  },
};

const list: SentRequest = { method: 'GET', path: '/v1/rooms', query: { date: '2027-03-04' } };
const close: SentRequest = { method: 'PUT', path: '/v1/rooms/7/close', query: {} };

function judge(...requests: readonly SentRequest[]) {
  return judgeSimulatorLogs([{ emr: 'rooms', basePath: '/v1', requests }], { rooms });
}

describe('the judgement on the logs of all simulators after the whole suite', () => {
  it('has nothing to say where every request was a table route and every route was sent', () => {
    const { faults, sentence } = judge(list, close, {
      ...list,
      query: { date: '2027-03-05', Offset: '100' },
    });
    assert.deepEqual(faults, []);
    assert.equal(
      sentence,
      '3 requests reached 1 simulators through the wall; 2 of 2 table routes were seen.',
    );
  });

  it('finds a route that no test ever sent', () => {
    assert.deepEqual(judge(list).faults, ['rooms close is in the table, and no test ever sent it.']);
    const none = judgeSimulatorLogs([], { rooms });
    assert.equal(none.faults.length, 2);
  });

  const outside: readonly SentRequest[] = [
    { ...list, method: 'POST' },
    { ...list, path: '/rooms' },
    { ...list, path: '/v1/rooms/' },
    { ...list, path: '/v1/Rooms' },
    { ...list, path: '/v1/patients' },
    { ...list, query: {} },
    { ...list, query: { date: '2027-3-4' } },
    { ...list, query: { date: ['2027-03-04', '2027-03-05'] } },
    { ...list, query: { date: '2027-03-04', _include: 'Patient' } },
    { ...close, path: '/v1/rooms/0/close' },
    { ...close, path: '/v1/rooms/7%2F/close' },
    { ...close, path: '/v1/rooms/7/close/../open' },
    { ...close, query: { force: 'true' } },
  ];
  for (const request of outside)
    it(`finds ${request.method} ${request.path} ${JSON.stringify(request.query)} outside the table`, () => {
      const { faults } = judge(list, close, request);
      assert.equal(faults.length, 1);
      assert.match(faults[0] ?? '', /which is no route of its table/);
    });

  it('holds whatever an EMR without a table was sent to be outside, and repeats no value', () => {
    const sent = { method: 'GET', path: '/v1/people/4711', query: { name: 'Okafor' } };
    const { faults } = judgeSimulatorLogs([{ emr: 'other', basePath: '/v1', requests: [sent] }], {});
    assert.deepEqual(faults, ['other was sent GET /v#/people/# with name, which is no route of its table.']);
  });
});
