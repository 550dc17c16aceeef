import assert from 'node:assert/strict';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import type { OAuthClient } from '#oauth/client.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { revokeToken } from '#oauth/revocation.ts';
import { readSmartConfiguration } from '#oauth/smart-configuration.ts';
import { cannedClient, nowhere, token } from './canned-server.ts';

/** A client of a server on loopback that behaves as it is told. */
async function serverThat(does: RequestListener, change: Partial<OAuthClient> = {}): Promise<OAuthClient> {
  const http = createHttpServer(does);
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  after(() => {
    http.closeAllConnections();
    http.close();
  });
  return clientOf(http.address(), change);
}
async function socketThat(does: (socket: Socket) => void): Promise<OAuthClient> {
  const tcp = createTcpServer((socket) => does(socket.on('error', () => {})));
  await new Promise<void>((done) => tcp.listen(0, '127.0.0.1', done));
  after(() => tcp.close());
  return clientOf(tcp.address());
}
function clientOf(address: unknown, change: Partial<OAuthClient> = {}): OAuthClient {
  assert.ok(typeof address === 'object' && address !== null && 'port' in address);
  const token_endpoint = `http://127.0.0.1:${address.port}/token`;
  const server = { ...nowhere, token_endpoint };
  return { ...cannedClient(() => assert.fail(), { server, simulator: true, ...change }), fetch };
}
const big = (bytes: number): string => JSON.stringify({ ...token, filler: 'x'.repeat(bytes) });
const json = { 'content-type': 'application/json' };

const fine = await serverThat((_, response) => response.end(JSON.stringify(token)));
const silent = await serverThat(() => {}, { timeoutSeconds: 0.2 });
const stalled = await serverThat(
  (_, response) => {
    response.writeHead(200, json).write('{"access_token":"a",');
  },
  { timeoutSeconds: 0.2 },
);
const resetting = await socketThat((socket) => socket.once('data', () => socket.resetAndDestroy()));
const babbling = await socketThat((socket) => socket.once('data', () => socket.end('hello\r\n\r\n')));
const torn = await serverThat((_, response) => {
  response.writeHead(200, { ...json, 'content-length': '500' }).write('{"access_token"');
  response.destroy();
});
const largest = await serverThat((_, response) => response.writeHead(200, json).end(big(65_000)));
const larger = await serverThat((_, response) => response.writeHead(200, json).end(big(66_000)));
let streamed = 0;
const endless = await serverThat((_, response) => {
  response.writeHead(200, json);
  const more = (): void => {
    streamed += 1;
    if (!response.destroyed) response.write('x'.repeat(16_384), () => setImmediate(more));
  };
  more();
});
const elsewhere: string[] = [];
const target = await serverThat((request, response) => {
  elsewhere.push(request.url ?? '');
  response.end(JSON.stringify(token));
});
const redirecting = await serverThat((_, response) =>
  response.writeHead(307, { location: target.server.token_endpoint }).end(),
);
const gone = await new Promise<OAuthClient>((done) => {
  const tcp = createTcpServer().listen(0, '127.0.0.1', () => {
    const client = clientOf(tcp.address());
    tcp.close(() => done(client));
  });
});

test('an answer in one piece is read, whatever its content type', async () => {
  assert.equal((await refreshGrant(fine, 'r')).accessToken, 'a');
});

const ends: readonly (readonly [name: string, client: OAuthClient, failure: object])[] = [
  ['a server that never answers', silent, { kind: 'unknown', code: 'timeout', mayHaveBeenSpent: true }],
  [
    'an answer that stops in the middle',
    stalled,
    { kind: 'unknown', code: 'timeout', mayHaveBeenSpent: true },
  ],
  ['a connection that is reset', resetting, { kind: 'unknown', code: 'reset', mayHaveBeenSpent: true }],
  ['an answer that is no HTTP', babbling, { kind: 'unknown', code: 'reset', mayHaveBeenSpent: true }],
  ['a torn answer', torn, { kind: 'unknown', code: 'reset', mayHaveBeenSpent: true }],
  ['an answer over 64 KiB', larger, { kind: 'unknown', code: 'too-large', mayHaveBeenSpent: true }],
  ['an answer without end', endless, { kind: 'unknown', code: 'too-large', mayHaveBeenSpent: true }],
  ['a redirect', redirecting, { kind: 'unknown', code: 'redirect', mayHaveBeenSpent: true }],
  ['a port where nobody listens', gone, { kind: 'busy', code: 'unreachable', mayHaveBeenSpent: false }],
];
for (const [name, client, failure] of ends)
  test(`${name} is told as what it is`, () => assert.rejects(refreshGrant(client, 'r'), failure));

test('an answer of almost 64 KiB is read', async () => {
  assert.equal((await refreshGrant(largest, 'r')).accessToken, 'a');
});

test('an answer without end is not read to its end', async () => {
  const before = streamed;
  await assert.rejects(refreshGrant(endless, 'r'), { code: 'too-large' });
  assert.ok(streamed - before < 1_000, `${streamed - before} pieces`);
});

