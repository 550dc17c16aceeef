import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dateOfEpochDay,
  epochDay,
  instantAfter,
  instantOf,
  isCalendarDate,
  localDateTime,
} from '#simulator-kit/index.ts';

const instants: readonly [string, string, string, string][] = [
  ['America/Denver', '2027-03-14 01:30:00', '2027-03-14T01:30:00-07:00', 'before the gap'],
  [
    'America/Denver',
    '2027-03-14 02:30:00',
    '2027-03-14T03:30:00-06:00',
    'a time that does not exist is moved on',
  ],
  ['America/Denver', '2027-03-14 03:00:00', '2027-03-14T03:00:00-06:00', 'after the gap'],
  [
    'America/Denver',
    '2027-11-07 01:30:00',
    '2027-11-07T01:30:00-06:00',
    'a time that happens twice is the earlier one',
  ],
  ['America/Denver', '2027-11-07 02:00:00', '2027-11-07T02:00:00-07:00', 'after the overlap'],
  ['America/Phoenix', '2027-03-14 02:30:00', '2027-03-14T02:30:00-07:00', 'no change of clocks in Phoenix'],
  ['America/Denver', '2027-07-01 00:00:00', '2027-07-01T00:00:00-06:00', 'midnight'],
];
for (const [zone, local, instant, why] of instants)
  test(`${local} in ${zone} is ${instant}: ${why}`, () => assert.equal(instantOf(local, zone), instant));

test('the end of a visit is elapsed time after its start, whatever the clocks do', () => {
  assert.equal(instantAfter('2027-03-14T01:30:00-07:00', 60, 'America/Denver'), '2027-03-14T03:30:00-06:00');
  assert.equal(instantAfter('2027-11-07T01:30:00-06:00', 60, 'America/Denver'), '2027-11-07T01:30:00-07:00');
});

test('an instant has its wall clock in every zone', () => {
  assert.equal(localDateTime('2027-03-14T16:30:00Z', 'America/Denver'), '2027-03-14 10:30:00');
  assert.equal(localDateTime('2027-03-14T16:30:00Z', 'America/Phoenix'), '2027-03-14 09:30:00');
  assert.equal(localDateTime(Date.parse('2027-01-01T06:59:59Z'), 'America/Denver'), '2026-12-31 23:59:59');
});

test('dates that the calendar does not have are not dates', () => {
  const rows: readonly [string, boolean][] = [
    ['2028-02-29', true],
    ['2027-02-29', false],
    ['2027-13-01', false],
    ['2027-1-1', false],
    ['0001-01-01', true],
  ];
  for (const [text, valid] of rows) assert.equal(isCalendarDate(text), valid, text);
});

test('a day number and its date are each other', () => {
  for (const date of ['1970-01-01', '2027-03-14', '2100-02-28'])
    assert.equal(dateOfEpochDay(epochDay(date)), date);
});
