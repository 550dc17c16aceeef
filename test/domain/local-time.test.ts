import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addDays,
  clockChangesIn,
  instantToLocal,
  instantToLocalDate,
  isIanaZone,
  isLocalDate,
  localDatesIn,
  localDay,
  localEdgeToInstant,
  localToInstant,
  parseInstant,
  toInstantWithOffset,
} from '#domain/local-time.ts';

const chicago = 'America/Chicago';
const hour = 3_600_000;
const shown = (instant: number | undefined, zone: string): string | undefined =>
  instant === undefined ? undefined : toInstantWithOffset(instant, zone);

const walls: readonly [why: string, zone: string, local: string, instant: string | undefined][] = [
  ['an ordinary winter morning', chicago, '2031-03-04 10:30:00', '2031-03-04T10:30:00-06:00'],
  ['an ordinary summer morning', chicago, '2031-07-04 10:30:00', '2031-07-04T10:30:00-05:00'],
  ['midnight', chicago, '2031-03-04 00:00:00', '2031-03-04T00:00:00-06:00'],
  ['the last minute before the gap', chicago, '2031-03-09 01:59:00', '2031-03-09T01:59:00-06:00'],
  ['a time in the gap', chicago, '2031-03-09 02:30:00', undefined],
  ['the first moment in the gap', chicago, '2031-03-09 02:00:00', undefined],
  ['the first moment after the gap', chicago, '2031-03-09 03:00:00', '2031-03-09T03:00:00-05:00'],
  ['a time shown twice is the earlier', chicago, '2031-11-02 01:30:00', '2031-11-02T01:30:00-05:00'],
  ['the first moment shown once again', chicago, '2031-11-02 02:00:00', '2031-11-02T02:00:00-06:00'],
  ['a zone without summer time', 'America/Phoenix', '2031-03-09 02:30:00', '2031-03-09T02:30:00-07:00'],
  ['a gap of half an hour', 'Australia/Lord_Howe', '2031-10-05 02:15:00', undefined],
  ['a zone off the hour', 'Asia/Kathmandu', '2031-03-04 10:30:00', '2031-03-04T10:30:00+05:45'],
  ['a day that never was', 'Pacific/Apia', '2011-12-30 10:00:00', undefined],
  ['without seconds', chicago, '2031-03-04 10:30', '2031-03-04T10:30:00-06:00'],
  ['with a T', chicago, '2031-03-04T10:30:00', '2031-03-04T10:30:00-06:00'],
  ['hour 24', chicago, '2031-03-04 24:00:00', undefined],
  ['second 60', chicago, '2031-03-04 10:30:60', undefined],
  ['30 February', chicago, '2031-02-30 10:30:00', undefined],
  ['an offset does not belong here', chicago, '2031-03-04T10:30:00-06:00', undefined],
  ['"not set" of an old database', chicago, '0001-01-01 00:00:00', undefined],
];
for (const [why, zone, local, instant] of walls) {
  test(`wall clock to instant: ${why}`, () =>
    assert.equal(shown(localToInstant(local, zone), zone), instant));
}

test('hours that begin in the gap begin when the clocks go on', () => {
  assert.equal(
    shown(localEdgeToInstant('2031-03-09 02:30:00', chicago), chicago),
    '2031-03-09T03:00:00-05:00',
  );
  assert.equal(
    shown(localEdgeToInstant('2031-03-09 08:00:00', chicago), chicago),
    '2031-03-09T08:00:00-05:00',
  );
  assert.equal(localEdgeToInstant('2031-13-09 08:00:00', chicago), undefined);
});

test('an instant shown on the wall and read back is itself, except in the repeated hour, where it is an hour earlier', () => {
  const zones = [
    chicago,
    'America/Phoenix',
    'Europe/Dublin',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'UTC',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 1_893_456_000, max: 1_956_528_000 }),
      (zone, seconds) => {
        const instant = seconds * 1000;
        const back = localToInstant(instantToLocal(instant, zone), zone);
        assert.ok(back !== undefined && back <= instant && instant - back <= hour);
        assert.equal(parseInstant(toInstantWithOffset(instant, zone)), instant);
      },
    ),
  );
});

const instants: readonly [text: string, valid: boolean][] = [
  ['2031-03-04T10:30:00-06:00', true],
  ['2031-03-04T10:30:00Z', true],
  ['2031-03-04T10:30:00.250Z', true],
  ['2028-02-29T10:30:00Z', true],
  ['2027-02-29T10:30:00Z', false],
  ['2031-03-04T10:30:00', false],
  ['2031-03-04T10:30Z', false],
  ['2031-03-04', false],
  ['2031-03-04 10:30:00Z', false],
  ['2031-03-04T24:00:00Z', false],
  ['2031-03-04T10:30:60Z', false],
  ['2031-03-04T10:30:00+24:00', false],
  ['2031-03-04T10:30:00-06:00[America/Chicago]', false],
  ['', false],
];
for (const [text, valid] of instants) {
  test(`"${text}" is ${valid ? 'an' : 'not an'} instant`, () =>
    assert.equal(parseInstant(text) !== undefined, valid));
}

test('dates are days of the calendar, written in one way', () => {
  for (const good of ['2028-02-29', '1931-12-31', '2031-01-01']) assert.ok(isLocalDate(good), good);
  for (const bad of [
    '2027-02-29',
    '2031-13-01',
    '2031-1-1',
    '0001-01-01',
    '20310101',
    '2031-01-01T00:00:00',
    '+002031-01-01',
    '',
  ])
    assert.ok(!isLocalDate(bad), bad);
});

test('zones are names of the IANA database, spelled as there', () => {
  for (const good of [chicago, 'America/Argentina/Buenos_Aires', 'UTC', 'Etc/GMT+5'])
    assert.ok(isIanaZone(good), good);
  for (const bad of ['america/chicago', '+05:00', 'Mars/Olympus', '', 'America/Chicago ', '../etc'])
    assert.ok(!isIanaZone(bad), bad);
});

test('a window touches the local dates of its moments and not the one at which it ends', () => {
  const at = (text: string): number => parseInstant(text) ?? Number.NaN;
  const from = at('2031-03-08T23:30:00-06:00');
  assert.deepEqual(localDatesIn(from, at('2031-03-10T00:00:00-05:00'), chicago), [
    '2031-03-08',
    '2031-03-09',
  ]);
  assert.deepEqual(localDatesIn(from, at('2031-03-10T00:00:01-05:00'), chicago), [
    '2031-03-08',
    '2031-03-09',
    '2031-03-10',
  ]);
  assert.deepEqual(localDatesIn(from, from, chicago), []);
});

test('a local day is 23, 24 or 25 hours long', () => {
  const hours = (date: string): number => {
    const { from, to } = localDay(date, chicago);
    assert.equal(instantToLocalDate(from, chicago), date);
    assert.equal(instantToLocalDate(to, chicago), addDays(date, 1));
    return (to - from) / hour;
  };
  assert.deepEqual(['2031-03-09', '2031-03-10', '2031-11-02'].map(hours), [23, 24, 25]);
});

test('the clocks change twice a year, or never', () => {
  const at = (text: string): number => parseInstant(text) ?? Number.NaN;
  const [from, to] = [at('2031-01-01T00:00:00Z'), at('2032-01-01T00:00:00Z')];
  const changes = clockChangesIn(from, to, chicago).map((change) => toInstantWithOffset(change, chicago));
  assert.deepEqual(changes, ['2031-03-09T03:00:00-05:00', '2031-11-02T01:00:00-06:00']);
  assert.deepEqual(clockChangesIn(from, to, 'America/Phoenix'), []);
});
