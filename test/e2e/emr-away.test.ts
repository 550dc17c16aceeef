import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { startTestGateway } from '#test/gateway.ts';

/** What is confirmed stays confirmed in every answer, also while the EMR cannot be read or shows an older state. */
// Long enough for a slow machine to get from a booking to its cancellation.
const { cedar } = await startTestGateway({ protocol: { readAfterWriteMs: 3_000 } });
const { agent, simulator } = cedar;
const [known] = cedar.patients;
assert.ok(known);
const matched = await agent.fhir('POST', '/Patient/$match', {
  body: {
    resourceType: 'Patient',
    name: [{ family: known.family, given: [known.given] }],
    birthDate: known.birthDate,
  },
});
const patient: string = matched.body.entry[0].resource.id;
const found = await agent.fhir('GET', '/Appointment/$find?_count=20');
const offers: { id: string; start: string }[] = found.body.entry.map(
  ({ resource }: { resource: { id: string; start: string } }) => resource,
);

async function book(offer: { id: string } | undefined, headers: Readonly<Record<string, string>> = {}) {
  const parameter = [
    { name: 'appointment-reference', valueReference: { reference: `Appointment/${offer?.id}` } },
    { name: 'patient-id', valueReference: { reference: `Patient/${patient}` } },
  ];
  return agent.fhir('POST', '/Appointment/$book', {
    headers,
    body: { resourceType: 'Parameters', parameter },
  });
}

function cancel(id: string, headers: Readonly<Record<string, string>> = {}) {
  return agent.fhir('PATCH', `/Appointment/${id}`, {
    headers: { 'if-match': '*', ...headers },
    body: [{ op: 'replace', path: '/status', value: 'cancelled' }],
  });
}

test('repeats of a booking and of its cancellation hear the same while the EMR cannot be read', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const first = await book(offers[0], headers);
  assert.equal(first.status, 200);
  const { id, start, end, participant } = first.body.entry[0].resource;

  await simulator.fault({ name: 'lost-connectivity-400', effect: 'read', times: 20 });
  const repeated = await book(offers[0], headers);
  assert.equal(repeated.status, 200);
  const shown = repeated.body.entry[0].resource;
  assert.deepEqual([shown.id, shown.status, shown.start, shown.end], [id, 'booked', start, end]);
  assert.deepEqual(shown.participant, participant);
  await simulator.liftFaults();

  const key = { 'idempotency-key': randomUUID() };
  assert.equal((await cancel(id, key)).body.status, 'cancelled');
  await simulator.fault({ name: 'lost-connectivity-400', effect: 'read', times: 20 });
  const again = await cancel(id, key);
  assert.deepEqual([again.status, again.body.id, again.body.status], [200, id, 'cancelled']);
  await simulator.liftFaults();
});

for (const lagging of [1, 2, 3])
  test(`a visit booked just now can be cancelled although read ${lagging} after it is one of before`, async () => {
    const booked = await book(offers[lagging * 4]);
    assert.equal(booked.status, 200);
    const { id } = booked.body.entry[0].resource;
    await simulator.fault({ name: 'stale-read', effect: 'read', after: lagging - 1, delayMs: 600_000 });
    const cancelled = await cancel(id);
    await simulator.liftFaults();
    assert.deepEqual([cancelled.status, cancelled.body.status], [200, 'cancelled']);
  });
