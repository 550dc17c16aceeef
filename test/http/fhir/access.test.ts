import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Interaction, interactions } from '#fhir/interaction.ts';
import { agentScopes } from '#fhir/scopes.ts';
import type { FhirCall, TestAgent } from '#test/agent.ts';
import { startTestGateway } from '#test/gateway.ts';
import type { TestPractice } from '#test/practice.ts';
import {
  book,
  booked,
  bookParameters,
  cancelPatch,
  described,
  holdParameters,
  offer,
  patient,
  resourcesIn,
} from '#test/story.ts';

const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;

/** Ids of one practice, of everything that has one. */
async function idsOf(practice: TestPractice): Promise<Ids> {
  const { agent } = practice;
  const time = await offer(agent);
  const first = async (type: string) =>
    resourcesIn((await agent.fhir('GET', `/${type}?_count=1`)).body)[0]?.id ?? assert.fail(type);
  const pending = await book(agent, (await offer(agent)).id, await patient(practice, 1), {
    headers: { prefer: 'respond-async' },
  });
  const address = pending.headers.get('content-location') ?? assert.fail();
  while ((await agent.fhir('GET', address)).status === 202) await delay(100);
  return {
    Slot: time.id,
    Patient: await patient(practice, 0),
    Appointment: (await booked(practice, 0)).id,
    Schedule: await first('Schedule'),
    Practitioner: await first('Practitioner'),
    PractitionerRole: await first('PractitionerRole'),
    Location: await first('Location'),
    HealthcareService: await first('HealthcareService'),
    operation: address.split('/').at(-1) ?? assert.fail(),
  };
}

type Ids = Readonly<Record<NonNullable<Interaction['resource']> | 'operation', string>>;

/** What is sent to each of the interactions, with ids of one practice in every place where one can stand. */
function requestOf({ method, path, resource }: Interaction, ids: Ids): [string, string, FhirCall] {
  const key = `${method} ${path}`;
  const own = requests[key];
  if (own) return [method, own(ids).path ?? path, own(ids)];
  if (resource === undefined || path.endsWith('/:id'))
    return [method, path.replace(':id', ids[resource ?? 'operation']), {}];
  const filter = resource === 'Slot' ? `schedule=${ids.Schedule}&_count=1` : `_id=${ids[resource]}`;
  return method === 'POST'
    ? [method, path, { body: new URLSearchParams(filter) }]
    : [method, `${path}?${filter}`, {}];
}

interface Request extends FhirCall {
  readonly path?: string;
}
const requests: Readonly<Record<string, (ids: Ids) => Request>> = {
  'GET /Appointment': ({ Patient }) => ({ path: `/Appointment?patient=${Patient}` }),
  'POST /Appointment/_search': ({ Patient }) => ({ body: new URLSearchParams({ patient: Patient }) }),
  'GET /Appointment/$find': ({ Practitioner }) => ({
    path: `/Appointment/$find?practitioner=${Practitioner}&_count=1`,
  }),
  'POST /Appointment/$find': ({ Practitioner }) => ({
    body: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'practitioner', valueReference: { reference: `Practitioner/${Practitioner}` } },
        { name: '_count', valueInteger: 1 },
      ],
    },
  }),
  'POST /Appointment/$hold': ({ Slot }) => ({ body: holdParameters(Slot) }),
  'POST /Appointment/$book': ({ Slot, Patient }) => ({ body: bookParameters(Slot, Patient) }),
  'POST /Appointment': ({ Slot, Patient }) => ({
    body: {
      resourceType: 'Appointment',
      status: 'booked',
      slot: [{ reference: `Slot/${Slot}` }],
      participant: [{ actor: { reference: `Patient/${Patient}` }, status: 'accepted' }],
    },
  }),
  'PATCH /Appointment/:id': ({ Appointment }) => ({
    path: `/Appointment/${Appointment}`,
    body: cancelPatch,
    headers: { 'if-match': '*' },
  }),
  'POST /Patient/$match': () => ({ body: described(saguaro.patients[0] ?? assert.fail()) }),
  'POST /Patient': () => ({ body: described(saguaro.patients[0] ?? assert.fail()) }),
};

