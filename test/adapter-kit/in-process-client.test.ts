import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grammar, type RouteTable, z } from '#adapter-kit/index.ts';
import { createMemo, type InProcessAnswer, inProcessClient } from '#adapter-kit/testing/index.ts';

const routes = {
  look: {
    method: 'GET',
    template: '/things/{id}',
    path: { id: grammar.id },
    query: { on: { ...grammar.date, required: true }, page: grammar.integer },
    response: z.object({ name: z.string() }),
    ok: [200],
    timeoutMs: 1_000,
    maxResponseBytes: 1_000,
    effect: 'read',
  },
  make: {
    method: 'POST',
    template: '/things',
    body: z.strictObject({ name: z.string() }),
    response: 'empty',
    ok: [201],
    timeoutMs: 1_000,
    maxResponseBytes: 1_000,
    effect: 'write',
  },
} as const satisfies RouteTable;
const client = (answer: InProcessAnswer) => inProcessClient(routes, async () => answer);
const asked = { path: { id: 7 }, query: { on: '2031-03-04' } };

test('an answer is cut down to the schema of its route', async () => {
  const answer = await client({ status: 200, body: { name: 'one', secret: 'canary' } }).call('look', asked);
  assert.deepEqual(answer, { status: 200, body: { name: 'one' } });
});

const refused: readonly [why: string, route: string, args: object][] = [
  ['an unknown route', 'nothing', {}],
  ['a name of every object', 'constructor', {}],
  ['a missing parameter', 'look', { path: { id: 7 } }],
  ['a parameter of another form', 'look', { ...asked, query: { on: 'today' } }],
  ['a parameter that is not in the table', 'look', { ...asked, query: { ...asked.query, expand: 'all' } }],
  ['a path segment of another form', 'look', { ...asked, path: { id: '../secrets' } }],
  ['a body with a further field', 'make', { body: { name: 'one', note: 'two' } }],
  ['a body where there is none', 'look', { ...asked, body: {} }],
  ['no body where there is one', 'make', {}],
];
for (const [why, route, args] of refused) {
  test(`not let through: ${why}`, async () => {
    await assert.rejects(client({ status: 200 }).call(route, args), { name: 'WireFailure', kind: 'refused' });
  });
}

test('a status outside of the table is an answer, a body outside of the schema is unknown', async () => {
  await assert.rejects(client({ status: 404 }).call('look', asked), { kind: 'answered', status: 404 });
  await assert.rejects(client({ status: 200, body: { name: 1 } }).call('look', asked), {
    kind: 'unknown',
    reason: 'schema',
  });
});

test('a memo loads once in its time, and keeps no failure', async () => {
  let now = 0;
  let loads = 0;
  const memo = createMemo(() => now);
  const load = async () => {
    loads += 1;
    if (loads === 1) throw new Error('away');
    return loads;
  };
  await assert.rejects(memo('key', 100, load));
  assert.equal(await memo('key', 100, load), 2);
  now = 99;
  assert.equal(await memo('key', 100, load), 2);
  assert.equal(await memo('other', 100, load), 3);
  now = 100;
  assert.equal(await memo('key', 100, load), 4);
});
