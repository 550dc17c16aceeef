import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapabilityStatementRest } from '@medplum/fhirtypes';
import { interactions } from '#fhir/interaction.ts';
import { agentScopes } from '#fhir/scopes.ts';
import { startTestGateway } from '#test/gateway.ts';

const gateway = await startTestGateway();
const { cedar } = gateway;
const { agent } = cedar;

const resourceTypes = [
  ...new Set(interactions.flatMap(({ resource }) => (resource === undefined ? [] : [resource]))),
];
/** Interactions of FHIR R4 as requests, with an id that nobody has. */
const restful: Record<string, (type: string) => [method: string, path: string]> = {
  read: (type) => ['GET', `/${type}/nobody`],
  vread: (type) => ['GET', `/${type}/nobody/_history/1`],
  update: (type) => ['PUT', `/${type}/nobody`],
  patch: (type) => ['PATCH', `/${type}/nobody`],
  delete: (type) => ['DELETE', `/${type}/nobody`],
  'history-instance': (type) => ['GET', `/${type}/nobody/_history`],
  'history-type': (type) => ['GET', `/${type}/_history`],
  create: (type) => ['POST', `/${type}`],
  'search-type': (type) => ['GET', `/${type}`],
};

/** What each request that the standard knows is answered: is there something behind it? */
async function isServed(method: string, path: string): Promise<boolean> {
  const body = method === 'POST' || method === 'PATCH' ? { body: {} } : {};
  const { status, code } = await agent.fhir(method, path, body);
  // An id that nobody has is 404 too, with a code of its own.
  return status !== 405 && code !== 'not-supported' && !(status === 404 && path.includes('_history'));
}

function served(rest: CapabilityStatementRest | undefined): Set<string> {
  return new Set(
    (rest?.resource ?? []).flatMap(({ type, interaction = [], operation = [] }) => [
      ...interaction.map(({ code }) => `${type} ${code}`),
      ...operation.map(({ name }) => `${type} $${name}`),
    ]),
  );
}

describe('GET metadata', () => {
  it('is told without a token, and names what is really served and nothing else', async () => {
    const { status, body } = await agent.fhir('GET', '/metadata', { token: null });
    assert.equal(status, 200);
    assert.deepEqual(
      [body.kind, body.fhirVersion, body.implementation.url],
      ['instance', '4.0.1', gateway.base],
    );
    const told = served(body.rest[0]);

    const answered = new Set<string>();
    for (const type of [...resourceTypes, 'Encounter', 'Observation', 'Subscription'])
      for (const [interaction, request] of Object.entries(restful))
        if (await isServed(...request(type))) answered.add(`${type} ${interaction}`);
    for (const type of resourceTypes)
      for (const operation of ['find', 'hold', 'book', 'match', 'everything', 'export'])
        if (await isServed('POST', `/${type}/$${operation}`)) answered.add(`${type} $${operation}`);
    assert.deepEqual([...told].toSorted(), [...answered].toSorted());
  });

  it('lists for each type the search parameters that work, and no other works', async () => {
    const { body } = await agent.fhir('GET', '/metadata', { token: null });
    const some: Record<string, string> = { date: '2027-03-01', token: 'x', string: 'x', reference: 'x' };
    for (const { type, searchParam = [] } of body.rest[0].resource)
      for (const { name, type: kind } of searchParam) {
        const first = name === 'patient' || type !== 'Appointment' ? '' : 'patient=nobody&';
        const { code } = await agent.fhir('GET', `/${type}?${first}${name}=${some[kind]}&_count=1`);
        assert.ok(code !== 'unknown-parameter', `${type}?${name}`);
      }
    for (const type of ['Slot', 'Schedule', 'Location']) {
      const { status, code } = await agent.fhir('GET', `/${type}?specialty=x`);
      assert.deepEqual([status, code], [400, 'unknown-parameter'], type);
    }
  });

  it('tells a caller with a token how the practice stands, and leaves out what is off', async () => {
    const modes = (body: { rest: { extension?: { url: string; valueCode: string }[] }[] }) =>
      (body.rest[0]?.extension ?? []).map(({ valueCode }) => valueCode);
    const live = await agent.fhir('GET', '/metadata');
    assert.deepEqual(modes(live.body), ['sandbox', 'live']);
    assert.match(live.body.implementation.description, /Cedar Street Dental/);
    assert.ok(served(live.body.rest[0]).has('Appointment $book'));

    await cedar.change({ bookingMode: 'off' });
    gateway.advance(1_100);
    const off = await agent.fhir('GET', '/metadata');
    assert.deepEqual(modes(off.body), ['sandbox', 'off']);
    const left = served(off.body.rest[0]);
    assert.ok(
      !left.has('Appointment $book') && !left.has('Appointment patch') && !left.has('Patient create'),
    );
    assert.ok(left.has('Slot search-type') && left.has('Patient $match'));
    await cedar.change({ bookingMode: 'live' });
    gateway.advance(1_100);
  });

  it('says nothing of a practice to a token that is not one', async () => {
    const { status, code } = await agent.fhir('GET', '/metadata', { token: 'forged' });
    assert.deepEqual([status, code], [401, 'invalid-token']);
  });
});

describe('GET .well-known/smart-configuration', () => {
  it('names the endpoint that gives tokens, the keys that sign them and the scopes there are', async () => {
    const { status, body, headers } = await agent.fhir('GET', '/.well-known/smart-configuration', {
      token: null,
    });
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(body.token_endpoint, `${gateway.url}/oauth/token`);
    assert.deepEqual(body.scopes_supported, agentScopes);
    assert.deepEqual(body.grant_types_supported, ['client_credentials']);
    assert.ok(body.capabilities.includes('client-confidential-asymmetric'));
    const keys = await (await fetch(body.jwks_uri)).json();
    assert.ok((keys as { keys: unknown[] }).keys.length > 0); // RFC 7517
    const credentials = Buffer.from(`${agent.clientId}:${agent.secret}`).toString('base64');
    const token = await fetch(body.token_endpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'system/Slot.s' }),
    });
    assert.equal(token.status, 200);
  });
});
