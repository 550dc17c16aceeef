import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from './check.ts';
import type { Heard, Said, Told } from './history.ts';
import type { LedgerRow, Truth } from './truth.ts';

/** Hand-made histories: a good one in which nothing is found, and one bad one for each promise. */
const hour = 3_600_000;
const noon = Date.parse('2027-03-01T12:00:00Z');
const place = { start: noon, end: noon + hour / 2, practitioner: 'Practitioner/p', location: 'Location/l' };
const later = { ...place, start: noon + hour, end: noon + 1.5 * hour };
const told: Told = { id: 'a', status: 'booked', ...place };
const booked: Said = { is: 'done', appointment: told };
const taken: Said = { is: 'no', status: 409, code: 'slot-taken' };

let clock = 0;
function heard(wish: Heard['wish'], said: Said, more: Partial<Heard> = {}): Heard {
  clock += 100;
  return {
    client: 'c',
    ask: wish,
    wish,
    office: 'cedar',
    person: 'Ada',
    gateway: 'g',
    ...((wish === 'book' || wish === 'hold') && { place }),
    askedAt: clock,
    at: clock + 50,
    said,
    ...more,
  };
}

function row(id: string, more: Partial<LedgerRow> = {}): LedgerRow {
  return {
    id,
    patientId: '1',
    start: new Date(noon).toISOString(),
    end: new Date(noon + hour / 2).toISOString(),
    practitionerId: '7',
    locationId: '3',
    status: 'booked',
    marker: null,
    writes: [{ at: new Date(0).toISOString(), by: 'api', action: 'book' }],
    ...more,
  };
}

const wrote = (...actions: string[]) =>
  actions.map((action) => ({ at: new Date(0).toISOString(), by: 'api', action }));

function truth(
  appointments: readonly LedgerRow[],
  patients: Truth['patients'] = [{ id: '1', name: 'Ada' }],
  facts: Partial<Truth> = {},
): Truth {
  const can = { createPatient: true, move: 'in-place', cancel: true } as const;
  return { office: 'cedar', can, atOnce: 1, placeIsChair: true, appointments, patients, ...facts };
}

/** An EMR that lets us book and nothing else. */
const bookingOnly: Partial<Truth> = { can: { createPatient: false, move: 'unsupported', cancel: false } };
/** One whose moves cancel a record and write another one in one operation. */
const linked: Partial<Truth> = { can: { createPatient: true, move: 'linked', cancel: true } };
/** Departments in which several people are seen at once, and a practitioner who has two slots at one time. */
const department: Partial<Truth> = { placeIsChair: false, atOnce: 2 };

const ada = [{ id: '1', name: 'Ada' }];
const wroteAt = (at: string, action: string) => ({ at, by: 'api', action });
const [first, then] = ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.001Z'];
const laterRow: Partial<LedgerRow> = {
  start: new Date(later.start).toISOString(),
  end: new Date(later.end).toISOString(),
};
/** What a linked move leaves: the record that was cancelled, and the one that was booked in the same moment. */
const movedRows = (bookedAt = then): readonly LedgerRow[] => [
  row('1', { status: 'cancelled', writes: [wroteAt(first, 'book'), wroteAt(then, 'cancel')] }),
  row('2', { ...laterRow, writes: [wroteAt(bookedAt, 'book')] }),
];

const known = heard('create-patient', { is: 'done', patient: 'x' });
const moved: Said = { is: 'done', appointment: { ...told, ...later } };
const cancelled: Said = { is: 'done', appointment: { ...told, status: 'cancelled' } };

