import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AuthorizationRequest,
  buildAuthorizationRequest,
  type PendingAuthorization,
} from '#oauth/authorization-request.ts';
import { receiveAuthorizationResponse } from '#oauth/authorization-response.ts';
import type { OAuthClient } from '#oauth/client.ts';
import { clientCredentialsGrant } from '#oauth/client-credentials-grant.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { revokeToken } from '#oauth/revocation.ts';
import type { TokenAnswer } from '#oauth/token-answer.ts';
import {
  askedScopes,
  type ClientName,
  redirectUri,
  startAuthorizationServer,
  type TestServer,
} from './authorization-server.ts';

const rotating = await startAuthorizationServer({ rotation: true });
const keeping = await startAuthorizationServer({ rotation: false });
const denying = await startAuthorizationServer({ answer: 'deny' });
const thinning = await startAuthorizationServer({ withheld: ['user/Appointment.crus', 'openid'] });

const ask: AuthorizationRequest = { redirectUri, scope: askedScopes, prompt: 'consent' };

/** Sends a person to consent. */
async function consent(
  server: TestServer,
  client: OAuthClient,
  request = ask,
): Promise<{ pending: PendingAuthorization; callback: URL }> {
  const { url, pending } = await buildAuthorizationRequest(client, request);
  return { pending, callback: await server.consent(url) };
}
async function connect(server: TestServer, client: OAuthClient, request = ask): Promise<TokenAnswer> {
  const { pending, callback } = await consent(server, client, request);
  return receiveAuthorizationResponse(client, pending, callback);
}
function refreshTokenOf({ refreshToken }: TokenAnswer): string {
  assert.ok(refreshToken !== undefined, 'there is a refresh token');
  return refreshToken;
}
function changed(callback: URL, change: (parameters: URLSearchParams) => void): URL {
  const url = new URL(callback);
  change(url.searchParams);
  return url;
}

const names: readonly ClientName[] = ['public', 'basic', 'post', 'rs384', 'es384'];
for (const name of names) {
  test(`${name}: a code becomes tokens, they are refreshed and revoked`, async () => {
    const client = rotating.client(name);
    const answer = await connect(rotating, client);
    assert.equal(answer.tokenType, 'Bearer');
    assert.equal(answer.expiresInSeconds, 570);
    assert.deepEqual(answer.scope?.split(' ').sort(), [...askedScopes].sort());
    const again = await refreshGrant(client, refreshTokenOf(answer));
    assert.notEqual(again.accessToken, answer.accessToken);
    assert.equal(await revokeToken(client, refreshTokenOf(again), 'refresh_token'), 'revoked');
    await assert.rejects(refreshGrant(client, refreshTokenOf(again)), {
      kind: 'invalid-grant',
      code: 'invalid_grant',
      mayHaveBeenSpent: false,
    });
  });
}
for (const name of names.filter((each) => each !== 'public')) {
  test(`${name}: the client gets a token of its own`, async () => {
    const scope = ['system/Appointment.crus', 'system/Slot.rs'];
    const answer = await clientCredentialsGrant(keeping.client(name), scope);
    assert.deepEqual(Object.keys(answer).sort(), ['accessToken', 'expiresInSeconds', 'scope', 'tokenType']);
    assert.equal(answer.expiresInSeconds, 300);
    assert.equal(answer.scope, scope.join(' '));
  });
}

test('a refreshed token is spent where tokens rotate, and using it again ends the grant', async () => {
  const client = rotating.client('es384');
  const first = refreshTokenOf(await connect(rotating, client));
  const second = refreshTokenOf(await refreshGrant(client, first));
  assert.notEqual(second, first);
  await assert.rejects(refreshGrant(client, first), { kind: 'invalid-grant' });
  await assert.rejects(refreshGrant(client, second), { kind: 'invalid-grant' });
});

test('a refresh token that does not rotate may be used again', async () => {
  const client = keeping.client('basic');
  const answer = await connect(keeping, client);
  const refreshToken = refreshTokenOf(answer);
  const [one, two] = [await refreshGrant(client, refreshToken), await refreshGrant(client, refreshToken)];
  assert.equal(new Set([answer.accessToken, one.accessToken, two.accessToken]).size, 3);
});

test('a refresh may ask for less', async () => {
  const client = keeping.client('post');
  const refreshToken = refreshTokenOf(await connect(keeping, client));
  assert.equal((await refreshGrant(client, refreshToken, ['user/Slot.rs'])).scope, 'user/Slot.rs');
  await assert.rejects(refreshGrant(client, refreshToken, ['system/Slot.rs']), {
    kind: 'our-fault',
    code: 'invalid_scope',
  });
});

test('the answer says what was granted, not what was asked', async () => {
  const answer = await connect(thinning, thinning.client('public'));
  assert.deepEqual(answer.scope?.split(' ').sort(), [
    'fhirUser',
    'offline_access',
    'user/Schedule.rs',
    'user/Slot.rs',
  ]);
});

test('without prompt=consent this server gives no refresh token', async () => {
  const { prompt: _, ...request } = ask;
  const answer = await connect(keeping, keeping.client('basic'), request);
  assert.ok(!('refreshToken' in answer));
});

test('a person who says no is told from every other failure', async () => {
  await assert.rejects(connect(denying, denying.client('basic')), { kind: 'denied', code: 'access_denied' });
});

test('a code works once, and its replay takes away what it had given', async () => {
  const client = keeping.client('rs384');
  const { pending, callback } = await consent(keeping, client);
  const answer = await receiveAuthorizationResponse(client, pending, callback);
  await assert.rejects(receiveAuthorizationResponse(client, pending, callback), { kind: 'invalid-grant' });
  await assert.rejects(refreshGrant(client, refreshTokenOf(answer)), { kind: 'invalid-grant' });
});

