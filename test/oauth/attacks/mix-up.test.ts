import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildAuthorizationRequest } from '#oauth/authorization-request.ts';
import { receiveAuthorizationResponse } from '#oauth/authorization-response.ts';
import { redirectUri, startAuthorizationServer } from '../authorization-server.ts';
import { redeem, startHostileServer } from './hostile-server.ts';
import { type NaiveClient, naiveBegin, naiveFinish } from './naive-client.ts';

/**
 * RFC 9700 §4.4: the person begins at a server of the attacker's, which sends the browser on to the honest one. The
 * client takes the honest server's code to the attacker.
 */
const honest = await startAuthorizationServer();
const hostile = await startHostileServer();
const scope = ['user/Slot.rs'];
const naive: NaiveClient = { clientId: 'public', redirectUri, scope };
const shady = 'https://gateway.example/oauth/cb/shady';

/** On to the honest server, with our client id there; the challenge is passed on, so that the verifier will fit. */
function leadOn(to: string): void {
  hostile.lead = (asked) => {
    const on = new URLSearchParams(asked);
    on.set('client_id', 'public');
    on.set('redirect_uri', to);
    on.set('scope', scope.join(' '));
    return `${honest.metadata.authorization_endpoint}?${on}`;
  };
}
/** As from a server that has not heard of RFC 9207. */
function withoutIss(callback: URL): URL {
  const url = new URL(callback);
  url.searchParams.delete('iss');
  return url;
}
function ours(change: object = {}) {
  return honest.client('public', { server: { ...hostile.metadata, ...change } });
}

test('a naive client hands the attacker a code that opens the honest server', async () => {
  leadOn(redirectUri);
  const { url, pending } = naiveBegin(naive, hostile.metadata);
  const callback = await honest.consent(url);
  await naiveFinish(naive, pending, callback);
  const stolen = hostile.loot.at(-1);
  assert.ok(stolen?.code_verifier);
  const { accessToken } = await redeem(honest.metadata, stolen);
  assert.equal(await honest.personOf(accessToken), 'dr-lin');
});

for (const announced of [true, false])
  test(`ours sees the iss of another server, ${announced ? 'announced' : 'and be it never announced'}, and keeps the code`, async () => {
    // With one redirect URI for both connections, so that iss alone has to see it.
    leadOn(redirectUri);
    const before = hostile.loot.length;
    const client = ours({ authorization_response_iss_parameter_supported: announced });
    const { url, pending } = await buildAuthorizationRequest(client, { redirectUri, scope });
    const callback = await honest.consent(url);
    await assert.rejects(receiveAuthorizationResponse(client, pending, callback), {
      kind: 'refused',
      code: 'iss',
    });
    assert.equal(hostile.loot.length, before);
  });

test('where no iss is sent, ours sees the redirect URI of another connection, and keeps the code', async () => {
  leadOn(redirectUri);
  const before = hostile.loot.length;
  const client = ours();
  const { url, pending } = await buildAuthorizationRequest(client, { redirectUri: shady, scope });
  const callback = withoutIss(await honest.consent(url));
  await assert.rejects(receiveAuthorizationResponse(client, pending, callback), {
    kind: 'refused',
    code: 'redirect-uri',
  });
  assert.equal(hostile.loot.length, before);
});

test('and the honest server gives no code to the redirect URI of the hostile one', async () => {
  leadOn(shady);
  const { url } = await buildAuthorizationRequest(ours(), { redirectUri: shady, scope });
  await assert.rejects(honest.consent(url), /invalid_redirect_uri/);
});

test('with neither iss nor a redirect URI of its own, a connection of ours would lose its code too', async () => {
  leadOn(redirectUri);
  const client = ours();
  const { url, pending } = await buildAuthorizationRequest(client, { redirectUri, scope });
  const callback = withoutIss(await honest.consent(url));
  await assert.rejects(receiveAuthorizationResponse(client, pending, callback), { kind: 'invalid-grant' });
  const { accessToken } = await redeem(honest.metadata, { ...hostile.loot.at(-1) });
  assert.equal(await honest.personOf(accessToken), 'dr-lin');
});
