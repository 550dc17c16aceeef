import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { faultTable, isTokenFault } from '#simulator-kit/fault.ts';
import { type App, openApp, refusalOf, type Tokens } from './app.ts';
import { type Clinic, startClinic } from './toy-clinic.ts';

const played = new Set<string>();

/** A connected app, and a refresh that meets one fault. */
async function meet(t: Parameters<typeof startClinic>[0], order: Order): Promise<Met> {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const { refresh_token: first = '' } = await app.connect();
  await clinic.fault(order);
  played.add(order.name);
  return { clinic, app, first, refreshed: () => app.refresh(first) };
}
interface Met {
  readonly clinic: Clinic;
  readonly app: App;
  readonly first: string;
  refreshed(): Promise<Tokens>;
}
type Order = { readonly name: string } & Readonly<Record<string, unknown>>;

/** The token request that met the fault, as the log has it. */
async function logged(clinic: Clinic, name: string): Promise<{ status: number; performed?: number }> {
  const { json } = await clinic.control('GET', '/requests');
  const { status, performed, oauth } = json.find(({ fault }: { fault?: string }) => fault === name);
  assert.equal(oauth, 'token');
  assert.equal((await clinic.control('GET', '/faults')).json.fired[name], 1);
  return performed === undefined ? { status } : { status, performed };
}

test('token-slow answers the truth, later', async (t) => {
  const { clinic, refreshed } = await meet(t, { name: 'token-slow', delayMs: 300 });
  const before = performance.now();
  assert.equal(await clinic.read((await refreshed()).access_token), 200);
  assert.ok(performance.now() - before >= 290);
  assert.deepEqual(await logged(clinic, 'token-slow'), { status: 200, performed: 200 });
});

test('token-answer-lost rotates, cuts, and leaves the client with a token that is used up', async (t) => {
  const { clinic, first, app, refreshed } = await meet(t, { name: 'token-answer-lost' });
  await assert.rejects(refreshed(), TypeError);
  assert.deepEqual(await logged(clinic, 'token-answer-lost'), { status: 0, performed: 200 });
  assert.equal((await clinic.tell()).refreshes, 1);
  assert.equal(await refusalOf(app.refresh(first)), '400 invalid_grant');
  assert.equal((await clinic.tell()).reuseDetections, 1);
});

test('token-answer-lost costs nothing where refresh tokens do not rotate', async (t) => {
  const { clinic, refreshed } = await meet(t, { name: 'token-answer-lost' });
  await clinic.control('PUT', '/oauth/settings', { refreshTokens: 'kept' });
  await assert.rejects(refreshed(), TypeError);
  assert.equal(await clinic.read((await refreshed()).access_token), 200);
});

test('token-request-dropped cuts, and the token is as good as before', async (t) => {
  const { clinic, refreshed } = await meet(t, { name: 'token-request-dropped' });
  await assert.rejects(refreshed(), TypeError);
  assert.deepEqual(await logged(clinic, 'token-request-dropped'), { status: 0 });
  assert.equal((await clinic.tell()).refreshes, 0);
  await refreshed();
});

test('grant-revoked withdraws the grant for good', async (t) => {
  const { clinic, refreshed } = await meet(t, { name: 'grant-revoked' });
  assert.equal(await refusalOf(refreshed()), '400 invalid_grant');
  assert.deepEqual(await logged(clinic, 'grant-revoked'), { status: 400, performed: 400 });
  assert.equal(await refusalOf(refreshed()), '400 invalid_grant');
  const { activeGrants, reuseDetections } = await clinic.tell();
  assert.deepEqual([activeGrants, reuseDetections], [0, 0]);
});

test('grant-revoked withdraws a code as well', async (t) => {
  const { clinic, app } = await meet(t, { name: 'grant-revoked', grant: 'authorization_code' });
  assert.equal(await refusalOf(app.connect()), '400 invalid_grant');
  assert.equal((await clinic.tell()).activeGrants, 1, 'the first one');
});

