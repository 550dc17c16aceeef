import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareIds, type SeenRow } from '#domain/booking-evidence.ts';
import { answerOf, type Intent, type IntentKind, isSettled, newIntent } from '#domain/booking-intent.ts';
import { checkPolicy, defaultPolicy as policy, scalePolicy } from '#domain/booking-policy.ts';
import { bookingProtocol, type Event, type Outcome } from '#domain/booking-protocol.ts';
import { recordOf } from '#domain/booking-record.ts';

const { advance, decide } = bookingProtocol;
const t0 = 1_000_000;

/** Tells a story of events, each some milliseconds after the one before. */
function story(
  kind: IntentKind,
  ...events: readonly (readonly [number, Event])[]
): { intent: Intent; now: number } {
  let now = t0;
  let intent = newIntent({ id: 'i', kind, createdAt: t0, stamp: 's' });
  for (const [wait, event] of events) {
    now += wait;
    intent = advance(intent, event, now, policy);
  }
  return { intent, now };
}

const sent: readonly (readonly [number, Event])[] = [
  [0, { kind: 'claimed' }],
  [100, { kind: 'precheck', result: { is: 'free' } }],
  [0, { kind: 'send-started' }],
];
const outcome = (of: Outcome, epoch = 1): Event => ({ kind: 'outcome', epoch, outcome: of });
const done = (readBack: 'equal' | 'different' | 'missing' | 'unreadable'): Event =>
  outcome({ is: 'done', id: '7', readBack });
const silence = outcome({ is: 'unknown' });
const row = (over: Partial<SeenRow> = {}): SeenRow => ({
  id: '7',
  live: true,
  ourEpochs: [1],
  foreign: false,
  equal: true,
  created: t0 + 200,
  byUs: null,
  ...over,
});
const unmarked = (over: Partial<SeenRow> = {}): SeenRow => row({ ourEpochs: [], ...over });
/** A search that begins so many milliseconds after the request and takes none. */
const found = (at: number, rows: readonly SeenRow[] | 'unreadable'): Event => ({
  kind: 'search-result',
  startedAt: t0 + at,
  rows,
});
const q = policy.quietMs;

test('the ordinary way leads from received to confirmed, each step stored once', () => {
  const { intent } = story('book', ...sent, [900, done('equal')]);
  assert.equal(intent.phase, 'confirmed');
  assert.equal(intent.emrRef, '7');
  assert.equal(intent.version, 4);
  assert.deepEqual(answerOf(intent), { status: 'confirmed' });
  assert.deepEqual(decide(intent, intent.settledAt ?? 0, policy), { do: 'none' });
});

