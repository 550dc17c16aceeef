import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { instantToLocal, parseInstant } from '#adapter-kit/index.ts';
import {
  eastern,
  fromEastern,
  fromVendorDate,
  slotInstant,
  toEasternAfter,
  toEasternBefore,
  toVendorDate,
  visitInstant,
} from '../map/clock.ts';

const at = (text: string): number => parseInstant(text) ?? assert.fail(text);
const iso = (instant: number | undefined): string | undefined =>
  instant === undefined ? undefined : new Date(instant).toISOString().slice(0, 19);

describe('The clock of a department', () => {
  const rows = [
    ['an ordinary day', 'America/Los_Angeles', '2031-03-04', '09:15', '2031-03-04T17:15:00'],
    ['summer time', 'America/Los_Angeles', '2031-07-04', '09:15', '2031-07-04T16:15:00'],
    ['no summer time', 'America/Phoenix', '2031-07-04', '09:15', '2031-07-04T16:15:00'],
    ['an alias', 'US/Eastern', '2031-07-04', '09:15', '2031-07-04T13:15:00'],
    ['before the clocks go on', 'America/Los_Angeles', '2031-03-09', '01:45', '2031-03-09T09:45:00'],
    ['a skipped time', 'America/Los_Angeles', '2031-03-09', '02:15', undefined],
    ['after the clocks went on', 'America/Los_Angeles', '2031-03-09', '03:00', '2031-03-09T10:00:00'],
    [
      'the skipped day where nothing is skipped',
      'America/Phoenix',
      '2031-03-09',
      '02:15',
      '2031-03-09T09:15:00',
    ],
    ['before the repeated hour', 'America/Los_Angeles', '2031-11-02', '00:45', '2031-11-02T07:45:00'],
    ['a repeated time', 'America/Los_Angeles', '2031-11-02', '01:30', undefined],
    ['after the repeated hour', 'America/Los_Angeles', '2031-11-02', '02:00', '2031-11-02T10:00:00'],
    ['a day that is none', 'America/Los_Angeles', '2031-02-29', '09:15', undefined],
  ] as const;
  for (const [why, zone, date, time, instant] of rows)
    test(`names a slot: ${why}`, () => assert.equal(iso(slotInstant(date, time, zone)), instant));

  test('shows a visit that stands also where no slot would be offered', () => {
    const zone = 'America/Los_Angeles';
    assert.equal(iso(visitInstant('2031-11-02', '01:30', zone)), '2031-11-02T08:30:00');
    assert.equal(iso(visitInstant('2031-03-09', '02:15', zone)), '2031-03-09T10:00:00');
  });

  test('offers no moment under words that another one has', () => {
    const hours = fc.integer({
      min: at('2030-01-01T00:00:00Z') / 900_000,
      max: at('2033-01-01T00:00:00Z') / 900_000,
    });
    fc.assert(
      fc.property(
        hours,
        fc.constantFrom('America/Los_Angeles', 'America/New_York', 'Australia/Lord_Howe'),
        (quarter, zone) => {
          const instant = quarter * 900_000;
          const local = instantToLocal(instant, zone);
          const named = slotInstant(local.slice(0, 10), local.slice(11, 16), zone);
          const twins = [-60, -30, 30, 60].filter(
            (minutes) => instantToLocal(instant + minutes * 60_000, zone) === local,
          );
          assert.equal(named, twins.length === 0 ? instant : undefined);
        },
      ),
    );
  });
});

describe('The Eastern clock', () => {
  test('reads when a visit was made, whatever the department', () => {
    assert.equal(iso(fromEastern('02/27/2031 10:04:31')), '2031-02-27T15:04:31');
    assert.equal(iso(fromEastern('07/01/2031 10:04:31')), '2031-07-01T14:04:31');
    assert.equal(iso(fromEastern('11/02/2031 01:30:00')), undefined, 'one of two');
    assert.equal(iso(fromEastern('11/02/2031 02:00:00')), '2031-11-02T07:00:00');
    assert.equal(iso(fromEastern('03/09/2031 02:30:00')), undefined);
  });

  const asked = [
    ['an ordinary moment', '2031-03-04T17:15:00Z', '03/04/2031 12:15:00', '03/04/2031 12:15:00'],
    [
      'a moment that the feed could take for an hour later',
      '2031-11-02T05:30:00Z',
      '11/02/2031 00:30:00',
      '11/02/2031 02:30:00',
    ],
    [
      'the second showing of the same words',
      '2031-11-02T06:30:00Z',
      '11/02/2031 00:30:00',
      '11/02/2031 02:30:00',
    ],
    [
      'the moment after the clocks went on',
      '2031-03-09T07:00:00Z',
      '03/09/2031 03:00:00',
      '03/09/2031 03:00:00',
    ],
  ] as const;
  for (const [why, instant, before, after] of asked)
    test(`asks the feed from and to ${why}`, () => {
      assert.deepEqual([toEasternBefore(at(instant)), toEasternAfter(at(instant))], [before, after]);
    });

  test('asks from no later and to no earlier than what was meant, however it is read', () => {
    const seconds = fc.integer({
      min: at('2030-01-01T00:00:00Z') / 1000,
      max: at('2033-01-01T00:00:00Z') / 1000,
    });
    fc.assert(
      fc.property(seconds, (second) => {
        const instant = second * 1000;
        const [from, to] = [fromEastern(toEasternBefore(instant)), fromEastern(toEasternAfter(instant))];
        assert.ok(from !== undefined && from <= instant && instant - from <= 2 * 3_600_000);
        assert.ok(to !== undefined && to >= instant && to - instant <= 2 * 3_600_000);
        for (const one of [from, to])
          assert.notEqual(instantToLocal(one + 3_600_000, eastern), instantToLocal(one, eastern));
      }),
    );
  });
});

test('A date goes into athenaOne’s words and comes back', () => {
  assert.equal(toVendorDate('2031-03-04'), '03/04/2031');
  assert.equal(fromVendorDate('03/04/2031'), '2031-03-04');
});
