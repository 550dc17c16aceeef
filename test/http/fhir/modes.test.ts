import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestGateway } from '#test/gateway.ts';
import {
  appointmentIn,
  book,
  booked,
  cancelPatch,
  described,
  hold,
  moveTo,
  offer,
  patient,
} from '#test/story.ts';

// An EMR that is away is given up on after a second instead of eight.
const gateway = await startTestGateway({ protocol: { precheckGiveUpMs: 1_000 } });
const { cedar, saguaro } = gateway;
const { agent, simulator } = cedar;

/** What an operator changes is seen by every process within a second. */
const second = 1_001;

async function during(change: Parameters<typeof cedar.change>[0], work: () => Promise<void>): Promise<void> {
  await cedar.change(change);
  gateway.advance(second);
  try {
    await work();
  } finally {
    await cedar.change({ bookingMode: 'live', disabledAt: null });
    gateway.advance(second);
  }
}

const queued = async () =>
  (await gateway.database.asOwner('select intent_id, reason_code from queue_entry order by entry_id')).rows;

describe('booking mode queue_only', () => {
  it('takes every write on for the office and writes nothing into the EMR', async () => {
    const visit = await booked(cedar, 0);
    const [time, other, who] = [await offer(agent), await offer(agent), await patient(cedar, 1)];
    await during({ bookingMode: 'queue_only' }, async () => {
      const before = await simulator.ledger();
      const answers = [
        await book(agent, time.id, who),
        await agent.fhir('POST', '/Appointment/$book', { body: moveTo(visit, other.id) }),
        await agent.fhir('PATCH', `/Appointment/${visit.id}`, {
          body: cancelPatch,
          headers: { 'if-match': `W/"${visit.meta?.versionId}"` },
        }),
      ];
      for (const { status, code, headers } of answers) {
        assert.deepEqual([status, code], [202, 'needs-human']);
        const location = headers.get('content-location') ?? '';
        const asked = await agent.fhir('GET', location);
        assert.equal(asked.status, 200);
        assert.equal(asked.body.entry[0].response.status, '202');
        const entry = (await queued()).find(({ intent_id }) => location.endsWith(intent_id));
        assert.equal(entry?.reason_code, 'queue-only');
      }
      assert.deepEqual(await simulator.ledger(), before);
      const again = await book(agent, time.id, who);
      assert.equal(again.headers.get('content-location'), answers[0]?.headers.get('content-location'));
    });
  });
});

describe('an EMR that cannot be written to', () => {
  const cases = [
    ['the practice let us read only', { can_write: false }, 'unsupported'],
    ['the practice has to consent anew', { state: 'needs_reconsent' }, 'needs-reconsent'],
  ] as const;
  const { asOwner } = gateway.database;
  const set = async (columns: Readonly<Record<string, unknown>>): Promise<void> => {
    for (const [name, value] of Object.entries(columns))
      await asOwner(`update connection set ${name} = $1 where practice_id = $2`, [value, cedar.id]);
    gateway.advance(second);
  };
  for (const [why, columns, reason] of cases)
    it(`leaves every write to the office where ${why}, and says so`, async () => {
      const visit = await booked(cedar, 0);
      const [time, other, who] = [await offer(agent), await offer(agent), await patient(cedar, 1)];
      const before = await simulator.ledger();
      await set(columns);
      try {
        const answers = [
          await book(agent, time.id, who),
          await agent.fhir('POST', '/Appointment/$book', { body: moveTo(visit, other.id) }),
          await agent.fhir('PATCH', `/Appointment/${visit.id}`, {
            body: cancelPatch,
            headers: { 'if-match': `W/"${visit.meta?.versionId}"` },
          }),
        ];
        for (const { status, code, headers } of answers) {
          assert.deepEqual([status, code], [202, 'needs-human']);
          const location = headers.get('content-location') ?? '';
          const entry = (await queued()).find(({ intent_id }) => location.endsWith(intent_id));
          assert.equal(entry?.reason_code, reason);
          assert.equal((await agent.fhir('GET', location)).body.entry[0].response.status, '202');
        }
        assert.deepEqual(await simulator.ledger(), before);
        const search = await agent.fhir('GET', '/Slot');
        assert.equal(search.status, reason === 'unsupported' ? 200 : 503);
      } finally {
        await set({ can_write: true, state: 'connected' });
      }
    });
});

describe('what the office has to see first', () => {
  it('is never left where a worker would send it: without its entry in the queue there is no intent', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 1)];
    const { asOwner } = gateway.database;
    await during({ bookingMode: 'queue_only' }, async () => {
      const before = (await gateway.state()).rows;
      await asOwner('revoke insert on queue_entry from postern_app');
      try {
        const { status, code } = await book(agent, time.id, who);
        assert.deepEqual([status, code], [500, 'internal']);
      } finally {
        await asOwner('grant insert on queue_entry to postern_app');
      }
      const { booking_intent, claim } = (await gateway.state()).rows;
      assert.deepEqual([booking_intent, claim], [before.booking_intent, before.claim]);
      assert.equal((await book(agent, time.id, who)).code, 'needs-human');
    });
  });
});

describe('a visit type that needs approval', () => {
  it('is asked for, and the office books it', async () => {
    const { body } = await agent.fhir('GET', '/Appointment/$find?service-type=cleaning-50&_count=1');
    const [{ resource: time }] = body.entry;
    await cedar.changeVisitType('cleaning-50', { mode: 'approval' });
    gateway.advance(second);
    const before = await simulator.ledger();
    const answer = await book(agent, time.id, await patient(cedar, 2));
    assert.deepEqual([answer.status, answer.code], [202, 'needs-human']);
    assert.equal((await queued()).at(-1)?.reason_code, 'approval');
    assert.deepEqual(await simulator.ledger(), before);
    assert.equal((await agent.fhir('GET', `/Slot/${time.id}`)).status, 200);
    await cedar.changeVisitType('cleaning-50', { mode: 'direct' });
    gateway.advance(second);
  });
});

