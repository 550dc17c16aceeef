import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { walk } from '../../../../test/simulator-kit/oauth/app.ts';
import { booking, ELISE, openClinic, type Reply, refusalOf } from './clinic.ts';

const CALLBACK = 'http://127.0.0.1:1/callback';
const basic = { authorization: `Basic ${Buffer.from('app:willow-secret').toString('base64')}` };

async function openServer(t: TestContext) {
  const clinic = await openClinic(t);
  await clinic.sim('DELETE', '/oauth/clients/app');
  const registered = await clinic.sim('PUT', '/oauth/clients/app', {
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: 'willow-secret',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  });
  assert.equal(registered.status, 201, registered.text);
  const smart = (await clinic.raw('GET', '/fhir/.well-known/smart-configuration')).json();
  const token = (fields: Record<string, string>): Promise<Reply> =>
    clinic.raw('POST', smart.token_endpoint.slice(clinic.url.length), {
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...basic },
      body: String(new URLSearchParams(fields)),
    });
  return {
    clinic,
    smart,
    token,
    system: (scope: string) => token({ grant_type: 'client_credentials', scope }),
    /** Sends a person to sign in and allow; where it ended. */
    async authorize(changes: Record<string, string> = {}) {
      const verifier = randomBytes(32).toString('base64url');
      const url = new URL(smart.authorization_endpoint);
      const all = {
        response_type: 'code',
        client_id: 'app',
        redirect_uri: CALLBACK,
        scope: 'openid fhirUser offline_access user/Appointment.crus user/Slot.rs',
        state: randomBytes(16).toString('base64url'),
        aud: `${clinic.url}/fhir`,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...changes,
      };
      for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
      const end = await walk(url);
      const code = end.url.searchParams.get('code') ?? '';
      const grant = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
      return { end, exchange: () => token({ ...grant, code_verifier: verifier }) };
    },
  };
}

test('discovery needs no token, is JSON whatever was asked for, and names what is served', async (t) => {
  const clinic = await openClinic(t);
  const headers = { accept: 'application/fhir+xml' };
  const smart = await clinic.raw('GET', '/fhir/.well-known/smart-configuration', { headers });
  assert.match(smart.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(smart.json().code_challenge_methods_supported, ['S256']);
  assert.ok(smart.json().capabilities.includes('permission-v2'));
  const statement = (await clinic.raw('GET', '/fhir/metadata')).json();
  assert.deepEqual([statement.fhirVersion, statement.kind], ['4.0.1', 'instance']);
  assert.equal((await clinic.raw('GET', '/fhir/metadata', { headers })).status, 406);
});

test('without a good token there is nothing, and with one there is what its scopes allow', async (t) => {
  const { clinic, system } = await openServer(t);
  for (const as of ['none', ''])
    assert.deepEqual(refusalOf(await clinic.api('GET', '/Slot', { as })), [401, 'login']);
  const {
    access_token: as,
    expires_in: seconds,
    scope,
  } = (await system('system/Slot.r system/Patient.cruds')).json();
  assert.deepEqual([seconds, scope], [300, 'system/Slot.r']);
  const [slot] = await clinic.slots();
  assert.equal((await clinic.api('GET', `/Slot/${slot.id}`, { as })).status, 200);
  const search = await clinic.api('GET', '/Slot', { as });
  assert.deepEqual(refusalOf(search), [403, 'forbidden']);
  assert.match(search.headers.get('www-authenticate') ?? '', /insufficient_scope/);
  const write = await clinic.api('POST', '/Appointment', { body: booking([slot], ELISE), as });
  assert.equal(write.status, 403);
});

test('a scope of another level, and scopes of which none is offered, are invalid', async (t) => {
  const { system } = await openServer(t);
  for (const scope of ['user/Slot.rs', 'system/Observation.rs', 'system/*.rs', 'openid']) {
    const reply = await system(scope);
    assert.deepEqual([reply.status, reply.json().error], [400, 'invalid_scope'], scope);
  }
});

test('a person signs in and allows, the app reads and writes, and refresh tokens rotate', async (t) => {
  const { clinic, authorize, token } = await openServer(t);
  const reply = await (await authorize()).exchange();
  assert.equal(reply.status, 200, reply.text);
  const { access_token: as, refresh_token: first } = reply.json();
  const [slot] = await clinic.slots();
  const made = await clinic.api('POST', '/Appointment', { body: booking([slot], ELISE), as });
  assert.equal(made.status, 201, made.text);
  const renewed = await token({ grant_type: 'refresh_token', refresh_token: first });
  assert.equal(renewed.status, 200, renewed.text);
  assert.notEqual(renewed.json().refresh_token, first);
  // The old one is used up, and with it goes the whole grant.
  assert.equal((await token({ grant_type: 'refresh_token', refresh_token: first })).status, 400);
  assert.equal((await clinic.api('GET', '/Slot?_count=1', { as: renewed.json().access_token })).status, 401);
});

test('aud is the base of this server', async (t) => {
  const { clinic, authorize } = await openServer(t);
  assert.equal((await (await authorize({ aud: `${clinic.url}/fhir/` })).exchange()).status, 200);
  const { url } = (await authorize({ aud: 'https://fhir.example.org/r4' })).end;
  assert.equal(url.searchParams.get('error'), 'invalid_request');
});
