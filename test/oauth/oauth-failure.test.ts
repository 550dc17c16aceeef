import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { generateKeyPair, UnsecuredJWT } from 'jose';
import { buildAuthorizationRequest, type PendingAuthorization } from '#oauth/authorization-request.ts';
import { receiveAuthorizationResponse } from '#oauth/authorization-response.ts';
import type { OAuthClient } from '#oauth/client.ts';
import { clientCredentialsGrant } from '#oauth/client-credentials-grant.ts';
import { OAuthFailure } from '#oauth/oauth-failure.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { revokeToken } from '#oauth/revocation.ts';
import { readSmartConfiguration } from '#oauth/smart-configuration.ts';
import { type Canaries, createCanaries, createScan } from '#test/canary.ts';
import { seeded } from '#test/random.ts';
import { cannedClient, nowhere, token } from './canned-server.ts';

const answers: readonly (readonly [
  status: number,
  body: string | object,
  kind: OAuthFailure['kind'],
  code: string,
  spent: boolean,
])[] = [
  [400, { error: 'invalid_grant' }, 'invalid-grant', 'invalid_grant', false],
  [401, { error: 'invalid_grant' }, 'invalid-grant', 'invalid_grant', false],
  [403, { error: 'invalid_grant' }, 'invalid-grant', 'invalid_grant', false],
  // Vendors who send errors with 200, or under names of their own.
  [200, { error: 'bad_refresh_token' }, 'invalid-grant', 'bad_refresh_token', false],
  [400, { error: 'access_denied' }, 'invalid-grant', 'access_denied', false],
  [400, { error: 'interaction_required' }, 'invalid-grant', 'interaction_required', false],
  [400, { error: 'consent_required' }, 'invalid-grant', 'consent_required', false],
  [400, { error: 'login_required' }, 'invalid-grant', 'login_required', false],
  [400, { error: 'expired_token' }, 'invalid-grant', 'expired_token', false],
  [401, { error: 'invalid_token' }, 'invalid-grant', 'invalid_token', false],
  [400, { error: 'inactive_user' }, 'invalid-grant', 'inactive_user', false],
  [400, { error: 'invalid_client', error_description: null }, 'our-fault', 'invalid_client', false],
  [401, { error: 'invalid_client' }, 'our-fault', 'invalid_client', false],
  [400, { error: 'unauthorized_client' }, 'our-fault', 'unauthorized_client', false],
  [400, { error: 'invalid_request' }, 'our-fault', 'invalid_request', false],
  [400, { error: 'invalid_scope', error_uri: 'https://x' }, 'our-fault', 'invalid_scope', false],
  [400, { error: 'unsupported_grant_type' }, 'our-fault', 'unsupported_grant_type', false],
  [400, { error: 'a_word_of_their_own' }, 'our-fault', 'unrecognised-error', false],
  [400, { error: 'constructor' }, 'our-fault', 'unrecognised-error', false],
  [429, '', 'busy', 'throttled', false],
  [429, { error: 'invalid_grant' }, 'busy', 'throttled', false],
  [400, { error: 'temporarily_unavailable' }, 'busy', 'temporarily_unavailable', false],
  [400, { error: 'slow_down' }, 'busy', 'slow_down', false],
  [500, '', 'busy', 'server-failed', true],
  [500, { error: 'invalid_grant' }, 'busy', 'server-failed', true],
  [502, '<html>Bad gateway</html>', 'busy', 'server-failed', true],
  [503, { error: 'temporarily_unavailable' }, 'busy', 'server-failed', true],
  [400, { error: 'server_error' }, 'busy', 'server_error', true],
  [200, '', 'unknown', 'not-json', true],
  [200, '<html>Sign in</html>', 'unknown', 'not-json', true],
  [200, 'access_token=a&token_type=bearer', 'unknown', 'not-json', true],
  [200, '["access_token"]', 'unknown', 'not-json', true],
  [200, 'null', 'unknown', 'not-json', true],
  [200, '{"access_token":"a"', 'unknown', 'not-json', true],
  [201, token, 'unknown', 'unexpected-status', true],
  [400, {}, 'unknown', 'unexpected-status', true],
  [400, { error: '' }, 'unknown', 'unexpected-status', true],
  [400, { error: { code: 'invalid_grant' } }, 'unknown', 'unexpected-status', true],
  [401, '', 'unknown', 'not-json', true],
  [403, '<html>Forbidden</html>', 'unknown', 'not-json', true],
  [404, '', 'unknown', 'not-json', true],
  [302, '', 'unknown', 'redirect', true],
];
for (const [status, body, kind, code, mayHaveBeenSpent] of answers) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  test(`${status} ${text.slice(0, 60)} means ${kind}`, async () => {
    const client = cannedClient(() => new Response(text, { status }));
    await assert.rejects(refreshGrant(client, 'r'), {
      name: 'OAuthFailure',
      kind,
      code,
      mayHaveBeenSpent,
      status,
    });
  });
}

