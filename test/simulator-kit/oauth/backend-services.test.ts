import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AppKey, assertionOf, makeKey, serveKeys } from './keys.ts';
import { type Clinic, startClinic } from './toy-clinic.ts';

const keys = {
  RS384: await makeKey('RS384', 'rsa'),
  ES384: await makeKey('ES384', 'ec'),
  other: await makeKey('ES384', 'other'),
  ES256: await makeKey('ES256', 'short'),
};

for (const key of [keys.RS384, keys.ES384])
  test(`a backend service gets a token by ${key.alg} with keys from its jwks_uri on loopback`, async (t) => {
    const clinic = await startClinic(t);
    const served = await serveKeys(t, [key.jwk]);
    await register(clinic, { jwks_uri: served.address });
    const { status, body } = await ask(clinic, await assertion(clinic, key));
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
    assert.equal(body.scope, 'system/Visit.rs');
    assert.equal(await clinic.read(body.access_token), 200);
  });

test('no defect of an assertion is let through', async (t) => {
  const clinic = await startClinic(t);
  await register(clinic, { jwks: { keys: [keys.ES384.jwk, keys.ES256.jwk] } });
  const token = `${clinic.url}/toy/oauth2/token`;
  const now = Math.floor(Date.now() / 1000);
  const rows: readonly [string, Parameters<typeof assertionOf>[3], AppKey?][] = [
    ['aud is the issuer', { claims: { aud: `${clinic.url}/toy/oauth2` } }],
    ['aud has a slash more', { claims: { aud: `${token}/` } }],
    ['aud is under another host', { claims: { aud: token.replace('127.0.0.1', 'localhost') } }],
    ['aud is a list', { claims: { aud: [token, 'https://elsewhere.example'] } }],
    ['it lives for an hour', { claims: { exp: now + 3600 } }],
    ['it is over', { claims: { exp: now - 60 } }],
    ['it has no end', { claims: { exp: undefined } }],
    ['it has no jti', { claims: { jti: undefined } }],
    ['another one issued it', { claims: { iss: 'gateway' } }],
    ['it names no key', { header: { kid: undefined } }],
    ['it points to keys elsewhere', { header: { jku: 'https://elsewhere.example/jwks' } }],
    ['a key signed it that is not registered', {}, keys.other],
    ['a registered key is said to have signed it', { header: { kid: keys.ES384.kid } }, keys.other],
    ['its algorithm is not offered', {}, keys.ES256],
  ];
  for (const [defect, changes, key = keys.ES384] of rows) {
    const { status, body } = await ask(clinic, await assertionOf(key, 'backend', token, changes));
    assert.deepEqual([status, body.error], [401, 'invalid_client'], defect);
  }
  assert.equal((await ask(clinic, await assertion(clinic, keys.ES384))).status, 200);
});

test('an assertion is good once, and after a restart as well', async (t) => {
  const clinic = await startClinic(t);
  await register(clinic, { jwks: { keys: [keys.ES384.jwk] } });
  const once = await assertion(clinic, keys.ES384);
  assert.equal((await ask(clinic, once)).status, 200);
  assert.equal((await ask(clinic, once)).body.error, 'invalid_client');
  await clinic.stop();
  const again = await startClinic(t, {}, clinic.file);
  assert.equal(again.url, clinic.url);
  assert.equal((await ask(again, once)).body.error, 'invalid_client');
  assert.equal((await ask(again, await assertion(again, keys.ES384))).status, 200);
  await again.stop();
});

test('keys are fetched for every assertion, so a new one works and a removed one does not', async (t) => {
  const clinic = await startClinic(t);
  const served = await serveKeys(t, [keys.ES384.jwk]);
  await register(clinic, { jwks_uri: served.address });
  assert.equal((await ask(clinic, await assertion(clinic, keys.ES384))).status, 200);
  served.keys = [keys.other.jwk];
  assert.equal((await ask(clinic, await assertion(clinic, keys.ES384))).status, 401);
  assert.equal((await ask(clinic, await assertion(clinic, keys.other))).status, 200);
  assert.equal(served.fetches, 3);
});

test('a backend service gets neither what it is not registered for nor another grant', async (t) => {
  const clinic = await startClinic(t);
  await register(clinic, { jwks: { keys: [keys.ES384.jwk] }, scope: 'system/Visit.rs' });
  const both = await ask(clinic, await assertion(clinic, keys.ES384), 'system/Visit.rs system/Visit.c');
  assert.equal(both.body.scope, 'system/Visit.rs');
  const none = await ask(clinic, await assertion(clinic, keys.ES384), 'system/Visit.c');
  assert.deepEqual([none.status, none.body.scope], [200, '']);
  assert.equal(await clinic.read(none.body.access_token), 403);
  const user = await fetch(`${clinic.url}/toy/oauth2/token`, {
    method: 'POST',
    body: form(await assertion(clinic, keys.ES384), { grant_type: 'refresh_token', refresh_token: 'x' }),
  });
  assert.equal(user.status, 400);
});

function register(clinic: Clinic, client: object): Promise<void> {
  return clinic.register('backend', {
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    ...client,
  });
}

function assertion(clinic: Clinic, key: AppKey): Promise<string> {
  return assertionOf(key, 'backend', `${clinic.url}/toy/oauth2/token`);
}

async function ask(
  clinic: Clinic,
  client_assertion: string,
  scope = 'system/Visit.rs',
): Promise<{ readonly status: number; readonly body: Record<string, string> & { access_token: string } }> {
  const response = await fetch(`${clinic.url}/toy/oauth2/token`, {
    method: 'POST',
    headers: { connection: 'close' },
    body: form(client_assertion, { grant_type: 'client_credentials', scope }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

function form(client_assertion: string, rest: Record<string, string>): URLSearchParams {
  return new URLSearchParams({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
    ...rest,
  });
}
