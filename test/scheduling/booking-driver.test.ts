import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOf, type Intent, newIntent } from '#domain/booking-intent.ts';
import { defaultPolicy as policy } from '#domain/booking-policy.ts';
import type { StepRecord } from '#domain/booking-record.ts';
import { markerStem } from '#domain/marker.ts';
import { lookAgain, requestCancel, runIntent } from '#scheduling/booking-driver.ts';
import type { BookingPorts, ClaimConflict, EmrPort, FoundRow } from '#scheduling/booking-ports.ts';

const t0 = Date.UTC(2027, 2, 4, 16);
const stem = markerStem(new Uint8Array(32).fill(5));

interface Desk {
  readonly ports: BookingPorts;
  readonly rows: Map<string, Intent>;
  /** Every port that was used, in order. */
  readonly log: string[];
  readonly records: StepRecord[];
  now: number;
}
type Overrides = {
  readonly emr?: Partial<EmrPort>;
  readonly transition?: (
    desk: Desk,
    before: Intent,
    after: Intent,
    record: StepRecord,
  ) => Promise<'stored' | 'lost' | ClaimConflict> | undefined;
};

/** A database of one map, an EMR that says yes, and a clock that moves only when somebody sleeps. */
function desk(overrides: Overrides = {}): Desk {
  let stamps = 0;
  const emr: EmrPort = {
    precheck: async () => ({ is: 'free' }),
    send: async () => ({ is: 'accepted', id: '7' }),
    readBack: async () => 'equal',
    search: async () => [],
    cancelRow: async () => 'cancelled',
    ...overrides.emr,
  };
  const it: Desk = {
    rows: new Map(),
    log: [],
    records: [],
    now: t0,
    ports: undefined as unknown as BookingPorts,
  };
  const logged =
    <A extends unknown[], R>(name: string, work: (...args: A) => R) =>
    (...args: A): R => {
      it.log.push(name);
      return work(...args);
    };
  const ports: BookingPorts = {
    store: {
      load: async (id) => it.rows.get(id),
      transition: async (before, after, record) => {
        const special = overrides.transition?.(it, before, after, record);
        if (special !== undefined) return special;
        if (it.rows.get(before.id)?.version !== before.version) return 'lost';
        it.log.push(`store ${after.phase}`);
        it.records.push(record);
        it.rows.set(after.id, after);
        return 'stored';
      },
    },
    emr: {
      precheck: logged('precheck', emr.precheck),
      send: logged('send', emr.send),
      readBack: logged('read back', emr.readBack),
      search: logged('search', emr.search),
      cancelRow: logged('cancel row', emr.cancelRow),
    },
    clock: {
      now: () => it.now,
      sleep: async (ms) => {
        it.now += ms;
      },
    },
    markerStem: () => stem,
    stamp: () => `stamp-${++stamps}`,
    note: () => undefined,
  };
  const made = Object.assign(it, { ports });
  put(made, newIntent({ id: 'i', kind: 'book', createdAt: t0, stamp: 'new' }));
  return made;
}

function put(it: Desk, intent: Intent): void {
  it.rows.set(intent.id, intent);
}
const run = (it: Desk) => runIntent(it.ports, policy, 'i', { until: t0 + 60_000 });
const ours = (over: Partial<FoundRow> = {}): FoundRow => ({
  id: '7',
  live: true,
  markers: [`${stem}.1`],
  equal: true,
  created: t0,
  byUs: null,
  ...over,
});

test('a booking is stored before it is sent and read back before it is confirmed', async () => {
  const it = desk();
  const intent = await run(it);
  assert.equal(intent.phase, 'confirmed');
  assert.deepEqual(it.log, [
    'store held',
    'precheck',
    'store sending',
    'send',
    'read back',
    'store confirmed',
  ]);
  assert.deepEqual(
    it.records.map(({ claims }) => claims),
    ['take', 'keep', 'confirm'],
  );
});

