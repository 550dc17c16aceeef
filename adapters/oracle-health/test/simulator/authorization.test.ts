import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { walk } from '../../../../test/simulator-kit/oauth/app.ts';
import { assertionOf, makeKey } from '../../../../test/simulator-kit/oauth/keys.ts';
import type { MillenniumOptions } from '../../simulator/start-millennium.ts';
import { BASE, booking, NORA, openClinic, PIER, type Reply, slotQuery, TENANT } from './clinic.ts';

const CALLBACK = 'http://127.0.0.1:1/callback';
const key = await makeKey('ES384', 'harbor');

const account = {
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: 'harbor-secret',
  grant_types: ['client_credentials'],
};
const app = {
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: 'harbor-secret',
  redirect_uris: [CALLBACK],
};

async function openTenant(t: TestContext, options: Partial<MillenniumOptions> = {}) {
  const clinic = await openClinic(t, options);
  const smart = (await clinic.raw('GET', `${BASE}/.well-known/smart-configuration`)).json();
  const post = (address: string, fields: Record<string, string>, headers = basic('app')): Promise<Reply> =>
    clinic.raw('POST', address.slice(clinic.url.length), {
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: String(new URLSearchParams(fields)),
    });
  return {
    clinic,
    smart,
    post,
    register: async (client: object, id = 'app') => {
      await clinic.sim('DELETE', `/oauth/clients/${id}`);
      const reply = await clinic.sim('PUT', `/oauth/clients/${id}`, client);
      assert.equal(reply.status, 201, reply.text);
    },
    token: (fields: Record<string, string>, headers?: Record<string, string>) =>
      post(smart.token_endpoint, fields, headers),
    system: (scope: string) => post(smart.token_endpoint, { grant_type: 'client_credentials', scope }),
    /** Sends a person to sign in and allow; where it ended. */
    async authorize(changes: Record<string, string | undefined> = {}) {
      const verifier = randomBytes(32).toString('base64url');
      const url = new URL(smart.authorization_endpoint);
      const all = {
        response_type: 'code',
        client_id: 'app',
        redirect_uri: CALLBACK,
        scope: 'openid fhirUser offline_access user/Appointment.crus user/Slot.rus',
        state: randomBytes(16).toString('base64url'),
        aud: `${clinic.url}${BASE}/`,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...changes,
      };
      for (const [name, value] of Object.entries(all))
        if (value !== undefined) url.searchParams.set(name, value);
      const end = await walk(url);
      const code = end.url.searchParams.get('code') ?? '';
      const exchange = () =>
        post(smart.token_endpoint, {
          grant_type: 'authorization_code',
          code,
          redirect_uri: CALLBACK,
          code_verifier: verifier,
        });
      return { end, exchange };
    },
  };
}

function basic(id: string, secret = 'harbor-secret'): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

test('a system account gets a token of 570 seconds by Basic, and no refresh token', async (t) => {
  const { clinic, register, system } = await openTenant(t);
  await register(account);
  const reply = await system('system/Slot.rs system/Appointment.crus');
  assert.equal(reply.status, 200, reply.text);
  const { access_token: as, ...rest } = reply.json();
  assert.deepEqual(
    [rest.expires_in, rest.token_type.toLowerCase(), rest.scope, rest.tenant, 'refresh_token' in rest],
    [570, 'bearer', 'system/Slot.rs system/Appointment.crus', TENANT, false],
  );
  assert.equal(as.split('.').length, 3);
  const [slot] = await clinic.slots({}, as);
  assert.equal((await clinic.api('POST', '/Appointment', { body: booking(slot.id, NORA), as })).status, 201);
  assert.equal((await clinic.api('GET', `/Patient/${NORA}`, { as })).status, 403);
});

test('a client with another secret, or that nobody registered, is refused', async (t) => {
  const { register, token } = await openTenant(t);
  const fields = { grant_type: 'client_credentials', scope: 'system/Slot.rs' };
  await register(account);
  for (const headers of [basic('app', 'wrong'), basic('stranger'), {}]) {
    const reply = await token(fields, headers);
    assert.ok(reply.status === 400 || reply.status === 401);
    assert.equal(
      reply.json().error,
      headers.authorization === undefined ? 'invalid_request' : 'invalid_client',
    );
  }
  assert.equal((await token(fields)).status, 200);
});

test('an error has a uri and no words, and a correlation id in its header', async (t) => {
  const { clinic, register, system } = await openTenant(t);
  await register(account);
  const reply = await system('system/*.read');
  const { error, error_uri: uri, ...rest } = reply.json();
  assert.deepEqual([reply.status, error, rest], [400, 'invalid_scope', {}]);
  assert.match(
    uri,
    /\/errors\/urn%3Acerner%3Aerror%3Aauthorization-server%3Aoauth2%3Atoken%3Awildcard-scopes\/instances\/[0-9a-f-]{36}\?/,
  );
  assert.equal(new URL(uri).origin, clinic.url);
  assert.deepEqual(
    [...new URL(uri).searchParams],
    [
      ['client', 'app'],
      ['tenant', TENANT],
    ],
  );
  assert.equal(reply.headers.get('cache-control'), 'no-store');
  assert.equal(reply.headers.get('pragma'), 'no-cache');
  assert.match(reply.headers.get('cerner-correlation-id') ?? '', /^[0-9a-f-]{36}$/);
});

