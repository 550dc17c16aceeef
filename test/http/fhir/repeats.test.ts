import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestGateway } from '#test/gateway.ts';
import {
  appointmentIn,
  book,
  booked,
  bookParameters,
  cancelPatch,
  hold,
  moveTo,
  offer,
  patient,
} from '#test/story.ts';

// A quiet period of two seconds, so that a lost answer is settled within a test.
const gateway = await startTestGateway({
  protocol: {
    quietMs: 2_000,
    leaseMs: 1_500,
    maxSendMs: 600,
    readAfterWriteMs: 200,
    searchDelaysMs: [100, 200, 400],
  },
});
const { cedar } = gateway;
const { agent, simulator } = cedar;

const key = (name: string) => ({ headers: { 'idempotency-key': name } });
const entriesAt = async (start: string | undefined) =>
  (await simulator.booked()).filter((one) => Date.parse(one.start) === Date.parse(start ?? ''));

/** Asks until it is settled, as `Retry-After` allows. */
async function settled(location: string | null) {
  assert.ok(location);
  for (let tries = 0; tries < 60; tries++) {
    const asked = await agent.fhir('GET', location);
    if (asked.status !== 202) return asked;
    assert.equal(asked.headers.get('content-location'), location);
    assert.ok(Number(asked.headers.get('retry-after')) > 0);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return assert.fail('It was not settled within 15 seconds.');
}

describe('Idempotency-Key', () => {
  it('gives the same answer to the same request, also to many at once', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => book(agent, time.id, who, key('many'))),
    );
    answers.push(await book(agent, time.id, who, { headers: { 'idempotency-key': '"many"' } }));
    const [first] = answers;
    assert.equal(first?.status, 200, JSON.stringify(first?.body));
    for (const { status, body } of answers) assert.deepEqual([status, body], [200, first?.body]);
    assert.equal((await entriesAt(time.start)).length, 1);
  });

  it('is refused under another body, and nothing is written', async () => {
    const [time, other, who] = [await offer(agent), await offer(agent), await patient(cedar, 0)];
    await book(agent, time.id, who, key('once'));
    const before = await gateway.state();
    for (const answer of [
      await book(agent, other.id, who, key('once')),
      await book(agent, time.id, await patient(cedar, 1), key('once')),
      await agent.fhir('POST', '/Patient', {
        body: { resourceType: 'Patient', name: [{ family: 'A', given: ['B'] }], birthDate: '2000-01-01' },
        ...key('once'),
      }),
    ])
      assert.deepEqual([answer.status, answer.code], [422, 'key-reused']);
    const after = await gateway.state();
    assert.deepEqual(after.ledgers, before.ledgers);
    assert.deepEqual(after.rows.booking_intent, before.rows.booking_intent);
  });

  it('belongs to its agent', async () => {
    const [time, other, who] = [await offer(agent), await offer(agent), await patient(cedar, 0)];
    const second = await cedar.addAgent();
    await book(agent, time.id, who, key('mine'));
    const theirs = await book(second, other.id, who, key('mine'));
    assert.equal(appointmentIn(theirs).start, other.start);
  });

  it('repeats a refusal as a refusal', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    const rival = await cedar.addAgent();
    const held = appointmentIn(await hold(rival, time.id));
    const first = await book(agent, time.id, who, key('lost'));
    assert.deepEqual([first.status, first.code], [409, 'slot-taken']);
    await rival.fhir('PATCH', `/Appointment/${held.id}`, { body: cancelPatch });
    const again = await book(agent, time.id, who, key('lost'));
    assert.deepEqual([again.status, again.code], [409, 'slot-taken'], 'the key stands for its first answer');
    const anew = await book(agent, time.id, who, key('anew'));
    assert.equal(anew.status, 200);
  });

  it('guards moves and cancellations too', async () => {
    const visit = await booked(cedar, 0);
    const time = await offer(agent);
    const move = () =>
      agent.fhir('POST', '/Appointment/$book', { body: moveTo(visit, time.id), ...key('move') });
    const [first, again] = [await move(), await move()];
    assert.deepEqual(again.body, first.body);
    const moved = appointmentIn(first);
    const cancel = () =>
      agent.fhir('PATCH', `/Appointment/${visit.id}`, {
        body: cancelPatch,
        headers: { 'if-match': `W/"${moved.meta?.versionId}"`, 'idempotency-key': 'cancel' },
      });
    const [one, two] = [await cancel(), await cancel()];
    assert.deepEqual([one.status, one.body.status], [200, 'cancelled']);
    assert.deepEqual([two.status, two.body], [200, one.body]);
    const [entry] = await entriesAt(time.start);
    assert.deepEqual(
      entry?.writes.map(({ action }) => action),
      ['book', 'move', 'cancel'],
    );
  });

  it('has to be printable and of some length', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    for (const bad of ['', 'x'.repeat(256), 'a,b', '"half']) {
      const { status, code } = await book(agent, time.id, who, key(bad));
      assert.deepEqual([status, code], [400, 'invalid-value'], bad.slice(0, 10));
    }
  });
});

