import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Appointment, Parameters } from '@medplum/fhirtypes';
import { startTestGateway } from '#test/gateway.ts';
import {
  appointmentIn,
  book,
  bookParameters,
  cancelPatch,
  described,
  hold,
  holdParameters,
  offer,
  offers,
  patient,
  resourcesIn,
} from '#test/story.ts';

const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;
const { agent, simulator } = cedar;

/** The one appointment that the EMR has got since, as its ledger tells it. */
async function written<T>(work: () => Promise<T>): Promise<{ result: T; entries: unknown[] }> {
  const before = (await simulator.booked()).map(({ id }) => id);
  const result = await work();
  const entries = (await simulator.booked()).filter(({ id }) => !before.includes(id));
  return { result, entries: entries.map(({ start, status }) => [Date.parse(start), status]) };
}

const proposal = (time: Appointment & { id: string }, who: string): Appointment => ({
  resourceType: 'Appointment',
  id: time.id,
  status: 'proposed',
  participant: [{ actor: { reference: `Patient/${who}` }, status: 'needs-action' }],
});

describe('Appointment/$find', () => {
  it('proposes appointments in the spelling of IHE and of Argonaut, by GET and by POST', async () => {
    const [first] = await offers(agent);
    const date = first?.start?.slice(0, 10) ?? '';
    const [who] = first?.participant.flatMap(({ actor }) =>
      actor?.reference?.startsWith('Practitioner/') ? [actor.reference] : [],
    ) ?? ['?'];
    const ask = (parameter: Parameters['parameter']) =>
      agent.fhir('POST', '/Appointment/$find', { body: { resourceType: 'Parameters', parameter } });
    const window = [
      { name: 'start', valueDateTime: date },
      { name: 'end', valueDateTime: date },
    ];
    const answers = [
      await agent.fhir('GET', `/Appointment/$find?start=${date}&end=${date}&practitioner=${who}&_count=5`),
      await ask([
        ...window,
        { name: 'practitioner', valueReference: { reference: who ?? '' } },
        { name: '_count', valueInteger: 5 },
      ]),
      await ask([
        ...window,
        { name: 'practitioner', valueUri: `${gateway.base}/${who}` },
        { name: 'service-type-reference', valueReference: { reference: 'HealthcareService/check-up-30' } },
        { name: '_count', valueInteger: 5 },
      ]),
      await ask([
        ...window,
        { name: 'practitioner', valueString: who ?? '' },
        { name: 'visit-type', valueCodeableConcept: { coding: [{ code: 'check-up-30' }] } },
        { name: '_count', valueInteger: 5 },
      ]),
    ];
    const found = answers.map(({ body }) => resourcesIn(body).map(({ id }) => id));
    assert.equal(found[0]?.length, 5);
    for (const other of found) assert.deepEqual(other, found[0]);
    for (const one of resourcesIn(answers[0]?.body)) {
      assert.equal(one.status, 'proposed');
      assert.ok(one.participant.some(({ actor }) => actor?.reference === who));
      assert.equal(one.slot?.[0]?.reference, `Slot/${one.id}`);
      assert.equal(one.requestedPeriod?.[0]?.start?.slice(0, 10), date);
    }
  });

  it('says that nothing is open where nothing is', async () => {
    const { status, body } = await agent.fhir('GET', '/Appointment/$find?start=2027-03-14&end=2027-03-14');
    assert.deepEqual([status, body.total, body.entry], [200, 0, undefined]); // a Sunday
  });

  it('offers an opening that can be read as Slot and as proposed Appointment of the same id', async () => {
    const time = await offer(agent);
    const [slot, proposed] = [
      await agent.fhir('GET', `/Slot/${time.id}`),
      await agent.fhir('GET', `/Appointment/${time.id}`),
    ];
    assert.deepEqual([slot.body.start, proposed.body.start], [time.start, time.start]);
    assert.deepEqual([slot.body.status, proposed.body.status], ['free', 'proposed']);
  });
});

