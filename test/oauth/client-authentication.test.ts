import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type CryptoKey, generateKeyPair, jwtVerify } from 'jose';
import type { ClientAuthentication, PrivateKeyJwtAuthentication } from '#oauth/client-authentication.ts';
import { clientCredentialsGrant } from '#oauth/client-credentials-grant.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { cannedClient, token } from './canned-server.ts';

const rs384 = await generateKeyPair('RS384');
const es384 = await generateKeyPair('ES384');
const weak: readonly (readonly [name: string, key: CryptoKey])[] = [
  ['RS256', (await generateKeyPair('RS256')).privateKey],
  ['ES256', (await generateKeyPair('ES256')).privateKey],
  ['PS384', (await generateKeyPair('PS384')).privateKey],
  ['EdDSA', (await generateKeyPair('EdDSA')).privateKey],
  ['a public key', es384.publicKey],
];
const audience = 'https://login.emr.example/token';

/** What a server gets from a client that authenticates in this way. */
async function sentWith(authentication: ClientAuthentication, clientId = 'postern') {
  const client = cannedClient(() => Response.json(token), { authentication, clientId });
  await clientCredentialsGrant(client, ['system/Slot.rs']);
  const [{ headers, body } = assert.fail()] = client.sent;
  return { form: Object.fromEntries(new URLSearchParams(body)), authorization: headers.authorization };
}
const grant = { grant_type: 'client_credentials', scope: 'system/Slot.rs' };

test('none: a public client says who it is in the body', async () => {
  assert.deepEqual(await sentWith({ method: 'none' }), {
    form: { ...grant, client_id: 'postern' },
    authorization: undefined,
  });
});

test('client_secret_post: id and secret in the body', async () => {
  assert.deepEqual(await sentWith({ method: 'client_secret_post', clientSecret: 's:&+' }), {
    form: { ...grant, client_id: 'postern', client_secret: 's:&+' },
    authorization: undefined,
  });
});

test('client_secret_basic: both are form-encoded first, and nothing is in the body', async () => {
  const { form, authorization } = await sentWith(
    { method: 'client_secret_basic', clientSecret: 'a:b c+d%é' },
    'x:y',
  );
  assert.deepEqual(form, grant);
  assert.equal(authorization, `Basic ${btoa('x%3Ay:a%3Ab+c%2Bd%25%C3%A9')}`);
});

test('client_secret_basic as it is: both stand as they were given', async () => {
  const authentication = {
    method: 'client_secret_basic',
    clientSecret: 'a:b+c/d==',
    spelling: 'as-is',
  } as const;
  const { form, authorization } = await sentWith(authentication, 'e13-7f');
  assert.deepEqual(form, grant);
  assert.equal(authorization, `Basic ${btoa('e13-7f:a:b+c/d==')}`);
  await assert.rejects(sentWith(authentication, 'with:colon'), { kind: 'our-fault', code: 'client-key' });
});

for (const [alg, { privateKey, publicKey }] of Object.entries({ RS384: rs384, ES384: es384 })) {
  test(`private_key_jwt with ${alg}: the claims of SMART’s table, for one audience, for four minutes`, async () => {
    const authentication: PrivateKeyJwtAuthentication = {
      method: 'private_key_jwt',
      key: privateKey,
      kid: 'key-1',
      audience,
    };
    const { form, authorization } = await sentWith(authentication);
    assert.equal(authorization, undefined);
    const { client_assertion = '', ...rest } = form;
    assert.deepEqual(rest, {
      ...grant,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const now = Date.UTC(2027, 2, 4, 15);
    const { payload, protectedHeader } = await jwtVerify(client_assertion, publicKey, {
      audience,
      issuer: 'postern',
      subject: 'postern',
      currentDate: new Date(now),
    });
    assert.deepEqual(protectedHeader, { alg, kid: 'key-1', typ: 'JWT' });
    assert.deepEqual(Object.keys(payload).sort(), ['aud', 'exp', 'iss', 'jti', 'sub']);
    assert.equal(payload.exp, now / 1_000 + 240);
    assert.match(payload.jti ?? '', /^[\w-]{32}$/);
  });
}

test('every assertion is a new one', async () => {
  const key = es384.privateKey;
  const client = cannedClient(() => Response.json(token), {
    authentication: { method: 'private_key_jwt', key, kid: 'k', audience },
    random: randomBytes,
  });
  for (let times = 0; times < 5; times++) await refreshGrant(client, 'r');
  const ids = client.sent.map(({ body }) => {
    const [, claims = ''] = new URLSearchParams(body).get('client_assertion')?.split('.') ?? [];
    return JSON.parse(Buffer.from(claims, 'base64url').toString()).jti;
  });
  assert.equal(new Set(ids).size, 5);
});

test('jku stands in the header where it is asked for', async () => {
  const jku = 'https://gateway.example/jwks.json';
  const key = es384.privateKey;
  const { form } = await sentWith({ method: 'private_key_jwt', key, kid: 'k', audience, jku });
  const { protectedHeader } = await jwtVerify(form.client_assertion ?? '', es384.publicKey, {
    currentDate: new Date(Date.UTC(2027, 2, 4, 15)),
  });
  assert.equal(protectedHeader.jku, jku);
});

for (const [name, key] of weak)
  test(`a key for ${name} is not used`, () =>
    assert.rejects(sentWith({ method: 'private_key_jwt', key, kid: 'k', audience }), {
      kind: 'our-fault',
      code: 'client-key',
      mayHaveBeenSpent: false,
    }));

for (const method of ['client_secret_basic', 'client_secret_post'] as const)
  test(`${method} without a secret is not tried`, () =>
    assert.rejects(sentWith({ method, clientSecret: '' }), { kind: 'our-fault', code: 'client-key' }));