test('a redirect leads nowhere', async () => {
  await assert.rejects(refreshGrant(redirecting, 'r'));
  assert.deepEqual(elsewhere, []);
});

test('a name that does not exist is told from a lost answer', async () => {
  const client = { ...cannedClient(() => assert.fail()), fetch };
  const server = { ...nowhere, token_endpoint: 'https://nobody.invalid/token' };
  await assert.rejects(refreshGrant({ ...client, server }, 'r'), { kind: 'busy', code: 'unreachable' });
});

/** As the wall throws them, under the names of its errors. */
function named(name: string, more: object = {}): Error {
  return Object.assign(new Error('not for us to read'), { name }, more);
}
const thrown: readonly (readonly [error: Error, failure: object])[] = [
  [named('WallRefusal', { reason: 'route' }), { kind: 'refused', code: 'wall', mayHaveBeenSpent: false }],
  [
    named('ConnectFailure', { reason: 'address' }),
    { kind: 'refused', code: 'wall', mayHaveBeenSpent: false },
  ],
  [
    named('ConnectFailure', { reason: 'tls' }),
    { kind: 'busy', code: 'unreachable', mayHaveBeenSpent: false },
  ],
  [
    named('ConnectFailure', { reason: 'dns' }),
    { kind: 'busy', code: 'unreachable', mayHaveBeenSpent: false },
  ],
  [named('Error', { code: 'UND_ERR_CONNECT_TIMEOUT' }), { kind: 'busy', code: 'unreachable' }],
  [named('Error', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), { kind: 'busy', code: 'unreachable' }],
  [named('Error', { code: 'UND_ERR_SOCKET' }), { kind: 'unknown', code: 'reset', mayHaveBeenSpent: true }],
  [named('Error', { code: 'ECONNRESET' }), { kind: 'unknown', code: 'reset', mayHaveBeenSpent: true }],
  [named('TimeoutError'), { kind: 'unknown', code: 'timeout', mayHaveBeenSpent: true }],
  [named('SomethingNew'), { kind: 'unknown', code: 'reset', mayHaveBeenSpent: true }],
];
for (const [error, failure] of thrown) {
  const { name } = error;
  const details = JSON.stringify(Object.fromEntries(Object.entries(error).filter(([key]) => key !== 'name')));
  test(`${name} ${details} under a fetch that failed is told as what it is`, async () => {
    const client = cannedClient(() => Promise.reject(new TypeError('fetch failed', { cause: error })));
    await assert.rejects(refreshGrant(client, 'r'), failure);
    await assert.rejects(revokeToken(client, 'r', 'refresh_token'), failure);
  });
}

test('one request is sent, in one spelling, with nothing in it that was not asked for', async () => {
  const client = cannedClient(() => Response.json(token));
  await refreshGrant(client, "r +&=%~*'()é", ['user/Slot.rs', 'openid']);
  assert.equal(client.sent.length, 1);
  const [{ signal, ...request } = assert.fail()] = client.sent;
  assert.ok(signal instanceof AbortSignal);
  assert.deepEqual(request, {
    url: 'https://login.emr.example/token',
    method: 'POST',
    redirect: 'error',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from('postern:kept').toString('base64')}`,
    },
    body: 'scope=user%2FSlot.rs+openid&refresh_token=r+%2B%26%3D%25%7E*%27%28%29%C3%A9&grant_type=refresh_token',
  });
});

test('every request has eight seconds to its last byte, if nothing else is said', async (t) => {
  const timeout = t.mock.method(AbortSignal, 'timeout');
  const client = cannedClient(() => Response.json(token));
  await refreshGrant(client, 'r');
  await refreshGrant({ ...client, timeoutSeconds: 3 }, 'r');
  await revokeToken(client, 'r', 'refresh_token');
  await assert.rejects(readSmartConfiguration('https://fhir.emr.example', { origins: [] }, client));
  assert.deepEqual(
    timeout.mock.calls.map((call) => call.arguments),
    [[8_000], [3_000], [8_000], [8_000]],
  );
});

for (const [name, status] of [
  ['429', 429],
  ['500', 500],
  ['503', 503],
] as const)
  test(`status ${name} is not tried again`, async () => {
    const client = cannedClient(() => new Response('{}', { status }));
    await assert.rejects(refreshGrant(client, 'r'), { kind: 'busy', status });
    assert.equal(client.sent.length, 1);
  });

const waits: readonly (readonly [header: string, seconds: number | undefined])[] = [
  ['0', 0],
  ['120', 120],
  ['Thu, 04 Mar 2027 15:02:00 GMT', 120],
  ['Thu, 04 Mar 2027 14:00:00 GMT', undefined],
  ['86400', 86_400],
  ['86401', undefined],
  ['-1', undefined],
  ['soon', undefined],
  ['1.5', undefined],
];
for (const [header, seconds] of waits)
  test(`Retry-After: ${header} means ${seconds ?? 'nothing'}`, async () => {
    const headers = { 'retry-after': header };
    const client = cannedClient(() => new Response('', { status: 503, headers }));
    await assert.rejects(refreshGrant(client, 'r'), { kind: 'busy', retryAfterSeconds: seconds });
  });