test('the marker names the number of the send', async () => {
  const markers: string[] = [];
  const it = desk({
    emr: {
      send: async (_intent, marker) => {
        markers.push(marker);
        return markers.length === 1 ? { is: 'not-done', reason: 'not-sent' } : { is: 'accepted', id: '7' };
      },
    },
  });
  await run(it);
  assert.deepEqual(markers, [`${stem}.1`, `${stem}.2`]);
});

test('an error of COMMIT whose row was kept does not lead to a second send', async () => {
  const it = desk({
    transition: (at, _before, after) => {
      if (after.phase !== 'sending' || after.attempts !== 1) return undefined;
      put(at, after);
      at.log.push('store sending, with an error');
      return Promise.reject(new Error('could not fsync'));
    },
  });
  assert.equal((await run(it)).phase, 'confirmed');
  assert.equal(it.log.filter((each) => each === 'send').length, 1);
});

test('an error of COMMIT whose row was not kept sends nothing until the step is stored', async () => {
  let failures = 2;
  const it = desk({
    transition: (_at, _before, after) =>
      after.phase === 'sending' && failures-- > 0
        ? Promise.reject(new Error('connection terminated'))
        : undefined,
  });
  assert.equal((await run(it)).phase, 'confirmed');
  assert.equal(it.log.filter((each) => each === 'send').length, 1);
  assert.equal(it.rows.get('i')?.epoch, 1);
});

test('who loses the race for a send does not send', async () => {
  const it = desk({
    transition: (at, before, after) => {
      if (after.phase !== 'sending') return undefined;
      put(at, { ...before, ...after, stamp: 'another process', leaseUntil: at.now + policy.leaseMs });
      return Promise.resolve('lost');
    },
  });
  const intent = await runIntent(it.ports, policy, 'i', { until: t0 + 1_000 });
  assert.equal(intent.phase, 'sending');
  assert.ok(!it.log.includes('send'));
});

test('a sender that stood still until its time was over does not write', async () => {
  const it = desk({
    transition: (at, _before, after) => {
      if (after.phase !== 'sending' || after.epoch !== 1) return undefined;
      put(at, after);
      at.now += policy.maxSendMs;
      return Promise.resolve('stored');
    },
  });
  const intent = await run(it);
  assert.equal(intent.phase, 'confirmed');
  assert.equal(intent.epoch, 2, 'the first number was never on the wire');
  assert.equal(it.log.filter((each) => each === 'send').length, 1);
});

test('a silence is searched for, and a row with the marker of any send confirms', async () => {
  let searches = 0;
  const it = desk({
    emr: {
      send: async () => ({ is: 'unknown' }),
      search: async () => (++searches < 3 ? [] : [ours()]),
    },
  });
  const intent = await run(it);
  assert.equal(intent.phase, 'confirmed');
  assert.equal(searches, 3);
  assert.equal(it.log.filter((each) => each === 'send').length, 1);
});

test('an EMR port that throws is a silence when it writes and unreadable when it reads', async () => {
  let broken = true;
  const it = desk({
    emr: {
      send: async () => Promise.reject(new Error('socket hang up')),
      search: async () => {
        if (!broken) return [ours()];
        broken = false;
        throw new Error('ECONNRESET');
      },
    },
  });
  const intent = await run(it);
  assert.equal(intent.phase, 'confirmed');
  assert.equal(intent.everAmbiguous, true);
});

test('the caller is answered in time while the work goes on behind', async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const it = desk({
    emr: {
      send: async () => {
        await gate;
        return { is: 'accepted', id: '7' };
      },
    },
  });
  const heard = await runIntent(it.ports, policy, 'i', { until: t0 + 60_000, answerBy: t0 + 2_000 });
  assert.equal(answerOf(heard).status, 'pending');
  release();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(it.rows.get('i')?.phase, 'confirmed');
});

