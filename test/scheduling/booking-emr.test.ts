import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VendorAppointment } from '#adapter-kit/adapter.ts';
import { WireFailure } from '#adapter-kit/wire-failure.ts';
import { newIntent } from '#domain/booking-intent.ts';
import { Failure } from '#domain/failure.ts';
import { createEmrPort } from '#scheduling/booking-emr.ts';
import type { BookingFacts } from '#scheduling/booking-facts.ts';
import type { EmrPort } from '#scheduling/booking-ports.ts';
import type { Emr } from '#scheduling/emr-access.ts';
import type { OfferedOpening } from '#store/openings.ts';
import { TokenUnavailable } from '#vault/token-unavailable.ts';
import { memory } from '../../adapters/memory/index.ts';

const now = Date.parse('2031-03-03T15:00:00Z');
const opening: OfferedOpening = {
  id: 'offer',
  connectionId: 'connection',
  visitType: 'check-up',
  vendorKey: 'room:1|staff:2',
  start: '2031-03-04T09:00:00-07:00',
  end: '2031-03-04T09:30:00-07:00',
  minutes: 30,
  practitioner: '2',
  location: '1',
  claims: ['room:1', 'staff:2'],
  scheduleId: 'schedule',
  seenAt: '2031-03-03T15:00:00Z',
};

const intent = newIntent({ id: 'intent', kind: 'book', createdAt: now, stamp: 'stamp' });
const facts = { request: { opening }, patient: '7' } as BookingFacts; // a booking has no more

/** An EMR that does as it is told, and what it was asked for. */
function portOf(
  answers: Readonly<Record<string, () => unknown>>,
  held = false,
): { port: EmrPort; asked: string[] } {
  const asked: string[] = [];
  const run = async (operation: string): Promise<unknown> => {
    asked.push(operation);
    return answers[operation]?.();
  };
  const emr = { adapter: memory, capabilities: memory.capabilities, run } as unknown as Emr;
  const port = createEmrPort({
    open: () => emr,
    facts: async () => facts,
    clock: { now: () => now, sleep: async (ms) => void asked.push(`sleep ${ms}`) },
    freeHeld: async () => {
      asked.push('freeHeld');
      return held;
    },
    readAfterWriteMs: 2_000,
    seen: () => {},
  });
  return { port, asked };
}

function row(status: VendorAppointment['resource']['status']): VendorAppointment {
  const actors = ['Patient/7', 'Practitioner/2', 'Location/1'];
  const participant = actors.map((reference) => ({ actor: { reference }, status: 'accepted' as const }));
  const { start, end } = opening;
  return {
    resource: { resourceType: 'Appointment', id: '11', status, start, end, participant },
    version: '1',
    markers: ['GW:AAAAAAAAAA.1'],
    claims: [],
  };
}

test('a time that we had the EMR keep is given back before it is looked at', async () => {
  const { port, asked } = portOf({ verify: () => 'free' });
  assert.deepEqual(await port.precheck(intent), { is: 'free' });
  assert.deepEqual(asked, ['freeHeld', 'verify']);
});

test('a time that still reads as kept after we gave it back is looked at again when reads do not lag any more', async () => {
  const readings = ['gone', 'free'];
  const { port, asked } = portOf({ verify: () => readings.shift() }, true);
  assert.deepEqual(await port.precheck(intent), { is: 'free' });
  assert.deepEqual(asked, ['freeHeld', 'verify', 'sleep 2000', 'verify']);

  const gone = portOf({ verify: () => 'gone' }, true);
  assert.deepEqual(await gone.port.precheck(intent), { is: 'taken' }, 'Then it is believed.');
  const others = portOf({ verify: () => 'gone' });
  assert.deepEqual(await others.port.precheck(intent), { is: 'taken' });
  assert.deepEqual(others.asked, ['freeHeld', 'verify'], 'What nobody kept for us is believed at once.');
});

for (const [reason, expected] of [
  ['needs-reconsent', { is: 'needs-reconsent' }],
  ['no-grant', { is: 'needs-reconsent' }],
  ['busy', undefined],
  ['refused', undefined],
] as const)
  test(`where there is no access token (${reason}), a booking ${expected ? 'is left to people' : 'waits'}`, async () => {
    const wire = new WireFailure('not-sent', 'hours', {
      reason: 'authorize',
      cause: new TokenUnavailable(reason),
    });
    const { port } = portOf({
      verify: () => {
        throw new Failure('connection-off', { cause: wire });
      },
    });
    const precheck = port.precheck(intent);
    if (expected) assert.deepEqual(await precheck, expected);
    else await assert.rejects(precheck, { code: 'connection-off' });
  });