test('wildcards, mixed levels, scopes of a person and scopes that leave nothing are invalid_scope', async (t) => {
  const { register, system } = await openTenant(t);
  await register({ ...account, scope: 'system/Patient.rs system/Slot.rs system/Appointment.crus' });
  const rows = [
    ['system/*.rs', 'wildcard-scopes'],
    ['system/Slot.*', 'wildcard-scopes'],
    ['system/Slot.rs user/Slot.rs', 'mixed-scopes'],
    ['user/Slot.rs', 'wrong-level'],
    // Registered in the new words, asked in the old.
    ['system/Patient.read', 'empty-scopes'],
    ['system/Appointment.cruds', 'empty-scopes'],
    ['system/Observation.rs', 'empty-scopes'],
  ] as const;
  for (const [scope, reason] of rows) {
    const reply = await system(scope);
    assert.deepEqual([reply.status, reply.json().error], [400, 'invalid_scope'], scope);
    assert.ok(reply.json().error_uri.includes(`token%3A${reason}/`), reply.json().error_uri);
  }
  const some = await system('system/Slot.rs system/Observation.rs');
  assert.equal(some.json().scope, 'system/Slot.rs');
});

test('a token that may read and not search is told insufficient_scope by a search', async (t) => {
  const { clinic, register, system } = await openTenant(t);
  await register(account);
  const { access_token: as } = (await system('system/Slot.r')).json();
  const [slot] = await clinic.slots();
  assert.equal((await clinic.api('GET', `/Slot/${slot.id}`, { as })).status, 200);
  const search = await clinic.api('GET', `/Slot?${slotQuery()}`, { as });
  assert.equal(search.status, 403);
  assert.match(search.headers.get('www-authenticate') ?? '', /insufficient_scope/);
});

test('an account signs with its registered key, and without one it is refused', async (t) => {
  const { smart, register, token } = await openTenant(t);
  const ask = async () => {
    const address = smart.token_endpoint;
    const fields = {
      grant_type: 'client_credentials',
      scope: 'system/Slot.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertionOf(key, 'app', address),
    };
    return token(fields, {});
  };
  await register(account);
  const refused = await ask();
  assert.ok(refused.status >= 400);
  assert.equal(refused.json().error, 'invalid_client');
  await register({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.jwk] },
    grant_types: ['client_credentials'],
  });
  assert.equal((await ask()).status, 200);
});

test('a person of the office signs in and allows, and the app reads and writes in their name', async (t) => {
  const { clinic, register, authorize } = await openTenant(t);
  await register(app);
  const { exchange } = await authorize();
  const reply = await exchange();
  assert.equal(reply.status, 200, reply.text);
  const { access_token: as, expires_in: seconds, refresh_token: refresh, tenant } = reply.json();
  assert.deepEqual([seconds, tenant, typeof refresh], [570, TENANT, 'string']);
  const [slot] = await clinic.slots({}, as);
  assert.equal((await clinic.api('POST', '/Appointment', { body: booking(slot.id, NORA), as })).status, 201);
  const again = await exchange();
  assert.deepEqual([again.status, again.json().error], [400, 'invalid_grant']);
});

test('aud is mandatory, with a slash at its end or without, and another base is refused', async (t) => {
  const { clinic, register, authorize } = await openTenant(t);
  await register(app);
  for (const aud of [`${clinic.url}${BASE}`, `${clinic.url}${BASE}/`])
    assert.equal((await (await authorize({ aud })).exchange()).status, 200, aud);
  for (const aud of [undefined, `${clinic.url}/r4/another`, 'https://fhir.example.org/r4']) {
    const { url } = (await authorize({ aud })).end;
    assert.ok(url.href.startsWith(CALLBACK));
    assert.equal(url.searchParams.get('error'), 'invalid_request');
    assert.ok(url.searchParams.has('error_uri') && url.searchParams.has('state'));
    assert.ok(!url.searchParams.has('error_description') && !url.searchParams.has('code'));
  }
});

test('a refresh brings no refresh token: the first one stays good', async (t) => {
  const { clinic, register, authorize, token } = await openTenant(t);
  await register(app);
  const { refresh_token } = (await (await authorize()).exchange()).json();
  for (const turn of [1, 2, 3]) {
    const reply = await token({ grant_type: 'refresh_token', refresh_token });
    assert.equal(reply.status, 200, `${turn}: ${reply.text}`);
    assert.equal('refresh_token' in reply.json(), false);
    await clinic.slots({}, reply.json().access_token);
  }
});

test('a revoked refresh token is no good, and introspection knows what is', async (t) => {
  const { register, authorize, smart, post, token } = await openTenant(t);
  await register(app);
  const { access_token, refresh_token } = (await (await authorize()).exchange()).json();
  const told = (await post(smart.introspection_endpoint, { token: access_token })).json();
  assert.deepEqual([told.active, told.client_id], [true, 'app']);
  assert.equal((await post(smart.revocation_endpoint, { token: refresh_token })).status, 200);
  const reply = await token({ grant_type: 'refresh_token', refresh_token });
  assert.deepEqual([reply.status, reply.json().error], [400, 'invalid_grant']);
});

test('a patient who signs in at the host of patients comes with the token, reads and cannot write', async (t) => {
  const { clinic, register, authorize } = await openTenant(t, { persona: 'patient' });
  await register(app);
  const scope =
    'openid fhirUser launch/patient offline_access patient/Appointment.rs patient/Appointment.crus patient/Slot.rs';
  const reply = (await (await authorize({ scope })).exchange()).json();
  assert.equal(reply.patient, NORA);
  assert.ok(!reply.scope.includes('crus'));
  const as = reply.access_token;
  const [slot] = await clinic.slots({ '-location': PIER }, as);
  assert.equal(slot.serviceType[0].text, 'Office visit');
  assert.equal((await clinic.api('POST', '/Appointment', { body: booking(slot.id, NORA), as })).status, 403);
});
