import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { connectSystem } from '#scheduling/consent/connect-system.ts';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import { ConsentProblem } from '#scheduling/consent/problem.ts';
import { createTestSimulator } from '#test/simulator.ts';
import { Secret } from '#vault/secret.ts';
import { TokenUnavailable } from '#vault/token-unavailable.ts';
import { openBrowser, textOf } from '../../../test/http/connect/browser.ts';
import { startConnectGateway } from '../../../test/http/connect/support.ts';
import { operatorOf } from '../../../test/scheduling/consent/on-the-way.ts';
import { athenahealth } from '../index.ts';
import { startAthena } from '../simulator/start-athena.ts';

/** The two ways in: an app that a practice has turned on for us, and one that a person of the practice allows. */
const stateDir = await mkdtemp(join(tmpdir(), 'postern-athena-consent-'));
let ahead = 0;
const running = await startAthena({
  stateDir,
  settings: { tokenCallsPerMinute: 1_000 },
  now: () => Date.now() + ahead,
});
after(async () => {
  await running.stop();
  await rm(stateDir, { recursive: true, force: true });
});
const simulator = createTestSimulator(running.url);
const secret = 'a secret: with + signs/';
const named = {
  departments: '12, 14',
  providers: '71, 72',
  visitTypes: 'reason:962;Office Visit;15, reason:963;Follow-up;30',
};
const gateway = await startConnectGateway({ adapters: [athenahealth] });
await register('athena-service', 'client_credentials');
await register('athena-people', 'authorization_code');
const { consent, tokens } = gateway.gateway;

// biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON that they assert on
async function control(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(`${running.url}/__sim${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function register(
  context: string,
  grantType: 'authorization_code' | 'client_credentials',
): Promise<void> {
  const emr = {
    origin: `${running.url}/v1/195900`,
    register: ({ redirect_uris }: { readonly redirect_uris?: readonly string[] }) =>
      control('PUT', `/oauth/clients/${encodeURIComponent(`id of ${context}`)}`, {
        client_name: 'Postern',
        client_secret: secret,
        token_endpoint_auth_method: 'client_secret_basic',
        ...(grantType === 'client_credentials' ? { grant_types: [grantType] } : { redirect_uris }),
      }),
  };
  await gateway.register(emr, {
    context,
    adapter: 'athenahealth',
    grantType,
    clientId: `id of ${context}`,
    clientSecret: new Secret(secret),
    scopeDialect: 'plain',
  });
}

/** Calls of the token endpoint so far. */
async function tokenCalls(): Promise<number> {
  const { tokenRequests } = await control('GET', '/oauth');
  return Object.values<number>(tokenRequests).reduce((sum, count) => sum + count, 0);
}

async function connectionOf(practice: string) {
  const { rows } = await gateway.database.asOwner(
    `select c.connection_id, c.state, c.reason_code, c.settings, t.rt_ct is not null as renewable,
            extract(epoch from t.at_expires_at - t.at_issued_at)::int as life
       from connection c left join token t using (practice_id, connection_id) where practice_id = $1`,
    [practice],
  );
  return rows[0];
}

/** One address is one practice's, so each test begins with nobody connected there. */
afterEach(async () => {
  await control('PUT', '/settings', { tokenCallsPerMinute: 1_000 });
  const { rows } = await gateway.database.asOwner(
    "select practice_id, connection_id from connection where state <> 'disconnected'",
  );
  for (const row of rows) await disconnect(consent, operatorOf(row.practice_id), row.connection_id);
});

const trust = (practice: string, more = {}) =>
  connectSystem(consent, operatorOf(practice), 'Kim Lee', {
    context: 'athena-service',
    settings: named,
    ...more,
  });

test('the operator connects a practice that has turned the app on: one call for a token, and nobody signs in', async () => {
  const practice = await gateway.addPractice('Lakeside');
  const before = await tokenCalls();
  const made = await trust(practice);
  assert.deepEqual([made.state, made.settings.departments], ['connected', named.departments]);
  assert.equal(await tokenCalls(), before + 1);
  const row = await connectionOf(practice);
  assert.equal(row.renewable, false, 'There is nothing to renew it by, and nothing is missing.');
  assert.deepEqual(await gateway.trail(practice), [
    'practice.create success',
    'connection.link success',
    'connection.connect success',
  ]);
  const { rows } = await gateway.database.asOwner(
    'select end_code, made_by from connect_link where practice_id = $1',
    [practice],
  );
  assert.deepEqual(rows, [{ end_code: 'used', made_by: 'Kim Lee' }]);

  // The same token for everybody, until it has ended or is refused; then another, by the secret alone.
  for (let turn = 0; turn < 5; turn += 1) await tokens.access(practice, made.connectionId);
  assert.equal(await tokenCalls(), before + 1);
  const { version } = await tokens.access(practice, made.connectionId);
  assert.notEqual((await tokens.rejected(practice, made.connectionId, version)).version, version);
  assert.equal(await tokenCalls(), before + 2);
});

test('a practice that has not turned the app on is connected and says what is missing', async () => {
  const practice = await gateway.addPractice();
  await control('PUT', '/settings', { practiceAccess: false });
  const made = await trust(practice);
  assert.deepEqual([made.state, made.reasonCode], ['degraded', 'unauthorized']);
  await control('PUT', '/settings', { practiceAccess: true });
});

test('what is needed and not said is named before anything is asked', async () => {
  const practice = await gateway.addPractice();
  const before = await tokenCalls();
  await assert.rejects(trust(practice, { settings: { departments: '12' } }), {
    code: 'invalid-value',
    expression: 'providers, visitTypes',
  });
  await assert.rejects(trust(practice, { context: 'athena-people' }), { code: 'business-rule' });
  await assert.rejects(trust(practice, { context: 'nobody' }), { code: 'not-approved' });
  assert.deepEqual([await tokenCalls(), await connectionOf(practice)], [before, undefined]);
});

test('a practice that is connected already is not connected a second time, but may get a new grant', async () => {
  const practice = await gateway.addPractice();
  const { connectionId } = await trust(practice);
  await assert.rejects(trust(practice), { code: 'business-rule' });
  const operator = operatorOf(practice);
  assert.equal((await disconnect(consent, operator, connectionId)).revocation, 'revoked');
  const again = await trust(practice, { connectionId, settings: undefined });
  assert.deepEqual(
    [again.connectionId, again.state, again.settings.departments],
    [connectionId, 'connected', named.departments],
  );
});

test('too many calls for tokens within a minute are a wait, and no lost grant', async () => {
  const practice = await gateway.addPractice();
  const { connectionId } = await trust(practice);
  await control('PUT', '/settings', { tokenCallsPerMinute: 1 });
  const { version } = await tokens.access(practice, connectionId);
  await assert.rejects(
    tokens.rejected(practice, connectionId, version),
    (error) => error instanceof TokenUnavailable && error.reason === 'busy',
  );
  assert.deepEqual(
    [(await connectionOf(practice)).state, (await gateway.trail(practice)).at(-1)],
    ['connected', 'connection.connect success'],
  );

  // The minute is over.
  ahead += 60_000;
  gateway.advance(60_000);
  assert.notEqual((await tokens.rejected(practice, connectionId, version)).version, version);

  // Nor is it a refusal for who connects just then.
  await disconnect(consent, operatorOf(practice), connectionId);
  const other = await gateway.addPractice();
  await assert.rejects(trust(other), (error) => error instanceof ConsentProblem && error.code === 'emr-busy');
  assert.equal(await connectionOf(other), undefined);
  const { rows } = await gateway.database.asOwner(
    'select end_code from connect_link where practice_id = $1',
    [other],
  );
  assert.deepEqual(rows, [{ end_code: 'withdrawn' }], 'Nobody finds an open link later.');
  ahead += 60_000;
  assert.equal((await trust(other)).state, 'connected');
});

test('a person of the practice allows it: with a proof key, the secret in Basic, and an hour written as a text', async () => {
  const practice = await gateway.addPractice('Lakeside');
  const { url, code, connectionId } = await gateway.link(practice, { emr: 'athena-people' });
  const person = openBrowser();
  const setup = await person.press(await person.open(url), 'Continue', { code });
  assert.match(textOf(setup), /Departments.*Providers.*Visit types/);
  const signIn = await person.press(setup, 'Continue to athenahealth', named);
  const away = signIn.way.find(({ pathname }) => pathname === '/oauth2/v1/authorize');
  assert.equal(away?.searchParams.get('code_challenge_method'), 'S256');
  assert.equal(away?.searchParams.get('aud'), null);
  const done = await person.press(await person.press(signIn, 'Sign in'), 'Allow');
  assert.match(textOf(done), /Lakeside is connected/);
  const row = await connectionOf(practice);
  assert.deepEqual([row.state, row.renewable, row.life], ['connected', true, 3_600]);
  const { version } = await tokens.access(practice, connectionId);
  assert.notEqual((await tokens.rejected(practice, connectionId, version)).version, version);
  assert.equal((await connectionOf(practice)).state, 'connected');
  assert.ok((await simulator.requests()).some(({ path }) => path.endsWith('/ping')));
});
