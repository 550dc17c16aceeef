import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from 'fhir-kit-client';
import { createFhirKitClient } from '#adapter-kit/fhir-client.ts';
import {
  type AuthorisedClient,
  createFhirClient,
  grammar,
  type RouteArguments,
  type RouteTable,
  type WireAnswer,
  WireFailure,
  z,
} from '#adapter-kit/index.ts';
import { closeGlobalNetwork } from '#egress/guard-global.ts';
import { listenCanary } from '../egress/listeners.ts';

const base = '/api/FHIR/R4';
const common = { response: z.unknown(), ok: [200], timeoutMs: 1_000, maxResponseBytes: 1_000 } as const;
const get = { ...common, method: 'GET', effect: 'read' } as const;
const post = { ...common, method: 'POST', contentType: 'application/fhir+json' } as const;
const id = grammar.fhirId;
const cursor = { pattern: /[a-z0-9-]{1,36}/, maxLength: 36 };
const routes: RouteTable = {
  capabilities: { ...get, template: `${base}/metadata` },
  'slot.search': {
    ...get,
    template: `${base}/Slot`,
    query: {
      schedule: { pattern: /Schedule\/.+/, maxLength: 99, required: true },
      start: { ...grammar.fhirInstant, repeat: 2 },
    },
  },
  'slot.next': { ...get, template: `${base}/Slot`, query: { '-pageContext': { ...cursor, required: true } } },
  'patient.read': { ...get, template: `${base}/Patient/{id}`, path: { id } },
  'patient.search': {
    ...common,
    method: 'POST',
    template: `${base}/Patient/_search`,
    contentType: 'application/x-www-form-urlencoded',
    body: z.strictObject({ family: z.string(), birthdate: z.string() }),
    effect: 'read',
  },
  'patient.match': { ...post, template: `${base}/Patient/$match`, body: z.unknown(), effect: 'write' },
  'appointment.book': { ...post, template: `${base}/Appointment/$book`, body: z.unknown(), effect: 'write' },
  'appointment.create': { ...post, template: `${base}/Appointment`, body: z.unknown(), effect: 'write' },
  'appointment.confirm': {
    ...post,
    template: `${base}/Appointment/{id}/$confirm`,
    path: { id },
    body: z.unknown(),
    effect: 'write',
  },
  'appointment.patch': {
    ...common,
    method: 'PATCH',
    template: `${base}/Appointment/{id}`,
    path: { id },
    ifMatch: true,
    contentType: 'application/json-patch+json',
    body: z.unknown(),
    effect: 'write',
  },
  'appointment.update': {
    ...common,
    method: 'PUT',
    template: `${base}/Appointment/{id}`,
    path: { id },
    contentType: 'application/fhir+json',
    body: z.unknown(),
    effect: 'write',
  },
};
const start = ['ge2031-03-04T10:00:00-07:00', 'lt2031-03-05T10:00:00-07:00'];
const appointment = { resourceType: 'Appointment', status: 'booked' };

describe('The FHIR client asks', () => {
  type Ask = (fhir: ReturnType<typeof createFhirClient>) => Promise<unknown>;
  const rows: readonly [what: string, ask: Ask, route: string, args: RouteArguments][] = [
    ['for the CapabilityStatement', (fhir) => fhir.capabilityStatement(), 'capabilities', { path: {} }],
    [
      'for a resource',
      (fhir) => fhir.read('Patient', 'eM5.C-a~3'),
      'patient.read',
      { path: { id: 'eM5.C-a~3' } },
    ],
    [
      'a search, with keys given twice and none that is undefined',
      (fhir) => fhir.search('Slot', { schedule: 'Schedule/a b+c', start, status: undefined }),
      'slot.search',
      { path: {}, query: { schedule: 'Schedule/a b+c', start } },
    ],
    [
      'a search whose terms may not stand in an address',
      (fhir) => fhir.search('Patient', { family: 'Núñez & Sön', birthdate: '1984-02-29' }, { post: true }),
      'patient.search',
      { path: {}, body: { family: 'Núñez & Sön', birthdate: '1984-02-29' } },
    ],
    ['a create', (fhir) => fhir.create(appointment), 'appointment.create', { path: {}, body: appointment }],
    [
      'a patch of one version',
      (fhir) => fhir.patch('Appointment', '7', [{ op: 'test', path: '/status', value: 'booked' }], 'W/"3"'),
      'appointment.patch',
      { path: { id: '7' }, ifMatch: 'W/"3"', body: [{ op: 'test', path: '/status', value: 'booked' }] },
    ],
    [
      'an update',
      (fhir) => fhir.update({ ...appointment, id: '7' }),
      'appointment.update',
      { path: { id: '7' }, body: { ...appointment, id: '7' } },
    ],
    [
      'an operation of a type',
      (fhir) =>
        fhir.operation('$book', { resourceType: 'Appointment', input: { resourceType: 'Parameters' } }),
      'appointment.book',
      { path: {}, body: { resourceType: 'Parameters' } },
    ],
    [
      'an operation of an instance',
      (fhir) =>
        fhir.operation('$confirm', {
          resourceType: 'Appointment',
          id: '7',
          input: { resourceType: 'Parameters' },
        }),
      'appointment.confirm',
      { path: { id: '7' }, body: { resourceType: 'Parameters' } },
    ],
  ];
  for (const [what, ask, route, args] of rows)
    test(`${what}, as the one route that says all of it.`, async () => {
      const { fhir, calls } = client();
      await ask(fhir);
      assert.deepEqual(calls, [[route, args]]);
    });
});