const settledBy: readonly [
  string,
  IntentKind,
  readonly (readonly [number, Event])[],
  Intent['phase'],
  string | null,
][] = [
  [
    'a time that others hold',
    'book',
    [[0, { kind: 'claim-refused', why: 'taken' }]],
    'refused',
    'slot-taken',
  ],
  [
    'a time that is gone at the pre-check',
    'book',
    [
      [0, { kind: 'claimed' }],
      [9, { kind: 'precheck', result: { is: 'taken' } }],
    ],
    'refused',
    'slot-taken',
  ],
  [
    'a patient who exists',
    'create-patient',
    [
      [0, { kind: 'claimed' }],
      [9, { kind: 'precheck', result: { is: 'already', id: '5' } }],
    ],
    'confirmed',
    null,
  ],
  [
    'a patient who exists twice',
    'create-patient',
    [
      [0, { kind: 'claimed' }],
      [9, { kind: 'precheck', result: { is: 'several' } }],
    ],
    'handoff',
    'patient-ambiguous',
  ],
  [
    'an EMR that nobody may ask before the practice has consented again',
    'book',
    [
      [0, { kind: 'claimed' }],
      [9, { kind: 'precheck', result: { is: 'needs-reconsent' } }],
    ],
    'handoff',
    'needs-reconsent',
  ],
  [
    'an EMR that lets the application ask no more, for longer than a caller waits',
    'book',
    [
      [0, { kind: 'claimed' }],
      [9, { kind: 'precheck', result: { is: 'no-budget' } }],
      [policy.precheckGiveUpMs, { kind: 'precheck', result: { is: 'no-budget' } }],
    ],
    'handoff',
    'no-budget',
  ],
  [
    'a visit that cannot be changed any more',
    'cancel',
    [
      [5_000, { kind: 'claimed' }],
      [9, { kind: 'precheck', result: { is: 'forbidden' } }],
    ],
    'refused',
    'forbidden-transition',
  ],
  [
    'a visit that is off the book already',
    'cancel',
    [
      [0, { kind: 'claimed' }],
      [9, { kind: 'precheck', result: { is: 'already', id: '5' } }],
    ],
    'confirmed',
    null,
  ],
  [
    'a visit that has long been gone',
    'cancel',
    [
      [5_000, { kind: 'claimed' }],
      [9, { kind: 'precheck', result: { is: 'already', id: '5', missing: true } }],
    ],
    'confirmed',
    null,
  ],
  [
    'refused access',
    'book',
    [...sent, [9, outcome({ is: 'not-done', reason: 'unauthorized' })]],
    'refused',
    'emr-refused-access',
  ],
  [
    'a first "taken" that a search proves not to be ours',
    'book',
    [...sent, [9, outcome({ is: 'refused', reason: 'taken' })], [3_000, found(3_109, [])]],
    'refused',
    'slot-taken',
  ],
  [
    'a first "taken" that was our own',
    'book',
    [...sent, [9, outcome({ is: 'refused', reason: 'taken' })], [900, found(1_009, [row()])]],
    'confirmed',
    null,
  ],
  [
    'our row by marker after a silence',
    'book',
    [...sent, [9, silence], [900, found(1_009, [row()])]],
    'confirmed',
    null,
  ],
  [
    'our row by natural key after staff edited its note',
    'book',
    [...sent, [9, silence], [900, found(1_009, [unmarked()])]],
    'confirmed',
    null,
  ],
  [
    'our row that is not as asked',
    'book',
    [...sent, [9, silence], [900, found(1_009, [row({ equal: false })])]],
    'handoff',
    'differs',
  ],
  [
    'our row that staff took off the book',
    'book',
    [...sent, [9, silence], [900, found(1_009, [row({ live: false, equal: false })])]],
    'handoff',
    'removed-in-emr',
  ],
  [
    'a row that could be ours, at the end of the quiet period',
    'book',
    [...sent, [9, silence], [q, found(q + 109, [unmarked({ created: null })])]],
    'handoff',
    'unproven',
  ],
  [
    '"taken" after a silence, and nothing of ours',
    'book',
    [
      ...sent,
      [9, silence],
      [q, found(q + 109, [])],
      [9, { kind: 'precheck', result: { is: 'taken' } }],
      [9, found(q + 200, [])],
    ],
    'handoff',
    'taken-unproven',
  ],
  [
    'two patients after a silence',
    'create-patient',
    [...sent, [9, silence], [900, found(1_009, [unmarked(), unmarked({ id: '8' })])]],
    'handoff',
    'patient-ambiguous',
  ],
  [
    'a move that landed',
    'move',
    [...sent, [9, silence], [900, found(1_009, [unmarked()])]],
    'confirmed',
    null,
  ],
  [
    'a target that is gone',
    'move',
    [...sent, [9, silence], [900, found(1_009, [])]],
    'handoff',
    'removed-in-emr',
  ],
  [
    'an appointment that is not there when it is cancelled (404)',
    'cancel',
    [
      ...sent,
      [9, outcome({ is: 'not-done', reason: 'missing' })],
      [3_000, found(3_109, [unmarked({ live: false, missing: true })])],
    ],
    'confirmed',
    null,
  ],
  [
    'a hold that nobody used',
    'book',
    [
      [0, { kind: 'claimed' }],
      [9, { kind: 'hold-expired' }],
    ],
    'expired',
    'hold-expired',
  ],
  [
    'a caller who gives up before anything was sent',
    'book',
    [
      [0, { kind: 'claimed' }],
      [9, { kind: 'cancel-requested' }],
    ],
    'cancelled',
    'by-caller',
  ],
  [
    'a caller who gives up, when nothing has turned up',
    'book',
    [...sent, [9, silence], [9, { kind: 'cancel-requested' }], [q, found(q + 118, [])]],
    'cancelled',
    'by-caller',
  ],
];

