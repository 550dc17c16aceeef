import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestOptions, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { startTestGateway } from '#test/gateway.ts';

const { gateway, cedar, database } = await startTestGateway();
const server = createServer(gateway.operators).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
after(() => server.close());

/** As a program asks; `fetch` says that it might be a browser. */
function ask(path: string, options: RequestOptions = {}, body?: unknown) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...options.headers };
    const asking = request(url + path, { ...options, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    });
    asking.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test('programs of the operator hear state, since when, last success, latency and requests, and nothing secret', async () => {
  await gateway.health.flush();
  const { status, text } = await ask(`/connections?practice=${cedar.id}&as=Kim%20Lee`);
  assert.equal(status, 200);
  const [connection] = JSON.parse(text);
  assert.equal(connection.state, 'connected');
  for (const name of ['connectionId', 'adapter', 'stateSince', 'lastSuccessAt', 'latencyMs', 'requests'])
    assert.ok(connection[name] !== undefined, name);
  assert.ok(!/secret/i.test(text));
  const { rows } = await database.asOwner(
    "select person from operator_action where command = 'connection list'",
  );
  assert.deepEqual([...new Set(rows.map(({ person }) => person))], ['Kim Lee']);
});

test('a link is made with its code, for a named person, and only hashes of both are kept', async () => {
  const { rows } = await database.asOwner('select connection_id from connection where practice_id = $1', [
    cedar.id,
  ]);
  const wanted = { practice: cedar.id, connection: rows[0]?.connection_id, as: 'Kim Lee' };
  const { status, text } = await ask('/connect/links', { method: 'POST' }, wanted);
  assert.equal(status, 201, text);
  const made = JSON.parse(text);
  assert.match(made.url, /\/connect\/[A-Za-z0-9_-]{43}$/);
  assert.match(made.code, /^\d{8}$/);
  const kept = JSON.stringify((await database.asOwner('select * from connect_link')).rows);
  assert.ok(!kept.includes(made.code) && !kept.includes(made.url.split('/').at(-1)));
});

const questions = [
  ['/connections?practice=01900000-0000-7000-8000-000000000001', 'GET', undefined],
  ['/connect/links', 'POST', { practice: '01900000-0000-7000-8000-000000000001', as: 'Kim Lee' }],
] as const;
for (const [path, method, body] of questions) {
  test(`${method} ${path.split('?')[0]} is not there for a page in a browser, nor under another name`, async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { host: 'rebound.example' },
    ])
      assert.equal((await ask(path, { method, headers }, body)).status, 404);
  });
}

test('a question without a person, or for no practice, is refused in words', async () => {
  assert.equal((await ask(`/connections?practice=${cedar.id}`)).status, 400);
  assert.equal((await ask('/connections?practice=nobody&as=Kim')).status, 400);
  assert.equal(
    (await ask(`/connections?practice=${'01900000-0000-7000-8000-000000000000'}&as=Kim`)).status,
    404,
  );
  assert.equal((await ask('/connect/links', { method: 'POST' }, { as: 'Kim Lee' })).status, 400);
});
