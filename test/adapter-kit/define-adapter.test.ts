import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defineAdapter, type Route, z } from '#adapter-kit/index.ts';
import { memory } from '../../adapters/memory/index.ts';

const plain: Route = {
  method: 'GET',
  template: '/users/current',
  response: 'empty',
  ok: [200],
  timeoutMs: 1_000,
  maxResponseBytes: 1_000,
  effect: 'read',
};
const defining = (changes: Partial<Record<keyof Route, unknown>>) => () =>
  // What the types would not let an adapter write is tried as well.
  defineAdapter({ ...memory, routes: { user: { ...plain, ...changes } as Route } });

describe('An adapter may', () => {
  const rows: [what: string, route: Partial<Route>][] = [
    ['name a redirect as an answer', { response: 'redirect', ok: [302] }],
    ['name a redirect beside a success', { response: 'redirect', ok: [201, 303] }],
    ['fix a header of the vendor', { headers: { 'x-drc-api-version': 'v4' } }],
    ['repeat a POST that says why it only reads', { method: 'POST', onlyReads: 'Vendor’s reference, 2026.' }],
    ['repeat a search', { method: 'POST', template: '/Slot/_search' }],
    ['write a strict body', { body: z.strictObject({ day: z.string(), of: z.strictObject({}).optional() }) }],
    ['write a strict body that is looked at further', { body: z.strictObject({}).refine(() => true) }],
    ['write one of two strict bodies', { body: z.union([z.strictObject({}), z.array(z.string())]) }],
    ['repeat $find', { method: 'POST', template: '/Appointment/$find' }],
  ];
  for (const [what, route] of rows) test(`${what}.`, () => assert.doesNotThrow(defining(route)));
});

describe('An adapter may not', () => {
  const rows: [what: string, route: Partial<Record<keyof Route, unknown>>, why: RegExp][] = [
    ['take a redirect for a success unless it is the answer', { ok: [200, 302] }, /redirect/],
    ['take an error for a success', { response: 'redirect', ok: [302, 400] }, /redirect/],
    ['take an error for an empty answer', { ok: [404] }, /redirect/],
    ...[
      'X-Drc-Api-Version',
      'drc-api-version',
      'authorization',
      'cookie',
      'host',
      'x-',
      'x-a b',
      'x-a\r\nb',
      `x-${'a'.repeat(41)}`,
      'x-http-method-override',
      'x-method-override',
      'x-forwarded-host',
      'x-original-url',
      'x-rewrite-url',
      'x-real-ip',
    ].map((name): [string, Partial<Record<keyof Route, unknown>>, RegExp] => [
      `fix the header ${JSON.stringify(name.slice(0, 24))}`,
      { headers: { [name]: 'v4' } },
      /not one that a route may fix/,
    ]),
    ['repeat a POST that does not say why', { method: 'POST' }, /onlyReads/],
    ['repeat a PUT, whatever it says', { method: 'PUT', onlyReads: 'Vendor’s reference.' }, /onlyReads/],
    ['repeat a PATCH, whatever it says', { method: 'PATCH', onlyReads: 'Vendor’s reference.' }, /onlyReads/],
    ['drop fields of a body', { body: z.object({ day: z.string() }) }, /user: body is .* z\.strictObject/],
    ['send any field in a body', { body: z.looseObject({}) }, /z\.strictObject/],
    ['send fields of any name', { body: z.object({}).catchall(z.string()) }, /z\.strictObject/],
    ['send any field below', { body: z.strictObject({ of: z.object({}).optional() }) }, /body\.of is/],
    ['send any field in a list', { body: z.array(z.strictObject({ a: z.object({}) })) }, /body\[\]\.a is/],
    ['send one loose body of two', { body: z.union([z.strictObject({}), z.object({})]) }, /body is/],
    ['leave a segment without a grammar', { template: '/users/{id}' }, /same segments/],
  ];
  for (const [what, route, why] of rows)
    test(`${what}.`, () => assert.throws(defining(route), { name: 'TypeError', message: why }));

  test('have an id that is not kebab-case.', () =>
    assert.throws(() => defineAdapter({ ...memory, id: 'Dr_Chrono' }), {
      name: 'TypeError',
      message: /kebab/,
    }));
});