test('a booking begins with what its end may cost, is finished before others begin, and its later sweeps wait', async () => {
  const priorities: string[] = [];
  const capabilities = { ...memory.capabilities, quota: { window: 'hour', calls: 500 } };
  const emr = { adapter: memory, capabilities, run: async () => [] } as unknown as Emr;
  const port = createEmrPort({
    open: (priority) => {
      priorities.push(priority);
      return emr;
    },
    facts: async () => facts,
    clock: { now: () => now, sleep: async () => {} },
    freeHeld: async () => false,
    readAfterWriteMs: 2_000,
    seen: () => {},
  });
  const opened = async (work: Promise<unknown>) => {
    await work.catch(() => {});
    return priorities.splice(0).at(-1);
  };
  const settled = { ...intent, settledAt: now - 1, nextActionAt: now };
  assert.equal(await opened(port.precheck(intent)), 'begin');
  assert.equal(await opened(port.send(intent, 'GW:AAAAAAAAAA.1', now + 5_000)), 'reconcile');
  assert.equal(await opened(port.readBack(intent, '11')), 'reconcile');
  assert.equal(await opened(port.search(intent)), 'reconcile');
  assert.equal(await opened(port.search(settled)), 'reconcile');
  assert.equal(await opened(port.search({ ...settled, sweepsDone: 1 })), 'background');
});

for (const quota of [{ window: 'hour', calls: 500 } as const, undefined])
  test(`what is not sent for want of budget ${quota ? 'waits for it' : 'is as an EMR that is away, where nothing is counted'}`, async () => {
    const wire = new WireFailure('not-sent', 'makeVisit', { reason: 'no-budget' });
    const fails = (error: Error) => async () => {
      throw error;
    };
    const portThat = (run: () => Promise<never>) =>
      createEmrPort({
        open: () =>
          ({ adapter: memory, capabilities: { ...memory.capabilities, quota }, run }) as unknown as Emr,
        facts: async () => facts,
        clock: { now: () => now, sleep: async () => {} },
        freeHeld: async () => false,
        readAfterWriteMs: 2_000,
        seen: () => {},
      });
    const precheck = portThat(fails(new Failure('emr-throttled', { cause: wire }))).precheck(intent);
    if (quota) assert.deepEqual(await precheck, { is: 'no-budget' });
    else await assert.rejects(precheck, { code: 'emr-throttled' });
    assert.deepEqual(await portThat(fails(wire)).send(intent, 'GW:AAAAAAAAAA.1', now + 5_000), {
      is: 'not-done',
      reason: quota ? 'no-budget' : 'not-sent',
    });
  });

for (const [verified, reason] of [
  ['gone', 'taken'],
  ['free', 'rule'],
] as const)
  test(`a time that the EMR calls taken and shows as ${verified} is refused as ${reason}`, async () => {
    const { port, asked } = portOf({
      book: () => {
        throw new WireFailure('answered', 'makeVisit', { reason: 'status', status: 409 });
      },
      verify: () => verified,
    });
    assert.deepEqual(await port.send(intent, 'GW:AAAAAAAAAA.1', now + 5_000), { is: 'refused', reason });
    assert.deepEqual(asked, ['book', 'verify']);
  });

test('an EMR that cannot be asked again is believed', async () => {
  const { port } = portOf({
    book: () => {
      throw new WireFailure('answered', 'makeVisit', { reason: 'status', status: 409 });
    },
    verify: () => {
      throw new Failure('emr-away');
    },
  });
  assert.deepEqual(await port.send(intent, 'GW:AAAAAAAAAA.1', now + 5_000), {
    is: 'refused',
    reason: 'taken',
  });
});

for (const [status, state] of [
  ['booked', 'equal'],
  ['arrived', 'equal'],
  ['pending', 'different'],
  ['proposed', 'different'],
  ['waitlist', 'different'],
  ['cancelled', 'different'],
] as const)
  test(`what reads ${status} is ${state === 'equal' ? '' : 'not '}the visit that was asked for`, async () => {
    const { port } = portOf({ read: () => row(status), appointmentsOf: () => [row(status)] });
    assert.equal(await port.readBack(intent, '11'), state);
    const [found] = await port.search(intent);
    assert.ok(typeof found === 'object');
    assert.deepEqual([found.equal, found.live], [state === 'equal', status !== 'cancelled']);
  });