describe('without a key', () => {
  it('the same patient, time and visit type get the appointment that is there', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 1)];
    const first = await book(agent, time.id, who);
    const again = await book(agent, time.id, who);
    const other = await book(await cedar.addAgent(), time.id, who, key('whatever'));
    for (const answer of [again, other]) assert.equal(appointmentIn(answer).id, appointmentIn(first).id);
    assert.equal((await entriesAt(time.start)).length, 1);
  });

  it('a time that was cancelled can be booked again', async () => {
    const visit = await booked(cedar, 1);
    await agent.fhir('PATCH', `/Appointment/${visit.id}`, {
      body: cancelPatch,
      headers: { 'if-match': `W/"${visit.meta?.versionId}"` },
    });
    const again = appointmentIn(
      await book(agent, visit.slot?.[0]?.reference?.split('/')[1] ?? '', await patient(cedar, 1)),
    );
    assert.notEqual(again.id, visit.id);
    assert.deepEqual(
      (await entriesAt(visit.start)).map(({ status }) => status),
      ['cancelled', 'booked'],
    );
  });

  it('a time that staff have cancelled can be booked again', async () => {
    const visit = await booked(cedar, 1);
    const [entry] = await entriesAt(visit.start);
    await simulator.staff({ action: 'cancel', id: entry?.id });
    gateway.advance(3_000); // longer than a read of the EMR may lag
    const again = await book(agent, visit.slot?.[0]?.reference?.split('/')[1] ?? '', await patient(cedar, 1));
    assert.equal(again.status, 200, JSON.stringify(again.body));
    assert.equal((await entriesAt(visit.start)).filter(({ status }) => status === 'booked').length, 1);
  });
});

describe('Prefer', () => {
  it('respond-async answers 202 at once, with the address that tells the end', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 2)];
    await simulator.fault({ name: 'slow', route: 'POST /appointments', delayMs: 300 });
    const accepted = await book(agent, time.id, who, { headers: { prefer: 'respond-async' } });
    assert.deepEqual([accepted.status, accepted.code], [202, 'pending']);
    const location = accepted.headers.get('content-location');
    assert.match(location ?? '', new RegExp(`^${gateway.base}/operations/[0-9a-f-]{36}$`));
    const { status, body } = await settled(location);
    assert.deepEqual([status, body.type, body.entry.length], [200, 'batch-response', 1]);
    const [{ resource, response }] = body.entry;
    assert.deepEqual([response.status, resource.status, resource.start], ['200', 'booked', time.start]);
    assert.equal(response.location, `${gateway.base}/Appointment/${resource.id}`);
    assert.equal(response.etag, `W/"${resource.meta.versionId}"`);
    const repeat = await book(agent, time.id, who);
    assert.equal(appointmentIn(repeat).id, resource.id);
  });

  it('wait=N bounds the waiting, and an EMR that is quick enough is waited for', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 2)];
    const quick = await book(agent, time.id, who, { headers: { prefer: 'respond-async, wait=9' } });
    assert.equal(quick.status, 200);
    const next = await offer(agent);
    await simulator.fault({ name: 'slow', route: 'POST /appointments', delayMs: 500 });
    const slow = await book(agent, next.id, who, { headers: { prefer: 'wait=0' } });
    assert.equal(slow.status, 202);
    assert.equal((await settled(slow.headers.get('content-location'))).body.entry[0].response.status, '200');
  });

  it('tells a refusal at the address too, with the status it would have had', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 2)];
    await hold(await cedar.addAgent(), time.id);
    const accepted = await book(agent, time.id, who, { headers: { prefer: 'respond-async' } });
    const { body } =
      accepted.status === 202 ? await settled(accepted.headers.get('content-location')) : assert.fail();
    assert.equal(body.entry[0].response.status, '409');
    assert.equal(body.entry[0].response.outcome.issue[0].details.coding[0].code, 'slot-taken');
    assert.equal(body.entry[0].resource, undefined);
  });

  it('tells of a new patient likewise', async () => {
    await simulator.fault({ name: 'slow', route: 'POST /patients', delayMs: 300 });
    const accepted = await agent.fhir('POST', '/Patient', {
      body: {
        resourceType: 'Patient',
        name: [{ family: 'Waits', given: ['Wanda'] }],
        birthDate: '2001-01-01',
      },
      headers: { prefer: 'respond-async' },
    });
    assert.equal(accepted.status, 202);
    const { body } = await settled(accepted.headers.get('content-location'));
    assert.deepEqual(
      [body.entry[0].response.status, body.entry[0].resource.resourceType],
      ['201', 'Patient'],
    );
  });
});

