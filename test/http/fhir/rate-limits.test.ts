import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestGateway } from '#test/gateway.ts';
import { described, hold, offer } from '#test/story.ts';

const gateway = await startTestGateway({
  budgets: {
    'write-agent': { points: 4, seconds: 60 },
    'match-agent': { points: 6, seconds: 60 },
    'match-patient': { points: 3, seconds: 60 },
  },
});
const { cedar } = gateway;

function assertThrottled({ status, code, headers, body }: Awaited<ReturnType<typeof hold>>): void {
  assert.deepEqual([status, code, body.issue[0].code], [429, 'throttled', 'throttled']);
  const wait = Number(headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 60);
}

describe('rate limits', () => {
  it('hold back an agent that fills the book, and no other agent', async () => {
    const [eager, other] = [await cedar.addAgent(), await cedar.addAgent()];
    const time = await offer(other);
    for (let n = 0; n < 4; n++) assert.equal((await hold(eager, time.id)).status, 200);
    assertThrottled(await hold(eager, time.id));
    const booked = await eager.fhir('POST', '/Appointment', {
      body: {
        resourceType: 'Appointment',
        status: 'booked',
        slot: [{ reference: `Slot/${time.id}` }],
        participant: [{ actor: { reference: 'Patient/p' }, status: 'accepted' }],
      },
    });
    assertThrottled(booked);
    assert.equal((await hold(other, time.id)).status, 409, 'told no, but told');
    assert.equal((await eager.fhir('GET', '/Slot?_count=1')).status, 200, 'reading is not writing');
  });

  it('hold back guessing of one person’s birth date, by all agents together', async () => {
    const person = described(cedar.patients[0] ?? assert.fail());
    const agents = await Promise.all([cedar.addAgent(), cedar.addAgent(), cedar.addAgent()]);
    const guess = (n: number) =>
      agents[n % 3]?.fhir('POST', '/Patient/$match', {
        body: { ...person, birthDate: `1990-11-0${n + 3}` },
      }) ?? assert.fail();
    for (let n = 0; n < 3; n++) assert.equal((await guess(n)).status, 200);
    assertThrottled(await guess(3));
    const [other] = agents;
    const else_ = await other?.fhir('POST', '/Patient/$match', {
      body: described(cedar.patients[2] ?? assert.fail()),
    });
    assert.equal(else_?.status, 200);
  });

  it('hold back an agent that walks through the patients, by $match, by $book and by create', async () => {
    const walker = await cedar.addAgent();
    const somebody = (n: number) => ({
      resourceType: 'Patient' as const,
      name: [{ family: 'Walked', given: [`Nobody${'abcdefgh'[n]}`] }],
      birthDate: '1980-01-01',
    });
    const time = await offer(cedar.agent);
    for (let n = 0; n < 5; n++)
      assert.equal((await walker.fhir('POST', '/Patient/$match', { body: somebody(n) })).status, 200);
    const described_ = await walker.fhir('POST', '/Appointment/$book', {
      body: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'appointment-reference', valueReference: { reference: `Appointment/${time.id}` } },
          { name: 'patient-resource', resource: somebody(6) },
        ],
      },
    });
    assert.deepEqual([described_.status, described_.code], [404, 'unknown-patient']);
    assertThrottled(await walker.fhir('POST', '/Patient/$match', { body: somebody(7) }));
    assertThrottled(await walker.fhir('POST', '/Patient', { body: somebody(7) }));
  });

  it('count guesses at one person in $book as in $match', async () => {
    const person = described(cedar.patients[1] ?? assert.fail());
    const time = await offer(cedar.agent);
    const guesser = await cedar.addAgent();
    const guess = (n: number) =>
      guesser.fhir('POST', '/Appointment/$book', {
        body: {
          resourceType: 'Parameters',
          parameter: [
            { name: 'appointment-reference', valueReference: { reference: `Appointment/${time.id}` } },
            { name: 'patient-resource', resource: { ...person, birthDate: `1970-01-0${n + 1}` } },
          ],
        },
      });
    for (let n = 0; n < 3; n++) assert.equal((await guess(n)).code, 'unknown-patient');
    assertThrottled(await guess(3));
  });
});
