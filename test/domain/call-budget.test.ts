import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  askForCall,
  budgetFacts,
  type CallAsk,
  type CallBudget,
  type CallQuota,
  callsOfBooking,
  closeBudget,
} from '#domain/call-budget.ts';

const hour = 3_600_000;
const start = 400_000 * hour;
const ofHour = (calls: number, gapMs = 0): CallQuota => ({ windowMs: hour, calls, gapMs });

describe('In any window', () => {
  const steps = fc.array(
    fc.record({
      pauseMs: fc.oneof(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 60_000 }),
        fc.integer({ min: 0, max: hour }),
      ),
      times: fc.integer({ min: 1, max: 60 }),
      practice: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      priority: fc.constantFrom<CallAsk['priority']>('call', 'begin', 'reconcile', 'background'),
      underWay: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  );

  test('never more leave than the quota, and callers and background leave the reserve alone.', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), steps, (calls, script) => {
        const office = officeOf(ofHour(calls));
        for (const { pauseMs, times, ...ask } of script) {
          office.pass(pauseMs);
          for (let time = 0; time < times; time += 1) office.ask(ask);
        }
        for (const window of office.windows()) {
          assert.ok(window.all <= calls, `${window.all} of ${calls}`);
          assert.ok(window.all - window.reconcile <= calls - Math.floor(calls / 5));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('calls near its end count in the next one too, for the EMR may have another clock.', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 4_999 }), (late, beforeMs) => {
        const office = officeOf(ofHour(100));
        office.pass(hour - beforeMs);
        const left = office.askTimes(late, { practice: 'a' });
        office.pass(beforeMs);
        assert.equal(budgetFacts(office.budget(), ofHour(100), office.now()).used, left);
      }),
    );
  });
});

