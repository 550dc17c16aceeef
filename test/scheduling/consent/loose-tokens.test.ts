import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '#vault/secret.ts';
import { startConnectGateway, stopAfter } from '../../http/connect/support.ts';
import { startToyEmr, toy } from '../../http/connect/toy-emr.ts';
import { atSetup, connect } from './on-the-way.ts';

const gateway = await startConnectGateway({ adapters: [toy] });
const { tokens, consent } = gateway.gateway;

const emr = await startToyEmr();
stopAfter(emr);
await gateway.register(emr);

async function connected() {
  const practice = await gateway.addPractice();
  const at = await atSetup(gateway, practice);
  await connect(gateway, at);
  return { practice, connectionId: at.connectionId };
}

test('tokens of another authorization server are shown to none', async () => {
  const { practice, connectionId } = await connected();
  const { token } = await tokens.access(practice, connectionId);
  const loose = { accessToken: token, refreshToken: undefined };
  const isTaken = async () =>
    (await fetch(`${emr.origin}/house`, { headers: { authorization: `Bearer ${token.reveal()}` } })).ok;
  const elsewhere = { ...loose, server: 'https://login.other-emr.example' };
  await assert.rejects(consent.grants.revoke(practice, connectionId, elsewhere), /another authorization/);
  assert.ok(await isTaken());
  const { server } = await consent.grants.grantOf(practice, connectionId);
  assert.equal(await consent.grants.revoke(practice, connectionId, { ...loose, server }), 'revoked');
  assert.ok(!(await isTaken()));
});

test('a client secret that does not open is our fault: nothing is sent, and nothing may have been spent', async () => {
  const { practice, connectionId } = await connected();
  await gateway.database.asOwner("update oauth_registration set client_secret = 'no secret'");
  const { tokenRequests } = await emr.oauth();
  const spoilt = await consent.grants.grantOf(practice, connectionId);
  await assert.rejects(spoilt.refresh(new Secret('any')), {
    name: 'OAuthFailure',
    kind: 'our-fault',
    code: 'client-key',
    mayHaveBeenSpent: false,
  });
  const { version } = await tokens.access(practice, connectionId);
  await assert.rejects(tokens.rejected(practice, connectionId, version), { reason: 'our-fault' });
  assert.deepEqual((await emr.oauth()).tokenRequests, tokenRequests);
});