describe('operations/[id]', () => {
  it('tells the truth after an answer was lost: booked once, though nobody heard so', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    await simulator.fault({ name: 'response-lost', route: 'POST /appointments' });
    const answer = await book(agent, time.id, who, { headers: { prefer: 'wait=0' } });
    assert.equal(answer.status, 202);
    const { body } = await settled(answer.headers.get('content-location'));
    assert.deepEqual([body.entry[0].response.status, body.entry[0].resource.start], ['200', time.start]);
    assert.equal((await entriesAt(time.start)).length, 1);
  });

  it('is for the agent that asked, and for nobody else', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    const accepted = await book(agent, time.id, who, { headers: { prefer: 'respond-async' } });
    const location = accepted.headers.get('content-location') ?? '';
    const others = [await cedar.addAgent(), gateway.saguaro.agent];
    for (const other of others)
      for (const method of ['GET', 'DELETE']) {
        const { status, code } = await other.fhir(method, location);
        assert.deepEqual([status, code], [404, 'not-found']);
      }
    assert.equal((await settled(location)).status, 200);
    for (const id of ['1', 'not-an-id', '00000000-0000-7000-8000-000000000000'])
      assert.equal((await agent.fhir('GET', `/operations/${id}`)).status, 404);
  });

  it('is cancelled by DELETE while nothing was sent', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    // The pre-check cannot read the EMR for a while, so nothing is sent.
    await simulator.fault({ name: 'slow', route: 'GET /schedules', delayMs: 1_500 });
    const accepted = await book(agent, time.id, who, { headers: { prefer: 'respond-async' } });
    const location = accepted.headers.get('content-location') ?? '';
    const deleted = await agent.fhir('DELETE', location);
    assert.equal(deleted.status, 200, JSON.stringify(deleted.body));
    assert.equal(deleted.body.type, 'batch-response');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    assert.deepEqual(await entriesAt(time.start), []);
    const asked = await agent.fhir('GET', location);
    assert.deepEqual(asked.body, deleted.body);
  });

  it('leaves a confirmed booking alone: that is cancelled by its own id', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    const accepted = await book(agent, time.id, who, { headers: { prefer: 'respond-async' } });
    const location = accepted.headers.get('content-location') ?? '';
    await settled(location);
    const deleted = await agent.fhir('DELETE', location);
    assert.equal(deleted.body.entry[0].resource.status, 'booked');
    assert.equal((await entriesAt(time.start))[0]?.status, 'booked');
  });

  it('tells of a write that the EMR never answered, and never says "failed" of one that stands', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 1)];
    await simulator.fault({ name: 'error-after-commit', route: 'POST /appointments' });
    const answer = await agent.fhir('POST', '/Appointment/$book', { body: bookParameters(time.id, who) });
    const end =
      answer.status === 202 ? (await settled(answer.headers.get('content-location'))).body : answer.body;
    assert.ok(JSON.stringify(end).includes('"booked"'));
    assert.equal((await entriesAt(time.start)).length, 1);
  });
});