/** A visit that stood before its EMR made another record of it, and that other record, at the wanted time. */
const left: VendorAppointment = { ...row('cancelled'), replacedBy: '12' };
const standing: VendorAppointment = { ...row('booked'), resource: { ...row('booked').resource, id: '12' } };
const changed = (kind: 'move' | 'cancel') =>
  newIntent({ id: 'intent', kind, createdAt: now, stamp: 'stamp' });

/** The EMR's records by id. */
function bookOf(records: Readonly<Record<string, VendorAppointment>>) {
  const asked: string[] = [];
  const run = async (operation: string, id: string): Promise<unknown> => {
    asked.push(`${operation} ${id}`);
    if (operation === 'move') return { id: '12' };
    return operation === 'read' ? records[id] : 'free';
  };
  const emr = { adapter: memory, capabilities: memory.capabilities, run } as unknown as Emr;
  const port = createEmrPort({
    open: () => emr,
    facts: async () => ({ ...facts, target: '11' }),
    clock: { now: () => now, sleep: async () => {} },
    freeHeld: async () => false,
    readAfterWriteMs: 2_000,
    seen: () => {},
  });
  return { port, asked };
}

test('a move that makes another record is what that record says, and never sent again', async () => {
  const { port, asked } = bookOf({ 11: left, 12: standing });
  assert.deepEqual(await port.precheck(changed('move')), { is: 'already', id: '12' });
  assert.equal(await port.readBack(changed('move'), '12'), 'equal');
  const [found] = await port.search(changed('move'));
  assert.ok(typeof found === 'object');
  assert.deepEqual([found.id, found.equal, found.live], ['12', true, true]);
  assert.ok(asked.every((one) => one.startsWith('read ')));
});

test('a move gives the id of the record that it made', async () => {
  const { port } = bookOf({ 11: row('booked') });
  assert.deepEqual(await port.send(changed('move'), 'GW:AAAAAAAAAA.1', now + 5_000), {
    is: 'accepted',
    id: '12',
  });
});

test('a visit that somebody moved to another record and another time is not moved from its old one', async () => {
  const elsewhere = {
    ...standing.resource,
    start: '2031-03-05T09:00:00-07:00',
    end: '2031-03-05T09:30:00-07:00',
  };
  const { port } = bookOf({ 11: left, 12: { ...standing, resource: elsewhere } });
  assert.deepEqual(await port.precheck(changed('move')), { is: 'forbidden' });
});

test('a record whose visit stands on another one by now is not taken for cancelled', async () => {
  const { port } = bookOf({ 11: left, 12: standing });
  assert.deepEqual(await port.precheck(changed('cancel')), { is: 'forbidden' });
  assert.equal(await port.readBack(changed('cancel'), '11'), 'different');
  const { port: other } = bookOf({ 11: row('cancelled') });
  assert.deepEqual(await other.precheck(changed('cancel')), { is: 'already', id: '11' });
  assert.equal(await other.readBack(changed('cancel'), '11'), 'equal');
});

test('a record that stands in the place of another is told as such, however many moves it took', async () => {
  const named = (id: string, replacedBy?: string): VendorAppointment => {
    const was = row(replacedBy === undefined ? 'booked' : 'cancelled');
    return { ...was, resource: { ...was.resource, id }, ...(replacedBy !== undefined && { replacedBy }) };
  };
  // The one in the middle lies beyond what is listed.
  const listed = [named('11', '12'), named('13'), named('14')];
  const { port, asked } = portOf({ appointmentsOf: () => listed, read: () => named('12', '13') });
  const found = await port.search(intent);
  assert.ok(typeof found === 'object');
  assert.deepEqual(
    found.map(({ id, successor = false }) => [id, successor]),
    [
      ['11', false],
      ['13', true],
      ['14', false],
    ],
  );
  assert.deepEqual(asked, ['appointmentsOf', 'read']);
});

test('records that name each other in a circle are read a few times and no more', async () => {
  const { port, asked } = bookOf({ 11: left, 12: { ...left, replacedBy: '11' } });
  assert.deepEqual(await port.precheck(changed('move')), { is: 'forbidden' });
  assert.equal(asked.length, 6);
});