test('each end is reached by its evidence', async (t) => {
  for (const [name, kind, events, phase, code] of settledBy)
    await t.test(name, () => {
      const { intent } = story(kind, ...events);
      assert.equal(intent.phase, phase);
      assert.equal(intent.resultCode, code);
      assert.ok(isSettled(intent));
    });
});

test('a visit that a lagging read may show as it was before its last change is looked at again', () => {
  const events: [number, Event][] = [
    [0, { kind: 'claimed' }],
    [9, { kind: 'precheck', result: { is: 'forbidden' } }],
  ];
  const { intent, now } = story('cancel', ...events);
  assert.equal(intent.phase, 'held');
  assert.ok(intent.nextActionAt !== null && intent.nextActionAt > now);
});

const ambiguous: readonly [string, readonly (readonly [number, Event])[]][] = [
  ['a silence', [[9, silence]]],
  ['2xx that does not read back equal', [[9, done('different')]]],
  ['2xx that cannot be read back', [[9, done('unreadable')]]],
  ['2xx whose row is not there', [[9, done('missing')]]],
  ['a lease that ran out', [[policy.leaseMs, { kind: 'lease-expired' }]]],
];

test('everything that is not proven is ambiguous, and nothing is sent before the quiet period is over', async (t) => {
  for (const [name, events] of ambiguous)
    await t.test(name, () => {
      const { intent, now } = story('book', ...sent, ...events);
      assert.equal(intent.phase, 'ambiguous');
      assert.equal(intent.everAmbiguous, true);
      assert.equal(answerOf(intent).status, 'pending');
      const early = advance(intent, found(q + 99, []), now + q, policy);
      assert.equal(early.phase, 'ambiguous', 'a search that began within the quiet period proves nothing');
      assert.equal(early.nextActionAt, now + q);
      const late = advance(intent, found(q + 100, []), t0 + q + 100, policy);
      assert.equal(late.phase, 'quiet');
      const unreadable = advance(intent, found(q + 100, 'unreadable'), t0 + q + 100, policy);
      assert.equal(
        unreadable.phase,
        'ambiguous',
        'not being able to look is not the same as finding nothing',
      );
    });
});

test('a lease that is alive is waited for, one that ran out is taken over, and never by sending', () => {
  const { intent, now } = story('book', ...sent);
  assert.deepEqual(decide(intent, now, policy), { do: 'wait', until: now + policy.leaseMs });
  assert.deepEqual(decide(intent, now + policy.leaseMs, policy), { do: 'take-over' });
  assert.equal(advance(intent, { kind: 'lease-expired' }, now + policy.leaseMs - 1, policy), intent);
  const taken = advance(intent, { kind: 'lease-expired' }, now + policy.leaseMs, policy);
  assert.deepEqual(decide(taken, now + policy.leaseMs, policy), { do: 'search' });
});

test('the proof of a sender who was taken over still counts, its other news does not', () => {
  const { intent, now } = story('book', ...sent, [policy.leaseMs, { kind: 'lease-expired' }]);
  assert.equal(advance(intent, done('equal'), now, policy).phase, 'confirmed');
  assert.equal(advance(intent, outcome({ is: 'not-done', reason: 'not-sent' }), now, policy), intent);
  assert.equal(advance(intent, outcome({ is: 'refused', reason: 'taken' }), now, policy), intent);
});