describe('The FHIR client answers', () => {
  const rows: readonly [what: string, given: WireAnswer<unknown>, expected?: WireAnswer<unknown>][] = [
    ['200 with what the schema left', { status: 200, body: { resourceType: 'Patient', birthDate: '' } }],
    [
      '201 with its ETag and Location',
      { status: 201, body: appointment, etag: 'W/"1"', location: 'Appointment/7' },
    ],
    [
      '201 without a body',
      { status: 201, body: undefined, location: 'https://emr.example/r4/Appointment/7' },
    ],
    ['200 with an empty object', { status: 200, body: {} }],
    ['204', { status: 204, body: undefined }],
    ['304, where the route calls it a success', { status: 304, body: undefined, etag: '"9"' }],
  ];
  for (const [what, given, expected = given] of rows)
    test(`${what}.`, async () => {
      const { fhir } = client(async () => given);
      assert.deepEqual(await fhir.read('Patient', '7'), expected);
    });

  test('each of many callers with what that one asked for.', async () => {
    const { fhir } = client(async (_, args) => {
      await new Promise(setImmediate);
      if (Number(args?.path?.id) % 3 === 0)
        throw new WireFailure('answered', 'patient.read', { reason: 'status' });
      return { status: 200, body: { resourceType: 'Patient', id: args?.path?.id } };
    });
    const asked = Array.from({ length: 60 }, (_, index) => String(index));
    const told = await Promise.allSettled(asked.map((each) => fhir.read<{ id: string }>('Patient', each)));
    assert.deepEqual(
      told.map((each) => (each.status === 'fulfilled' ? each.value.body.id : each.reason.kind)),
      asked.map((each) => (Number(each) % 3 === 0 ? 'answered' : each)),
    );
  });
});

describe('A failure', () => {
  for (const kind of ['refused', 'not-sent', 'answered', 'unknown'] as const)
    test(`of the wall (${kind}) reaches the adapter as it is.`, async () => {
      const failure = new WireFailure(kind, 'appointment.create', {
        reason: 'any',
        status: 409,
        retryAfterSeconds: 7,
      });
      const { fhir } = client(async () => {
        throw failure;
      });
      await assert.rejects(fhir.create(appointment), (error) => error === failure);
    });

  test('that is no WireFailure does not become a success or a WireFailure.', async () => {
    const { fhir } = client(async () => {
      throw new RangeError('a bug');
    });
    await assert.rejects(fhir.create(appointment), (error: Error) => error.cause instanceof RangeError);
  });

  test('to read an answer that is no resource leaves a write unknown.', async () => {
    for (const body of [null, 7, 'text', true]) {
      const { fhir } = client(async () => ({ status: 200, body }));
      await assert.rejects(fhir.create(appointment), { kind: 'unknown', reason: 'not-fhir' });
    }
  });
});

