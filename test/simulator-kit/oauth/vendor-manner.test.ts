import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { type AuthorizationServerPlan, json } from '#simulator-kit/index.ts';
import { openApp, refusalOf, walk } from './app.ts';
import { plan, startClinic } from './toy-clinic.ts';

/** Says nothing of what is wrong. */
const terse: Partial<AuthorizationServerPlan> = {
  error: (_status, code) => json(400, { error: code, error_description: null }),
};
/** Points to a page for each error, and will have no scope with a star and no request without one. */
const pointing: Partial<AuthorizationServerPlan> = {
  scopes: {
    ...plan.scopes,
    refuse: ({ asked, granted }) =>
      granted.length === 0 || asked.some((scope) => scope.includes('*')) ? 'empty-scopes' : undefined,
  },
  error: (status, error, { origin, reason, id, clientId, endpoint, grantType }) =>
    json(status, {
      error,
      error_uri: `${origin}/errors/${endpoint}:${grantType}:${reason}/${id}?client=${clientId}`,
    }),
  redirectError: (error, { origin, reason }) => ({ error, error_uri: `${origin}/errors/${reason}` }),
  tokenMembers: ({ subject, scopes }) => ({ tenant: 't1', patient: subject, count: scopes.size }),
};

test('scopes that are not offered or not registered are dropped without a word', async (t) => {
  const clinic = await startClinic(t);
  await clinic.register('narrow', {
    token_endpoint_auth_method: 'client_secret_post',
    client_secret: 's',
    redirect_uris: ['http://127.0.0.1:1/callback'],
    scope: 'user/Visit.rs user/Visit.d',
  });
  const app = await openApp(clinic.url, { clientId: 'narrow', authentication: client.ClientSecretPost('s') });
  const scope = 'user/Visit.c user/Visit.rs user/Visit.d user/*.cruds';
  const tokens = await app.connect({ scope });
  assert.equal(tokens.scope, 'user/Visit.rs');
  assert.equal(await clinic.read(tokens.access_token), 200);
  assert.equal((await client.tokenIntrospection(app.config, tokens.access_token)).scope, 'user/Visit.rs');
  const [{ asked, granted }] = (await clinic.tell()).asked;
  assert.deepEqual([asked, granted], [scope.split(' '), ['user/Visit.rs']]);
});

test('a vendor may give all that is registered to who asks for nothing', async (t) => {
  const registered = 'user/Visit.rs user/Visit.c';
  const client_ = {
    ...plan.clients?.[0],
    client_id: 'gateway',
    token_endpoint_auth_method: 'client_secret_basic',
    scope: registered,
  } as const;
  for (const [whenAbsent, scope] of [
    ['registered', registered],
    ['none', undefined],
  ] as const) {
    const clinic = await startClinic(t, { scopes: { ...plan.scopes, whenAbsent }, clients: [client_] });
    const app = await openApp(clinic.url);
    const { url, exchange } = await app.ask({ scope: undefined });
    const back = await walk(url);
    if (scope === undefined) assert.equal(back.url.searchParams.get('error'), 'access_denied');
    else assert.equal((await exchange(back.url)).scope, scope);
  }
});

test('a vendor may refuse scopes, at both endpoints and in its own manner', async (t) => {
  const clinic = await startClinic(t, pointing);
  const app = await openApp(clinic.url);
  const back = await walk((await app.ask({ scope: 'openid user/*.rs' })).url);
  assert.equal(back.url.searchParams.get('error'), 'invalid_scope');
  assert.equal(back.url.searchParams.get('error_uri'), `${clinic.url}/errors/empty-scopes`);
  assert.equal(back.url.searchParams.has('error_description'), false);
  assert.equal((await clinic.tell()).asked[0].outcome, 'refused');

  await clinic.register('backend', {
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: 's',
    grant_types: ['client_credentials'],
  });
  const ask = async (secret: string, scope: string) => {
    const response = await fetch(`${clinic.url}/toy/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`backend:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
  };
  const refused = await ask('s', 'system/*.rs');
  assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_scope']);
  const page = /\/errors\/token:client_credentials:empty-scopes\/[0-9a-f-]{36}\?client=backend$/;
  assert.match(refused.body.error_uri, page);
  assert.equal(refused.headers.get('cache-control'), 'no-store');
  assert.equal((await ask('s', '')).body.error, 'invalid_scope');
  assert.equal((await ask('wrong', 'system/*.rs')).body.error, 'invalid_client', 'who it is comes first');
  const given = await ask('s', 'system/Visit.rs');
  assert.deepEqual([given.status, given.body.scope], [200, 'system/Visit.rs']);
});

test('a vendor may add members to a token answer', async (t) => {
  const clinic = await startClinic(t, pointing);
  const tokens = await (await openApp(clinic.url)).connect({ scope: 'user/Visit.rs' });
  assert.deepEqual([tokens.tenant, tokens.patient, tokens.count], ['t1', 'u1', 1]);
});

test('an error hook sets status and body, and no challenge stays on a 400', async (t) => {
  const clinic = await startClinic(t, terse);
  const app = await openApp(clinic.url, { authentication: client.ClientSecretBasic('wrong') });
  assert.equal(await refusalOf(app.connect()), '400 invalid_client');
  const response = await fetch(`${clinic.url}/toy/oauth2/token`, {
    method: 'POST',
    headers: { authorization: 'Basic Z2F0ZXdheTp3cm9uZw==' },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
  });
  assert.equal(response.headers.get('www-authenticate'), null);
  assert.equal(await response.text(), '{"error":"invalid_client","error_description":null}');
});