describe('Appointment/$hold', () => {
  const spellings: [string, (id: string) => unknown][] = [
    ['IHE appointment-reference', holdParameters],
    [
      'Argonaut appt-id',
      (id) => ({
        resourceType: 'Parameters',
        parameter: [{ name: 'appt-id', valueUri: `Appointment/${id}` }],
      }),
    ],
    [
      'Argonaut appt-resource',
      (id) => ({
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'appt-resource',
            resource: {
              resourceType: 'Appointment',
              status: 'proposed',
              slot: [{ reference: `Slot/${id}` }],
              participant: [{ status: 'needs-action' }],
            },
          },
        ],
      }),
    ],
    [
      'an Appointment by itself',
      (id) => ({
        resourceType: 'Appointment',
        id,
        status: 'proposed',
        participant: [{ status: 'needs-action' }],
      }),
    ],
  ];
  for (const [name, parameters] of spellings)
    it(`keeps the time: ${name}`, async () => {
      const time = await offer(agent);
      const { result, entries } = await written(() =>
        agent.fhir('POST', '/Appointment/$hold', { body: parameters(time.id) }),
      );
      const held = appointmentIn(result);
      assert.deepEqual(
        [held.status, held.start, held.slot?.[0]?.reference],
        ['pending', time.start, `Slot/${time.id}`],
      );
      const values = held.extension?.map(({ valueInstant, valueCode }) => valueInstant ?? valueCode) ?? [];
      const expires = Date.parse(values[0] ?? '');
      assert.ok(expires > gateway.now() + 200_000 && expires <= gateway.now() + 300_000);
      assert.equal(values[1], 'gateway');
      assert.equal(Date.parse(result.headers.get('expires') ?? ''), expires);
      assert.deepEqual(entries, [], 'nothing is written into the EMR');
      assert.equal((await agent.fhir('GET', `/Appointment/${held.id}`)).body.status, 'pending');
    });

  it('gives the same agent the same hold again, and another agent a refusal with other times', async () => {
    const time = await offer(agent);
    const first = appointmentIn(await hold(agent, time.id));
    assert.equal(appointmentIn(await hold(agent, time.id)).id, first.id);

    const rival = await cedar.addAgent();
    const refused = await hold(rival, time.id);
    assert.deepEqual([refused.status, refused.code], [409, 'slot-taken']);
    assert.equal((await rival.fhir('GET', `/Appointment/${first.id}`)).status, 404, 'a hold is its holder’s');
    const booked = await book(rival, time.id, await patient(cedar, 1));
    assert.deepEqual([booked.status, booked.code], [409, 'slot-taken']);
    const [alternative] = booked.body.issue
      .slice(1)
      .map((issue: { extension: { valueReference: { reference: string } }[] }) => issue.extension[0]);
    assert.ok(alternative, 'A refusal offers another time.');
    const other = await rival.fhir('GET', `/${alternative.valueReference.reference}`);
    assert.equal(other.body.status, 'free');
    assert.notEqual(other.body.id, time.id);
  });

  it('gives the time back when it is released, by PATCH or by $book with the status cancelled', async () => {
    for (const release of [
      (id: string) => agent.fhir('PATCH', `/Appointment/${id}`, { body: cancelPatch }),
      (id: string) =>
        agent.fhir('POST', '/Appointment/$book', {
          body: {
            resourceType: 'Appointment',
            id,
            status: 'cancelled',
            participant: [{ status: 'declined' }],
          },
        }),
    ]) {
      const time = await offer(agent);
      const held = appointmentIn(await hold(agent, time.id));
      assert.equal((await release(held.id)).status, 200);
      assert.equal((await agent.fhir('GET', `/Slot/${time.id}`)).body.status, 'free');
      assert.equal((await agent.fhir('GET', `/Appointment/${held.id}`)).status, 404);
    }
  });

  it('expires, and then the time is anybody’s', async () => {
    const time = await offer(agent);
    const held = appointmentIn(await hold(agent, time.id));
    gateway.advance(301_000);
    assert.equal((await agent.fhir('GET', `/Slot/${time.id}`)).body.status, 'free');
    const late = await book(agent, held.id, await patient(cedar, 0));
    assert.deepEqual([late.status, late.code], [409, 'hold-expired']);
    const rival = await cedar.addAgent();
    assert.equal((await hold(rival, time.id)).status, 200);
  });

  it('refuses a time that staff have taken in the meantime', async () => {
    const time = await offer(agent);
    await takeByStaff(time);
    const refused = await hold(agent, time.id);
    assert.deepEqual([refused.status, refused.code], [409, 'slot-taken']);
    gateway.advance(untilSeen);
    assert.ok((await offers(agent)).every(({ id }) => id !== time.id));
  });
});

