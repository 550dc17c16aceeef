import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FreeStartsQuery, freeStarts } from '#domain/availability.ts';
import type { Interval } from '#domain/interval.ts';
import { localDay, localEdgeToInstant, toInstantWithOffset } from '#domain/local-time.ts';

const chicago = 'America/Chicago';

/** Starts on one day as wall-clock times with offset. */
function startsOn(
  date: string,
  open: string,
  overridden: Partial<FreeStartsQuery> & { taken?: readonly string[] } = {},
) {
  const zone = overridden.timeZone ?? chicago;
  const during = (hours: string): Interval => {
    const [from, to] = hours
      .split('-')
      .map((time) => localEdgeToInstant(`${date} ${time}`, zone) ?? Number.NaN);
    return { from: from ?? Number.NaN, to: to ?? Number.NaN };
  };
  const starts = freeStarts({
    open: [during(open)],
    busy: (overridden.taken ?? []).map(during),
    window: localDay(date, zone),
    minutes: 30,
    gridMinutes: 30,
    timeZone: zone,
    now: 0,
    ...overridden,
  });
  return starts.map((start) => toInstantWithOffset(start, zone).slice(11));
}

test('a start is offered when the whole visit fits between two others', () => {
  assert.deepEqual(startsOn('2031-03-04', '08:00-10:00', { taken: ['08:30-09:00'] }), [
    '08:00:00-06:00',
    '09:00:00-06:00',
    '09:30:00-06:00',
  ]);
  assert.deepEqual(
    startsOn('2031-03-04', '08:00-10:00', {
      taken: ['08:30-09:00'],
      minutes: 60,
    }),
    ['09:00:00-06:00'],
  );
});

test('starts stay on the grid of the wall clock when a visit ends off it', () => {
  assert.deepEqual(
    startsOn('2031-03-04', '08:00-09:40', {
      taken: ['08:00-08:25'],
      gridMinutes: 10,
    }),
    ['08:30:00-06:00', '08:40:00-06:00', '08:50:00-06:00', '09:00:00-06:00', '09:10:00-06:00'],
  );
});

test('the grid is the one of the wall clock in a zone that is off the hour', () => {
  assert.deepEqual(startsOn('2031-03-04', '08:10-09:30', { timeZone: 'Asia/Kathmandu' }), [
    '08:30:00+05:45',
    '09:00:00+05:45',
  ]);
});

test('the past is not offered', () => {
  const now = (localEdgeToInstant('2031-03-04 08:30:00', chicago) ?? 0) + 1;
  assert.deepEqual(startsOn('2031-03-04', '08:00-10:00', { now }), ['09:00:00-06:00', '09:30:00-06:00']);
});

test('a start lies in the window although the visit may end after it', () => {
  const { from } = localDay('2031-03-04', chicago);
  const window = { from, to: from + 8.5 * 3_600_000 };
  assert.deepEqual(startsOn('2031-03-04', '08:00-10:00', { window, minutes: 60 }), ['08:00:00-06:00']);
});

test('no start lies in the hour that spring skips', () => {
  assert.deepEqual(startsOn('2031-03-09', '01:00-04:00'), [
    '01:00:00-06:00',
    '01:30:00-06:00',
    '03:00:00-05:00',
    '03:30:00-05:00',
  ]);
});

test('of the hour that autumn repeats only the first showing is offered', () => {
  assert.deepEqual(startsOn('2031-11-02', '00:30-03:00'), [
    '00:30:00-05:00',
    '01:00:00-05:00',
    '01:30:00-05:00',
    '02:00:00-06:00',
    '02:30:00-06:00',
  ]);
});

test('hours past midnight are one stretch', () => {
  const { from } = localDay('2031-03-04', chicago);
  const open = [
    { from: from + 23 * 3_600_000, to: from + 24 * 3_600_000 },
    { from: from + 24 * 3_600_000, to: from + 25 * 3_600_000 },
  ];
  assert.deepEqual(startsOn('2031-03-04', '08:00-09:00', { open, minutes: 60 }), [
    '23:00:00-06:00',
    '23:30:00-06:00',
  ]);
});
