import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openBrowser } from '../../../../test/simulator-kit/oauth/browser.ts';
import { scopes } from '../../simulator/authorization.ts';
import { openAccount, type Reply, type TestAccount } from './account.ts';

const CALLBACK = 'http://127.0.0.1:1/callback';
const SECRET = 'a secret: with + signs/';
const SCHEDULING = 'user:read calendar:read clinical:read';

async function openApp(t: TestContext): Promise<App> {
  const account = await openAccount(t);
  const registered = await account.sim('PUT', '/oauth/clients/app', {
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_post',
    redirect_uris: [CALLBACK],
  });
  assert.ok(registered.status < 300, registered.text);
  const post = (path: string, form: Readonly<Record<string, string>>) =>
    account.raw('POST', path, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams({ client_id: 'app', client_secret: SECRET, ...form })),
    });
  const app: App = {
    account,
    post,
    async authorize(query = {}, { username = 'frontdesk', press = 'Allow' } = {}) {
      const url = new URL(`${account.url}/o/authorize/`);
      const all = { response_type: 'code', client_id: 'app', redirect_uri: CALLBACK, state: 'st', ...query };
      for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
      const browser = openBrowser();
      const signIn = await browser.go(url);
      const consent = await browser.press(signIn, 'Sign in', { username, password: 'alder-demo' });
      const { url: back } = await browser.press(consent, press);
      assert.ok(back.href.startsWith(CALLBACK), back.href);
      return back.searchParams;
    },
    exchange: (code, more = {}) =>
      post('/o/token/', { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...more }),
    async connect(query = { scope: SCHEDULING }, username = 'frontdesk') {
      const code = (await app.authorize(query, { username })).get('code') ?? '';
      const reply = await app.exchange(code);
      assert.equal(reply.status, 200, reply.text);
      return reply.json();
    },
    refresh: (token) => post('/o/token/', { grant_type: 'refresh_token', refresh_token: token }),
    async status(token) {
      return (await account.api('GET', '/appointments?date=2027-03-03', { as: token })).status;
    },
  };
  return app;
}

interface App {
  readonly account: TestAccount;
  post(path: string, form: Readonly<Record<string, string>>): Promise<Reply>;
  /** The query of the way back. */
  authorize(
    query?: Readonly<Record<string, string>>,
    how?: { readonly username?: string; readonly press?: string },
  ): Promise<URLSearchParams>;
  exchange(code: string, more?: Readonly<Record<string, string>>): Promise<Reply>;
  connect(
    query?: Readonly<Record<string, string>>,
    username?: string,
  ): Promise<{ access_token: string; refresh_token: string; scope: string; expires_in: number }>;
  refresh(token: string): Promise<Reply>;
  /** Of a list of appointments. */
  status(token: string): Promise<number>;
}

test('a person allows plain scopes, and gets a token of 48 hours and a refresh token', async (t) => {
  const app = await openApp(t);
  const { access_token, refresh_token, ...rest } = await app.connect();
  assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 172_800, scope: SCHEDULING });
  assert.ok(refresh_token.length > 20);
  assert.equal(await app.status(access_token), 200);
  const doctors = await app.account.api('GET', '/appointment_profiles', { as: access_token });
  assert.deepEqual(
    [doctors.status, doctors.json()],
    [403, { detail: 'You do not have permission to perform this action.' }],
  );
});

test('who asks for no scope gets all of them', async (t) => {
  const app = await openApp(t);
  const { scope } = await app.connect({});
  assert.deepEqual(scope.split(' ').sort(), [...scopes].sort());
  assert.equal(scopes.length, 22);
});

test('a token acts as the person who allowed it, in their practice', async (t) => {
  const app = await openApp(t);
  const { access_token } = await app.connect({ scope: SCHEDULING }, 'nokafor2');
  const reply = await app.account.api('GET', '/users/current', { as: access_token });
  const user = await app.account.api('GET', reply.headers.get('location') ?? '', { as: access_token });
  assert.deepEqual([user.json().username, user.json().practice_group], ['nokafor2', 5151]);
});

test('who says no sends the app an access_denied and its state', async (t) => {
  const app = await openApp(t);
  const back = await app.authorize({ scope: SCHEDULING }, { press: 'Deny' });
  assert.deepEqual(Object.fromEntries(back), { error: 'access_denied', state: 'st' });
});

