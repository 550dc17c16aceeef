import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client as FhirClient } from 'fhir-kit-client';
import { request, fetch as undiciFetch } from 'undici';
import { grammar, type RouteTable, z } from '#adapter-kit/index.ts';
import { closeGlobalNetwork, createWall } from '#egress/index.ts';
import { listenCanary, listenHttp, readAll } from './listeners.ts';

const fhirRoutes = {
  'Slot.search': {
    method: 'GET',
    template: '/Slot',
    query: {
      schedule: { pattern: /Schedule\/[A-Za-z0-9.-]{1,64}/, maxLength: 80, required: true },
      start: { pattern: /(?:ge|lt)[0-9TZ:+.-]{10,30}/, maxLength: 32 },
      status: grammar.oneOf('free'),
    },
    response: z.unknown(),
    ok: [200],
    timeoutMs: 1_000,
    maxResponseBytes: 1_000,
    effect: 'read',
  },
  'Appointment.create': {
    method: 'POST',
    template: '/Appointment',
    body: z.strictObject({ resourceType: z.literal('Appointment'), status: z.literal('booked') }),
    response: z.unknown(),
    ok: [201],
    timeoutMs: 1_000,
    maxResponseBytes: 1_000,
    effect: 'write',
  },
} as const satisfies RouteTable;

test('With the doors closed, nothing beside the wall reaches the network.', async (t) => {
  const canary = await listenCanary(t);
  assert.equal(await (await fetch(canary.origin)).text(), '"secret"');
  close(t);
  for (const attempt of [
    () => fetch(canary.origin),
    () => fetch(new URL(canary.origin), { method: 'POST', body: 'x' }),
    () => fetch(new Request(canary.origin)),
    () => undiciFetch(canary.origin),
    () => request(canary.origin),
  ])
    await assert.rejects(attempt, (error: Error) => /src\/egress/.test(error.message + String(error.cause)));
  await new Promise((done) => {
    const socket = new WebSocket(canary.origin.replace('http', 'ws'));
    socket.onerror = done;
    socket.onclose = done;
  });
  assert.equal(canary.connections(), 1);
});

test('With the doors closed, fhir-kit-client works through the wall, and only there.', async (t) => {
  const seen: string[] = [];
  const server = await listenHttp(t, async (req, res) => {
    seen.push(`${req.method} ${req.url} ${req.headers.authorization} ${await readAll(req)}`);
    res.setHeader('content-type', 'application/fhir+json').writeHead(req.method === 'POST' ? 201 : 200);
    res.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset' }));
  });
  const canary = await listenCanary(t);
  close(t);
  const wall = createWall({ production: false });
  t.after(() => wall.close());
  const base = `${server.origin}/R4`;
  const site = wall.site({
    base,
    kind: 'simulator',
    routes: fhirRoutes,
    credentialHeaders: ['authorization'],
  });
  const client = new FhirClient({
    baseUrl: base,
    bearerToken: 'token',
    requestOptions: { dispatcher: wall.through(site) },
  });

  const searchParams = { schedule: 'Schedule/a.1', start: 'ge2031-03-04T10:00:00Z', status: 'free' };
  await client.search({ resourceType: 'Slot', searchParams });
  await client.create({
    resourceType: 'Appointment',
    body: { resourceType: 'Appointment', status: 'booked' },
  });
  assert.deepEqual(seen, [
    'GET /R4/Slot?schedule=Schedule%2Fa.1&start=ge2031-03-04T10%3A00%3A00Z&status=free Bearer token ',
    'POST /R4/Appointment Bearer token {"resourceType":"Appointment","status":"booked"}',
  ]);

  const next = [{ relation: 'next', url: `${canary.origin}/Slot?page=2` }];
  const refused = [
    async () => client.nextPage({ bundle: { resourceType: 'Bundle', link: next } }),
    () => client.search({ resourceType: 'Observation', searchParams: {} }),
    () =>
      client.search({ resourceType: 'Slot', searchParams: { ...searchParams, _include: 'Slot:schedule' } }),
    () => client.read({ resourceType: 'Patient', id: '1' }),
    () =>
      client.create({
        resourceType: 'Appointment',
        body: { resourceType: 'Appointment', status: 'booked', note: 'x' },
      }),
    () => client.delete({ resourceType: 'Appointment', id: '1' }),
  ];
  for (const attempt of refused)
    await assert.rejects(attempt, (error: Error) => /^WallRefusal/.test(String(error.cause)));
  assert.deepEqual([seen.length, canary.connections()], [2, 0]);
});

test('A fetch of the wall ends a redirect as an answer without an address.', async (t) => {
  const canary = await listenCanary(t);
  const server = await listenHttp(t, (_, res) => res.writeHead(307, { location: canary.origin }).end());
  const wall = createWall({ production: false });
  t.after(() => wall.close());
  const site = wall.site({
    base: server.origin,
    kind: 'simulator',
    routes: fhirRoutes,
    credentialHeaders: [],
  });
  const response = await wall.fetch(site)(`${server.origin}/Slot?schedule=Schedule%2F1`);
  assert.deepEqual([response.status, response.headers.get('location'), canary.connections()], [307, null, 0]);
});

function close(t: TestContext): void {
  t.after(closeGlobalNetwork());
}
