import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultTable } from '#simulator-kit/fault.ts';
import { startToy, type Toy } from './toy-emr.ts';

/** What a client sees of a POST under each fault, and whether the visit exists afterwards. */
const writes: readonly {
  order: { name: string; [option: string]: unknown };
  sees: string;
  booked: boolean;
}[] = [
  { order: { name: 'response-lost' }, sees: 'cut', booked: true },
  { order: { name: 'request-dropped' }, sees: 'cut', booked: false },
  { order: { name: 'error-after-commit' }, sees: '500 oops', booked: true },
  { order: { name: 'slow', delayMs: 20 }, sees: '201', booked: true },
  { order: { name: 'throttled', delayMs: 3000 }, sees: '429 slow down', booked: false },
  { order: { name: 'lost-connectivity-400' }, sees: '400 office away', booked: false },
  { order: { name: 'lost-connectivity-400', commit: true }, sees: '400 office away', booked: true },
  { order: { name: 'wrong-body' }, sees: '201 {"message":"ok","data":{"rows":[1,2,3]}}', booked: true },
  { order: { name: 'wrong-body', variant: 'null', commit: false }, sees: '200 null', booked: false },
  { order: { name: 'wrong-body', variant: 'string' }, sees: '201 "success"', booked: true },
  { order: { name: 'wrong-body', variant: 'empty' }, sees: '201 ', booked: true },
  {
    order: { name: 'hostile-body', variant: 'patient-error', text: 'Zoe Canary' },
    sees: '400 Zoe Canary',
    booked: true,
  },
];

for (const { order, sees, booked } of writes) {
  test(`${JSON.stringify(order)} on a write shows ${sees}, and the visit is ${booked ? '' : 'not '}booked`, async (t) => {
    const toy = await startToy(t);
    await toy.call('POST', '/__sim/faults', { times: 1, ...order });
    const seen = await post(toy);
    assert.ok(seen.startsWith(sees), seen);
    assert.equal(await visitsInLedger(toy), booked ? 2 : 1);
    assert.equal(await fired(toy, order.name), 1);
    const [logged] = (await toy.call('GET', '/__sim/requests')).json();
    assert.equal(logged.fault, order.name);
    assert.equal(logged.status, sees === 'cut' ? 0 : Number(sees.slice(0, 3)));
    assert.equal(logged.performed, booked ? 201 : undefined);
    assert.ok((await post(toy)).startsWith('201'), 'the next request is spared');
  });
}

test('throttled says when to come back', async (t) => {
  const toy = await startToy(t);
  await toy.call('POST', '/__sim/faults', { name: 'throttled', times: 1, delayMs: 2500 });
  const reply = await toy.call('GET', '/api/visits');
  assert.equal(reply.headers.get('retry-after'), '3');
});

for (const variant of ['reset', '504']) {
  test(`late-commit (${variant}) performs after the client has its answer`, async (t) => {
    const toy = await startToy(t);
    await toy.call('POST', '/__sim/faults', { name: 'late-commit', times: 1, delayMs: 150, variant });
    assert.ok((await post(toy)).startsWith(variant === 'reset' ? 'cut' : '504'));
    assert.equal(await visitsInLedger(toy), 1, 'not yet');
    await until(async () => (await visitsInLedger(toy)) === 2);
  });
}

test('hung never answers and keeps the connection until the client leaves', async (t) => {
  const toy = await startToy(t);
  await toy.call('POST', '/__sim/faults', { name: 'hung', times: 1, commit: true });
  const leaving = new AbortController();
  const pending = fetch(`${toy.url}/api/visits`, {
    method: 'POST',
    body: '{"patient":"p1"}',
    signal: leaving.signal,
  });
  await until(async () => (await visitsInLedger(toy)) === 2);
  leaving.abort();
  await assert.rejects(pending, { name: 'AbortError' });
  assert.equal((await toy.call('GET', '/__sim/requests')).json()[0].status, 0);
});

test('stale-read shows the data before the last write, and writes are not touched by it', async (t) => {
  const toy = await startToy(t);
  await toy.call('POST', '/__sim/faults', { name: 'stale-read', times: 1 });
  assert.ok((await post(toy)).startsWith('201'));
  assert.equal((await toy.call('GET', '/api/visits')).json().length, 1);
  assert.equal((await toy.call('GET', '/api/visits')).json().length, 2);
});

test('stale-read with an age shows the data of that time', async (t) => {
  const toy = await startToy(t);
  await post(toy);
  await toy.call('POST', '/__sim/faults', { name: 'stale-read', times: 1, delayMs: 60_000 });
  assert.equal(
    (await toy.call('GET', '/api/visits')).json().length,
    0,
    'a minute ago there was not even a seed',
  );
});

test('wrong-body truncated is no JSON, and hostile bodies are what they say', async (t) => {
  const toy = await startToy(t);
  const played = async (order: object) => {
    await toy.call('POST', '/__sim/faults', { times: 1, ...order });
    return toy.call('GET', '/api/visits/1');
  };
  const truncated = await played({ name: 'wrong-body', variant: 'truncated' });
  assert.throws(() => truncated.json(), SyntaxError);
  const html = await played({ name: 'hostile-body', variant: 'html' });
  assert.match(html.text, /<script>/);
  assert.match(html.headers.get('content-type') ?? '', /^text\/html/);
  const polluting = await played({ name: 'hostile-body', variant: 'prototype' });
  assert.ok(Object.hasOwn(polluting.json(), '__proto__'));
  assert.equal(polluting.json().id, '1');
  const deep = await played({ name: 'hostile-body', variant: 'deep' });
  assert.ok(deep.text.startsWith('[[[['));
});