describe('what is off', () => {
  it('is refused: a visit type', async () => {
    await cedar.changeVisitType('cleaning-50', { mode: 'off' });
    gateway.advance(second);
    const { status, code } = await agent.fhir('GET', '/Slot?service-type=cleaning-50');
    assert.deepEqual([status, code], [422, 'visit-type-off']);
    await cedar.changeVisitType('cleaning-50', { mode: 'direct' });
    gateway.advance(second);
  });

  it('is refused: all writes of a practice, while openings and appointments can be read', async () => {
    const visit = await booked(cedar, 0);
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    await during({ bookingMode: 'off' }, async () => {
      const before = await gateway.state();
      const refused = [
        await hold(agent, time.id),
        await book(agent, time.id, who),
        await agent.fhir('POST', '/Appointment/$book', { body: moveTo(visit, time.id) }),
        await agent.fhir('PATCH', `/Appointment/${visit.id}`, {
          body: cancelPatch,
          headers: { 'if-match': '*' },
        }),
        await agent.fhir('POST', '/Patient', { body: described(cedar.patients[1] ?? assert.fail()) }),
      ];
      for (const { status, code } of refused) assert.deepEqual([status, code], [422, 'booking-off']);
      assert.deepEqual(await gateway.state(), before);
      assert.equal((await agent.fhir('GET', '/Slot?_count=1')).status, 200);
      assert.equal((await agent.fhir('GET', `/Appointment?patient=${who}`)).status, 200);
    });
  });

  it('is refused within a second: an agent whose token is still good', async () => {
    const passing = await cedar.addAgent();
    assert.equal((await passing.fhir('GET', '/Slot?_count=1')).status, 200);
    await cedar.disable(passing);
    gateway.advance(second);
    const token = await passing.token();
    for (const [method, path] of [
      ['GET', '/Slot'],
      ['POST', '/Appointment/$book'],
      ['GET', '/metadata'],
    ] as const) {
      const { status, code, headers } = await passing.fhir(method, path, { token });
      assert.deepEqual([status, code], [401, 'agent-disabled'], path);
      assert.match(headers.get('www-authenticate') ?? '', /invalid_token/);
    }
    assert.equal((await agent.fhir('GET', '/Slot?_count=1')).status, 200);
  });

  it('is refused within a second: an agent whose time is over', async () => {
    const passing = await cedar.addAgent({ expiresAt: new Date(gateway.now() + 60_000) });
    const token = await passing.token();
    gateway.advance(61_000);
    const { status, code } = await passing.fhir('GET', '/Slot', { token });
    assert.deepEqual([status, code], [401, 'agent-disabled']);
  });

  it('is refused within a second: a whole practice, and no other', async () => {
    await during({ disabledAt: new Date() }, async () => {
      for (const path of ['/Slot', '/HealthcareService', '/metadata']) {
        const { status, code } = await agent.fhir('GET', path);
        assert.deepEqual([status, code], [403, 'practice-disabled'], path);
      }
      assert.equal((await saguaro.agent.fhir('GET', '/Slot?_count=1')).status, 200);
    });
    assert.equal((await agent.fhir('GET', '/Slot?_count=1')).status, 200);
  });

  it('is refused: a live practice without a recorded agreement', async () => {
    await during({ mode: 'live' }, async () => {
      const { status, code } = await agent.fhir('GET', '/Slot');
      assert.deepEqual([status, code], [403, 'baa-required']);
    });
    await cedar.change({ mode: 'sandbox' });
    gateway.advance(second);
  });
});

describe('an EMR that is away', () => {
  it('is told as such, books nothing, and is used again when it is back', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    const before = await simulator.ledger();
    await simulator.fault({ name: 'lost-connectivity-400', rate: 1, seed: 1 });
    gateway.advance(16_000);
    const found = await agent.fhir('GET', '/Slot?_count=1');
    assert.deepEqual([found.status, found.code], [503, 'emr-away']);
    assert.ok(Number(found.headers.get('retry-after')) > 0);
    const answer = await book(agent, time.id, who, { headers: { prefer: 'wait=10' } });
    assert.deepEqual([answer.status, answer.code], [503, 'emr-away']);
    assert.deepEqual(await simulator.ledger(), before);
    await simulator.liftFaults();
    gateway.advance(61_000);
    const again = await book(agent, time.id, who);
    assert.equal(appointmentIn(again).start, time.start);
  });
});

describe('an EMR that is away while a held time is booked', () => {
  it('costs the booking and not the time: the same request books it once the EMR is back', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 1)];
    const held = appointmentIn(await hold(agent, time.id));
    await simulator.fault({ name: 'lost-connectivity-400', effect: 'read', rate: 1, seed: 1 });
    const refused = await book(agent, held.id, who);
    await simulator.liftFaults();
    assert.deepEqual([refused.status, refused.code], [503, 'emr-away']);
    const visit = appointmentIn(await book(agent, held.id, who));
    assert.deepEqual([visit.status, visit.start], ['booked', time.start]);
    assert.equal(appointmentIn(await book(agent, held.id, who)).id, visit.id);
  });
});

// Last, because the authorization server dates its tokens by the machine's clock: no later token would be good.
describe('a token', () => {
  it('is refused when its ten minutes are over', async () => {
    const token = await agent.token();
    gateway.advance(601_000);
    const { status, code } = await agent.fhir('GET', '/Slot', { token });
    assert.deepEqual([status, code], [401, 'invalid-token']);
  });
});