describe('Shares', () => {
  test('a practice that keeps asking gets its equal part of what is released, whatever the others do.', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.tuple(fc.nat({ max: 11 }), fc.integer({ min: 1, max: 40 })), {
          minLength: 1,
          maxLength: 40,
        }),
        (others, joinsAfterMinutes, pattern) => {
          const quota = ofHour(500);
          const office = officeOf(quota);
          let round = 0;
          const crowd = () => {
            const [who, times] = pattern[round++ % pattern.length] ?? [0, 1];
            office.askTimes(times, { practice: `other-${who % others}` });
          };
          for (let minute = 0; minute < joinsAfterMinutes; minute += 1) {
            crowd();
            office.pass(60_000);
          }
          let had = 0;
          const steps = (60 - joinsAfterMinutes) * 4;
          for (let step = 0; step < steps; step += 1) {
            crowd();
            if (office.ask({ practice: 'patient-one' }).is === 'granted') had += 1;
            office.pass(15_000);
          }
          const released = (400 * 0.75 * (steps * 15_000)) / hour;
          const fair = Math.floor(released / (others + 1)) - 1;
          assert.ok(had >= fair, `${had} of ${fair}, ${others} others`);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('of practices that all want more than there is, each gets an equal part.', () => {
    for (const practices of [2, 7, 20]) {
      const office = officeOf(ofHour(500));
      for (let second = 0; second < 3_600; second += 5) {
        for (let one = 0; one < practices; one += 1) {
          const eager = one === 0 ? 5 : 1;
          office.askTimes(eager, { practice: `p${one}` });
        }
        office.pass(5_000);
      }
      const counts = Array.from({ length: practices }, (_, one) => office.grantedTo(`p${one}`));
      // The first one was alone for a moment, and had a burst of it: it asks again after what all had then.
      const fair = Math.floor((400 * 0.75) / practices) - 1;
      assert.ok(Math.min(...counts) >= fair, counts.join(' '));
      // Each may have a part of a call left in the end.
      assert.ok(sum(counts) >= 400 - practices, String(sum(counts)));
    }
  });

  test('where practices were active when the window begins, no burst of one takes the first quarter from the others.', () => {
    const office = officeOf(ofHour(500));
    office.pass(hour - 60_000);
    for (let one = 0; one < 10; one += 1) office.ask({ practice: `p${one}` });
    office.pass(60_000);
    assert.equal(office.askTimes(100, { practice: 'p0' }), 10);
    for (let one = 1; one < 10; one += 1) assert.equal(office.askTimes(100, { practice: `p${one}` }), 10);
  });

  test('one practice alone can have all that is not the reserve.', () => {
    const office = officeOf(ofHour(500));
    for (let second = 0; second < 3_600; second += 1) {
      office.askTimes(2, { practice: 'a' });
      office.pass(1_000);
    }
    assert.equal(office.grantedTo('a'), 399);
  });

  test('what a practice does not use any more flows to the others within ten minutes.', () => {
    const office = officeOf(ofHour(500));
    for (let one = 0; one < 20; one += 1) office.ask({ practice: `p${one}` });
    let early = 0;
    for (let second = 0; second < 3_540; second += 1) {
      const had = office.askTimes(3, { practice: 'p0' });
      if (second < 590) early += had;
      office.pass(1_000);
    }
    assert.ok(early < 150, `${early} while the others still counted as active`);
    assert.ok(office.grantedTo('p0') >= 370, String(office.grantedTo('p0')));
  });

  test('a burst does not eat the hour: what is gone by a moment has been released by then.', () => {
    const office = officeOf(ofHour(500));
    assert.equal(office.askTimes(400, { practice: 'a' }), 100);
    office.pass(600_000);
    assert.equal(office.askTimes(400, { practice: 'a' }), 50);
  });
});

describe('An operation', () => {
  test('that has begun goes on on credit, which its practice pays back before it begins the next.', () => {
    const office = officeOf(ofHour(500));
    for (const practice of ['a', 'b']) office.askTimes(100, { practice });
    assert.equal(office.ask({ practice: 'a' }).is, 'refused');
    assert.equal(office.askTimes(5, { practice: 'a', underWay: true }), 5);
    // 300 calls an hour for two: one in 24 seconds.
    office.pass(5 * 24_000);
    assert.equal(office.ask({ practice: 'a' }).is, 'refused');
    assert.equal(office.askTimes(10, { practice: 'b' }), 5);
    office.pass(24_001);
    assert.equal(office.askTimes(2, { practice: 'a' }), 1);
  });

  test('is told when asking again helps, and it does.', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 40 }), (practices, minutes) => {
        const office = officeOf(ofHour(500));
        office.pass(minutes * 60_000);
        for (let one = 0; one < practices; one += 1) office.askTimes(500, { practice: `p${one}` });
        const answer = office.ask({ practice: 'p0' });
        assert.equal(answer.is, 'refused');
        const retryMs = answer.is === 'refused' ? answer.retryMs : 0;
        office.pass(retryMs + 1);
        assert.equal(office.ask({ practice: 'p0' }).is, 'granted');
      }),
    );
  });
});

describe('The reserve', () => {
  test('lets bookings be finished when callers have used up what is theirs, in equal parts when it runs low.', () => {
    const office = officeOf(ofHour(500));
    for (const practice of ['a', 'b', 'c', 'd', 'e']) office.askTimes(200, { practice });
    assert.equal(office.ask({ practice: 'a' }).is, 'refused');
    // Half comes first served, and ten of the other half are for each of the five.
    assert.equal(office.askTimes(500, { practice: 'a', priority: 'reconcile' }), 60);
    for (const practice of ['b', 'c', 'd', 'e'])
      assert.equal(office.askTimes(500, { practice, priority: 'reconcile' }), 10);
  });

  test('no booking begins that could not be finished.', () => {
    const office = officeOf(ofHour(500));
    office.askTimes(100, { practice: 'a' });
    assert.equal(office.askTimes(500, { practice: 'a', priority: 'reconcile' }), 100);
    office.pass(4 * 12_000 + 1);
    assert.equal(office.ask({ practice: 'a', priority: 'begin' }).is, 'refused');
    assert.equal(office.ask({ practice: 'a' }).is, 'granted');
    office.pass(2 * 12_000);
    assert.equal(office.ask({ practice: 'a', priority: 'begin' }).is, 'granted');
    assert.equal(office.askTimes(9, { practice: 'a', priority: 'reconcile' }), callsOfBooking);
  });
});