describe('Refused, with nothing called', () => {
  type Ask = (kit: Client) => Promise<unknown> | undefined;
  const rows: readonly [what: string, reason: string, ask: Ask][] = [
    [
      'a resource type without a route',
      'no-route',
      (kit) => kit.read({ resourceType: 'Observation', id: '1' }),
    ],
    ['a DELETE', 'no-route', (kit) => kit.delete({ resourceType: 'Appointment', id: '1' })],
    ['a batch', 'no-route', (kit) => kit.batch({ body: { resourceType: 'Bundle' } })],
    ['a whole-system search', 'no-route', (kit) => kit.search({ searchParams: { _id: '1' } })],
    ['a parameter without a grammar', 'no-route', (kit) => slots(kit, { _include: 'Slot:schedule' })],
    ['a missing parameter', 'no-route', (kit) => kit.search({ resourceType: 'Slot' })],
    ['a path that climbs', 'no-route', (kit) => kit.request('Patient/../../../oauth2/token')],
    ['a path that climbs in code', 'no-route', (kit) => kit.request('Patient/%2e%2e%2f%2e%2e%2ftoken')],
    ['a path that is not UTF-8', 'no-route', (kit) => kit.request('Patient/%ff')],
    [
      'another place on the same server',
      'no-route',
      (kit) => kit.request('https://emr.invalid/oauth2/token'),
    ],
    [
      'a patch without If-Match',
      'no-route',
      (kit) => kit.patch({ resourceType: 'Appointment', id: '1', jsonPatch: [] }),
    ],
    [
      'a body that is not JSON',
      'body',
      (kit) => kit.request('Appointment', { method: 'POST', body: 'x', options: fhirJson }),
    ],
    [
      'a body of another kind',
      'no-route',
      (kit) => kit.request('Appointment', { method: 'POST', body: 'x' }),
    ],
    [
      'a form with one field twice',
      'body',
      (kit) => searchPatients(kit, { family: ['a', 'b'], birthdate: 'c' }),
    ],
    [
      'a header that would mean something',
      'header',
      (kit) => create(kit, { 'X-HTTP-Method-Override': 'PUT' }),
    ],
    [
      'a conditional create where no route has one',
      'no-route',
      (kit) => create(kit, { 'If-None-Exist': 'identifier=7' }),
    ],
    ['a token', 'header', (kit) => create(kit, { authorization: 'Bearer token' })],
    ['a token set on the client', 'header', (kit) => withToken(kit).capabilityStatement()],
    ['another port', 'origin', (kit) => kit.request('https://emr.invalid:8443/api/FHIR/R4/metadata')],
    ['another scheme', 'origin', (kit) => kit.request('http://emr.invalid/api/FHIR/R4/metadata')],
  ];
  for (const [what, reason, ask] of rows)
    test(`${what}.`, async () => {
      const { kit, calls } = client();
      await assert.rejects(async () => ask(kit), causedBy('refused', reason));
      assert.deepEqual(calls, []);
    });

  test('a request that two routes say.', async () => {
    const twice = {
      ...routes,
      'patient.again': { ...get, template: `${base}/Patient/{key}`, path: { key: id } },
    } as const;
    const { fhir, calls } = client(undefined, twice);
    await assert.rejects(fhir.read('Patient', '7'), { kind: 'refused', reason: 'two-routes' });
    assert.deepEqual(calls, []);
  });
});

describe('With the doors of the process closed', () => {
  test('no address that a server or a caller writes down is ever connected to.', async (t) => {
    const canary = await listenCanary(t);
    const host = canary.origin;
    const { kit, calls } = client();
    // The negative control: the canary hears who does talk to it.
    await (await fetch(host)).text();
    assert.equal(canary.connections(), 1);
    t.after(closeGlobalNetwork());
    const page = (url: string) => ({
      resourceType: 'Bundle',
      link: [
        { relation: 'next', url },
        { relation: 'prev', url },
      ],
    });
    const attempts: readonly (() => unknown)[] = [
      () => kit.nextPage({ bundle: page(`${host}/Slot?page=2`) }),
      () => kit.prevPage({ bundle: page(`${host}/Slot?page=2`) }),
      () => kit.resolve({ reference: `${host}/Patient/7` }),
      () => kit.resolve({ reference: `${host}/Patient/7`, context: { resourceType: 'Bundle' } }),
      () => kit.request(`${host}/Patient/7`),
      () => kit.request(`${host}/Patient/7`, { method: 'POST', body: appointment }),
      () => kit.request(`https://emr.invalid@${host.slice('http://'.length)}/api/FHIR/R4/metadata`),
    ];
    for (const attempt of attempts) await assert.rejects(async () => attempt());
    const bare = { dispatcher: undefined } as object; // what a caller without types could pass
    await assert.rejects(kit.request(`${host}/Patient/7`, { options: bare }), causedByTheDoor);
    kit.baseUrl = host;
    await assert.rejects(kit.capabilityStatement(), causedBy('refused', 'origin'));
    assert.deepEqual([canary.connections(), calls], [1, []]);
  });

  test('what adapters get works, and has no way to resolve references or to name an address.', async (t) => {
    t.after(closeGlobalNetwork());
    const { fhir, calls } = client();
    await fhir.capabilityStatement();
    assert.equal(calls.length, 1);
    assert.deepEqual(Object.keys(fhir).sort(), [
      'capabilityStatement',
      'create',
      'nextPage',
      'operation',
      'patch',
      'read',
      'search',
      'update',
    ]);
  });

  test('a Location of another server is told, not followed.', async (t) => {
    const canary = await listenCanary(t);
    t.after(closeGlobalNetwork());
    const location = `${canary.origin}/Appointment/7`;
    const { fhir } = client(async () => ({ status: 201, body: undefined, location }));
    assert.deepEqual(await fhir.create(appointment), { status: 201, body: undefined, location });
    const moved = client(async () => ({ status: 307, body: undefined, location }));
    await assert.rejects(moved.fhir.read('Patient', '7'));
    assert.equal(canary.connections(), 0);
  });
});

