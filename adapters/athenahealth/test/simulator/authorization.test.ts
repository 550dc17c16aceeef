import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { walk } from '../../../../test/simulator-kit/oauth/app.ts';
import type { StartOptions } from '../../simulator/start-athena.ts';
import { BASE, clock, errorOf, NOW, openPractice, type Reply } from './practice.ts';

const SCOPE = 'athena/service/Athenanet.MDP.*';
const CALLBACK = 'http://127.0.0.1:1/callback';
const SERVICE = {
  client_id: 'service',
  client_secret: 'a secret: with + signs/',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['client_credentials'],
} as const;
const APP = {
  client_id: 'app',
  client_secret: 'app-secret',
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: [CALLBACK],
} as const;

async function openServer(t: TestContext, options: Partial<StartOptions> = {}) {
  const practice = await openPractice(t, { clients: [SERVICE, APP], ...options });
  const token = (form: Record<string, string>, headers: Record<string, string> = basic(SERVICE)) =>
    practice.raw('POST', '/oauth2/v1/token', { form, headers });
  const service = (scope = SCOPE) => token({ grant_type: 'client_credentials', scope });
  const ping = (as: string): Promise<Reply> => practice.api('GET', '/ping', { as });
  return { practice, token, service, ping };
}

function basic({ client_id, client_secret }: { client_id: string; client_secret: string }) {
  const pair = [client_id, client_secret].map(encodeURIComponent).join(':');
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

test('a service gets a token of an hour, told in a text, and no refresh token', async (t) => {
  const { service, ping } = await openServer(t);
  const reply = await service();
  const { access_token: token, ...rest } = reply.json();
  assert.deepEqual(rest, { token_type: 'Bearer', expires_in: '3600', scope: SCOPE });
  assert.match(token, /^eyJ/);
  assert.deepEqual((await ping(token)).json(), { Pong: 'true' });
});

test('another secret, nobody, and the secret in the body are not let in', async (t) => {
  const { token } = await openServer(t);
  const form = { grant_type: 'client_credentials', scope: SCOPE };
  const wrong = await token(form, basic({ ...SERVICE, client_secret: 'other' }));
  assert.deepEqual([wrong.status, wrong.json().error], [401, 'invalid_client']);
  const { client_id, client_secret } = SERVICE;
  const inBody = await token({ ...form, client_id, client_secret }, {});
  assert.deepEqual([inBody.status, inBody.json().error], [401, 'invalid_client']);
});

test('a scope that there is not, none, and a person’s are invalid_scope', async (t) => {
  const { service, token } = await openServer(t);
  for (const scope of ['athena/service/Athenanet.Other', `${SCOPE} offline_access`]) {
    const reply = await service(scope);
    assert.deepEqual([reply.status, reply.json().error], [400, 'invalid_scope'], scope);
  }
  assert.equal((await token({ grant_type: 'client_credentials' })).json().error, 'invalid_scope');
});

test('a token without the scope of the API is 403, and with more scopes it is good', async (t) => {
  const { service, ping } = await openServer(t);
  const fhir = await ping((await service('system/Patient.read')).json().access_token);
  assert.equal(fhir.status, 403);
  assert.ok(errorOf(fhir).error);
  assert.equal((await ping((await service(`${SCOPE} system/Patient.read`)).json().access_token)).status, 200);
});

test('in preview five tokens can be asked for in a minute of the clock, whatever becomes of them', async (t) => {
  const { service, token } = await openServer(t);
  clock.at = NOW + 50_000;
  const first = await service();
  assert.deepEqual(
    ['x-ratelimit-limit', 'x-ratelimit-remaining'].map((name) => first.headers.get(name)),
    ['5', '4'],
  );
  await token({ grant_type: 'nonsense' });
  for (let call = 0; call < 3; call++) assert.equal((await service()).status, 200);
  const over = await service();
  assert.deepEqual([over.status, over.headers.get('x-ratelimit-remaining')], [429, '0']);
  assert.equal(over.headers.get('retry-after'), null);
  assert.throws(() => over.json());
  const app = await token({ grant_type: 'refresh_token', refresh_token: 'x' }, basic(APP));
  assert.equal(app.status, 400, 'another client has a count of its own');
  clock.at = NOW + 60_000;
  assert.equal((await service()).status, 200, 'the minute is over');
});

test('production gives fifty, and a setting any number', async (t) => {
  const { practice, service } = await openServer(t, { environment: 'production' });
  assert.equal((await service()).headers.get('x-ratelimit-limit'), '50');
  await practice.set({ tokenCallsPerMinute: 1 });
  assert.equal((await service()).status, 429);
});

test('a person allows an app, which keeps its access by a refresh token', async (t) => {
  const { practice, token, ping } = await openServer(t);
  const verifier = randomBytes(32).toString('base64url');
  const authorize = async (changes: Record<string, string> = {}): Promise<URL> => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'app',
      redirect_uri: CALLBACK,
      scope: `openid offline_access ${SCOPE}`,
      state: 'a-state',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
    });
    return (await walk(new URL(`${practice.url}/oauth2/v1/authorize?${query}`))).url;
  };
  const unproven = await authorize({ code_challenge: '', code_challenge_method: '' });
  assert.equal(unproven.searchParams.get('error'), 'invalid_request');
  const back = await authorize();
  assert.equal(back.searchParams.get('state'), 'a-state');
  const code = back.searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier };
  const first = (await token(form, basic(APP))).json();
  assert.deepEqual([first.expires_in, typeof first.id_token], ['3600', 'string']);
  assert.equal((await ping(first.access_token)).status, 200);
  const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
  const second = (await token(refresh, basic(APP))).json();
  assert.equal((await ping(second.access_token)).status, 200);
  assert.notEqual(second.refresh_token, first.refresh_token);
});

test('a token that is over, revoked or made up is 401, and not in JSON', async (t) => {
  const { practice, service, ping } = await openServer(t);
  const { access_token: good } = (await service()).json();
  const revoked = await practice.raw('POST', '/oauth2/v1/revoke', {
    form: { token: good },
    headers: basic(SERVICE),
  });
  assert.equal(revoked.status, 200);
  for (const bearer of [good, 'made-up']) {
    const reply = await ping(bearer);
    assert.equal(reply.status, 401);
    assert.match(reply.text, /Developer Inactive/);
    assert.throws(() => reply.json());
  }
  assert.equal((await practice.raw('GET', `${BASE}/ping`)).status, 401);
});