/** The front desk books chair and practitioner of this offer for somebody else. */
async function takeByStaff(time: Appointment & { id: string }): Promise<void> {
  const key = await gateway.database.asOwner('select practitioner, location from opening where id = $1', [
    time.id,
  ]);
  const [{ practitioner, location }] = key.rows;
  await simulator.staff({
    action: 'book',
    patientId: '3003',
    practitionerId: practitioner,
    locationId: location,
    start: time.start,
    minutes: 30,
  });
}

/** Longer than an answer of the EMR is kept, so that the next search sees what staff did. */
const untilSeen = 16_000;

describe('Appointment/$book', () => {
  const spellings: [string, (time: Appointment & { id: string }, who: string) => unknown][] = [
    ['IHE, patient-resource with our id', (time, who) => bookParameters(time.id, who)],
    [
      'Argonaut, appt-id and patient-id',
      (time, who) => ({
        resourceType: 'Parameters',
        parameter: [
          { name: 'appt-id', valueUri: time.id },
          { name: 'patient-id', valueUri: `Patient/${who}` },
        ],
      }),
    ],
    [
      'Argonaut, appt-resource with the patient inside',
      (time, who) => ({
        resourceType: 'Parameters',
        parameter: [{ name: 'appt-resource', resource: proposal(time, who) }],
      }),
    ],
    [
      'IHE, appointment-resource as it was proposed',
      (time, who) => ({
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'appointment-resource',
            resource: {
              ...time,
              participant: [
                ...time.participant,
                { actor: { reference: `Patient/${who}` }, status: 'accepted' },
              ],
            },
          },
          { name: 'comment', valueString: 'prefers the window seat' },
        ],
      }),
    ],
    ['an Appointment by itself', proposal],
    [
      'IHE, patient-resource that describes',
      (time) => ({
        resourceType: 'Parameters',
        parameter: [
          { name: 'appointment-reference', valueReference: { reference: `Appointment/${time.id}` } },
          { name: 'patient-resource', resource: described(cedar.patients[0] ?? assert.fail()) },
        ],
      }),
    ],
  ];
  for (const [name, request] of spellings)
    it(`books what it then reads back: ${name}`, async () => {
      const [time, who] = [await offer(agent), await patient(cedar, 0)];
      const { result, entries } = await written(() =>
        agent.fhir('POST', '/Appointment/$book', { body: request(time, who) }),
      );
      const visit = appointmentIn(result);
      assert.deepEqual([visit.status, visit.start, visit.end], ['booked', time.start, time.end]);
      assert.ok(visit.participant.some(({ actor }) => actor?.reference === `Patient/${who}`));
      for (const { actor } of time.participant)
        assert.ok(visit.participant.some((one) => one.actor?.reference === actor?.reference));
      assert.equal(result.headers.get('etag'), `W/"${visit.meta?.versionId}"`);
      assert.deepEqual(entries, [[Date.parse(time.start ?? ''), 'booked']]);
      const read = await agent.fhir('GET', `/Appointment/${visit.id}`);
      assert.deepEqual(
        [read.status, read.body.start, read.body.meta.versionId],
        [200, time.start, visit.meta?.versionId],
      );
    });

  it('books a held time by the id of the hold, and by that of its opening', async () => {
    for (const idOf of [
      (held: Appointment & { id: string }) => held.id,
      (held: Appointment & { id: string }) => held.slot?.[0]?.reference?.split('/')[1] ?? '',
    ]) {
      const [time, who] = [await offer(agent), await patient(cedar, 1)];
      const held = appointmentIn(await hold(agent, time.id));
      const { result, entries } = await written(() => book(agent, idOf(held), who));
      assert.equal(appointmentIn(result).start, time.start);
      assert.equal(entries.length, 1);
    }
  });

  it('leaves no word of the caller in the EMR, only its marker', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    const body = proposal(time, who);
    await agent.fhir('POST', '/Appointment/$book', {
      body: { ...body, comment: 'CANARY', description: 'CANARY', patientInstruction: 'CANARY' },
    });
    const text = JSON.stringify(await simulator.ledger());
    assert.ok(!text.includes('CANARY'));
    assert.match((await simulator.booked()).at(-1)?.marker ?? '', /^GW:/);
  });

  it('refuses a time other than the one that was offered', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    const { result, entries } = await written(() =>
      agent.fhir('POST', '/Appointment/$book', {
        body: { ...proposal(time, who), start: '2027-03-01T10:00:00Z', end: '2027-03-01T10:30:00Z' },
      }),
    );
    assert.deepEqual([result.status, result.code, entries], [400, 'invalid-value', []]);
  });

  it('refuses with other times when staff were quicker', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 0)];
    await takeByStaff(time);
    const { result, entries } = await written(() => book(agent, time.id, who));
    assert.deepEqual([result.status, result.code, entries], [409, 'slot-taken', []]);
    assert.equal(result.body.issue[0].code, 'conflict');
    assert.ok(result.body.issue.length > 1);
    gateway.advance(untilSeen);
  });

  it('does not book for a patient of another practice', async () => {
    const time = await offer(agent);
    const theirs = await patient(saguaro, 0);
    const { result, entries } = await written(() => book(agent, time.id, theirs));
    assert.deepEqual([result.status, result.code, entries], [404, 'unknown-patient', []]);
  });
});

