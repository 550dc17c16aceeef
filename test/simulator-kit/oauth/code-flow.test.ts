import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CALLBACK, openApp, refusalOf, SCOPE, walk } from './app.ts';
import { openBrowser } from './browser.ts';
import { startClinic } from './toy-clinic.ts';

test('a person signs in and allows, and the app gets tokens that open the API', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const tokens = await app.connect();
  assert.equal(tokens.token_type, 'bearer');
  assert.equal(tokens.expires_in, 600);
  assert.equal(tokens.scope, SCOPE);
  assert.equal(typeof tokens.refresh_token, 'string');
  const claims = tokens.claims();
  assert.equal(claims?.sub, 'u1');
  assert.equal(claims?.fhirUser, `${clinic.url}/api/Practitioner/7`);
  assert.equal(await clinic.read(tokens.access_token), 200);
  assert.equal(await clinic.read('made-up'), 401);
});

test('the EMR knows of a token whose it is, what it may and for how long', async (t) => {
  const clinic = await startClinic(t);
  const tokens = await (await openApp(clinic.url)).connect({
    scope: 'user/Visit.rs',
    aud: `${clinic.url}/api/`,
  });
  const response = await fetch(`${clinic.url}/api/visits`, {
    method: 'POST',
    headers: { authorization: `bearer ${tokens.access_token}` },
  });
  const known = JSON.parse(await response.text());
  const { expiresAt } = known;
  delete known.expiresAt;
  assert.deepEqual(known, {
    clientId: 'gateway',
    subject: 'u1',
    grantType: 'authorization_code',
    scope: 'user/Visit.rs',
    scopes: ['user/Visit.rs'],
    audience: `${clinic.url}/api/`,
  });
  assert.ok(expiresAt > Date.now() && expiresAt <= Date.now() + 600_000);
});

test('the pages are plain forms that name the clinic, the person, the app and what it asks for', async (t) => {
  const clinic = await startClinic(t);
  const { url } = await (await openApp(clinic.url)).ask();
  const browser = openBrowser();
  const signIn = await browser.go(url);
  assert.match(signIn.text, /<h1>Toy Clinic EMR: sign in<\/h1>/);
  assert.match(signIn.text, /<label for="username">/);
  assert.match(signIn.text, /value="try &quot;it&quot; &lt;now&gt;"/, 'what is filled in is escaped');
  const consent = await browser.press(signIn, 'Sign in');
  assert.match(consent.text, /Signed in as Robin Vale\./);
  assert.match(consent.text, /Postern asks for:/);
  for (const scope of SCOPE.split(' ')) assert.ok(consent.text.includes(`<code>${scope}</code>`), scope);
  for (const page of [signIn, consent]) {
    assert.doesNotMatch(page.text, /<script|src=|href=|url\(/, 'nothing is fetched or run');
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  }
});

test('a wrong password is told, and another person may sign in instead', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const { url, exchange } = await app.ask();
  const browser = openBrowser();
  const failed = await browser.press(await browser.go(url), 'Sign in', { password: 'guess' });
  assert.match(failed.text, /role="alert">The user name or the password is not right/);
  const consent = await browser.press(failed, 'Sign in', { username: 'sreed', password: 'second' });
  const { url: callback } = await browser.press(consent, 'Allow');
  assert.equal((await exchange(callback)).claims()?.sub, 'u2');
});

test('a second authorization in the same browser asks for the person again', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const browser = openBrowser();
  const first = await browser.press(await browser.go((await app.ask()).url), 'Sign in');
  await browser.press(first, 'Allow');
  const second = await browser.go((await app.ask()).url);
  const consent = await browser.press(second, 'Sign in', { username: 'sreed', password: 'second' });
  assert.match(consent.text, /Signed in as Sam Reed/);
  assert.ok((await browser.press(consent, 'Allow')).url.searchParams.has('code'));
});

test('who denies is sent back with access_denied and the state', async (t) => {
  const clinic = await startClinic(t);
  const { url } = await (await openApp(clinic.url)).ask();
  const back = await walk(url, 'Deny');
  assert.ok(back.url.href.startsWith(CALLBACK));
  assert.equal(back.url.searchParams.get('error'), 'access_denied');
  assert.equal(back.url.searchParams.get('state'), url.searchParams.get('state'));
  assert.equal(back.url.searchParams.has('code'), false);
});

test('a wrong redirect_uri or client shows a page and redirects nobody', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const rows: readonly [Record<string, string | undefined>, RegExp][] = [
    [{ redirect_uri: `${CALLBACK}/` }, /invalid_redirect_uri/],
    [{ redirect_uri: 'http://127.0.0.1:1/callback?x=<b>' }, /invalid_redirect_uri/],
    [{ client_id: 'nobody' }, /invalid_client/],
  ];
  for (const [changes, said] of rows) {
    const page = await walk((await app.ask(changes)).url);
    assert.equal(page.status, 400, JSON.stringify(changes));
    assert.equal(page.headers.get('location'), null);
    assert.match(page.text, said);
    assert.match(page.text, /<h1>Toy Clinic EMR: this does not work<\/h1>/);
    assert.doesNotMatch(page.text, /<b>/);
  }
});

