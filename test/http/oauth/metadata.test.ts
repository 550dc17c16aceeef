import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { agentScopes } from '#fhir/scopes.ts';
import { createTestDatabase } from '#test/database.ts';
import {
  addAgent,
  addPractice,
  audience,
  basic,
  clientCredentials,
  issuer,
  startProcess,
} from './support.ts';

const db = await createTestDatabase();
await addPractice(db.database);
const gateway = await startProcess(db);
const paths = [
  '/.well-known/oauth-authorization-server/oauth',
  '/oauth/.well-known/oauth-authorization-server',
  '/oauth/.well-known/openid-configuration',
];

for (const path of paths) {
  test(`${path} says what is served, and that under the configured address only`, async () => {
    const answer = await gateway.call(path, { 'x-forwarded-host': 'evil.example' });
    assert.deepEqual(answer.body, {
      issuer,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
      scopes_supported: agentScopes,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    });
  });
}

test('a token verifies with the published keys, which have no private part', async () => {
  const agent = await addAgent(db.database);
  const { access_token } = (await gateway.token(clientCredentials, basic(agent))).body;
  const jwks = (await gateway.call('/oauth/jwks')).body;
  await jwtVerify(access_token, createLocalJWKSet(jwks), { issuer, audience, typ: 'at+jwt' });
  assert.deepEqual(Object.keys(jwks.keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
});

test('paths under /oauth that are not of this server are left to the application', async () => {
  assert.equal((await gateway.call('/oauth/cb/anything')).status, 404);
});