describe('POST Appointment', () => {
  it('books by the reference of a slot and says where the appointment is', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 2)];
    const { result, entries } = await written(() =>
      agent.fhir('POST', '/Appointment', {
        body: {
          resourceType: 'Appointment',
          status: 'booked',
          slot: [{ reference: `Slot/${time.id}` }],
          start: time.start,
          end: time.end,
          participant: [{ actor: { reference: `Patient/${who}` }, status: 'accepted' }],
        },
      }),
    );
    assert.equal(result.status, 201);
    assert.deepEqual([result.body.status, result.body.start], ['booked', time.start]);
    assert.equal(result.headers.get('location'), `${gateway.base}/Appointment/${result.body.id}`);
    assert.equal(result.headers.get('etag'), `W/"${result.body.meta.versionId}"`);
    assert.equal(entries.length, 1);
    const read = await agent.fhir('GET', result.headers.get('location') ?? '');
    assert.equal(read.body.id, result.body.id);
  });

  it('takes a contained patient who is described', async () => {
    const time = await offer(agent);
    const result = await agent.fhir('POST', '/Appointment', {
      body: {
        resourceType: 'Appointment',
        contained: [{ ...described(cedar.patients[2] ?? assert.fail()), id: 'p' }],
        status: 'booked',
        slot: [{ reference: `Slot/${time.id}` }],
        participant: [{ actor: { reference: '#p' }, status: 'accepted' }],
      },
    });
    assert.equal(result.status, 201);
    const who = await patient(cedar, 2);
    assert.ok(JSON.stringify(result.body.participant).includes(`Patient/${who}`));
  });

  it('creates nothing without a slot, without a patient, or with another status', async () => {
    const [time, who] = [await offer(agent), await patient(cedar, 2)];
    const whole: Appointment = {
      resourceType: 'Appointment',
      status: 'booked',
      slot: [{ reference: `Slot/${time.id}` }],
      participant: [{ actor: { reference: `Patient/${who}` }, status: 'accepted' }],
    };
    const rows: [Partial<Appointment>, number, string][] = [
      [{ slot: [] }, 400, 'missing-element'],
      [{ slot: [{ reference: 'Slot/a' }, { reference: 'Slot/b' }] }, 400, 'invalid-value'],
      [{ participant: [{ status: 'accepted', actor: { display: 'Ada' } }] }, 400, 'missing-element'],
      [{ status: 'cancelled' }, 400, 'missing-element'],
      [{ status: 'fulfilled' }, 422, 'forbidden-transition'],
    ];
    for (const [change, status, code] of rows) {
      const { result, entries } = await written(() =>
        agent.fhir('POST', '/Appointment', { body: { ...whole, ...change } }),
      );
      assert.deepEqual([result.status, result.code, entries], [status, code, []], JSON.stringify(change));
    }
  });
});