test('what was surely not done is tried again under a new number, three times, then refused', () => {
  let { intent, now } = story('book', ...sent);
  for (const epoch of [1, 2, 3]) {
    assert.equal(intent.epoch, epoch);
    intent = advance(intent, outcome({ is: 'not-done', reason: 'not-sent' }, epoch), now, policy);
    if (epoch === 3) break;
    assert.equal(intent.phase, 'held');
    assert.deepEqual(decide(intent, now, policy), { do: 'wait', until: now + policy.retryDelayMs * epoch });
    now += policy.retryDelayMs * epoch;
    assert.deepEqual(decide(intent, now, policy), { do: 'precheck' });
    intent = advance(intent, { kind: 'precheck', result: { is: 'free' } }, now, policy);
    assert.deepEqual(decide(intent, now, policy), { do: 'send' });
    intent = advance(intent, { kind: 'send-started' }, now, policy);
  }
  assert.equal(intent.phase, 'refused');
  assert.deepEqual(answerOf(intent), { status: 'not_booked', code: 'emr-away' });
});

test('after a silence a harmless failure is a silence too', () => {
  const again = [
    ...sent,
    [9, silence],
    [q, found(q + 109, [])],
    [9, sent[1]?.[1]],
    [0, sent[2]?.[1]],
  ] as typeof sent;
  const { intent, now } = story('book', ...again);
  assert.equal(intent.epoch, 2);
  const after = advance(intent, outcome({ is: 'not-done', reason: 'unauthorized' }, 2), now, policy);
  assert.equal(after.phase, 'ambiguous');
});

test('a pre-check that has grown old is made again', () => {
  const { intent, now } = story('book', ...sent.slice(0, 2));
  assert.deepEqual(decide(intent, now + policy.precheckFreshMs, policy), { do: 'send' });
  assert.deepEqual(decide(intent, now + policy.precheckFreshMs + 1, policy), { do: 'precheck' });
});

test('people are called after three sends, ten minutes, or five minutes without a readable EMR', () => {
  const quiet = story('book', ...sent, [9, silence], [q, found(q + 109, [])]).intent;
  assert.deepEqual(decide({ ...quiet, attempts: 3 }, t0 + q + 109, policy), {
    do: 'hand-over',
    reason: 'attempts',
  });
  const { intent } = story('book', ...sent, [9, silence]);
  assert.deepEqual(decide(intent, t0 + policy.maxAgeMs, policy), { do: 'hand-over', reason: 'age' });
  const blind = advance(intent, found(1_000, 'unreadable'), t0 + 1_000, policy);
  const later = t0 + 1_000 + policy.unreadableHandoffMs;
  assert.equal(advance(blind, found(later - t0, 'unreadable'), later, policy).resultCode, 'unreadable');
  const seen = advance(blind, found(2_000, []), t0 + 2_000, policy);
  assert.equal(seen.unreadableSince, null);
});

test('a new patient whose creation met silence is never sent again', () => {
  const { intent, now } = story('create-patient', ...sent, [9, silence], [q, found(q + 109, [])]);
  assert.deepEqual(decide(intent, now, policy), { do: 'hand-over', reason: 'unproven' });
});

test('of several rows the lowest id stays as the EMR counts, and only rows with our marker are cancelled', () => {
  const { intent, now } = story('book', ...sent, [9, silence]);
  const rows = [
    row({ id: '10' }),
    row({ id: '9' }),
    unmarked({ id: '3' }),
    row({ id: '11', ourEpochs: [], foreign: true }),
  ];
  const after = advance(intent, found(1_000, rows), now + 900, policy);
  assert.equal(after.emrRef, '9');
  assert.deepEqual(after.surplusOpen, ['10']);
  assert.deepEqual(decide(after, now + 900, policy), { do: 'cancel-surplus', ids: ['10'] });
  assert.deepEqual(
    ['9', '10', 'b', 'a', '010'].toSorted(compareIds),
    ['010', '10', '9', 'a', 'b'].toSorted(compareIds),
  );
  assert.ok(compareIds('9', '10') < 0);
});

test('a row made before the first send, or by somebody else, is not ours by natural key', () => {
  const { intent, now } = story('book', ...sent, [9, silence]);
  for (const stranger of [
    unmarked({ created: t0 + 100 - 5_001 }),
    unmarked({ byUs: false }),
    unmarked({ foreign: true }),
    unmarked({ equal: false }),
  ])
    assert.equal(advance(intent, found(1_000, [stranger]), now + 900, policy).phase, 'ambiguous');
  assert.equal(
    advance(intent, found(1_000, [unmarked({ created: t0 + 100 - 5_000 })]), now + 900, policy).phase,
    'confirmed',
  );
});