test('huge-body sends 50 MB, goes on for ever, or unpacks to half a gigabyte', async (t) => {
  const toy = await startToy(t);
  const read = async (variant: string, limit: number): Promise<number> => {
    await toy.call('POST', '/__sim/faults', { name: 'huge-body', times: 1, variant });
    const response = await fetch(`${toy.url}/api/visits`);
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > limit) break;
    }
    return bytes;
  };
  assert.equal(await read('plain', Number.POSITIVE_INFINITY), 50 * 1024 * 1024 + 2);
  assert.ok((await read('endless', 60 * 1024 * 1024)) > 60 * 1024 * 1024);
  assert.ok((await read('gzip', 30 * 1024 * 1024)) > 30 * 1024 * 1024);
});

test('a fault meets only the route, method and effect it names', async (t) => {
  const toy = await startToy(t);
  const meets = async (order: object, method: string, path: string): Promise<boolean> => {
    await toy.call('POST', '/__sim/faults', { name: 'throttled', times: 1, ...order });
    const { status } = await toy.call(method, path, method === 'POST' ? { patient: 'p3' } : undefined);
    await toy.call('DELETE', '/__sim/faults');
    return status === 429;
  };
  const rows: readonly [object, string, string, boolean][] = [
    [{ route: 'GET /visits/{id}' }, 'GET', '/api/visits/1', true],
    [{ route: 'GET /api/visits/{id}' }, 'GET', '/api/visits/1', true],
    [{ route: '/visits/1' }, 'GET', '/api/visits/1', true],
    [{ route: 'GET /visits/{id}' }, 'GET', '/api/visits', false],
    [{ route: 'GET /visits*' }, 'GET', '/api/visits/1', true],
    [{ route: 'POST /visits' }, 'GET', '/api/visits', false],
    [{ route: '/visits' }, 'POST', '/api/visits', true],
    [{ effect: 'write' }, 'GET', '/api/visits', false],
    [{ effect: 'write' }, 'POST', '/api/visits', true],
    [{ effect: 'read' }, 'POST', '/api/visits', false],
    [{ after: 1 }, 'GET', '/api/visits', false],
  ];
  for (const [order, method, path, hit] of rows)
    assert.equal(await meets(order, method, path), hit, `${JSON.stringify(order)} on ${method} ${path}`);
});

test('a rate with a seed hits the same requests in every run', async (t) => {
  const run = async (seed: number): Promise<string> => {
    const toy = await startToy(t);
    await toy.call('POST', '/__sim/faults', { name: 'throttled', rate: 0.3, seed });
    const statuses = [];
    for (let turn = 0; turn < 60; turn++) statuses.push((await toy.call('GET', '/api/visits')).status);
    const hits = statuses.filter((status) => status === 429).length;
    assert.ok(hits > 6 && hits < 36, `seed ${seed}: ${hits} hits of 60`);
    assert.equal(await fired(toy, 'throttled'), hits);
    return statuses.join();
  };
  assert.equal(await run(7), await run(7));
  assert.notEqual(await run(7), await run(8));
});

test('counters outlive the lifting of a fault', async (t) => {
  const toy = await startToy(t);
  const { id } = (await toy.call('POST', '/__sim/faults', { name: 'throttled', times: 5 })).json();
  await toy.call('GET', '/api/visits');
  assert.equal((await toy.call('DELETE', `/__sim/faults/${id}`)).status, 204);
  assert.equal((await toy.call('DELETE', `/__sim/faults/${id}`)).status, 404);
  assert.equal((await toy.call('GET', '/api/visits')).status, 200);
  assert.deepEqual((await toy.call('GET', '/__sim/faults')).json(), { faults: [], fired: { throttled: 1 } });
});

test('an order that makes no sense is refused', async (t) => {
  const toy = await startToy(t);
  const orders = [
    { name: 'earthquake', times: 1 },
    { name: 'slow' },
    { name: 'slow', times: 1, rate: 0.5, seed: 1 },
    { name: 'slow', rate: 0.5 },
    { name: 'slow', times: 1, variant: 'html' },
    { name: 'request-dropped', times: 1, commit: true },
    { name: 'slow', times: 1, route: 'visits' },
    { name: 'slow', times: 1, colour: 'red' },
  ];
  for (const order of orders)
    assert.equal((await toy.call('POST', '/__sim/faults', order)).status, 400, JSON.stringify(order));
});

test('every name of the design is a fault', () => {
  const names = [
    ...['error-after-commit', 'hostile-body', 'huge-body', 'hung', 'late-commit', 'lost-connectivity-400'],
    ...['request-dropped', 'response-lost', 'slow', 'stale-read', 'throttled', 'wrong-body'],
    // Of the authorization server:
    ...['grant-revoked', 'refresh-token-absent', 'scope-absent', 'scopes-narrower', 'scopes-wider'],
    ...['token-answer-lost', 'token-error', 'token-html', 'token-request-dropped', 'token-slow'],
  ];
  assert.deepEqual(Object.keys(faultTable).sort(), names.sort());
});

/** Status and body of a POST, or `cut`. */
async function post(toy: Toy): Promise<string> {
  try {
    const reply = await toy.call('POST', '/api/visits', { patient: 'p9' });
    return `${reply.status} ${reply.text}`;
  } catch (error) {
    assert.ok(error instanceof TypeError, String(error));
    return 'cut';
  }
}

async function visitsInLedger(toy: Toy): Promise<number> {
  return (await toy.call('GET', '/__sim/ledger')).json().appointments.length;
}

async function fired(toy: Toy, name: string): Promise<number> {
  return (await toy.call('GET', '/__sim/faults')).json().fired[name];
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('It never came to be.');
}
