import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type AuthorizationRequest, buildAuthorizationRequest } from '#oauth/authorization-request.ts';
import { nowhere } from './canned-server.ts';

const client = { server: nowhere, clientId: 'postern', random: randomBytes };
const request: AuthorizationRequest = {
  redirectUri: 'https://gateway.example/oauth/cb/epic-cedar',
  scope: ['openid', 'fhirUser', 'user/Appointment.crus', 'user/Slot.rs?status=free'],
  audience: 'https://fhir.emr.example/R4',
};
async function build(change: Partial<AuthorizationRequest> = {}, at = client) {
  const { url, pending } = await buildAuthorizationRequest(at, { ...request, ...change });
  return { url, pending, given: Object.fromEntries(new URL(url).searchParams) };
}

test('the address asks for a code with PKCE, state, nonce and audience', async () => {
  const { url, pending, given } = await build();
  assert.ok(pending.pkce === 'S256');
  assert.ok(url.startsWith('https://login.emr.example/authorize?'));
  assert.deepEqual(given, {
    client_id: 'postern',
    response_type: 'code',
    redirect_uri: request.redirectUri,
    scope: request.scope.join(' '),
    state: pending.state,
    nonce: pending.nonce,
    aud: request.audience,
    code_challenge: createHash('sha256').update(pending.codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  assert.doesNotMatch(url, /\+/);
});

test('the verifier does not leave, and what is remembered survives being written down', async () => {
  const { url, pending } = await build();
  assert.ok(pending.pkce === 'S256' && !url.includes(pending.codeVerifier));
  assert.deepEqual(JSON.parse(JSON.stringify(pending)), pending);
  assert.equal(pending.issuer, nowhere.issuer);
  assert.equal(pending.redirectUri, request.redirectUri);
});

test('state, verifier and nonce have 256 bits each, and none repeats', async () => {
  const seen: string[] = [];
  for (let times = 0; times < 50; times++) {
    const { pending } = await build();
    assert.ok(pending.pkce === 'S256' && pending.nonce !== undefined);
    seen.push(pending.state, pending.codeVerifier, pending.nonce);
  }
  assert.equal(new Set(seen).size, 150);
  for (const value of seen) assert.match(value, /^[\w-]{43}$/);
});

test('RFC 7636, appendix B: its verifier gives its challenge', async () => {
  const octets = Buffer.from('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', 'base64url');
  const { given } = await build({}, { ...client, random: () => octets });
  assert.equal(given.code_challenge, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
});

test('what was not asked for is not said', async () => {
  const { redirectUri } = request;
  const { url, pending } = await buildAuthorizationRequest(client, { redirectUri, scope: ['calendar:read'] });
  const names = [...new URL(url).searchParams.keys()].sort();
  assert.deepEqual(names, [
    'client_id',
    'code_challenge',
    'code_challenge_method',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
  ]);
  assert.equal(pending.nonce, undefined);
});

test('prompt=consent is said where the adapter asks for it', async () => {
  assert.equal((await build({ prompt: 'consent' })).given.prompt, 'consent');
});

test('without S256 among its methods a server is not asked', async () => {
  for (const methods of [[], ['plain'], ['s256']]) {
    const server = { ...nowhere, code_challenge_methods_supported: methods };
    await assert.rejects(build({}, { ...client, server }), { kind: 'refused', code: 'no-pkce' });
  }
});

test('only an adapter’s waiver leaves PKCE out, and that is remembered', async () => {
  const server = { ...nowhere, code_challenge_methods_supported: [] };
  const { pending, given } = await build(
    { pkce: { none: 'the vendor documents none' } },
    { ...client, server },
  );
  assert.equal(pending.pkce, 'none');
  assert.ok(!('codeVerifier' in pending));
  assert.ok(!('code_challenge' in given));
});

test('a server without an authorization endpoint is not asked', async () => {
  const { authorization_endpoint: _, ...server } = nowhere;
  await assert.rejects(build({}, { ...client, server }), { kind: 'refused', code: 'no-endpoint' });
});