describe('Background', () => {
  test('goes while most of what was released lies open, and never for long on what callers may want.', () => {
    const office = officeOf(ofHour(500));
    assert.equal(office.askTimes(500, { practice: 'a', priority: 'background' }), 50);
    assert.equal(office.askTimes(500, { practice: 'b' }), 50);
    office.pass(hour / 2);
    assert.equal(office.askTimes(500, { practice: 'a', priority: 'background' }), 25);
  });

  test('of one practice does not keep that of the others out.', () => {
    const office = officeOf(ofHour(500));
    office.askTimes(500, { practice: 'a', priority: 'background' });
    for (let minute = 0; minute < 50; minute += 1) {
      office.pass(60_000);
      office.askTimes(50, { practice: 'a', priority: 'background' });
      for (const practice of ['b', 'c', 'd']) office.ask({ practice, priority: 'background' });
    }
    for (const practice of ['b', 'c', 'd']) assert.ok(office.grantedTo(practice) >= 8, practice);
  });
});

describe('An EMR that says no', () => {
  test('is left alone until it said, within reason, or for a few seconds, and then asked again.', () => {
    for (const [retryAfterMs, untilMs] of [
      [90_000, 90_000],
      [undefined, 3_000],
      [10 * hour, hour],
    ] as const) {
      const office = officeOf(ofHour(500));
      office.pass(600_000);
      office.close(retryAfterMs);
      assert.equal(budgetFacts(office.budget(), ofHour(500), office.now()).left, 0);
      for (const priority of ['call', 'reconcile', 'background'] as const)
        assert.deepEqual(office.ask({ practice: 'a', priority }), {
          is: 'refused',
          why: 'closed',
          retryMs: untilMs,
        });
      office.pass(untilMs - 1);
      assert.equal(office.ask({ practice: 'a' }).is, 'refused');
      office.pass(1);
      assert.equal(office.ask({ practice: 'a' }).is, 'granted');
    }
  });
});

describe('A refusal that says nothing of when to come back', () => {
  const day: CallQuota = { windowMs: 24 * hour, calls: 1_000, gapMs: 0 };
  const closedFor = (office: ReturnType<typeof officeOf>) => {
    const answer = office.ask({ practice: 'a' });
    return answer.is === 'refused' && answer.why === 'closed' ? answer.retryMs : 0;
  };

  test('closes for a few seconds, twice as long at each repeat, and at most until the window ends.', () => {
    const office = officeOf(day);
    const pauses: number[] = [];
    for (;;) {
      office.close(undefined);
      const pauseMs = closedFor(office);
      pauses.push(pauseMs);
      office.pass(pauseMs);
      if (office.now() >= Math.ceil((start + 1) / day.windowMs) * day.windowMs) break;
    }
    assert.deepEqual(pauses.slice(0, 4), [3_000, 6_000, 12_000, 24_000]);
    assert.equal((office.now() % day.windowMs) + 0, 0);
    office.close(undefined);
    assert.equal(closedFor(office), 3_000, 'a new window begins anew');
  });

  test('is one refusal for all calls that were on their way, and none is held against later ones for long.', () => {
    const office = officeOf(day);
    for (let call = 0; call < 4; call += 1) office.close(undefined);
    assert.equal(closedFor(office), 3_000);
    office.pass(3_000 + 60_001);
    office.close(undefined);
    assert.equal(closedFor(office), 3_000);
  });

  test('closes until the window ends where our own count is near the quota.', () => {
    const office = officeOf(ofHour(100));
    office.pass(hour - 600_000);
    office.askTimes(100, { practice: 'a' });
    assert.equal(office.askTimes(9, { practice: 'a', priority: 'reconcile' }), 9);
    office.close(undefined);
    assert.equal(closedFor(office), 3_000);
    office.pass(3_000);
    while (budgetFacts(office.budget(), ofHour(100), office.now()).used < 90)
      assert.equal(office.ask({ practice: 'a', priority: 'reconcile' }).is, 'granted');
    office.close(undefined);
    assert.equal(closedFor(office), 600_000 - 3_000);
  });

  test('is kept in rows that were written before there were pauses.', () => {
    const before = askForCall(undefined, call('a'), day, start).after;
    const { pauseMs: _, ahead: __, ...old } = before;
    assert.equal(closeBudget(old, day, start, undefined).closedUntil, start + 3_000);
    assert.equal(askForCall(old, call('a'), day, start).answer.is, 'granted');
  });
});

