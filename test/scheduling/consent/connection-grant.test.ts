import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nilAgent } from '#scheduling/caller.ts';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import type { NewRegistration } from '#scheduling/consent/registrations.ts';
import { rowId } from '#scheduling/ids.ts';
import { Secret } from '#vault/secret.ts';
import { openBrowser, textOf } from '../../http/connect/browser.ts';
import { startConnectGateway, stopAfter } from '../../http/connect/support.ts';
import { clientSecret, startToyEmr, toy, toyAdapter } from '../../http/connect/toy-emr.ts';
import { atSetup, connect } from './on-the-way.ts';

const gateway = await startConnectGateway({
  adapters: [toy, toyAdapter({ rawBasic: true }, 'toy-raw')],
});
const { tokens, consent } = gateway.gateway;

/** A practice that is connected to an EMR of its own, by a registration of this kind. */
async function connected(changes: Partial<NewRegistration>, client: Readonly<Record<string, unknown>> = {}) {
  const emr = await startToyEmr(changes.adapter === 'toy-raw' ? { basicCredentials: 'plain' } : {});
  stopAfter(emr);
  const context = `toy-${rowId().slice(-12)}`;
  await gateway.register(emr, { context, ...changes });
  await emr.register({
    redirect_uris: [`${gateway.url}/oauth/cb/${context}`],
    token_endpoint_auth_method: changes.clientAuthentication ?? 'client_secret_basic',
    ...client,
    ...(changes.clientAuthentication === 'private_key_jwt' && {
      client_secret: undefined as never, // it has none
      jwks_uri: `${gateway.url}/oauth/jwks/${context}`,
    }),
  });
  const practice = await gateway.addPractice();
  const { url, code, connectionId } = await gateway.link(practice, { emr: context });
  const browser = openBrowser();
  const setup = await browser.press(await browser.open(url), 'Continue', { code });
  const done =
    changes.grantType === 'client_credentials'
      ? await browser.press(setup, 'Connect')
      : await browser.press(
          await browser.press(await browser.press(setup, 'Continue to Toy EMR'), 'Sign in'),
          'Allow',
        );
  assert.match(textOf(done), /is connected/);
  return { emr, practice, connectionId };
}

const ways: Readonly<Record<string, Partial<NewRegistration>>> = {
  'client_secret_basic, form-encoded': {},
  'client_secret_basic, as it is': {
    adapter: 'toy-raw',
    clientId: 'no colon',
    clientSecret: new Secret(clientSecret),
  },
  client_secret_post: { clientAuthentication: 'client_secret_post' },
  'private_key_jwt by ES384': { clientAuthentication: 'private_key_jwt', clientSecret: undefined },
  'private_key_jwt by RS384': {
    clientAuthentication: 'private_key_jwt',
    clientSecret: undefined,
    algorithm: 'RS384',
  },
  'none, with PKCE for proof': { clientAuthentication: 'none', clientSecret: undefined },
};
for (const [way, changes] of Object.entries(ways)) {
  test(`a connection made with ${way} is renewed and revoked by the same`, async () => {
    const { clientId: _, ...registration } = changes;
    const client = changes.clientAuthentication === 'none' ? { client_secret: undefined } : {};
    const { emr, practice, connectionId } = await connected(registration, client);
    const first = await tokens.access(practice, connectionId);
    const second = await tokens.rejected(practice, connectionId, first.version);
    assert.notEqual(second.token.reveal(), first.token.reveal());
    assert.equal((await emr.oauth()).tokenRequests.refresh_token, 1);
    const caller = {
      practiceId: practice,
      agentId: nilAgent,
      actor: 'operator:Kim Lee' as const,
      requestId: rowId(),
      origin: 'cli',
    };
    assert.equal((await disconnect(consent, caller, connectionId)).revocation, 'revoked');
    assert.equal((await emr.oauth()).activeGrants, 0);
  });
}

test('client credentials are asked for anew, with the scopes of a system', async () => {
  const { emr, practice, connectionId } = await connected(
    { grantType: 'client_credentials', clientAuthentication: 'private_key_jwt', clientSecret: undefined },
    { grant_types: ['client_credentials'], redirect_uris: [] },
  );
  const first = await tokens.access(practice, connectionId);
  assert.deepEqual(first.scopes, ['system/Appointment.crus', 'system/Slot.rs']);
  const second = await tokens.rejected(practice, connectionId, first.version);
  assert.notEqual(second.token.reveal(), first.token.reveal());
  assert.equal((await emr.oauth()).tokenRequests.client_credentials, 2);
});

test('a renewal is judged again: narrower reads only, wider ends the grant', async () => {
  const { emr, practice, connectionId } = await connected({});
  const stateOf = async () =>
    (
      await gateway.database.asOwner('select can_write, state from connection where connection_id = $1', [
        connectionId,
      ])
    ).rows[0];
  await emr.fault({ name: 'scopes-narrower', text: 'user/Appointment.cu' });
  const { version } = await tokens.access(practice, connectionId);
  await tokens.rejected(practice, connectionId, version);
  assert.deepEqual(await stateOf(), { can_write: false, state: 'connected' });
  await emr.fault({ name: 'scopes-wider', text: 'user/Observation.rs' });
  gateway.advance(600_000);
  await assert.rejects(tokens.access(practice, connectionId), { reason: 'needs-reconsent' });
  assert.equal((await stateOf()).state, 'needs_reconsent');
});

test('who was never consented to, or is not any more, has no grant', async () => {
  const practice = await gateway.addPractice();
  await assert.rejects(consent.grants.grantOf(practice, rowId()), /never consented/);
  const { practice: other, connectionId } = await connected({});
  await assert.rejects(
    consent.grants.grantOf(practice, connectionId),
    /never consented/,
    'Of another practice.',
  );
  const grant = await consent.grants.grantOf(other, connectionId);
  assert.deepEqual([grant.profile, typeof grant.server], ['strict', 'string']);
  await assert.rejects(grant.refresh(undefined), { kind: 'invalid-grant' });
  assert.equal(grant.judge(undefined).verdict, 'accept');
  assert.equal(grant.judge('user/Slot.rs user/Observation.rs').verdict, 'refuse');
});

test('tokens of an older consent are revoked as the registration that they were granted to', async () => {
  const { emr, practice, connectionId } = await connected({});
  const old = await tokens.access(practice, connectionId);
  const askedAt = new Date(gateway.gateway.scheduling.clock.now());
  gateway.advance(1_000);
  const context = `toy-${rowId().slice(-12)}`;
  await gateway.register(emr, { context, clientId: 'another client' });
  await fetch(`${emr.url}/__sim/oauth/clients/${encodeURIComponent('another client')}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Postern',
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: clientSecret,
      redirect_uris: [`${gateway.url}/oauth/cb/${context}`],
    }),
  });
  const at = await atSetup(gateway, practice, { emr: context, connectionId });
  await connect(gateway, at);

  const isTaken = async () => {
    const headers = { authorization: `Bearer ${old.token.reveal()}` };
    return (await fetch(`${emr.origin}/house`, { headers })).ok;
  };
  const loose = { accessToken: old.token, refreshToken: undefined };
  await consent.grants.revoke(practice, connectionId, loose).catch(() => {});
  assert.ok(await isTaken(), 'As the newest registration nothing of it can be revoked.');
  await consent.grants.revoke(practice, connectionId, { ...loose, askedAt });
  assert.ok(!(await isTaken()));
  const before = { ...loose, askedAt: new Date(0) };
  await assert.rejects(consent.grants.revoke(practice, connectionId, before), /never consented/);
});