test('a code is good once, for its address and for so many seconds', async (t) => {
  const app = await openApp(t);
  const code = (await app.authorize()).get('code') ?? '';
  const elsewhere = await app.exchange(code, { redirect_uri: 'http://127.0.0.1:1/other' });
  assert.deepEqual([elsewhere.status, elsewhere.json()], [400, { error: 'invalid_grant' }]);
  const second = (await app.authorize()).get('code') ?? '';
  assert.equal((await app.exchange(second)).status, 200);
  assert.equal((await app.exchange(second)).status, 400);
  await app.account.set({ codeTtl: 1 });
  const late = (await app.authorize()).get('code') ?? '';
  await new Promise((resolve) => setTimeout(resolve, 2100));
  assert.equal((await app.exchange(late)).status, 400);
});

test('the secret comes in the body, and a wrong one or Basic is refused', async (t) => {
  const app = await openApp(t);
  const code = (await app.authorize()).get('code') ?? '';
  const wrong = await app.exchange(code, { client_secret: 'wrong' });
  assert.deepEqual([wrong.status, wrong.json()], [401, { error: 'invalid_client' }]);
  const basic = await app.account.raw('POST', '/o/token/', {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`app:${encodeURIComponent(SECRET)}`).toString('base64')}`,
    },
    body: String(new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK })),
  });
  assert.equal(basic.status, 401);
});

test('a refresh rotates and ends the access token before, and the spent one is 400 or 401', async (t) => {
  const app = await openApp(t);
  const first = await app.connect();
  const reply = await app.refresh(first.refresh_token);
  assert.equal(reply.status, 200);
  const second = reply.json();
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.deepEqual([await app.status(first.access_token), await app.status(second.access_token)], [401, 200]);
  const spent = await app.refresh(first.refresh_token);
  assert.deepEqual([spent.status, spent.json()], [400, { error: 'invalid_grant' }]);
  await app.account.set({ spentRefreshStatus: '401', refreshEndsAccessToken: false, accessTokenTtl: 600 });
  const third = await app.connect();
  const fourth = (await app.refresh(third.refresh_token)).json();
  assert.deepEqual(
    [third.expires_in, await app.status(third.access_token), await app.status(fourth.access_token)],
    [600, 200, 200],
  );
  assert.equal((await app.refresh(third.refresh_token)).status, 401);
});

test('refresh tokens that do not rotate stay good', async (t) => {
  const app = await openApp(t);
  await app.account.set({ rotateRefreshToken: false });
  const { refresh_token } = await app.connect();
  for (const _ of [1, 2])
    assert.equal((await app.refresh(refresh_token)).json().refresh_token, refresh_token);
});

test('revocation answers 200 without a body, and ends what it names', async (t) => {
  const app = await openApp(t);
  const { access_token, refresh_token } = await app.connect();
  const reply = await app.post('/o/revoke_token/', { token: refresh_token });
  assert.deepEqual([reply.status, reply.text], [200, '']);
  assert.equal((await app.refresh(refresh_token)).status, 400);
  assert.equal(await app.status(access_token), 401);
  const again = await app.connect();
  assert.equal((await app.account.sim('POST', '/oauth/revoke-all')).status, 200);
  assert.deepEqual(
    [await app.status(again.access_token), (await app.refresh(again.refresh_token)).status],
    [401, 400],
  );
});

test('a code challenge is not known, or is checked where the setting says so', async (t) => {
  const app = await openApp(t);
  // RFC 7636, appendix B.
  const challenge = {
    scope: SCHEDULING,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  };
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const code = async () => (await app.authorize(challenge)).get('code') ?? '';
  assert.equal((await app.exchange(await code(), { code_verifier: 'x'.repeat(43) })).status, 200);
  await app.account.set({ pkce: 'accepted' });
  assert.equal((await app.exchange(await code())).status, 400);
  assert.equal((await app.exchange(await code(), { code_verifier })).status, 200);
  assert.equal((await app.connect()).scope, SCHEDULING);
});

test('faults of the token endpoint are played', async (t) => {
  const app = await openApp(t);
  const { refresh_token } = await app.connect();
  await app.account.fault({ name: 'token-error', variant: '429' });
  assert.equal((await app.refresh(refresh_token)).status, 429);
  await app.account.fault({ name: 'token-answer-lost' });
  await assert.rejects(app.refresh(refresh_token));
  assert.equal((await app.refresh(refresh_token)).status, 400, 'it was rotated all the same');
});
