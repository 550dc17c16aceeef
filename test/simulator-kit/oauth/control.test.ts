import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';

const loaded = new Set<string>();
registerHooks({
  resolve(specifier, context, next) {
    loaded.add(specifier);
    return next(specifier, context);
  },
});
// After the hooks, so that they see what the kit loads.
const { startToy } = await import('../toy-emr.ts');
const { startClinic } = await import('./toy-clinic.ts');

test('a simulator without an authorization server loads none, and has no control for one', async (t) => {
  const toy = await startToy(t);
  assert.equal((await toy.call('GET', '/api/visits')).status, 200);
  assert.equal((await toy.call('GET', '/__sim/oauth')).status, 404);
  assert.equal(loaded.has('oidc-provider'), false);
  await startClinic(t);
  assert.equal(loaded.has('oidc-provider'), true, 'the hooks see it when it is loaded');
});

test('what was asked, granted and done is told', async (t) => {
  // Here, because it loads oidc-provider's companion.
  const { openApp, refusalOf, walk } = await import('./app.ts');
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const scope = 'offline_access user/Visit.rs user/Patient.d';
  const tokens = await app.connect({ scope });
  await app.refresh(tokens.refresh_token ?? '');
  await walk((await app.ask()).url, 'Deny');
  await walk((await app.ask({ aud: undefined })).url);
  await app.ask().then(({ url }) => fetch(url, { redirect: 'manual' }));
  await refusalOf(app.refresh('unknown'));
  const { asked, issuer, endpoints, ...counts } = await clinic.tell();
  assert.deepEqual(counts, {
    authorizations: 1,
    tokenRequests: { authorization_code: 1, refresh_token: 2, client_credentials: 0, other: 0 },
    refreshes: 1,
    revocations: 0,
    reuseDetections: 0,
    activeGrants: 1,
  });
  assert.equal(issuer, `${clinic.url}/toy/oauth2`);
  assert.equal(endpoints.token, `${clinic.url}/toy/oauth2/token`);
  assert.deepEqual(
    asked.map(({ outcome }: { outcome: string }) => outcome),
    ['granted', 'denied', 'refused', 'pending'],
  );
  const { at, ...first } = asked[0];
  assert.ok(!Number.isNaN(Date.parse(at)));
  assert.deepEqual(first, {
    clientId: 'gateway',
    audience: `${clinic.url}/api`,
    asked: scope.split(' '),
    granted: ['offline_access', 'user/Visit.rs'],
    outcome: 'granted',
  });
});

test('requests to the authorization server are in the log, told apart from those to the API', async (t) => {
  const { openApp, CALLBACK } = await import('./app.ts');
  const clinic = await startClinic(t);
  const { access_token } = await (await openApp(clinic.url)).connect({ scope: 'user/Visit.rs' });
  await clinic.read(access_token);
  const { json } = await clinic.control('GET', '/requests');
  assert.deepEqual(
    json.map(({ method, path, oauth = 'api', status }: Record<string, unknown>) => [
      method,
      path,
      oauth,
      status,
    ]),
    [
      ['GET', '/toy/oauth2/.well-known/openid-configuration', 'discovery', 200],
      ['GET', '/toy/oauth2/authorize', 'authorize', 303],
      ['GET', '/toy/oauth2/sign-in/{id}', 'sign-in', 200],
      ['POST', '/toy/oauth2/sign-in/{id}', 'sign-in', 303],
      ['GET', '/toy/oauth2/authorize/{id}', 'resume', 303],
      ['GET', '/toy/oauth2/sign-in/{id}', 'sign-in', 200],
      ['POST', '/toy/oauth2/sign-in/{id}', 'sign-in', 303],
      ['GET', '/toy/oauth2/authorize/{id}', 'resume', 303],
      ['POST', '/toy/oauth2/token', 'token', 200],
      ['GET', '/api/visits', 'api', 200],
    ],
  );
  assert.deepEqual(json[1].query, {
    response_type: 'code',
    client_id: 'gateway',
    redirect_uri: CALLBACK,
    scope: 'user/Visit.rs',
    aud: `${clinic.url}/api`,
    code_challenge: '(not logged)',
    code_challenge_method: 'S256',
    state: '(not logged)',
  });
});