describe('The next page', () => {
  const emr = 'https://fhir.vendor.example/interconnect/api/FHIR/R4';
  const rows: readonly [what: string, self: string | undefined, next: string, reached: boolean][] = [
    ['is asked of our own EMR', `${emr}/Slot?schedule=Schedule%2F7`, `${emr}/Slot?-pageContext=a-1`, true],
    ['may be named by a relative address', 'Slot?schedule=Schedule%2F7', 'Slot?-pageContext=a-1', true],
    [
      'of another host is refused',
      `${emr}/Slot`,
      'https://evil.example/interconnect/api/FHIR/R4/Slot?-pageContext=a-1',
      false,
    ],
    [
      'of another port is refused',
      `${emr}/Slot`,
      `${emr.replace('example', 'example:444')}/Slot?-pageContext=a-1`,
      false,
    ],
    [
      'with a user name is refused',
      `${emr}/Slot`,
      `${emr.replace('//', '//user@')}/Slot?-pageContext=a-1`,
      false,
    ],
    [
      'of another base is refused',
      `${emr}/Slot`,
      `${emr.replace('R4', 'STU3')}/Slot?-pageContext=a-1`,
      false,
    ],
    ['of a base with a longer name is refused', `${emr}/Slot`, `${emr}x/Slot?-pageContext=a-1`, false],
    ['that is no route is refused', `${emr}/Slot`, `${emr}/Observation?-pageContext=a-1`, false],
    [
      'with a cursor outside the grammar is called, for the wall to refuse',
      `${emr}/Slot`,
      `${emr}/Slot?-pageContext=A`,
      true,
    ],
    [
      'of a bundle that does not say where it stands is refused',
      undefined,
      `${emr}/Slot?-pageContext=a-1`,
      false,
    ],
    ['of a bundle that stands elsewhere is refused', `${emr}/Patient`, `${emr}/Slot?-pageContext=a-1`, false],
    ['that is no address is refused', `${emr}/Slot`, 'https://', false],
  ];
  for (const [what, self, next, reached] of rows)
    test(`${what}.`, async () => {
      const link = [
        { relation: 'self', url: self },
        { relation: 'next', url: next },
      ].filter(({ url }) => url !== undefined);
      const { fhir, calls } = client(async () => ({
        status: 200,
        body: { resourceType: 'Bundle', link },
      }));
      const { body } = await fhir.search('Slot', { schedule: 'Schedule/7' });
      calls.length = 0;
      if (!reached) {
        await assert.rejects(fhir.nextPage(body), { kind: 'refused' });
        assert.deepEqual(calls, []);
        return;
      }
      assert.equal((await fhir.nextPage(body))?.status, 200);
      const context = new URL(next, emr).searchParams.get('-pageContext');
      assert.deepEqual(calls, [['slot.next', { path: {}, query: { '-pageContext': context } }]]);
    });

  test('of the last bundle is undefined.', async () => {
    const { fhir } = client(async () => ({ status: 200, body: { resourceType: 'Bundle' } }));
    const { body } = await fhir.search('Slot', { schedule: 'Schedule/7' });
    assert.equal(await fhir.nextPage(body), undefined);
  });
});

/** Both faces of one client, and every `http.call` it made. */
function client(
  answer: (route: string, args?: RouteArguments) => Promise<WireAnswer<unknown>> = async () => ({
    status: 200,
    body: { resourceType: 'Bundle' },
  }),
  table = routes,
) {
  const calls: [string, RouteArguments | undefined][] = [];
  const http: AuthorisedClient = {
    call: async <T>(route: string, args?: RouteArguments) => {
      calls.push([route, args]);
      return (await answer(route, args)) as WireAnswer<T>; // T is what the test says it is
    },
  };
  return {
    fhir: createFhirClient(http, table, { base }),
    kit: createFhirKitClient(http, table, base),
    calls,
  };
}

function causedBy(kind: string, reason: string) {
  return (error: Error) =>
    error.cause instanceof WireFailure && error.cause.kind === kind && error.cause.reason === reason;
}

function causedByTheDoor(error: Error) {
  return /src\/egress/.test(String(error.cause));
}

function withToken(kit: Client) {
  kit.bearerToken = 'token';
  return kit;
}

const fhirJson = { headers: { 'content-type': 'application/fhir+json' } };

function create(kit: Client, headers: Record<string, string>) {
  return kit.create({ resourceType: 'Appointment', body: appointment, options: { headers } });
}

function slots(kit: Client, more: Record<string, string>) {
  return kit.search({ resourceType: 'Slot', searchParams: { schedule: 'Schedule/7', ...more } });
}

function searchPatients(kit: Client, searchParams: Record<string, string | string[]>) {
  return kit.search({ resourceType: 'Patient', searchParams, options: { postSearch: true } });
}