test('sweeps come at their times, cancel late twins and keep the appointment that was told', () => {
  let { intent, now } = story('book', ...sent, [900, done('equal')]);
  const settledAt = now;
  for (const sweep of policy.sweepsMs) {
    assert.equal(intent.nextActionAt, settledAt + sweep);
    now = settledAt + sweep;
    intent = advance(intent, found(now - t0, [row()]), now, policy);
    assert.equal(intent.phase, 'confirmed');
  }
  assert.equal(intent.nextActionAt, null);
  const twin = advance(intent, found(now - t0, [row(), row({ id: '6' })]), now, policy);
  assert.equal(twin.emrRef, '7', 'the one that was told, although another has a lower id');
  assert.deepEqual(twin.surplusOpen, ['6']);
});

for (const [what, rows, phase, resultCode, emrRef] of [
  ['at another time', [unmarked({ id: '8', equal: false, successor: true })], 'moved', 'by-staff', '8'],
  ['at the same time', [unmarked({ id: '8', successor: true })], 'confirmed', null, '8'],
  ['nowhere', [unmarked({ live: false, equal: false })], 'cancelled', 'by-staff', '7'],
] as const)
  test(`a visit that was moved, and that staff put into another record, stands ${what}`, () => {
    const { intent } = story('move', ...sent, [900, done('equal')], [600_000, found(600_000, rows)]);
    assert.deepEqual([intent.phase, intent.resultCode, intent.emrRef], [phase, resultCode, emrRef]);
    assert.equal(answerOf(intent).status, 'confirmed', 'what was told stays told');
  });

test('a booking whose visit staff put into another record at another time is known as moved at once', () => {
  const rows = [row({ live: false, equal: false }), row({ id: '8', equal: false, successor: true })];
  const { intent } = story('book', ...sent, [900, done('equal')], [600_000, found(600_000, rows)]);
  assert.deepEqual([intent.phase, intent.resultCode, intent.emrRef], ['moved', 'by-staff', '8']);
  assert.deepEqual(intent.surplusOpen, []);
});

test('what a move left in the place of the booked row has its markers and is no twin of it', () => {
  const { intent, now } = story('book', ...sent, [900, done('equal')]);
  const moved = advance(intent, { kind: 'changed', to: 'moved' }, now, policy);
  const rows = [row({ live: false, equal: false }), row({ id: '8', equal: false, successor: true })];
  const swept = advance(moved, found(now - t0, rows), now, policy);
  assert.deepEqual([swept.phase, swept.surplusOpen], ['moved', []]);
  const twin = advance(moved, found(now - t0, [...rows, row({ id: '9' })]), now, policy);
  assert.deepEqual(twin.surplusOpen, ['9'], 'A late twin is one all the same.');
});

test('sweeps take over what staff did', () => {
  const { intent } = story('book', ...sent, [900, done('equal')]);
  const at = t0 + 200_000;
  const after = (rows: readonly SeenRow[]) => advance(intent, found(200_000, rows), at, policy);
  assert.deepEqual(answerOf(after([])), { status: 'confirmed', since: 'cancelled' });
  assert.deepEqual(answerOf(after([row({ live: false })])), { status: 'confirmed', since: 'cancelled' });
  assert.deepEqual(answerOf(after([row({ equal: false })])), { status: 'confirmed', since: 'moved' });
  assert.equal(after([row({ live: false }), row({ id: '8' })]).emrRef, '8', 'of two rows staff removed one');
  const soon = advance(intent, found(1_500, []), t0 + 1_500, policy);
  assert.equal(soon.phase, 'confirmed', 'a read that lags behind the write proves no removal');
});

