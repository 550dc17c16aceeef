import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MedplumClient, OperationOutcomeError } from '@medplum/core';
import type { Appointment, Bundle, CapabilityStatement, Patient, Slot } from '@medplum/fhirtypes';
import { Client } from 'fhir-kit-client';
import { startTestGateway } from '#test/gateway.ts';
import { bookParameters, cancelPatch, described, offer, resourcesIn } from '#test/story.ts';

/** Clients that others wrote, as they come from the registry: what they do is what callers' code does. */

const gateway = await startTestGateway();
const { cedar } = gateway;
const ada = described(cedar.patients[0] ?? assert.fail());
const from = (await offer(cedar.agent)).start?.slice(0, 10) ?? '';

/** How many appointments stand on the EMR's book at that time. */
async function standing({ start = '' }: Appointment): Promise<number> {
  const all = await cedar.simulator.booked();
  return all.filter((one) => Date.parse(one.start) === Date.parse(start) && one.status === 'booked').length;
}

/** The library's types of resources are not Medplum's: who calls says what was asked for. */
async function answer<T>(asked: Promise<unknown> | undefined): Promise<T> {
  return (await asked) as T;
}

const token = await cedar.agent.token();

describe('fhir-kit-client', () => {
  const client = new Client({ baseUrl: gateway.base, bearerToken: token });
  const operation = (name: string, resourceType: string, input: object) =>
    answer<Bundle>(client.operation({ name, resourceType, input: input as never }));
  const patientId = async () =>
    resourcesIn<Patient>(await operation('match', 'Patient', ada))[0]?.id ?? assert.fail();

  it('reads what is served and where tokens come from', async () => {
    const statement = await answer<CapabilityStatement>(client.capabilityStatement());
    assert.equal(statement.fhirVersion, '4.0.1');
    const smart = await client.smartAuthMetadata();
    assert.equal(String(smart.tokenUrl), `${gateway.url}/oauth/token`);
  });

  it('searches slots, goes to the next page, books by slot reference, reads back and cancels', async () => {
    const query = { resourceType: 'Slot', searchParams: { start: `ge${from}`, status: 'free', _count: 5 } };
    const first = await answer<Bundle>(client.search(query));
    const next = await answer<Bundle>(client.nextPage({ bundle: first as never }));
    const slots = [...resourcesIn<Slot>(first), ...resourcesIn<Slot>(next)];
    assert.equal(new Set(slots.map(({ id }) => id)).size, 10);
    const byPost = await answer<Bundle>(client.search({ ...query, options: { postSearch: true } }));
    assert.deepEqual(resourcesIn<Slot>(byPost), resourcesIn<Slot>(first));

    const [slot] = slots;
    const body = {
      resourceType: 'Appointment',
      status: 'booked',
      slot: [{ reference: `Slot/${slot?.id}` }],
      start: slot?.start,
      end: slot?.end,
      participant: [{ actor: { reference: `Patient/${await patientId()}` }, status: 'accepted' }],
    };
    const visit = await answer<Appointment & { id: string }>(
      client.create({ resourceType: 'Appointment', body: body as never }),
    );
    assert.deepEqual([visit.status, visit.start], ['booked', slot?.start]);
    assert.equal(await standing(visit), 1);

    const read = await answer<Appointment>(client.read({ resourceType: 'Appointment', id: visit.id }));
    assert.equal(read.meta?.versionId, visit.meta?.versionId);
    const cancelled = await answer<Appointment>(
      client.patch({
        resourceType: 'Appointment',
        id: visit.id,
        jsonPatch: cancelPatch as never,
        options: { headers: { 'if-match': `W/"${read.meta?.versionId}"` } },
      }),
    );
    assert.equal(cancelled.status, 'cancelled');
    assert.equal(await standing(visit), 0);
  });

  it('finds, holds and books by the operations of IHE', async () => {
    const found = await answer<Bundle>(
      client.operation({
        name: 'find',
        resourceType: 'Appointment',
        method: 'GET',
        input: { start: from, _count: 3 } as never,
      }),
    );
    const [time] = resourcesIn(found);
    const [held] = resourcesIn(
      await operation('hold', 'Appointment', {
        resourceType: 'Parameters',
        parameter: [{ name: 'appt-id', valueUri: time?.id }],
      }),
    );
    assert.equal(held?.status, 'pending');
    const booking = bookParameters(held.id, await patientId());
    const [visit] = resourcesIn(await operation('book', 'Appointment', booking));
    assert.ok(visit);
    assert.deepEqual([visit.status, visit.start], ['booked', time?.start]);
    assert.equal(await standing(visit), 1);
  });

  it('hears a refusal as an OperationOutcome', async () => {
    await assert.rejects(client.read({ resourceType: 'Slot', id: 'nobody' }), (error: unknown) => {
      assert.ok(error instanceof Error && 'response' in error);
      // As its README describes its errors.
      const { status, data } = error.response as { status: number; data: { resourceType: string } };
      assert.deepEqual([status, data.resourceType], [404, 'OperationOutcome']);
      return true;
    });
  });
});

