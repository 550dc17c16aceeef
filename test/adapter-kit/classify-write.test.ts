import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyWrite, type WriteOutcome } from '#adapter-kit/classify-write.ts';
import {
  type RefusalRow,
  type RouteTable,
  VendorText,
  WireFailure,
  type WireFailureKind,
} from '#adapter-kit/index.ts';

const refusals: readonly RefusalRow[] = [
  { status: 400, text: /^PatNum is required/, means: 'not-done', reason: 'rejected' },
  { status: 409, text: /overlaps/, means: 'taken', reason: 'taken' },
  { status: 409, means: 'rule', reason: 'rule' },
  { status: 429, means: 'not-done', reason: 'throttled' },
];
const exchange = { template: '/x', response: 'empty', ok: [200], timeoutMs: 1, maxResponseBytes: 1 } as const;
const routes: RouteTable = {
  look: { ...exchange, method: 'GET', effect: 'read' },
  write: { ...exchange, method: 'POST', effect: 'write' },
};

const ambiguous = (reason: string): WriteOutcome => ({ outcome: 'ambiguous', reason });
const rows: readonly [
  why: string,
  kind: WireFailureKind,
  answer: { reason?: string; status?: number; text?: string; retryAfterSeconds?: number; route?: string },
  expected: WriteOutcome,
][] = [
  [
    'what the wall refused was never sent',
    'refused',
    { reason: 'grammar' },
    { outcome: 'not-done', reason: 'grammar' },
  ],
  [
    'what found no connection was never sent',
    'not-sent',
    { reason: 'dns' },
    { outcome: 'not-done', reason: 'dns' },
  ],
  ['a time-out proves nothing', 'unknown', { reason: 'timeout' }, ambiguous('timeout')],
  ['an unreadable success proves nothing', 'unknown', { reason: 'schema', status: 201 }, ambiguous('schema')],
  [
    'an unreadable answer is not looked up by its status',
    'unknown',
    { reason: 'too-large', status: 429 },
    ambiguous('too-large'),
  ],
  [
    'a listed status and text',
    'answered',
    { status: 400, text: 'PatNum is required.' },
    { outcome: 'not-done', reason: 'rejected' },
  ],
  [
    'a listed status with another text',
    'answered',
    { status: 400, text: 'eConnector down' },
    ambiguous('status'),
  ],
  ['a listed status without a text', 'answered', { status: 400 }, ambiguous('status')],
  [
    'the first row that matches',
    'answered',
    { status: 409, text: 'it overlaps' },
    { outcome: 'refused', reason: 'taken' },
  ],
  [
    'the next row that matches',
    'answered',
    { status: 409, text: 'no' },
    { outcome: 'refused', reason: 'rule' },
  ],
  ['a status that is not listed', 'answered', { status: 500 }, ambiguous('status')],
  [
    'how long to wait is passed on',
    'answered',
    { status: 429, retryAfterSeconds: 7 },
    { outcome: 'not-done', reason: 'throttled', retryAfterSeconds: 7 },
  ],
  [
    'a read before the write wrote nothing',
    'unknown',
    { reason: 'timeout', route: 'look' },
    { outcome: 'not-done', reason: 'timeout' },
  ],
  [
    'a read that was refused wrote nothing',
    'answered',
    { status: 409, route: 'look' },
    { outcome: 'not-done', reason: 'rule' },
  ],
  [
    'a route that nobody knows may have been a write',
    'unknown',
    { reason: 'reset', route: 'constructor' },
    ambiguous('reset'),
  ],
];
for (const [why, kind, { text, route = 'write', reason = 'status', ...details }, expected] of rows) {
  test(`${why}: ${expected.outcome}`, () => {
    const words = text === undefined ? {} : { text: new VendorText(text) };
    const failure = new WireFailure(kind, route, { reason, ...details, ...words });
    assert.deepEqual(classifyWrite(failure, refusals, routes), expected);
  });
}

test('without the route table a read is judged like a write, which is never too bold', () => {
  const failure = new WireFailure('unknown', 'look', { reason: 'timeout' });
  assert.deepEqual(classifyWrite(failure, refusals), ambiguous('timeout'));
});