test('scopes-wider grants more than was asked for, truly', async (t) => {
  const { app, clinic } = await meet(t, { name: 'scopes-wider', grant: 'authorization_code' });
  const tokens = await app.connect({ scope: 'user/Visit.rs' });
  assert.equal(tokens.scope, 'user/Visit.rs user/*.cruds');
  const known = await client.tokenIntrospection(app.config, tokens.access_token);
  assert.equal(known.scope, tokens.scope);
  await clinic.fault({ name: 'scopes-wider', text: 'patient/*.read user/Visit.rs' });
  assert.equal((await app.connect({ scope: 'user/Visit.rs' })).scope, 'user/Visit.rs patient/*.read');
});

test('scopes-narrower grants less than was asked for, truly', async (t) => {
  const { app, clinic } = await meet(t, { name: 'scopes-narrower', grant: 'authorization_code' });
  const scope = 'openid user/Visit.rs user/Visit.c';
  assert.equal((await app.connect({ scope })).scope, 'openid user/Visit.rs');
  await clinic.fault({ name: 'scopes-narrower', text: 'user/Visit.rs openid' });
  const tokens = await app.connect({ scope });
  assert.equal(tokens.scope, 'user/Visit.c');
  assert.equal(await clinic.read(tokens.access_token), 403);
});

test('scope-absent says nothing of scopes', async (t) => {
  const { clinic, refreshed } = await meet(t, { name: 'scope-absent' });
  const tokens = await refreshed();
  assert.equal('scope' in tokens, false);
  assert.equal(await clinic.read(tokens.access_token), 200);
});

test('refresh-token-absent answers none, and the one that was used stays good', async (t) => {
  const { refreshed } = await meet(t, { name: 'refresh-token-absent' });
  assert.equal('refresh_token' in (await refreshed()), false);
  assert.equal('refresh_token' in (await refreshed()), true);
});

for (const [variant, status] of [
  [undefined, 503],
  ['429', 429],
] as const)
  test(`token-error is a ${status} with Retry-After, and nothing is performed`, async (t) => {
    const order = { name: 'token-error', delayMs: 2500, ...(variant === undefined ? {} : { variant }) };
    const { clinic, refreshed } = await meet(t, order);
    const error = await refreshed().catch((caught: unknown) => caught);
    assert.ok(
      error instanceof client.ResponseBodyError || error instanceof client.ClientError,
      String(error),
    );
    assert.deepEqual(await logged(clinic, 'token-error'), { status });
    await clinic.fault(order);
    const response = await fetch(`${clinic.url}/toy/oauth2/token`, { method: 'POST' });
    assert.deepEqual([response.status, response.headers.get('retry-after')], [status, '3']);
    await refreshed();
  });

test('token-error may come after the deed', async (t) => {
  const { clinic, refreshed } = await meet(t, { name: 'token-error', commit: true });
  await assert.rejects(refreshed());
  assert.deepEqual(await logged(clinic, 'token-error'), { status: 503, performed: 200 });
});

test('token-html is a page for people, with 200', async (t) => {
  const { clinic, refreshed } = await meet(t, { name: 'token-html' });
  await assert.rejects(refreshed(), client.ClientError);
  assert.deepEqual(await logged(clinic, 'token-html'), { status: 200 });
  await refreshed();
});

test('a token fault meets token requests of its grant, and no other fault does', async (t) => {
  const { clinic, app, refreshed } = await meet(t, { name: 'token-request-dropped', grant: 'refresh_token' });
  await clinic.fault({ name: 'request-dropped', times: 1 });
  const { access_token } = await app.connect();
  await assert.rejects(clinic.read(access_token), TypeError, 'the API meets the fault of the API');
  assert.equal(await clinic.read(access_token), 200, '… and not that of the token endpoint');
  await assert.rejects(refreshed(), TypeError);
  await refreshed();
});

test('a token fault knows no effect, and an API fault no grant', async (t) => {
  const clinic = await startClinic(t);
  for (const order of [
    { name: 'token-slow', times: 1, effect: 'write' },
    { name: 'slow', times: 1, grant: 'refresh_token' },
    { name: 'token-slow', times: 1, grant: 'password' },
    { name: 'token-slow', times: 1, commit: true },
  ])
    assert.equal((await clinic.control('POST', '/faults', order)).status, 400, JSON.stringify(order));
});

test('every token fault has been played', () => {
  // Object.keys forgets that the keys of a constant table are known.
  const names = (Object.keys(faultTable) as (keyof typeof faultTable)[]).filter(isTokenFault);
  assert.deepEqual([...played].sort(), names.sort());
});