const redirects: readonly (readonly [error: string, kind: OAuthFailure['kind'], code: string])[] = [
  ['access_denied', 'denied', 'access_denied'],
  ['login_required', 'denied', 'login_required'],
  ['consent_required', 'denied', 'consent_required'],
  ['unauthorized_client', 'our-fault', 'unauthorized_client'],
  ['invalid_request', 'our-fault', 'invalid_request'],
  ['invalid_scope', 'our-fault', 'invalid_scope'],
  ['unsupported_response_type', 'our-fault', 'unsupported_response_type'],
  ['server_error', 'busy', 'server_error'],
  ['temporarily_unavailable', 'busy', 'temporarily_unavailable'],
  ['a_word_of_their_own', 'our-fault', 'unrecognised-error'],
  ['__proto__', 'our-fault', 'unrecognised-error'],
];
for (const [error, kind, code] of redirects) {
  test(`error=${error} in a redirect means ${kind}, and nothing is sent`, async () => {
    const client = cannedClient(() => assert.fail('sent'));
    const { pending } = await buildAuthorizationRequest(client, request);
    const callback = new URL(`${redirectUri}?error=${error}&state=${pending.state}`);
    await assert.rejects(receiveAuthorizationResponse(client, pending, callback), {
      kind,
      code,
      mayHaveBeenSpent: false,
    });
  });
}

const redirectUri = 'https://gateway.example/oauth/cb/here';
const request = { redirectUri, scope: ['openid', 'user/Slot.rs'] };