const agent = await cedar.addAgent({ authMethod: 'client_secret_post' });

describe('MedplumClient', () => {
  const client = new MedplumClient({
    baseUrl: gateway.url,
    fhirUrlPath: 'fhir/R4',
    tokenUrl: `${gateway.url}/oauth/token`,
    cacheTime: 0,
  });
  const patientId = async () => {
    const matched: Bundle = await client.post(client.fhirUrl('Patient', '$match'), ada);
    return resourcesIn<Patient>(matched)[0]?.id ?? assert.fail();
  };

  it('signs in by client credentials, searches slots and books by slot reference', async () => {
    await client.startClientLogin(agent.clientId, agent.secret);
    const slots = await client.searchResources('Slot', { start: `ge${from}`, status: 'free', _count: 5 });
    assert.equal(slots.length, 5);
    const [slot] = slots;
    const who = `Patient/${await patientId()}`;
    const visit = await client.createResource<Appointment>({
      resourceType: 'Appointment',
      status: 'booked',
      slot: [{ reference: `Slot/${slot?.id}` }],
      participant: [{ actor: { reference: who }, status: 'accepted' }],
    });
    assert.deepEqual([visit.status, visit.start], ['booked', slot?.start]);
    assert.equal(await standing(visit), 1);
    const read = await client.readResource('Appointment', visit.id ?? '');
    assert.deepEqual(read.meta?.versionId, visit.meta?.versionId);
    const mine = await client.searchResources('Appointment', { patient: who, _count: 50 });
    assert.ok(mine.some(({ id }) => id === visit.id));
  });

  it('pages through slots by itself', async () => {
    const found: string[] = [];
    for await (const page of client.searchResourcePages('Slot', { start: `ge${from}`, _count: 4 })) {
      found.push(...page.map(({ id }) => id ?? ''));
      if (found.length >= 12) break;
    }
    assert.equal(new Set(found).size, 12);
  });

  it('finds and books by the operations of IHE', async () => {
    const url = client.fhirUrl('Appointment', '$find');
    url.search = new URLSearchParams({ start: from, _count: '1' }).toString();
    const found: Bundle = await client.get(url);
    const [time] = resourcesIn(found);
    const made: Bundle = await client.post(
      client.fhirUrl('Appointment', '$book'),
      bookParameters(time?.id ?? '', await patientId()),
    );
    const [visit] = resourcesIn(made);
    assert.deepEqual([visit?.status, visit?.start], ['booked', time?.start]);
  });

  it('hears a refusal as an OperationOutcomeError', async () => {
    await assert.rejects(client.readResource('Slot', 'nobody'), (error: unknown) => {
      assert.ok(error instanceof OperationOutcomeError);
      assert.equal(error.outcome.issue[0]?.code, 'not-found');
      return true;
    });
  });
});
