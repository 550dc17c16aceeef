import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { openApp, refusalOf } from './app.ts';
import { startClinic } from './toy-clinic.ts';

test('a rotated refresh token is good once; using it again ends its whole family', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const { refresh_token: first = '', access_token } = await app.connect();
  const { refresh_token: second = '' } = await app.refresh(first);
  const third = await app.refresh(second);
  assert.equal(new Set([first, second, third.refresh_token]).size, 3);
  assert.equal(await refusalOf(app.refresh(second)), '400 invalid_grant');
  assert.equal(await refusalOf(app.refresh(third.refresh_token ?? '')), '400 invalid_grant');
  for (const token of [access_token, third.access_token]) assert.equal(await clinic.read(token), 401);
  const { refreshes, reuseDetections, activeGrants } = await clinic.tell();
  assert.deepEqual([refreshes, reuseDetections, activeGrants], [2, 1, 0]);
});

test('the end of one family is not that of another', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const [one, other] = [await app.connect(), await app.connect()];
  await app.refresh(one.refresh_token ?? '');
  await refusalOf(app.refresh(one.refresh_token ?? ''));
  assert.equal(await clinic.read(other.access_token), 200);
  await app.refresh(other.refresh_token ?? '');
  assert.equal((await clinic.tell()).activeGrants, 1);
});

test('of two refreshes at once with one token, one is answered and the family ends', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const { refresh_token = '' } = await app.connect();
  const both = await Promise.allSettled([app.refresh(refresh_token), app.refresh(refresh_token)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const { reuseDetections, activeGrants } = await clinic.tell();
  assert.deepEqual([reuseDetections, activeGrants], [1, 0]);
});

for (const [policy, answered] of [
  ['repeated', 'the same refresh token'],
  ['kept', 'none'],
] as const)
  test(`where refresh tokens are ${policy}, a refresh answers ${answered}, and the old one stays good`, async (t) => {
    const clinic = await startClinic(t, { refreshTokens: policy });
    const app = await openApp(clinic.url);
    const { refresh_token = '' } = await app.connect();
    for (const _ of ['once', 'twice']) {
      const tokens = await app.refresh(refresh_token);
      assert.equal(tokens.refresh_token, policy === 'kept' ? undefined : refresh_token);
      assert.equal(await clinic.read(tokens.access_token), 200);
    }
  });

test('rotation and the life of tokens change at run time, within reason', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const { refresh_token = '' } = await app.connect();
  const change = (settings: object) => clinic.control('PUT', '/oauth/settings', settings);
  assert.deepEqual((await change({ refreshTokens: 'repeated', accessTokenSeconds: 2 })).json, {
    accessTokenSeconds: 2,
    refreshTokens: 'repeated',
  });
  const short = await app.refresh(refresh_token);
  assert.deepEqual([short.refresh_token, short.expires_in], [refresh_token, 2]);
  assert.equal(await clinic.read(short.access_token), 200);
  while ((await clinic.read(short.access_token)) !== 401);
  await change({ refreshTokens: 'rotated' });
  assert.notEqual((await app.refresh(refresh_token)).refresh_token, refresh_token);
  for (const wrong of [{ accessTokenSeconds: 1 }, { refreshTokens: 'sometimes' }, { colour: 'red' }])
    assert.equal((await change(wrong)).status, 400, JSON.stringify(wrong));
  await clinic.control('POST', '/reset');
  assert.equal((await clinic.control('GET', '/oauth/settings')).json.accessTokenSeconds, 600);
  assert.equal((await clinic.tell()).activeGrants, 1, 'a reset of the EMR leaves grants');
});

test('without offline_access there is no refresh token, and without openid no id token', async (t) => {
  const clinic = await startClinic(t);
  const tokens = await (await openApp(clinic.url)).connect({ scope: 'user/Visit.rs' });
  assert.deepEqual([tokens.refresh_token, tokens.id_token], [undefined, undefined]);
});

test('a refresh may ask for less, and not for more', async (t) => {
  const clinic = await startClinic(t, { refreshTokens: 'repeated' });
  const app = await openApp(clinic.url);
  const { refresh_token = '' } = await app.connect({ scope: 'offline_access user/Visit.rs' });
  const less = await client.refreshTokenGrant(app.config, refresh_token, { scope: 'user/Visit.rs' });
  assert.equal(less.scope, 'user/Visit.rs');
  const more = client.refreshTokenGrant(app.config, refresh_token, { scope: 'user/Visit.rs user/Visit.c' });
  assert.equal(await refusalOf(more), '400 invalid_scope');
});

test('a refresh token belongs to its client', async (t) => {
  const clinic = await startClinic(t);
  const { refresh_token = '' } = await (await openApp(clinic.url)).connect();
  await clinic.register('other', {
    token_endpoint_auth_method: 'client_secret_post',
    client_secret: 's',
    redirect_uris: ['http://127.0.0.1:1/other'],
  });
  const other = await openApp(clinic.url, {
    clientId: 'other',
    authentication: client.ClientSecretPost('s'),
  });
  assert.equal(await refusalOf(other.refresh(refresh_token)), '400 invalid_grant');
});

test('revocation ends a grant, and everything that was granted can be revoked at once', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const revoked = await app.connect();
  await client.tokenRevocation(app.config, revoked.refresh_token ?? '');
  assert.equal(await clinic.read(revoked.access_token), 401);
  assert.equal(await refusalOf(app.refresh(revoked.refresh_token ?? '')), '400 invalid_grant');
  const [one, other] = [await app.connect(), await app.connect()];
  const { callback, exchange } = await app.allow();
  assert.deepEqual((await clinic.control('POST', '/oauth/revoke-all')).json, { revoked: 2 });
  for (const { access_token, refresh_token = '' } of [one, other]) {
    assert.equal(await clinic.read(access_token), 401);
    assert.equal(await refusalOf(app.refresh(refresh_token)), '400 invalid_grant');
  }
  assert.equal(await refusalOf(exchange(callback)), '400 invalid_grant', 'a code that nobody has used yet');
  const { revocations, activeGrants } = await clinic.tell();
  assert.deepEqual([revocations, activeGrants], [1, 0]);
});

for (const accessTokenFormat of ['opaque', 'jwt'] as const)
  test(`an ${accessTokenFormat} access token opens the API, is introspected and revoked`, async (t) => {
    const clinic = await startClinic(t, { accessTokenFormat });
    const app = await openApp(clinic.url);
    const { access_token } = await app.connect();
    if (accessTokenFormat === 'jwt') {
      assert.equal(decodeProtectedHeader(access_token).alg, 'ES256');
      const { iss, sub, client_id } = decodeJwt(access_token);
      assert.deepEqual([iss, sub, client_id], [`${clinic.url}/toy/oauth2`, 'u1', 'gateway']);
    } else assert.throws(() => decodeJwt(access_token));
    assert.equal(await clinic.read(access_token), 200);
    const known = await client.tokenIntrospection(app.config, access_token);
    assert.deepEqual([known.active, known.client_id, known.sub], [true, 'gateway', 'u1']);
    await client.tokenRevocation(app.config, access_token);
    assert.equal(await clinic.read(access_token), 401);
    assert.deepEqual(await client.tokenIntrospection(app.config, access_token), { active: false });
  });
