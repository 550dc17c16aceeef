import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAnswer } from '#egress/answer.ts';
import { sampleRoutes } from './sample-table.ts';

const now = Date.parse('2031-03-04T10:00:00Z');
const route = sampleRoutes['user.current'];

function waitOf(said: string, more: { status?: number; header?: string; pattern?: RegExp } = {}) {
  const { status = 429, header, pattern = route.retryAfterText } = more;
  const body = Buffer.from(`{"detail":"Request was throttled. Expected available in ${said} seconds."}`);
  const headers = header === undefined ? {} : { 'retry-after': header };
  const outcome = { kind: 'answered', status, headers, body, bytes: body.length } as const;
  const read = readAnswer('user.current', { ...route, retryAfterText: pattern }, outcome, now);
  return 'failure' in read ? read.failure.retryAfterSeconds : assert.fail('The call succeeded.');
}

describe('The wait that the text of a 429 names', () => {
  const rows: [said: string, seconds: number | undefined][] = [
    ['2295.0', 2295],
    ['123', 123],
    ['0', 0],
    ['0.2', 1],
    ['59.000001', 60],
    ['999999999', 999_999_999],
    ['', undefined],
    ['-1', undefined],
    ['+7', undefined],
    ['1e3', undefined],
    ['1e-9', undefined],
    ['0x10', undefined],
    ['Infinity', undefined],
    ['NaN', undefined],
    ['1,000', undefined],
    ['1.', undefined],
    ['.5', undefined],
    ['7.0.0', undefined],
    ['٧', undefined],
    ['9999999999', undefined],
    ['9'.repeat(400), undefined],
    [`1.${'0'.repeat(400)}`, undefined],
    ['null', undefined],
  ];
  for (const [said, seconds] of rows)
    test(`of "${said.slice(0, 12)}" seconds (${said.length} characters) is ${seconds}.`, () =>
      assert.equal(waitOf(said), seconds));

  test('does not count where the header says another.', () => {
    assert.equal(waitOf('2295.0', { header: '7' }), 7);
    assert.equal(waitOf('2295.0', { header: 'Tue, 04 Mar 2031 10:00:30 GMT' }), 30);
    assert.equal(waitOf('2295.0', { header: 'soon' }), 2295);
  });

  test('does not count with any other status.', () => {
    for (const status of [200, 400, 403, 409, 500, 503]) assert.equal(waitOf('7', { status }), undefined);
  });

  test('is the same each time, whatever flags the pattern has.', () => {
    const pattern = /available in (\S*) seconds/gy;
    const found = /\b(\d+) seconds/g;
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal(waitOf('7', { pattern: found }), 7);
      assert.equal(waitOf('7', { pattern }), 7);
    }
  });

  test('is nothing where the pattern finds nothing, or has no group that took part.', () => {
    assert.equal(waitOf('7', { pattern: /in (\d+) minutes/ }), undefined);
    assert.equal(waitOf('7', { pattern: /in \d+ seconds/ }), undefined);
    assert.equal(waitOf('7', { pattern: /in 7|in (\d+)/ }), undefined);
  });

  test('beyond the first 4,096 characters is not read.', () => {
    assert.equal(waitOf(`${' '.repeat(4_096)}7`, { pattern: /(\d+) seconds/ }), undefined);
  });
});