test('what else is wrong with a request is told to the app', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const rows: readonly [Record<string, string | undefined>, string][] = [
    [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ aud: undefined }, 'invalid_request'],
    [{ aud: 'http://127.0.0.1:1/api' }, 'invalid_request'],
    [{ aud: `${clinic.url}/api/other` }, 'invalid_request'],
    [{ prompt: 'none' }, 'login_required'],
  ];
  for (const [changes, error] of rows) {
    const back = await walk((await app.ask(changes)).url);
    assert.ok(back.url.href.startsWith(CALLBACK), `${JSON.stringify(changes)}: ${back.text}`);
    const said = new URLSearchParams(back.url.search || back.url.hash.slice(1));
    assert.equal(said.get('error'), error, JSON.stringify(changes));
  }
});

test('an EMR may show a page for a wrong aud, and need none', async (t) => {
  const page = await startClinic(t, { audience: { accepted: ['/api'], required: true, refusal: 'page' } });
  const shown = await walk((await (await openApp(page.url)).ask({ aud: undefined })).url);
  assert.equal(shown.status, 400);
  assert.match(shown.text, /aud is missing/);
  const lenient = await startClinic(t, {
    audience: { accepted: ['/api'], required: false, refusal: 'page' },
  });
  const tokens = await (await openApp(lenient.url)).connect({ aud: undefined });
  assert.equal(await lenient.read(tokens.access_token), 200);
});

test('a request may come as a form (SMART capability authorize-post)', async (t) => {
  const clinic = await startClinic(t);
  const { url } = await (await openApp(clinic.url)).ask();
  const response = await fetch(url.origin + url.pathname, {
    method: 'POST',
    body: url.searchParams,
    redirect: 'manual',
  });
  assert.equal(response.status, 303);
  assert.match(response.headers.get('location') ?? '', /\/sign-in\//);
});

test('iss comes back with the answer or not, as metadata say', async (t) => {
  for (const authorizationResponseIss of [true, false]) {
    const clinic = await startClinic(t, { authorizationResponseIss });
    const app = await openApp(clinic.url);
    const { callback, exchange } = await app.allow();
    const denied = await walk((await app.ask()).url, 'Deny');
    for (const { searchParams } of [callback, denied.url])
      assert.equal(searchParams.get('iss'), authorizationResponseIss ? `${clinic.url}/toy/oauth2` : null);
    const said = app.config.serverMetadata().authorization_response_iss_parameter_supported;
    assert.equal(said ?? false, authorizationResponseIss);
    await exchange(callback);
  }
});

test('metadata name the addresses of the vendor', async (t) => {
  const clinic = await startClinic(t);
  const metadata = (await openApp(clinic.url)).config.serverMetadata();
  assert.equal(metadata.issuer, `${clinic.url}/toy/oauth2`);
  assert.equal(metadata.authorization_endpoint, `${clinic.url}/toy/oauth2/authorize`);
  assert.equal(metadata.token_endpoint, `${clinic.url}/toy/oauth2/token`);
  assert.equal(metadata.revocation_endpoint, `${clinic.url}/toy/oauth2/token/revoke`);
  assert.equal(metadata.introspection_endpoint, `${clinic.url}/tokeninfo`);
  assert.equal(metadata.jwks_uri, `${clinic.url}/toy/keys`);
  const rfc8414 = await fetch(`${clinic.url}/.well-known/oauth-authorization-server/toy/oauth2`);
  assert.equal(JSON.parse(await rfc8414.text()).issuer, metadata.issuer);
  const elsewhere = await fetch(`${clinic.url}/toy/oauth2/nothing`);
  assert.equal(elsewhere.status, 401, 'every other path is the API');
});

test('a code is good once and with its verifier; a second use revokes what the first one gave', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const { callback, exchange } = await app.allow();
  const stranger = await app.ask();
  const elsewhere = new URL(callback);
  elsewhere.searchParams.set('state', stranger.url.searchParams.get('state') ?? '');
  assert.equal(await refusalOf(stranger.exchange(elsewhere)), '400 invalid_grant');
  const tokens = await exchange(callback);
  assert.equal(await clinic.read(tokens.access_token), 200);
  assert.equal(await refusalOf(exchange(callback)), '400 invalid_grant');
  assert.equal(await clinic.read(tokens.access_token), 401);
  assert.equal(await refusalOf(app.refresh(tokens.refresh_token ?? '')), '400 invalid_grant');
});

test('a sign-in without its cookie is over', async (t) => {
  const clinic = await startClinic(t);
  const page = await openBrowser().go((await (await openApp(clinic.url)).ask()).url);
  const response = await fetch(page.url);
  assert.equal(response.status, 400);
  assert.match(await response.text(), /This sign-in is over/);
});
