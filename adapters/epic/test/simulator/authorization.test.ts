import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as oauth from 'openid-client';
import { openBrowser, type Page } from '../../../../test/simulator-kit/oauth/browser.ts';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { AMARA, BASE, codesOf, JONAS, openPractice, practiceClient, type TestPractice } from './practice.ts';

const CALLBACK = 'http://127.0.0.1:1/callback';
const SECRET = 'a secret+with/signs:';
const { privateKey, publicKey } = await generateKeyPair('RS384');
const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS384', use: 'sig' };

async function register(practice: TestPractice, client: object, id = 'app') {
  return practice.sim('PUT', `/oauth/clients/${id}`, client);
}

/** The app of a portal, with a secret that Epic wants as it is. */
async function portalApp(practice: TestPractice, scope?: string): Promise<oauth.Configuration> {
  const reply = await register(practice, {
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: [CALLBACK],
    ...(scope === undefined ? {} : { scope }),
  });
  assert.ok(reply.status < 300, reply.text);
  const smart = (await practice.raw('GET', `${BASE}/api/FHIR/R4/.well-known/smart-configuration`, {})).json();
  const rawBasic: oauth.ClientAuth = (_as, _client, _body, headers) =>
    headers.set('authorization', `Basic ${Buffer.from(`app:${SECRET}`).toString('base64')}`);
  const config = new oauth.Configuration(smart, 'app', undefined, rawBasic);
  oauth.allowInsecureRequests(config);
  return config;
}

async function askFor(practice: TestPractice, config: oauth.Configuration, scope: string, aud?: string) {
  const pkceCodeVerifier = oauth.randomPKCECodeVerifier();
  const expectedState = oauth.randomState();
  const url = oauth.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope,
    aud: aud ?? `${practice.url}${BASE}/api/FHIR/R4`,
    code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  });
  return { url, checks: { pkceCodeVerifier, expectedState } };
}

async function allow(url: URL, who: Readonly<Record<string, string>> = {}): Promise<Page> {
  const browser = openBrowser();
  const consent = await browser.press(await browser.go(url), 'Sign in', who);
  return browser.press(consent, 'Allow');
}

async function connect(practice: TestPractice, config: oauth.Configuration, scope: string, who = {}) {
  const { url, checks } = await askFor(practice, config, scope);
  const page = await allow(url, who);
  assert.ok(page.url.href.startsWith(CALLBACK), page.text);
  return oauth.authorizationCodeGrant(config, page.url, checks);
}

const SCHEDULING = 'launch offline_access user/Appointment.read user/Patient.read';

test('staff allow an app, it gets what it asked for and was registered for, and the token opens that much', async (t) => {
  const practice = await openPractice(t);
  const config = await portalApp(practice, `${SCHEDULING} user/Location.read`);
  const tokens = await connect(practice, config, `${SCHEDULING} user/Observation.read user/Location.rs`);
  assert.deepEqual(tokens.scope?.split(' ').sort(), SCHEDULING.split(' ').sort());
  const mine = practiceClient(practice.url, tokens.access_token);
  assert.equal((await mine.r4('GET', `/Patient/${AMARA}`)).status, 200);
  assert.equal((await mine.find()).status, 200);
  const refused = await mine.r4('GET', '/Location');
  assert.deepEqual([refused.status, codesOf(refused.json())], [403, ['4118']]);
  await practice.sim('POST', '/oauth/revoke-all');
  assert.equal((await mine.r4('GET', `/Patient/${AMARA}`)).status, 401);
});

test('a missing or wrong aud is a page that does not go on, and the app hears nothing', async (t) => {
  const practice = await openPractice(t);
  const config = await portalApp(practice);
  for (const aud of ['', 'https://elsewhere.example/api/FHIR/R4']) {
    const { url } = await askFor(practice, config, SCHEDULING, aud);
    const page = await openBrowser().go(url);
    assert.ok(page.url.href.startsWith(practice.url), page.url.href);
    assert.doesNotMatch(page.text, /Sign in</);
  }
});

test('a refresh needs no new refresh token: the one that was issued goes on', async (t) => {
  const practice = await openPractice(t);
  const config = await portalApp(practice);
  const { refresh_token = '' } = await connect(practice, config, SCHEDULING);
  for (const _ of [1, 2]) {
    const again = await oauth.refreshTokenGrant(config, refresh_token);
    assert.equal(again.refresh_token, undefined);
    const mine = practiceClient(practice.url, again.access_token);
    assert.equal((await mine.r4('GET', `/Patient/${AMARA}`)).status, 200);
  }
});

