import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFor, openingsAmong, spanOf } from '../../map/slot.ts';
import { conceptOf } from '../../map/token.ts';
import * as wire from '../../wire/resources.ts';
import * as rows from '../rows.ts';

describe('Openings among free slots', () => {
  const at = (text: string) => Date.parse(text);
  const free = (id: string, from: string, to: string, schedule = 'sch-1') => ({
    id,
    schedule,
    from: at(from),
    to: at(to),
    practitioners: ['p-1'],
    location: 'l-1',
  });
  const wanted = {
    from: at('2031-03-04T16:00:00Z'),
    to: at('2031-03-04T18:00:00Z'),
    now: at('2031-03-04T00:00:00Z'),
    minutes: 60,
    join: true,
    type: undefined,
    timeZone: 'America/Chicago',
  };
  const slots = [
    free('b', '2031-03-04T16:30:00Z', '2031-03-04T17:00:00Z'),
    free('a', '2031-03-04T16:00:00Z', '2031-03-04T16:30:00Z'),
    free('c', '2031-03-04T17:30:00Z', '2031-03-04T18:00:00Z'),
    free('d', '2031-03-04T16:00:00Z', '2031-03-04T17:00:00Z', 'sch-2'),
  ];

  test('are slots of exactly the length, and consecutive ones of one schedule where they may be joined', () => {
    const found = openingsAmong(slots, wanted);
    assert.deepEqual(
      found.map(({ vendorKey, start, claims }) => [vendorKey, start, claims]),
      [
        ['slot:a', '2031-03-04T10:00:00-06:00', ['practitioner:p-1', 'slot:a', 'slot:b']],
        ['slot:d', '2031-03-04T10:00:00-06:00', ['practitioner:p-1', 'slot:d']],
      ],
    );
  });

  test('are not joined where the server books one slot', () => {
    const found = openingsAmong(slots, { ...wanted, join: false });
    assert.deepEqual(
      found.map(({ vendorKey }) => vendorKey),
      ['slot:d'],
    );
  });

  test('are not of an hour that the clock shows twice', () => {
    const night = [
      free('first', '2031-11-02T06:30:00Z', '2031-11-02T07:00:00Z'),
      free('again', '2031-11-02T07:30:00Z', '2031-11-02T08:00:00Z'),
      free('after', '2031-11-02T08:30:00Z', '2031-11-02T09:00:00Z'),
    ];
    const day = { from: at('2031-11-02T05:00:00Z'), to: at('2031-11-03T06:00:00Z'), minutes: 30 };
    assert.deepEqual(
      openingsAmong(night, { ...wanted, ...day }).map(({ start }) => start),
      ['2031-11-02T01:30:00-05:00', '2031-11-02T02:30:00-06:00'],
    );
  });

  test('whose type is too long to be remembered are left out, because they would be booked without it', () => {
    const type = `urn:${'a'.repeat(200)}|1`;
    assert.deepEqual(openingsAmong(slots, { ...wanted, type }), []);
  });

  for (const [what, changed, keys] of [
    ['begin in the window', { from: at('2031-03-04T16:10:00Z'), minutes: 30 }, ['slot:b', 'slot:c']],
    ['do not begin at its end', { to: at('2031-03-04T17:30:00Z'), minutes: 30 }, ['slot:a', 'slot:b']],
    ['are not past', { now: at('2031-03-04T17:00:00Z'), minutes: 30 }, ['slot:c']],
    ['are not shorter than asked for', { minutes: 90 }, []],
    [
      'name the type they were found by',
      { minutes: 30, from: at('2031-03-04T17:00:00Z'), type: 'urn:a|1' },
      ['slot:c|type:urn:a|1'],
    ],
  ] as const)
    test(what, () =>
      assert.deepEqual(
        openingsAmong(slots, { ...wanted, ...changed }).map(({ vendorKey }) => vendorKey),
        keys,
      ),
    );
});

describe('A slot', () => {
  for (const [what, changed] of [
    ['ends before it begins', { end: '2031-03-04T15:30:00Z' }],
    ['has no length', { end: '2031-03-04T16:00:00Z' }],
    ['has no offset', { start: '2031-03-04T16:00:00' }],
    ['has an impossible offset', { start: '2031-03-04T16:00:00-28:00' }],
  ] as const)
    test(`that ${what} has no time`, () =>
      assert.equal(spanOf(wire.slot.parse(rows.slot(changed))), undefined));

  for (const [what, onSlot, onSchedule, isIt] of [
    ['of the type', [conceptOf('urn:a|1')], undefined, true],
    ['of another type', [conceptOf('urn:a|2')], undefined, false],
    ['whose schedule is of the type', undefined, [conceptOf('urn:a|1')], true],
    ['whose schedule is of another type', undefined, [conceptOf('urn:a|2')], false],
    ['of a type, on a schedule of others', [conceptOf('urn:a|1')], [conceptOf('urn:a|2')], true],
    ['that says nothing', undefined, undefined, true],
  ] as const)
    test(`${what} is ${isIt ? '' : 'not '}for it`, () => {
      const slot = wire.slot.parse(rows.slot({ ...(onSlot && { serviceType: onSlot }) }));
      const schedule = wire.schedule.parse(rows.schedule({ ...(onSchedule && { serviceType: onSchedule }) }));
      assert.equal(isFor('urn:a|1', slot, schedule), isIt);
    });
});