test('a cancellation of a pending booking is carried out when the row turns up, and told only then', () => {
  const { intent, now } = story('book', ...sent, [9, silence], [9, { kind: 'cancel-requested' }]);
  assert.equal(answerOf(intent).status, 'pending');
  const turnedUp = advance(intent, found(1_000, [row()]), now + 900, policy);
  assert.deepEqual(decide(turnedUp, now + 900, policy), { do: 'cancel-surplus', ids: ['7'] });
  assert.equal(answerOf(turnedUp).status, 'pending');
  const gone = advance(turnedUp, { kind: 'surplus-cancelled', ids: ['7'] }, now + 1_900, policy);
  assert.deepEqual(answerOf(gone), { status: 'cancelled' });
  const late = advance(gone, found(200_000, [row({ id: '12' })]), t0 + 200_000, policy);
  assert.deepEqual(late.surplusOpen, ['12']);
});

test('a twin that cannot be cancelled is told to people, and they are released when it is gone', () => {
  let { intent, now } = story('book', ...sent, [9, silence], [900, found(1_009, [row(), row({ id: '8' })])]);
  for (let tries = 0; tries <= policy.surplusTries; tries += 1) {
    const before = intent;
    intent = advance(intent, { kind: 'surplus-cancelled', ids: [] }, now, policy);
    now = intent.nextActionAt ?? now;
    if (tries < policy.surplusTries) continue;
    assert.equal(recordOf(before, intent, { kind: 'surplus-cancelled', ids: [] }).queue, 'open');
  }
  assert.equal(intent.resultCode, 'twin-by-hand');
  assert.equal(answerOf(intent).status, 'confirmed');
});

test('what is stored with a step follows from the step', () => {
  const steps: [string, Intent, Event, Partial<ReturnType<typeof recordOf>>][] = [
    [
      'claim',
      newIntent({ id: 'i', kind: 'move', createdAt: t0, stamp: 's' }),
      { kind: 'claimed' },
      { claims: 'take', lock: 'take' },
    ],
    [
      'send',
      story('book', ...sent.slice(0, 2)).intent,
      { kind: 'send-started' },
      { claims: 'keep', attempt: { epoch: 1, sentAt: t0 + 100 } },
    ],
    [
      'confirm a booking',
      story('book', ...sent).intent,
      done('equal'),
      { claims: 'confirm', outbox: 'appointment.booked', outcome: { epoch: 1, is: 'done' } },
    ],
    [
      'confirm a move',
      story('move', ...sent).intent,
      done('equal'),
      { claims: 'confirm', lock: 'release', target: 'moved' },
    ],
    [
      'confirm a cancellation',
      story('cancel', ...sent).intent,
      done('equal'),
      { claims: 'release', lock: 'release', target: 'cancelled' },
    ],
    ['silence', story('book', ...sent).intent, silence, { claims: 'keep', lock: 'keep' }],
    [
      'hand over',
      story('move', ...sent, [9, silence]).intent,
      { kind: 'hand-over', reason: 'age' },
      { claims: 'keep', lock: 'keep', queue: 'open' },
    ],
    [
      'refuse',
      story('book', ...sent).intent,
      outcome({ is: 'not-done', reason: 'rejected' }),
      { claims: 'release' },
    ],
  ];
  for (const [name, before, event, expected] of steps) {
    const record = recordOf(before, advance(before, event, t0 + 100, policy), event);
    assert.deepEqual({ ...record, ...expected }, record, name);
  }
});

test('the policy says no to numbers that cannot keep the promise, and scales as a whole', () => {
  assert.equal(checkPolicy(policy), policy);
  assert.throws(() => checkPolicy({ ...policy, maxSendMs: policy.leaseMs / 2 }), /maxSendMs/);
  assert.throws(() => checkPolicy({ ...policy, quietMs: policy.leaseMs - 1 }), /leaseMs/);
  const soak = scalePolicy(policy, 3 / 120);
  assert.equal(soak.quietMs, 3_000);
  assert.equal(soak.maxAttempts, policy.maxAttempts);
  assert.deepEqual(
    soak.sweepsMs,
    policy.sweepsMs.map((each) => each / 40),
  );
  checkPolicy(soak);
});

