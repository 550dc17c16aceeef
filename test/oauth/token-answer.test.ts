import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PendingAuthorization } from '#oauth/authorization-request.ts';
import { receiveAuthorizationResponse } from '#oauth/authorization-response.ts';
import { clientCredentialsGrant } from '#oauth/client-credentials-grant.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { readTokenAnswer, type TokenAnswer } from '#oauth/token-answer.ts';
import { cannedClient, nowhere, token } from './canned-server.ts';

const limits = { shortestLifeSeconds: 30 };
const least: TokenAnswer = { accessToken: 'a', tokenType: 'Bearer', expiresInSeconds: 600 };

const good: readonly (readonly [name: string, body: object, answer: TokenAnswer])[] = [
  ['the least there can be', token, least],
  ['token_type in lower case', { ...token, token_type: 'bearer' }, least],
  ['token_type in capitals', { ...token, token_type: 'BEARER' }, least],
  ['a life of thirty seconds', { ...token, expires_in: 30 }, { ...least, expiresInSeconds: 30 }],
  ['a life of ninety days', { ...token, expires_in: 7_776_000 }, { ...least, expiresInSeconds: 7_776_000 }],
  ['a life in a string', { ...token, expires_in: '3600' }, { ...least, expiresInSeconds: 3_600 }],
  ['a life with a fraction', { ...token, expires_in: 59.9 }, { ...least, expiresInSeconds: 59 }],
  ['no life', { ...token, expires_in: undefined }, { ...least, expiresInSeconds: 300 }],
  ['a life of null', { ...token, expires_in: null }, { ...least, expiresInSeconds: 300 }],
  ['a refresh token', { ...token, refresh_token: 'r' }, { ...least, refreshToken: 'r' }],
  ['an empty refresh token', { ...token, refresh_token: '' }, least],
  ['a refresh token of null', { ...token, refresh_token: null }, least],
  ['a scope', { ...token, scope: 'user/Slot.rs openid' }, { ...least, scope: 'user/Slot.rs openid' }],
  ['an empty scope', { ...token, scope: '' }, { ...least, scope: '' }],
  ['a scope of null', { ...token, scope: null }, least],
  [
    'a launch context, which is dropped',
    { ...token, patient: '12724066', id_token: 'x.y.z', tenant: 't' },
    least,
  ],
];
for (const [name, body, answer] of good) {
  test(`a token answer with ${name} is read`, async () => {
    const given = JSON.parse(JSON.stringify(body));
    assert.deepEqual(readTokenAnswer(given, limits), answer);
    // And by way of openid-client it is the same.
    assert.deepEqual(
      await refreshGrant(
        cannedClient(() => Response.json(given)),
        'r',
      ),
      answer,
    );
  });
}

const bad: readonly (readonly [name: string, body: object, kind: string, code: string])[] = [
  ['nothing in it', {}, 'unknown', 'no-token'],
  ['an empty access token', { ...token, access_token: '' }, 'unknown', 'no-token'],
  ['a number as access token', { ...token, access_token: 7 }, 'unknown', 'no-token'],
  ['a line break in the access token', { ...token, access_token: 'a\r\nx: y' }, 'refused', 'token-form'],
  ['a space in the access token', { ...token, access_token: 'a b' }, 'refused', 'token-form'],
  ['a letter beyond ASCII in the access token', { ...token, access_token: 'é' }, 'refused', 'token-form'],
  ['no token_type', { ...token, token_type: undefined }, 'refused', 'token-type'],
  ['a token_type that binds', { ...token, token_type: 'DPoP' }, 'refused', 'token-type'],
  ['an old token_type', { ...token, token_type: 'mac' }, 'refused', 'token-type'],
  ['29 seconds', { ...token, expires_in: 29 }, 'refused', 'expires-in'],
  ['a second over ninety days', { ...token, expires_in: 7_776_001 }, 'refused', 'expires-in'],
  ['no time left', { ...token, expires_in: 0 }, 'refused', 'expires-in'],
  ['a negative life', { ...token, expires_in: -600 }, 'refused', 'expires-in'],
  ['a life that is no number', { ...token, expires_in: '10 minutes' }, 'refused', 'expires-in'],
  ['a life in a list', { ...token, expires_in: [600] }, 'refused', 'expires-in'],
  ['a life beyond all numbers', { ...token, expires_in: '1e99' }, 'refused', 'expires-in'],
  ['a number as refresh token', { ...token, refresh_token: 7 }, 'refused', 'token-form'],
  ['a line break in the refresh token', { ...token, refresh_token: 'r\n' }, 'refused', 'token-form'],
  ['a list of scopes', { ...token, scope: ['user/Slot.rs'] }, 'refused', 'token-form'],
];
for (const [name, body, kind, code] of bad) {
  test(`a token answer with ${name} is not believed, and says that it was spent`, async () => {
    const failure = { name: 'OAuthFailure', kind, code, mayHaveBeenSpent: true };
    const given = JSON.parse(JSON.stringify(body));
    assert.throws(() => readTokenAnswer(given, limits), failure);
    await assert.rejects(
      refreshGrant(
        cannedClient(() => Response.json(given)),
        'r',
      ),
      failure,
    );
  });
}