describe('A call whose connection has no place for it yet', () => {
  test('leaves at a distance from all others, and no sooner than its connection lets it.', () => {
    const asks = fc.array(
      fc.record({ pauseMs: fc.integer({ min: 0, max: 400 }), afterMs: fc.integer({ min: 0, max: 3_000 }) }),
      { minLength: 1, maxLength: 80 },
    );
    fc.assert(
      fc.property(asks, (script) => {
        const office = officeOf(ofHour(5_000, 110));
        const times = script.flatMap(({ pauseMs, afterMs }) => {
          office.pass(pauseMs);
          const answer = office.ask({ practice: 'a', afterMs, withinMs: hour });
          assert.ok(answer.is === 'granted' && answer.waitMs >= afterMs);
          return office.now() + answer.waitMs;
        });
        const inOrder = times.toSorted((a, b) => a - b);
        for (const [index, at] of inOrder.entries())
          assert.ok((inOrder[index + 1] ?? Number.POSITIVE_INFINITY) - at >= 110);
      }),
    );
  });

  test('keeps nobody waiting who can leave before it.', () => {
    const office = officeOf(ofHour(500, 110));
    const waits = [5_000, 0, 0, 5_000].map((afterMs) =>
      office.ask({ practice: 'a', afterMs, withinMs: 6_000 }),
    );
    assert.deepEqual(
      waits.map((answer) => answer.is === 'granted' && answer.waitMs),
      [5_000, 0, 110, 5_110],
    );
  });
});

test('Calls of an application leave one after another, over its practices; who cannot wait so long is not counted.', () => {
  const office = officeOf(ofHour(500, 110));
  const waits = ['a', 'b', 'a', 'c'].map((practice) => office.ask({ practice, withinMs: 250 }));
  assert.deepEqual(waits, [
    { is: 'granted', waitMs: 0 },
    { is: 'granted', waitMs: 110 },
    { is: 'granted', waitMs: 220 },
    { is: 'refused', why: 'turn', retryMs: 330 },
  ]);
  assert.equal(budgetFacts(office.budget(), ofHour(500), office.now()).used, 3);
});

test('A clock that steps back changes nothing.', () => {
  const quota = ofHour(500);
  const first = askForCall(undefined, call('a'), quota, start + 1_000).after;
  const second = askForCall(first, call('a'), quota, start - hour).after;
  assert.equal(second.window, start);
  assert.equal(second.used, 2);
});

const call = (practice: string): CallAsk => ({ practice, priority: 'call', underWay: false, withinMs: 0 });

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** One application with a clock, and what has left of it. */
function officeOf(quota: CallQuota) {
  let now = start;
  let budget: CallBudget | undefined;
  const left: { at: number; practice: string; priority: CallAsk['priority'] }[] = [];
  function ask(asked: Partial<CallAsk> & Pick<CallAsk, 'practice'>) {
    const full = { priority: 'call' as const, underWay: false, withinMs: 0, ...asked };
    // Kept as JSON, as the database does.
    const { answer, after } = askForCall(budget && JSON.parse(JSON.stringify(budget)), full, quota, now);
    budget = after;
    if (answer.is === 'granted')
      left.push({ at: now + answer.waitMs, practice: full.practice, priority: full.priority });
    return answer;
  }
  return {
    ask,
    askTimes(times: number, asked: Parameters<typeof ask>[0]) {
      let granted = 0;
      for (let time = 0; time < times; time += 1) if (ask(asked).is === 'granted') granted += 1;
      return granted;
    },
    pass(ms: number) {
      now += ms;
    },
    close(retryAfterMs: number | undefined) {
      budget = closeBudget(budget, quota, now, retryAfterMs);
    },
    now: () => now,
    budget: () => budget,
    grantedTo: (practice: string) => left.filter((one) => one.practice === practice).length,
    windows() {
      const counts = new Map<number, { all: number; reconcile: number }>();
      for (const { at, priority } of left) {
        const window = Math.floor(at / hour);
        const count = counts.get(window) ?? { all: 0, reconcile: 0 };
        counts.set(window, {
          all: count.all + 1,
          reconcile: count.reconcile + (priority === 'reconcile' ? 1 : 0),
        });
      }
      return [...counts.values()];
    },
  };
}