const good: readonly (readonly [what: string, history: readonly Heard[], truth: Truth])[] = [
  ['a booking that is there', [known, heard('book', booked), heard('read', booked)], truth([row('1')])],
  [
    'an answer after silence and waiting',
    [heard('book', { is: 'nothing', why: 'reset' }), heard('book', { is: 'later' }), heard('book', booked)],
    truth([row('1')]),
  ],
  [
    'a move and a cancellation',
    [
      heard('book', booked),
      heard('move', moved, { place: later }),
      heard('cancel', cancelled),
      heard('read', cancelled),
    ],
    truth([row('1', { status: 'cancelled', writes: wrote('book', 'move', 'cancel') })]),
  ],
  ['a time that somebody else has', [heard('book', taken)], truth([row('1', { patientId: '2' })])],
  [
    'a twin that was taken off again',
    [heard('book', booked)],
    truth([row('1'), row('2', { status: 'cancelled' })]),
  ],
  ['people who finish it', [heard('book', { is: 'people' }), heard('book', booked)], truth([row('1')])],
  ['people who have not finished it', [heard('book', { is: 'people' })], truth([])],
  [
    'a booking given up',
    [heard('book', { is: 'later' }), heard('give-up', { is: 'given-up' }, { ask: 'book', place })],
    truth([]),
  ],
  [
    'a change that could not be done now, and then was',
    [
      heard('book', booked),
      heard('cancel', { is: 'no', status: 503, code: 'emr-away' }),
      heard('cancel', cancelled),
    ],
    truth([row('1', { status: 'cancelled', writes: wrote('book', 'cancel') })]),
  ],
  [
    'a move and a cancellation that the EMR leaves to people',
    [
      heard('find-patient', { is: 'done', patient: 'x' }),
      heard('book', booked),
      heard('move', { is: 'people' }, { place: later }),
      heard('cancel', { is: 'people' }),
      heard('read', booked),
    ],
    truth([row('1')], ada, bookingOnly),
  ],
  [
    'a move that leaves another record, which is what is read then',
    [
      heard('book', booked),
      heard('move', { is: 'done', appointment: { ...told, id: 'b', ...later } }, { place: later }),
      heard('read', { is: 'done', appointment: { ...told, id: 'b', ...later } }),
    ],
    truth(movedRows(), ada, linked),
  ],
  [
    'two people whom one practitioner sees at one time, where there are two slots for that',
    [heard('book', booked)],
    truth([row('1'), row('2', { patientId: '2' })], ada, department),
  ],
  [
    'two people in one department at one time, with two practitioners',
    [heard('book', booked)],
    truth([row('1'), row('2', { patientId: '2', practitionerId: '8' })], ada, {
      ...department,
      atOnce: 1,
    }),
  ],
];
for (const [what, history, truths] of good)
  test(`the checker finds nothing wrong with ${what}`, () => assert.deepEqual(check(history, [truths]), []));