/** Every failure that a call can end with, each from a call in which all that is secret or free text is a canary. */
async function everyFailure(canaries: Canaries): Promise<OAuthFailure[]> {
  const made = new Map<string, string>();
  const secret = (where: string): string => {
    const value = made.get(where) ?? canaries.secret(where);
    made.set(where, value);
    return value;
  };
  const failures: OAuthFailure[] = [];
  const { privateKey } = await generateKeyPair('ES384');
  const wrongKey = (await generateKeyPair('ES256')).privateKey;

  const responses: (() => Response | Promise<Response>)[] = [];
  const body = (where: string, more: object): object => ({
    access_token: secret(`${where}: access token`),
    refresh_token: secret(`${where}: refresh token`),
    id_token: secret(`${where}: id token`),
    token_type: 'Bearer',
    expires_in: 600,
    patient: secret(`${where}: patient`),
    error_description: `Sorry, ${secret(`${where}: description`)}`,
    error_uri: `https://emr.example/${secret(`${where}: uri`)}`,
    ...more,
  });
  const headers = (): Record<string, string> => ({
    'www-authenticate': `Basic realm="${secret('realm')}", error="${secret('header')}"`,
    'x-request': secret('header'),
    'retry-after': secret('retry-after'),
    location: `https://emr.example/?code=${secret('location')}`,
  });
  for (const status of [200, 400, 503])
    for (const more of [
      { error: 'invalid_grant' },
      { error: 'invalid_client' },
      { error: 'temporarily_unavailable' },
      { error: secret('an error that echoes') },
      { error: [secret('a list of errors')] },
      { error: undefined, access_token: undefined },
      { token_type: secret('token_type') },
      { expires_in: secret('expires_in') },
      { expires_in: 1 },
      { access_token: `${secret('a broken token')}\n` },
      { refresh_token: [secret('a list of tokens')] },
      { scope: [secret('scope')] },
    ])
      responses.push(() => Response.json(body(`${status}`, more), { status, headers: headers() }));
  for (const status of [200, 400, 502])
    responses.push(
      () => new Response(`<p>${secret('name')} ${secret('page')}`, { status, headers: headers() }),
      () => new Response(`{"access_token":"${secret('torn')}`, { status }),
      () => new Response(JSON.stringify(body('big', { filler: 'x'.repeat(70_000) })), { status }),
    );
  for (const name of ['TimeoutError', 'WallRefusal', 'ConnectFailure', 'SomethingNew', 'OAuthFailure'])
    responses.push(() => {
      const cause = Object.assign(new Error(secret('cause')), {
        name,
        code: secret('code'),
        body: secret('body'),
      });
      return Promise.reject(new TypeError(secret('message'), { cause }));
    });
  responses.push(
    () => Promise.reject(secret('a text thrown')),
    () => Promise.reject(Object.assign(new OAuthLookalike(secret('lookalike')), { kind: secret('kind') })),
  );

  const clients = (): Partial<OAuthClient>[] => [
    { authentication: { method: 'none' } },
    { authentication: { method: 'client_secret_basic', clientSecret: secret('client secret') } },
    { authentication: { method: 'client_secret_post', clientSecret: secret('client secret') } },
    { authentication: { method: 'private_key_jwt', key: privateKey, kid: 'k', audience: 'a' } },
    {
      authentication: {
        method: 'private_key_jwt',
        key: wrongKey,
        kid: secret('kid'),
        audience: secret('aud'),
      },
    },
    { simulator: true, server: { ...nowhere, token_endpoint: `not an address ${secret('endpoint')}` } },
    { random: () => assert.fail(secret('random')) },
  ];
  const callbacks = (pending: PendingAuthorization): URL[] => {
    canaries.plant(pending.state, 'word', 'state');
    const { nonce } = pending;
    if (nonce !== undefined) canaries.plant(nonce, 'word', 'nonce');
    if (pending.pkce === 'S256') canaries.plant(pending.codeVerifier, 'word', 'verifier');
    const state = `state=${pending.state}`;
    return [
      `${state}&code=${secret('code')}`,
      `${state}&code=${secret('code')}&iss=${secret('iss')}`,
      `${state}&code=${secret('code')}&code=${secret('code')}`,
      `${state}&code=${secret('code')}&id_token=${secret('id token')}`,
      `${state}&error=${secret('error')}&error_description=${secret('description')}`,
      `${state}&error=access_denied&error_description=${secret('description')}`,
      `state=${secret('wrong state')}&code=${secret('code')}`,
      state,
    ].map((query) => new URL(`${redirectUri}?${query}`));
  };
  const keep = async (call: () => unknown): Promise<void> => {
    try {
      await call();
    } catch (error) {
      assert.ok(error instanceof OAuthFailure, `${inspect(error)} is not an OAuthFailure`);
      failures.push(error);
    }
  };
  const pending: PendingAuthorization = {
    issuer: nowhere.issuer,
    redirectUri,
    state: secret('state').padEnd(43, 'x'),
    nonce: secret('nonce'),
    pkce: 'S256',
    codeVerifier: secret('verifier').padEnd(43, 'x'),
  };
  for (const respond of responses) {
    for (const change of clients()) {
      const client = cannedClient(respond, change);
      await keep(() => refreshGrant(client, secret('refresh token')));
      await keep(() => clientCredentialsGrant(client, ['system/Slot.rs']));
      await keep(() => revokeToken(client, secret('revoked token'), 'refresh_token'));
    }
    const client = cannedClient(respond);
    for (const callback of callbacks(pending))
      await keep(() => receiveAuthorizationResponse(client, pending, callback));
    await keep(() => readSmartConfiguration('https://fhir.emr.example', { origins: [] }, client));
  }
  const nonce = new UnsecuredJWT({ nonce: secret('another nonce') }).encode();
  const client = cannedClient(() => Response.json({ ...token, id_token: nonce }));
  const [callback = assert.fail()] = callbacks(pending);
  await keep(() => receiveAuthorizationResponse(client, pending, callback));
  await keep(() =>
    buildAuthorizationRequest(
      { ...client, server: { ...nowhere, code_challenge_methods_supported: [] } },
      request,
    ),
  );
  return failures;
}
class OAuthLookalike extends Error {
  override readonly name = 'OAuthFailure';
}

/** All that may be printed of an error, by whoever prints it. */
function printed(error: Error): string {
  return [
    String(error),
    error.message,
    error.stack,
    inspect(error, { depth: null, showHidden: true, getters: true }),
    inspect(error.cause, { depth: null, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify(Object.getOwnPropertyDescriptors(error)),
  ].join('\n');
}

test('no failure holds a token, secret, code or description, however it is printed', async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const canaries = createCanaries(seeded(seed));
  const failures = await everyFailure(canaries);
  const kinds = new Set(failures.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), ['busy', 'denied', 'invalid-grant', 'our-fault', 'refused', 'unknown']);
  t.diagnostic(
    `${failures.length} failures of ${new Set(failures.map(({ code }) => code)).size} codes, ${canaries.all.length} canaries`,
  );
  assert.ok(failures.length > 1_000 && canaries.all.length > 50);

  const scan = createScan(canaries.all);
  for (const text of new Set(failures.map(printed))) assert.deepEqual(scan(text), [], text);

  // And the scan would have seen one.
  const planted = canaries.all[7];
  assert.ok(planted);
  for (const leak of [
    new Error(planted.value),
    new Error('x', { cause: new Error(planted.value) }),
    Object.assign(new Error('x'), { body: { error_description: planted.value } }),
    Object.defineProperty(new Error('x'), 'response', { enumerable: false, value: [planted.value] }),
  ])
    assert.equal(scan(printed(leak)).length, 1);
});