test('the shortest life is the caller’s to say', async () => {
  const brief = () => Response.json({ ...token, expires_in: 2 });
  const client = cannedClient(brief, { shortestLifeSeconds: 1 });
  assert.equal((await refreshGrant(client, 'r')).expiresInSeconds, 2);
  await assert.rejects(refreshGrant(cannedClient(brief), 'r'), { code: 'expires-in' });
});

test('a refresh token for the client itself is dropped', async () => {
  const client = cannedClient(() => Response.json({ ...token, refresh_token: 'r' }));
  assert.deepEqual(await clientCredentialsGrant(client, ['system/Slot.rs']), least);
});

/** The tokens that were revoked, in forms that say which kind they are. */
function revokedBy({ sent }: ReturnType<typeof cannedClient>): string[] {
  return sent
    .filter(({ url }) => url === nowhere.revocation_endpoint)
    .map(({ body }) => {
      const form = new URLSearchParams(body);
      assert.equal(form.get('token_type_hint'), 'refresh_token');
      return form.get('token') ?? '';
    });
}

const readable = bad.filter(([name]) => !name.includes('refresh token'));
for (const [name, body, kind, code] of readable) {
  test(`a token answer with ${name} takes its new refresh token with it: it is revoked`, async () => {
    const client = cannedClient(() => Response.json({ ...body, refresh_token: 'new' }));
    await assert.rejects(refreshGrant(client, 'old'), { kind, code, lostRefreshToken: true });
    assert.deepEqual(revokedBy(client), ['new']);
  });
}

for (const [status, code] of [
  [201, 'unexpected-status'],
  [500, 'server-failed'],
] as const) {
  test(`a new refresh token under status ${status} is revoked`, async () => {
    const client = cannedClient(() => Response.json({ ...token, refresh_token: 'new' }, { status }));
    await assert.rejects(refreshGrant(client, 'old'), { code, status, lostRefreshToken: true });
    assert.deepEqual(revokedBy(client), ['new']);
  });
}

test('of an answer that is not believed, the refresh token that was sent is not revoked: it may be good', async () => {
  const brief = { ...token, expires_in: 1 };
  for (const body of [brief, { ...brief, refresh_token: 'old' }, { ...brief, refresh_token: '' }]) {
    const client = cannedClient(() => Response.json(body));
    await assert.rejects(refreshGrant(client, 'old'), { code: 'expires-in', lostRefreshToken: false });
    assert.deepEqual(revokedBy(client), []);
  }
});

test('what becomes of the revocation changes nothing about the failure', async () => {
  const { revocation_endpoint: _, ...server } = nowhere;
  const spent = { ...token, expires_in: 1, refresh_token: 'new' };
  const answers = [() => Response.json(spent), () => new Response(null, { status: 503 })];
  const failing = cannedClient(() => answers.shift()?.() ?? assert.fail());
  const failure = { kind: 'refused', code: 'expires-in', mayHaveBeenSpent: true, lostRefreshToken: true };
  await assert.rejects(refreshGrant(failing, 'old'), failure);
  assert.deepEqual(revokedBy(failing), ['new']);
  const without = cannedClient(() => Response.json(spent), { server });
  await assert.rejects(refreshGrant(without, 'old'), failure);
  assert.equal(without.sent.length, 1);
});

test('a revocation has three seconds: whoever waits may hold a lock', async (t) => {
  const timeout = t.mock.method(AbortSignal, 'timeout');
  const client = cannedClient(() => Response.json({ ...token, expires_in: 1, refresh_token: 'new' }));
  await assert.rejects(refreshGrant(client, 'old'));
  assert.deepEqual(
    timeout.mock.calls.map((call) => call.arguments),
    [[8_000], [3_000]],
  );
});

test('where a code brings the id token of another request, the refresh token that came with it is revoked', async () => {
  const client = cannedClient(() => Response.json({ ...token, refresh_token: 'new', id_token: 'x.y.z' }));
  const pending: PendingAuthorization = {
    issuer: nowhere.issuer,
    redirectUri: 'https://postern.example/oauth/cb/emr',
    state: 's'.repeat(43),
    nonce: 'n'.repeat(43),
    pkce: 'S256',
    codeVerifier: 'v'.repeat(43),
  };
  const callback = new URL(`${pending.redirectUri}?code=c&state=${pending.state}`);
  await assert.rejects(receiveAuthorizationResponse(client, pending, callback), {
    code: 'nonce',
    lostRefreshToken: true,
  });
  assert.deepEqual(revokedBy(client), ['new']);
});