const bad: readonly (readonly [promise: RegExp, what: string, history: readonly Heard[], truth: Truth])[] = [
  [/acknowledged/, 'a request that stays pending', [heard('book', { is: 'later' })], truth([])],
  [
    /answered in the end/,
    'a request that nobody answers',
    [heard('book', { is: 'nothing', why: 'reset' })],
    truth([]),
  ],
  [
    /repeat hears the same/,
    'a repeat that hears "taken"',
    [heard('book', booked), heard('book', taken)],
    truth([row('1')]),
  ],
  [
    /repeat hears the same/,
    'a repeat that hears "pending" after it was confirmed',
    [heard('book', booked), heard('book', { is: 'later' })],
    truth([row('1')]),
  ],
  [
    /repeat hears the same/,
    'a repeat that hears that the EMR is away',
    [heard('book', booked), heard('book', { is: 'no', status: 503, code: 'emr-away' })],
    truth([row('1')]),
  ],
  [
    /one wish, one appointment/,
    'two platforms that are told of two appointments',
    [
      heard('book', booked),
      heard('book', { is: 'done', appointment: { ...told, id: 'b' } }, { ask: 'other' }),
    ],
    truth([row('1')]),
  ],
  [
    /no patient is created twice/,
    'two charts',
    [known],
    truth(
      [],
      [
        { id: '1', name: 'Ada' },
        { id: '2', name: 'Ada' },
      ],
    ),
  ],
  [/who was created is there/, 'a chart that is not there', [known], truth([], [])],
  [
    /a person has one id/,
    'two ids',
    [known, heard('create-patient', { is: 'done', patient: 'y' }, { ask: 'other' })],
    truth([]),
  ],
  [
    /equal to what was asked/,
    'another time than was asked for',
    [heard('book', { is: 'done', appointment: { ...told, ...later } })],
    truth([row('1')]),
  ],
  [
    /before it is in the EMR/,
    'a confirmation that is older than the row',
    [heard('book', booked)],
    truth([row('1', { writes: [{ at: '2030-01-01T00:00:00Z', by: 'api', action: 'book' }] })]),
  ],
  [
    /about their own appointment/,
    'somebody who lost to themselves',
    [heard('book', taken)],
    truth([row('1')]),
  ],
  [
    /about their own appointment/,
    'somebody told "not booked" while the row was there',
    [heard('book', { is: 'no', status: 503, code: 'emr-away' })],
    truth([
      row('1', {
        status: 'cancelled',
        writes: [...wrote('book'), { at: '2030-01-01T00:00:00Z', by: 'api', action: 'cancel' }],
      }),
    ]),
  ],
  [/held is not lost/, 'a hold that did not hold', [heard('book', taken, { held: true })], truth([])],
  [/at most one appointment/, 'a twin that stays', [heard('book', booked)], truth([row('1'), row('2')])],
  [
    /keeps an appointment/,
    'a booking that is gone',
    [heard('book', booked)],
    truth([row('1', { status: 'cancelled' })]),
  ],
  [
    /stands where it was said/,
    'a move that was not made',
    [heard('book', booked), heard('move', moved, { place: later })],
    truth([row('1', { writes: wrote('book', 'move') })]),
  ],
  [
    /stands where it was said/,
    'a cancellation that did not last',
    [heard('book', booked), heard('cancel', cancelled)],
    truth([row('1', { writes: wrote('book', 'cancel') })]),
  ],
  [
    /stands where it was said/,
    'a booking that was given up and came all the same',
    [heard('book', { is: 'later' }), heard('give-up', { is: 'given-up' }, { ask: 'book', place })],
    truth([row('1')]),
  ],
  [
    /is the one that stays/,
    'an id that has become another one',
    [heard('book', booked), heard('read', { is: 'no', status: 404, code: 'not-found' })],
    truth([row('1')]),
  ],
  [
    /what was cancelled reads so/,
    'a cancelled visit that reads as booked',
    [heard('book', booked), heard('cancel', cancelled), heard('read', booked)],
    truth([row('1', { status: 'cancelled', writes: wrote('book', 'cancel') })]),
  ],
  [
    /never booked twice/,
    'two people at one time in one chair',
    [heard('book', booked)],
    truth([row('1'), row('2', { patientId: '2', practitionerId: '8' })]),
  ],
  [
    /never booked twice/,
    'three people with a practitioner who has two slots at that time',
    [heard('book', booked)],
    truth([row('1'), row('2', { patientId: '2' }), row('3', { patientId: '3' })], ada, department),
  ],
  [
    /never booked twice/,
    'two people with one practitioner in a department',
    [heard('book', booked)],
    truth([row('1'), row('2', { patientId: '2', locationId: '4' })], ada, { ...department, atOnce: 1 }),
  ],
  [
    /never said to be done/,
    'a cancellation that the EMR does not take and somebody was told of',
    [heard('book', booked), heard('cancel', cancelled)],
    truth([row('1')], ada, bookingOnly),
  ],
  [
    /is not done/,
    'a move that was left to people and made all the same',
    [heard('book', booked), heard('move', { is: 'people' }, { place: later })],
    truth([row('1', { writes: wrote('book', 'move') })], ada, bookingOnly),
  ],
  [
    /keeps an appointment/,
    'a visit that is gone although its cancellation was left to people',
    [heard('book', booked), heard('cancel', { is: 'people' })],
    truth([row('1', { status: 'cancelled' })], ada, bookingOnly),
  ],
  [
    /stands where it was said/,
    'a visit that was moved although that was left to people',
    [heard('book', booked), heard('move', { is: 'people' }, { place: later })],
    truth([row('1', laterRow)], ada, bookingOnly),
  ],
  [
    /a person has one id/,
    'two ids of one who was found',
    [
      heard('find-patient', { is: 'done', patient: 'x' }),
      heard('find-patient', { is: 'done', patient: 'y' }, { ask: 'other' }),
    ],
    truth([], ada, bookingOnly),
  ],
  [
    /before it is in the EMR/,
    'a linked move of which only the cancellation was made',
    [
      heard('book', booked),
      heard('move', { is: 'done', appointment: { ...told, id: 'b', ...later } }, { place: later }),
    ],
    truth(movedRows().slice(0, 1), ada, linked),
  ],
  [
    /before it is in the EMR/,
    'a cancellation of which nothing but a linked move is in the EMR',
    [
      heard('book', booked),
      heard('move', { is: 'done', appointment: { ...told, id: 'b', ...later } }, { place: later }),
      heard('cancel', { is: 'done', appointment: { ...told, id: 'b', ...later, status: 'cancelled' } }),
    ],
    truth(movedRows(), ada, linked),
  ],
  [
    /at most one appointment/,
    'a move that booked another record and left the old one',
    [
      heard('book', booked),
      heard('move', { is: 'done', appointment: { ...told, id: 'b', ...later } }, { place: later }),
    ],
    truth([row('1'), row('2', laterRow)], ada, linked),
  ],
  [
    /practitioner and the place/,
    'one reference for two practitioners',
    [
      heard('book', booked),
      heard(
        'book',
        { is: 'done', appointment: { ...told, ...later } },
        { person: 'Bea', ask: 'bea', place: later },
      ),
    ],
    truth(
      [
        row('1'),
        row('2', {
          patientId: '2',
          practitionerId: '8',
          start: new Date(later.start).toISOString(),
          end: new Date(later.end).toISOString(),
        }),
      ],
      [
        { id: '1', name: 'Ada' },
        { id: '2', name: 'Bea' },
      ],
    ),
  ],
];
for (const [promise, what, history, truths] of bad)
  test(`the checker sees ${what}`, () => {
    const rules = check(history, [truths]).map(({ rule }) => rule);
    assert.ok(
      rules.some((rule) => promise.test(rule)),
      `found only: ${rules.join('; ') || 'nothing'}`,
    );
  });
