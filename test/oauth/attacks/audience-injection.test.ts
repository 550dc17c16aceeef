import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair } from 'jose';
import { checkServerMetadata } from '#oauth/authorization-server-metadata.ts';
import type { OAuthClient } from '#oauth/client.ts';
import type { PrivateKeyJwtAuthentication } from '#oauth/client-authentication.ts';
import { clientCredentialsGrant } from '#oauth/client-credentials-grant.ts';
import { revokeToken } from '#oauth/revocation.ts';
import { startAuthorizationServer } from '../authorization-server.ts';
import { redeem, startHostileServer } from './hostile-server.ts';
import { type NaiveClient, naiveAssertion } from './naive-client.ts';

/**
 * The attack that the OpenID Foundation described in January 2025: a hostile server names the honest one in its own
 * metadata, the client signs an assertion for that audience and hands it to the hostile server, which then is the client
 * at the honest one.
 */
const honest = await startAuthorizationServer();
const hostile = await startHostileServer();
const { authentication } = honest.client('es384');
assert.ok(authentication.method === 'private_key_jwt');
const shared: PrivateKeyJwtAuthentication = authentication;
const naive: NaiveClient = { clientId: 'es384', redirectUri: 'https://gateway.example/cb', scope: [] };
const grant = { grant_type: 'client_credentials', scope: 'system/Slot.rs' };

/** A connection of ours to the hostile server. */
function ours(change: Partial<PrivateKeyJwtAuthentication>, server = hostile.metadata): OAuthClient {
  return honest.client('es384', { server, authentication: { ...shared, ...change } });
}
/** What the attacker makes of the last assertion that was brought. */
async function replay() {
  const { client_assertion = '', client_assertion_type = '' } = hostile.loot.at(-1) ?? {};
  assert.ok(client_assertion);
  return redeem(honest.metadata, { ...grant, client_assertion, client_assertion_type });
}

for (const field of ['issuer', 'token_endpoint'] as const)
  test(`a naive client that signs for the ${field} it has read is impersonated at the honest server`, async () => {
    const read = { ...hostile.metadata, [field]: honest.metadata[field] };
    const assertion = await naiveAssertion(naive, shared.key, shared.kid, read[field]);
    await redeem(
      { ...hostile.metadata, token_endpoint: `${hostile.metadata.issuer}/any` },
      { ...grant, ...assertion },
    );
    const { status, accessToken } = await replay();
    assert.equal(status, 200);
    assert.equal(await honest.personOf(accessToken), 'es384');
  });

test('ours signs for the pinned audience, which the honest server refuses, even with a key that it knows', async () => {
  const { token_endpoint } = hostile.metadata;
  const client = ours({ audience: token_endpoint });
  await assert.rejects(clientCredentialsGrant(client, ['system/Slot.rs']), { kind: 'invalid-grant' });
  assert.deepEqual(await replay(), { status: 401, accessToken: '' });
  await assert.rejects(revokeToken(client, 'any', 'refresh_token'));
  assert.deepEqual(await replay(), { status: 401, accessToken: '' });
});

test('what the server says of itself later changes nothing about the audience', async () => {
  const server = { ...hostile.metadata, issuer: honest.metadata.issuer };
  const client = ours({ audience: hostile.metadata.token_endpoint }, server);
  await assert.rejects(clientCredentialsGrant(client, ['system/Slot.rs']));
  assert.deepEqual(await replay(), { status: 401, accessToken: '' });
});

test('metadata with the honest server’s token endpoint are not pinned in the first place', () => {
  const { token_endpoint } = honest.metadata;
  const origins = [hostile.metadata.issuer];
  assert.throws(
    () => checkServerMetadata({ ...hostile.metadata, token_endpoint }, { origins, simulator: true }),
    {
      kind: 'refused',
      code: 'endpoint-origin',
      field: 'token_endpoint',
    },
  );
});

test('with a key of its own a connection has nothing to lose at another server, whatever the audience', async () => {
  const { privateKey: key } = await generateKeyPair('ES384');
  const client = ours({ key, audience: honest.metadata.token_endpoint });
  await assert.rejects(clientCredentialsGrant(client, ['system/Slot.rs']));
  assert.deepEqual(await replay(), { status: 401, accessToken: '' });
});

test('the replay is a good one: for the audience of the honest server and with its key it is accepted', async () => {
  await assert.rejects(
    clientCredentialsGrant(ours({ audience: honest.metadata.token_endpoint }), ['system/Slot.rs']),
  );
  assert.equal((await replay()).status, 200);
});
