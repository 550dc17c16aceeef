import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnsecuredJWT } from 'jose';
import type { PendingAuthorization } from '#oauth/authorization-request.ts';
import { checkAuthorizationResponse, receiveAuthorizationResponse } from '#oauth/authorization-response.ts';
import { cannedClient, nowhere, token } from './canned-server.ts';

const redirectUri = 'https://gateway.example/oauth/cb/epic-cedar';
const state = 's'.repeat(43);
const pending: PendingAuthorization = {
  issuer: nowhere.issuer,
  redirectUri,
  state,
  pkce: 'S256',
  codeVerifier: 'v'.repeat(43),
};
const iss = encodeURIComponent(nowhere.issuer);
const silent = nowhere;
const announcing = { ...nowhere, authorization_response_iss_parameter_supported: true };

const accepted: readonly (readonly [query: string, server: typeof nowhere])[] = [
  [`state=${state}&code=c`, silent],
  [`state=${state}&code=c&iss=${iss}`, silent],
  [`state=${state}&code=c&iss=${iss}`, announcing],
  [`state=${state}&code=c&session_state=x&unknown=y`, silent],
];
for (const [query, server] of accepted)
  test(`${query.replace(state, '…')} is the response to the request`, () =>
    checkAuthorizationResponse({ server }, pending, new URL(`${redirectUri}?${query}`)));

const refused: readonly (readonly [query: string, code: string, server?: typeof nowhere])[] = [
  ['code=c', 'state'],
  ['state=&code=c', 'state'],
  [`state=${state}x&code=c`, 'state'],
  [`state=${'S'.repeat(43)}&code=c`, 'state'],
  [`state=${'é'.repeat(43)}&code=c`, 'state'],
  [`state=${state}&code=c&iss=https%3A%2F%2Fevil.example`, 'iss'],
  [`state=${state}&code=c&iss=${iss}%2F`, 'iss'],
  [`state=${state}&code=c&iss=`, 'iss'],
  [`state=${state}&code=c`, 'iss', announcing],
  [`state=${state}&error=access_denied`, 'iss', announcing],
  [`state=${state}&error=access_denied&iss=https%3A%2F%2Fevil.example`, 'iss'],
  ['error=access_denied', 'state'],
  [`state=${state}`, 'no-code'],
  [`state=${state}&code=`, 'no-code'],
  [`state=${state}&state=${state}&code=c`, 'repeated-parameter'],
  [`state=${state}&code=c&code=d`, 'repeated-parameter'],
  [`state=${state}&code=c&iss=${iss}&iss=https%3A%2F%2Fevil.example`, 'repeated-parameter'],
  [`state=${state}&error=access_denied&error=server_error`, 'repeated-parameter'],
  [`state=${state}&code=c&id_token=x`, 'unexpected-parameter'],
  [`state=${state}&code=c&access_token=x`, 'unexpected-parameter'],
  [`state=${state}&response=x.y.z`, 'unexpected-parameter'],
];
for (const [query, code, server = silent] of refused)
  test(`${query.replaceAll(state, '…').slice(0, 80)} is refused${server === announcing ? ' where iss is announced' : ''}: ${code}`, async () => {
    const callback = new URL(`${redirectUri}?${query}`);
    assert.throws(() => checkAuthorizationResponse({ server }, pending, callback), { kind: 'refused', code });
    const client = cannedClient(() => assert.fail('sent'), { server });
    await assert.rejects(receiveAuthorizationResponse(client, pending, callback), { kind: 'refused', code });
  });

for (const address of [
  'https://gateway.example/oauth/cb/oracle-cedar',
  'https://gateway.example/oauth/cb/epic-cedar/',
  'https://gateway.example/oauth/cb',
  'https://evil.example/oauth/cb/epic-cedar',
  'http://gateway.example/oauth/cb/epic-cedar',
  'https://gateway.example:8443/oauth/cb/epic-cedar',
])
  test(`a response at ${address} is refused`, () =>
    assert.throws(
      () =>
        checkAuthorizationResponse({ server: silent }, pending, new URL(`${address}?state=${state}&code=c`)),
      { kind: 'refused', code: 'redirect-uri' },
    ));

test('a response is refused when the connection’s server has changed in between', () => {
  const server = { ...nowhere, issuer: 'https://login.new.example' };
  const callback = new URL(`${redirectUri}?state=${state}&code=c`);
  assert.throws(() => checkAuthorizationResponse({ server }, pending, callback), { code: 'server-changed' });
});

test('the code goes out with the redirect URI of the request and its verifier', async () => {
  const client = cannedClient(() => Response.json(token));
  await receiveAuthorizationResponse(client, pending, new URL(`${redirectUri}?state=${state}&code=c%2Fd`));
  assert.deepEqual(Object.fromEntries(new URLSearchParams(client.sent[0]?.body)), {
    grant_type: 'authorization_code',
    code: 'c/d',
    redirect_uri: redirectUri,
    code_verifier: 'v'.repeat(43),
  });
});

test('under a waiver it goes out without one', async () => {
  const client = cannedClient(() => Response.json(token));
  const { issuer } = nowhere;
  const waived: PendingAuthorization = { issuer, redirectUri, state, pkce: 'none' };
  await receiveAuthorizationResponse(client, waived, new URL(`${redirectUri}?state=${state}&code=c`));
  assert.ok(!new URLSearchParams(client.sent[0]?.body).has('code_verifier'));
});

const nonce = 'n'.repeat(43);
const idToken = (claims: object): string => new UnsecuredJWT({ ...claims }).encode();
const nonces: readonly (readonly [name: string, answer: object, isGood: boolean])[] = [
  ['its nonce', { id_token: idToken({ nonce }), scope: 'openid' }, true],
  ['another nonce', { id_token: idToken({ nonce: 'm'.repeat(43) }), scope: 'openid' }, false],
  ['no nonce', { id_token: idToken({ sub: 'x' }), scope: 'openid' }, false],
  ['a list of nonces', { id_token: idToken({ nonce: [nonce] }), scope: 'openid' }, false],
  ['no JWT', { id_token: 'x', scope: 'openid' }, false],
  ['a null', { id_token: null, scope: 'openid' }, false],
  ['nothing, though openid was granted', { scope: 'user/Slot.rs openid' }, false],
  ['nothing, and no word on the scope', {}, false],
  ['a null, because openid was not granted', { id_token: null, scope: 'user/Slot.rs' }, true],
  ['nothing, because openid was not granted', { scope: 'user/Slot.rs' }, true],
  ['another nonce, though openid was not granted', { id_token: idToken({ nonce: 'm' }), scope: '' }, false],
];
for (const [name, answer, isGood] of nonces)
  test(`an id token with ${name} is ${isGood ? 'accepted' : 'refused'}`, async () => {
    const client = cannedClient(() => Response.json({ ...token, ...answer }));
    const callback = new URL(`${redirectUri}?state=${state}&code=c`);
    const received = receiveAuthorizationResponse(client, { ...pending, nonce }, callback);
    if (isGood) assert.equal((await received).accessToken, token.access_token);
    else await assert.rejects(received, { kind: 'refused', code: 'nonce', mayHaveBeenSpent: true });
  });