const anyRow: fc.Arbitrary<SeenRow> = fc.record({
  id: fc.constantFrom('7', '8', '10'),
  live: fc.boolean(),
  ourEpochs: fc.subarray([1, 2, 3]),
  foreign: fc.boolean(),
  equal: fc.boolean(),
  created: fc.option(fc.integer({ min: t0 - 10_000, max: t0 + 400_000 })),
  byUs: fc.option(fc.boolean()),
});
const anyEvent = (at: number): fc.Arbitrary<Event> =>
  fc.oneof(
    fc.constant<Event>({ kind: 'claimed' }),
    fc.constantFrom<Event>({ kind: 'claim-refused', why: 'busy' }, { kind: 'claim-refused', why: 'taken' }),
    fc
      .constantFrom(
        'free' as const,
        'taken' as const,
        'several' as const,
        'forbidden' as const,
        'needs-reconsent' as const,
        'no-budget' as const,
        'unreadable' as const,
      )
      .map((is): Event => ({ kind: 'precheck', result: { is } })),
    fc.constant<Event>({ kind: 'precheck', result: { is: 'free' } }),
    fc.constant<Event>({ kind: 'send-started' }),
    fc
      .tuple(
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom<Outcome>(
          { is: 'unknown' },
          { is: 'refused', reason: 'taken' },
          { is: 'not-done', reason: 'not-sent' },
          { is: 'not-done', reason: 'missing' },
          { is: 'done', id: '7', readBack: 'equal' },
          { is: 'done', id: '7', readBack: 'missing' },
        ),
      )
      .map(([epoch, of]) => outcome(of, epoch)),
    fc
      .tuple(
        fc.integer({ min: 0, max: 5_000 }),
        fc.oneof(fc.constant('unreadable' as const), fc.array(anyRow, { maxLength: 3 })),
      )
      .map(([ago, rows]) => found(at - t0 - ago, rows)),
    fc.constantFrom<Event>(
      { kind: 'lease-expired' },
      { kind: 'cancel-requested' },
      { kind: 'hand-over', reason: 'age' },
      { kind: 'changed', to: 'moved' },
      { kind: 'hold-expired' },
      { kind: 'surplus-cancelled', ids: ['7', '8'] },
    ),
  );

test('whatever happens, in any order: steps count by one, ends stay ends, and nothing is sent into a silence', () => {
  const kinds = fc.constantFrom<IntentKind>('book', 'move', 'cancel', 'create-patient');
  const waits = fc.array(fc.constantFrom(0, 400, 6_000, 31_000, 121_000), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(kinds, waits, fc.gen(), (kind, pauses, gen) => {
      let now = t0;
      let intent = newIntent({ id: 'i', kind, createdAt: t0, stamp: 's' });
      let openUntil = 0;
      for (const pause of pauses) {
        now += pause;
        const event = gen(anyEvent, now);
        const after = advance(intent, event, now, policy);
        const same = after.version === intent.version;
        assert.ok(same || after.version === intent.version + 1);
        if (same) assert.deepEqual({ ...after, checkedAt: null }, { ...intent, checkedAt: null });
        assert.deepEqual(JSON.parse(JSON.stringify(after)), after);
        assert.ok(after.epoch === intent.epoch || after.epoch === intent.epoch + 1);
        assert.ok(!intent.everAmbiguous || after.everAmbiguous);
        if (after.epoch > intent.epoch) assert.ok(now >= openUntil, 'sent again within the quiet period');
        if (intent.phase === 'sending' && after.phase === 'ambiguous' && after.everAmbiguous)
          openUntil = (intent.sentAt ?? 0) + policy.quietMs;
        if (isSettled(intent)) {
          assert.ok(isSettled(after));
          assert.notEqual(decide(after, now, policy).do, 'send');
          const [was, is] = [answerOf(intent).status, answerOf(after).status];
          if (was !== 'needs_human') assert.equal(is, was);
        }
        if (after.phase === 'refused' && intent.phase !== 'refused')
          assert.equal(intent.everAmbiguous, false);
        assert.doesNotThrow(() => recordOf(intent, after, event));
        intent = after;
      }
    }),
    { numRuns: 2_000 },
  );
});