/** The operations resource is served beside the table. */
const operations: Interaction[] = [
  {
    method: 'GET',
    path: '/operations/:id',
    needs: [
      { resource: 'Appointment', letter: 'c' },
      { resource: 'Appointment', letter: 'u' },
      { resource: 'Patient', letter: 'c' },
    ],
  },
];
const guarded = [...interactions.filter(({ needs }) => needs.length > 0), ...operations];
const ids = { cedar: await idsOf(cedar), saguaro: await idsOf(saguaro) };

function send(agent: TestAgent, interaction: Interaction, of: Ids, more: FhirCall = {}) {
  const [method, path, call] = requestOf(interaction, of);
  return agent.fhir(method, path, { ...call, ...more });
}

describe('every endpoint', () => {
  it('asks for a token, and refuses one that is not ours, with nothing done', async () => {
    const before = await gateway.state();
    const good = await cedar.agent.token();
    const [head, payload, signature] = good.split('.');
    const other = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...other, practice_id: saguaro.id })).toString('base64url');
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
    const bad: [string | null, string, string | null][] = [
      [null, 'no-token', null],
      ['not.a.token', 'invalid-token', 'invalid_token'],
      [`${head}.${changed}.${signature}`, 'invalid-token', 'invalid_token'],
      [`${unsigned}.${payload}.`, 'invalid-token', 'invalid_token'],
    ];
    for (const interaction of guarded)
      for (const [token, code, error] of bad) {
        const answer = await send(cedar.agent, interaction, ids.cedar, { token });
        assert.deepEqual([answer.status, answer.code], [401, code], interaction.path);
        const challenge = answer.headers.get('www-authenticate') ?? '';
        assert.match(challenge, /^Bearer realm="postern"/);
        assert.equal(challenge.includes('error='), error !== null);
      }
    assert.deepEqual(await gateway.state(), before);
  });

  it('is refused without its scope, whatever other scopes there are', async () => {
    const before = await gateway.state();
    for (const interaction of guarded) {
      const agent = await agentWithout(interaction.needs);
      const answer = await send(agent, interaction, ids.cedar);
      assert.deepEqual(
        [answer.status, answer.code],
        [403, 'insufficient-scope'],
        `${interaction.method} ${interaction.path}`,
      );
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/);
    }
    const after = await gateway.state();
    assert.deepEqual({ ...after.rows, agent: [] }, { ...before.rows, agent: [] }, 'but for the new agents');
    assert.deepEqual(after.ledgers, before.ledgers);
  });

  it('is opened by the least of its scopes (the control of the two above)', async () => {
    for (const interaction of guarded.filter(({ method }) => method === 'GET')) {
      const [need] = interaction.needs;
      const agent = await cedar.addAgent({ scope: `system/${need?.resource}.${need?.letter}` });
      const answer = await send(agent, interaction, ids.cedar);
      // An operation is its agent's own, so another agent finds none.
      const expected = interaction.path.startsWith('/operations') ? 404 : 200;
      assert.equal(answer.status, expected, interaction.path);
    }
  });

  it('knows nothing of another practice’s ids: the same answer as for ids of nobody', async () => {
    const before = await gateway.state();
    const nobody = Object.fromEntries(
      Object.keys(ids.cedar).map((type) => [
        type,
        type === 'operation' ? '01900000-0000-7000-8000-000000000000' : 'aaaabbbbccccddddeeeeffffgg',
      ]),
    ) as Ids; // the same keys
    for (const interaction of guarded) {
      const name = `${interaction.method} ${interaction.path}`;
      if (name === 'POST /Patient') continue; // names nobody by id, and would create
      const foreign = await send(cedar.agent, interaction, ids.saguaro);
      const unknown = await send(cedar.agent, interaction, nobody);
      assert.deepEqual(
        [foreign.status, withoutAsked(foreign.body)],
        [unknown.status, withoutAsked(unknown.body)],
        name,
      );
      const isSearch = foreign.status === 200;
      const text = JSON.stringify(withoutAsked(foreign.body));
      // A visit type may have the same name at both.
      for (const id of Object.values(ids.saguaro))
        if (!(isSearch && id in ids.cedar)) assert.ok(!text.includes(`"${id}"`), name);
      if (!isSearch) assert.equal(foreign.status, 404, name);
    }
    assert.deepEqual((await gateway.state()).ledgers, before.ledgers);
    const after = (await gateway.state()).rows;
    for (const table of [
      'hold',
      'claim',
      'booking_intent',
      'patient_link',
      'appointment_link',
      'queue_entry',
    ])
      assert.deepEqual(after[table], before.rows[table], table);
  });

  it('refuses a token in the address', async () => {
    const token = await cedar.agent.token();
    const answer = await cedar.agent.fhir('GET', `/Slot?access_token=${token}`, { token: null });
    assert.deepEqual([answer.status, answer.code], [401, 'no-token']);
  });

  it('is in the request table above: none was left out', () => {
    const known = new Set(interactions.map(({ method, path }) => `${method} ${path}`));
    for (const name of Object.keys(requests)) assert.ok(known.has(name), name);
    assert.ok(guarded.length > 25);
  });
});

