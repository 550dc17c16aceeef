import assert from 'node:assert/strict';
import { test } from 'node:test';
import { revokeToken } from '#oauth/revocation.ts';
import { cannedClient } from './canned-server.ts';

test('the token goes to the revocation endpoint with a hint, and we say who we are', async () => {
  const client = cannedClient(() => new Response());
  assert.equal(await revokeToken(client, 'r+/=', 'refresh_token'), 'revoked');
  const [{ signal, ...request } = assert.fail()] = client.sent;
  assert.ok(signal);
  assert.deepEqual(request, {
    url: 'https://login.emr.example/revoke',
    method: 'POST',
    redirect: 'error',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${btoa('postern:kept')}`,
    },
    body: 'token_type_hint=refresh_token&token=r%2B%2F%3D',
  });
});

const answers: readonly (readonly [name: string, answer: () => Response])[] = [
  ['200 and nothing', () => new Response()],
  ['200 and a page', () => new Response('<p>done</p>')],
  ['200 and {}', () => Response.json({})],
  ['204', () => new Response(null, { status: 204 })],
];
for (const [name, answer] of answers)
  test(`${name} means revoked`, async () =>
    assert.equal(await revokeToken(cannedClient(answer), 'r', 'access_token'), 'revoked'));

const failures: readonly (readonly [status: number, body: object, failure: object])[] = [
  [400, { error: 'unsupported_token_type' }, { kind: 'our-fault', code: 'unsupported_token_type' }],
  [401, { error: 'invalid_client' }, { kind: 'our-fault', code: 'invalid_client' }],
  [503, {}, { kind: 'busy', retryAfterSeconds: 30 }],
  [404, {}, { kind: 'unknown', code: 'unexpected-status' }],
  [302, {}, { kind: 'unknown', code: 'redirect' }],
];
for (const [status, body, failure] of failures)
  test(`${status} ${JSON.stringify(body)} does not mean revoked`, () => {
    const headers = { 'retry-after': '30' };
    const client = cannedClient(() => Response.json(body, { status, headers }));
    return assert.rejects(revokeToken(client, 'r', 'refresh_token'), failure);
  });