test('who signs in as a patient names themselves in the token and sees nobody else', async (t) => {
  const practice = await openPractice(t);
  const config = await portalApp(practice);
  const scope = 'launch/patient patient/Appointment.read patient/Patient.read';
  const tokens = await connect(practice, config, scope, { username: 'amara', password: 'juniper' });
  assert.equal(tokens.patient, AMARA);
  const mine = practiceClient(practice.url, tokens.access_token);
  const [, , other] = demoPatients.juniper;
  assert.equal((await mine.r4('GET', `/Patient/${AMARA}`)).status, 200);
  assert.equal((await mine.r4('GET', `/Patient/${JONAS}`)).status, 403);
  assert.equal((await mine.r4('GET', `/Appointment?patient=${other?.id}`)).status, 403);
  const everybody = (await mine.r4('GET', '/Patient?birthdate=1988-04-12&name=a')).json();
  assert.equal(everybody.entry[0].resource.id, AMARA);
  assert.equal((await mine.find()).status, 403);
  const [proposal] = await practice.proposals();
  assert.equal((await mine.book(proposal.id, JONAS)).status, 403);
  assert.equal((await mine.book(proposal.id, AMARA)).status, 200);
});

/** Serves the public key, as every backend app has to. */
async function keyServer(t: TestContext): Promise<string> {
  const server = createServer((_req, res) => {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/jwks`;
}

async function backend(t: TestContext) {
  const practice = await openPractice(t);
  const token_endpoint_auth_method = 'private_key_jwt';
  const grant_types = ['client_credentials'];
  const jwks_uri = await keyServer(t);
  const reply = await register(practice, { token_endpoint_auth_method, grant_types, jwks_uri });
  assert.ok(reply.status < 300, reply.text);
  const audience = `${practice.url}${BASE}/oauth2/token`;
  const assertion = (claims: object = {}, header: object = {}) =>
    new SignJWT({
      iss: 'app',
      sub: 'app',
      aud: audience,
      jti: crypto.randomUUID(),
      exp: Math.floor(Date.now() / 1000) + 240,
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS384', typ: 'JWT', kid: 'one', ...header })
      .sign(privateKey);
  const ask = async (client_assertion: string) =>
    practice.raw(
      'POST',
      `${BASE}/oauth2/token`,
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'system/Appointment.read system/Patient.read',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
      }).toString(),
    );
  return { practice, assertion, ask };
}

test('a backend app signs with the key at its address, and works only where a user stands for it', async (t) => {
  const { practice, assertion, ask } = await backend(t);
  const reply = await ask(await assertion());
  assert.equal(reply.status, 200, reply.text);
  const mine = practiceClient(practice.url, reply.json().access_token);
  assert.equal((await mine.r4('GET', `/Patient/${AMARA}`)).status, 200);
  await practice.sim('PUT', '/settings', { backendUserMapped: false });
  const refused = await mine.r4('GET', `/Patient/${AMARA}`);
  assert.deepEqual([refused.status, codesOf(refused.json())], [403, ['4118']]);
});

test('whatever is wrong with an assertion, the answer is the same 400', async (t) => {
  const { assertion, ask } = await backend(t);
  const used = await assertion();
  assert.equal((await ask(used)).status, 200);
  const wrong = {
    'an unknown app': await assertion({ iss: 'other', sub: 'other' }),
    'another audience': await assertion({ aud: 'https://elsewhere.example/token' }),
    'more than five minutes': await assertion({ exp: Math.floor(Date.now() / 1000) + 1200 }),
    'its time over': await assertion({ exp: Math.floor(Date.now() / 1000) - 1200 }),
    'an unknown key': await assertion({}, { kid: 'two' }),
    'no id': await assertion({ jti: undefined }),
    'an id that was used': used,
    'no signature': `${used.split('.').slice(0, 2).join('.')}.`,
  };
  for (const [what, client_assertion] of Object.entries(wrong)) {
    const reply = await ask(client_assertion);
    assert.deepEqual(
      [reply.status, reply.json()],
      [400, { error: 'invalid_client', error_description: null }],
      what,
    );
  }
});

test('an app that signs is registered by the address of its keys only', async (t) => {
  const practice = await openPractice(t);
  const method = { token_endpoint_auth_method: 'private_key_jwt', grant_types: ['client_credentials'] };
  assert.equal((await register(practice, { ...method, jwks: { keys: [jwk] } })).status, 400);
});