test('the server refuses a code without the verifier of its challenge', async () => {
  const client = keeping.client('basic');
  const { pending, callback } = await consent(keeping, client);
  assert.ok(pending.pkce === 'S256');
  const other: PendingAuthorization = { ...pending, codeVerifier: 'x'.repeat(43) };
  await assert.rejects(receiveAuthorizationResponse(client, other, callback), { kind: 'invalid-grant' });
  const second = await consent(keeping, client);
  const none: PendingAuthorization = { ...second.pending, pkce: 'none' };
  await assert.rejects(receiveAuthorizationResponse(client, none, second.callback), {
    kind: 'invalid-grant',
  });
});

test('the server refuses a request without a challenge, which only a waiver makes', async () => {
  const request = { ...ask, pkce: { none: 'a test' } };
  await assert.rejects(connect(keeping, keeping.client('basic'), request), {
    kind: 'our-fault',
    code: 'invalid_request',
  });
});

test('a response with another iss, or without the announced one, is refused before its code is sent', async () => {
  const sent: string[] = [];
  const client = keeping.client('basic', {
    fetch: (url, init) => {
      sent.push(url);
      return fetch(url, init);
    },
  });
  const { pending, callback } = await consent(keeping, client);
  assert.equal(callback.searchParams.get('iss'), keeping.metadata.issuer);
  const wrong = changed(callback, (given) => given.set('iss', 'https://other.example'));
  await assert.rejects(receiveAuthorizationResponse(client, pending, wrong), {
    kind: 'refused',
    code: 'iss',
  });
  const without = changed(callback, (given) => given.delete('iss'));
  await assert.rejects(receiveAuthorizationResponse(client, pending, without), {
    kind: 'refused',
    code: 'iss',
  });
  assert.deepEqual(sent, []);
  // The code is as good as before: nothing was sent.
  await receiveAuthorizationResponse(client, pending, callback);
});

test('a response with another state is refused before its code is sent', async () => {
  const client = keeping.client('public');
  const [one, two] = [await consent(keeping, client), await consent(keeping, client)];
  await assert.rejects(receiveAuthorizationResponse(client, one.pending, two.callback), {
    kind: 'refused',
    code: 'state',
    mayHaveBeenSpent: false,
  });
  await receiveAuthorizationResponse(client, two.pending, two.callback);
});

test('an id token of another request is refused', async () => {
  const client = keeping.client('public');
  const { pending, callback } = await consent(keeping, client);
  await assert.rejects(
    receiveAuthorizationResponse(client, { ...pending, nonce: 'n'.repeat(43) }, callback),
    {
      kind: 'refused',
      code: 'nonce',
      mayHaveBeenSpent: true,
    },
  );
});

const wrongClients: readonly (readonly [name: string, client: OAuthClient])[] = [
  [
    'a wrong secret',
    keeping.client('basic', { authentication: { method: 'client_secret_basic', clientSecret: 'no' } }),
  ],
  [
    'a wrong posted secret',
    keeping.client('post', { authentication: { method: 'client_secret_post', clientSecret: 'no' } }),
  ],
  ['another method than registered', keeping.client('basic', { authentication: { method: 'none' } })],
  [
    'the key of another client',
    keeping.client('es384', { authentication: rotating.client('es384').authentication }),
  ],
  ['an unknown client', keeping.client('basic', { clientId: 'nobody' })],
  ['an assertion that has expired', keeping.client('rs384', { clock: () => Date.now() - 3_600_000 })],
];
for (const [name, client] of wrongClients) {
  test(`${name} is our fault, whatever the grant`, async () => {
    const failure = { kind: 'our-fault', code: 'invalid_client', status: 401, mayHaveBeenSpent: false };
    await assert.rejects(refreshGrant(client, 'any'), failure);
    await assert.rejects(clientCredentialsGrant(client, ['system/Slot.rs']), failure);
    await assert.rejects(revokeToken(client, 'any', 'refresh_token'), failure);
  });
}

test('an assertion is for one audience, and for one use', async () => {
  const assertions = [
    'https://other.example/token',
    keeping.metadata.issuer,
    keeping.metadata.token_endpoint,
  ];
  const outcomes = await Promise.all(
    assertions.map(async (audience) => {
      const { authentication, ...rest } = keeping.client('es384');
      assert.ok(authentication.method === 'private_key_jwt');
      const client = { ...rest, authentication: { ...authentication, audience } };
      return clientCredentialsGrant(client, ['system/Slot.rs']).then(
        () => 'accepted',
        ({ code }) => code,
      );
    }),
  );
  assert.deepEqual(outcomes, ['invalid_client', 'accepted', 'accepted']);

  // The same random bytes give the same jti.
  const client = keeping.client('rs384', { random: (bytes) => Buffer.alloc(bytes, 7) });
  await clientCredentialsGrant(client, ['system/Slot.rs']);
  await assert.rejects(clientCredentialsGrant(client, ['system/Slot.rs']), { code: 'invalid_client' });
});

test('a server without a revocation endpoint is not asked', async () => {
  const { revocation_endpoint: _, ...server } = keeping.metadata;
  const client = keeping.client('basic', { server, fetch: () => assert.fail('asked') });
  assert.equal(await revokeToken(client, 'any', 'refresh_token'), 'not-offered');
});

test('a token that the server does not know counts as revoked', async () => {
  assert.equal(await revokeToken(keeping.client('basic'), 'unknown', 'access_token'), 'revoked');
});

test('plain http is for simulators only', async () => {
  const client = keeping.client('basic', { simulator: false, fetch: () => assert.fail('sent') });
  await assert.rejects(refreshGrant(client, 'any'), {
    kind: 'refused',
    code: 'library',
    mayHaveBeenSpent: false,
  });
});