test('"taken" by a confirmed visit is told only after that visit was read again', async () => {
  let released = false;
  const it = desk({
    transition: (at, before, after, record) => {
      if (before.id === 'owner') {
        released = record.claims === 'release';
        put(at, after);
        return Promise.resolve('stored');
      }
      if (record.claims !== 'take' || released) return undefined;
      return Promise.resolve({ why: 'taken', confirmedOwners: ['owner'] });
    },
    emr: { search: async (intent) => (intent.id === 'owner' ? [] : [ours()]) },
  });
  const owner = newIntent({ id: 'owner', kind: 'book', createdAt: t0 - 9_000_000, stamp: 'o' });
  put(it, {
    ...owner,
    phase: 'confirmed',
    emrRef: '3',
    attempts: 1,
    epoch: 1,
    confirmedAt: t0 - 8_000_000,
    settledAt: t0 - 8_000_000,
    sweepsDone: 2,
  });
  assert.equal((await run(it)).phase, 'confirmed');
  assert.equal(it.rows.get('owner')?.phase, 'cancelled');
});

test('"taken" by a request that is under way is told without asking the EMR', async () => {
  const it = desk({
    transition: (_at, _before, _after, record) =>
      record.claims === 'take' ? Promise.resolve({ why: 'taken', confirmedOwners: [] }) : undefined,
  });
  const intent = await run(it);
  assert.equal(intent.resultCode, 'slot-taken');
  assert.deepEqual(it.log, ['store refused']);
});

test('a change waits while another of the same appointment is under way, and until that one can surely be read', async () => {
  let busy = 3;
  const it = desk({
    transition: (_at, _before, _after, record) =>
      record.lock === 'take' && busy-- > 0
        ? Promise.resolve({ why: 'busy', confirmedOwners: [] })
        : undefined,
  });
  put(it, newIntent({ id: 'i', kind: 'move', createdAt: t0, stamp: 'new' }));
  assert.equal((await run(it)).phase, 'confirmed');
  assert.equal(it.now, t0 + 3 * policy.busyDelayMs + policy.readAfterWriteMs);
});

test('a cancellation that comes while the send is under way is carried out on what was sent', async () => {
  const it = desk({
    emr: {
      send: async () => {
        await requestCancel(it.ports, policy, 'i');
        return { is: 'accepted', id: '7' };
      },
    },
  });
  const intent = await run(it);
  assert.equal(intent.phase, 'cancelled');
  assert.ok(it.log.includes('cancel row'));
});

test('a surplus row is believed to be missing only when a second reading says so', async () => {
  let reads = 0;
  const it = desk({
    emr: {
      send: async () => ({ is: 'unknown' }),
      search: async () => [ours(), ours({ id: '8' })],
      cancelRow: async () => (++reads === 1 ? 'missing' : 'cancelled'),
    },
  });
  await run(it);
  const swept = await runIntent(it.ports, policy, 'i', { until: it.now + 60_000, sweep: true });
  assert.equal(reads, 2);
  assert.deepEqual(swept.surplusGone, ['8']);
  assert.equal(swept.emrRef, '7');
});

test('a caller who repeats does not wait for a sweep, a worker does it, and anybody may look again', async () => {
  const it = desk({ emr: { search: async () => [ours()] } });
  await run(it);
  it.now = t0 + 200_000;
  const before = it.log.length;
  await runIntent(it.ports, policy, 'i', { until: it.now + 1_000 });
  assert.equal(it.log.length, before);
  const swept = await runIntent(it.ports, policy, 'i', { until: it.now + 1_000, sweep: true });
  assert.equal(swept.sweepsDone, 1);
  const again = await lookAgain(it.ports, policy, 'i');
  assert.equal(again.sweepsDone, 1, 'a look in between is not a sweep');
});

test('a store that cannot be read stops the run, and nothing is lost', async () => {
  const it = desk();
  const broken: BookingPorts = {
    ...it.ports,
    store: { ...it.ports.store, load: async () => Promise.reject(new Error('down')) },
  };
  await assert.rejects(runIntent(broken, policy, 'i', { until: t0 + 1_000 }), /down/);
  assert.equal((await run(it)).phase, 'confirmed');
});