describe('anything else', () => {
  it('is 405 with Allow where the path is known, and 404 where it is not', async () => {
    const rows: [string, string, number, string, string?][] = [
      ['DELETE', `/Appointment/${ids.cedar.Appointment}`, 405, 'method-not-allowed', 'GET, PATCH'],
      ['PUT', `/Appointment/${ids.cedar.Appointment}`, 405, 'method-not-allowed', 'GET, PATCH'],
      ['POST', '/Slot', 405, 'method-not-allowed', 'GET'],
      ['PATCH', `/Slot/${ids.cedar.Slot}`, 405, 'method-not-allowed', 'GET'],
      ['GET', '/Patient', 405, 'method-not-allowed', 'POST'],
      ['POST', '/metadata', 405, 'method-not-allowed', 'GET'],
      ['GET', `/Patient/${ids.cedar.Patient}`, 404, 'not-supported'],
      ['GET', '/Encounter', 404, 'not-supported'],
      ['GET', '/Appointment/$everything', 404, 'not-found'],
      ['POST', '/', 404, 'not-found'],
      ['GET', '/operations', 404, 'not-found'],
    ];
    for (const [method, path, status, code, allow] of rows) {
      const body = method === 'POST' || method === 'PUT' ? { body: {} } : {};
      const call = method === 'PATCH' ? { body: [] } : body;
      const answer = await cedar.agent.fhir(method, path, call);
      assert.deepEqual([answer.status, answer.code], [status, code], `${method} ${path}`);
      assert.equal(answer.headers.get('allow'), allow ?? null, `${method} ${path}`);
    }
  });
});

const agents = new Map<string, Promise<TestAgent>>();

/** An agent of cedar with every scope but those that would do. */
function agentWithout(needs: Interaction['needs']): Promise<TestAgent> {
  const name = JSON.stringify(needs);
  const known = agents.get(name);
  if (known) return known;
  const scope = agentScopes
    .flatMap((text) => {
      const [, resource = '', letters = ''] = /^system\/(\w+)\.(\w+)$/.exec(text) ?? [];
      const left = [...letters].filter(
        (letter) => !needs.some((need) => need.resource === resource && need.letter === letter),
      );
      return left.length > 0 ? [`system/${resource}.${left.join('')}`] : [];
    })
    .join(' ');
  const agent = cedar.addAgent({ scope });
  agents.set(name, agent);
  return agent;
}

/** Bodies say in their links what was asked for. */
function withoutAsked(body: { link?: unknown }): unknown {
  return { ...body, link: undefined };
}
