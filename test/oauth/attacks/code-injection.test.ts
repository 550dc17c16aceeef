import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AuthorizationRequest,
  buildAuthorizationRequest,
  type PendingAuthorization,
} from '#oauth/authorization-request.ts';
import { receiveAuthorizationResponse } from '#oauth/authorization-response.ts';
import type { OAuthClient } from '#oauth/client.ts';
import { parseSmartConfiguration } from '#oauth/smart-configuration.ts';
import { redirectUri, startAuthorizationServer } from '../authorization-server.ts';
import { type Discovered, type NaiveClient, naiveBegin, naiveFinish } from './naive-client.ts';

/**
 * RFC 9700 §4.5 and §4.8: the attacker, Mallory, has got hold of Dr. Lin's code and brings it back with the state of a
 * session of their own. PKCE stops it, so the attacker first tries to do away with PKCE. This server takes requests with
 * and without.
 */
const server = await startAuthorizationServer({ pkceRequired: false });
const client = server.client('basic');
assert.ok(client.authentication.method === 'client_secret_basic');
const { clientSecret } = client.authentication;
const scope = ['user/Slot.rs'];
const naive: NaiveClient = { clientId: 'basic', clientSecret, redirectUri, scope };
const request: AuthorizationRequest = { redirectUri, scope };

/** The response to Mallory, with the code of Dr. Lin. */
function injected(mallory: URL, lin: URL): URL {
  const url = new URL(mallory);
  url.searchParams.set('code', lin.searchParams.get('code') ?? '');
  return url;
}

async function attackNaive(metadata: Discovered): Promise<string | undefined> {
  const lin = naiveBegin(naive, metadata);
  const mallory = naiveBegin(naive, metadata);
  const callback = injected(
    await server.consent(mallory.url, 'mallory'),
    await server.consent(lin.url, 'dr-lin'),
  );
  return server.personOf((await naiveFinish(naive, mallory.pending, callback)) ?? '');
}

/** @param onTheWay what the attacker does to the address that Dr. Lin opens */
async function attackOurs(
  change: Partial<AuthorizationRequest> = {},
  at: OAuthClient = client,
  onTheWay: (url: string) => string = (url) => url,
): Promise<string | undefined> {
  const begin = (): Promise<{ url: string; pending: PendingAuthorization }> =>
    buildAuthorizationRequest(at, { ...request, ...change });
  const [lin, mallory] = [await begin(), await begin()];
  const callback = injected(
    await server.consent(onTheWay(mallory.url), 'mallory'),
    await server.consent(onTheWay(lin.url), 'dr-lin'),
  );
  const { accessToken } = await receiveAuthorizationResponse(at, mallory.pending, callback);
  return server.personOf(accessToken);
}

/** Metadata as an attacker in the middle would have it, or a server that never learned PKCE. */
const withoutPkce = { ...server.metadata, code_challenge_methods_supported: [] };
const plainOnly = { ...server.metadata, code_challenge_methods_supported: ['plain'] };
function withoutChallenge(url: string): string {
  const stripped = new URL(url);
  stripped.searchParams.delete('code_challenge');
  stripped.searchParams.delete('code_challenge_method');
  return stripped.href;
}
/** A server that takes no notice of PKCE. */
const heedless: OAuthClient = {
  ...client,
  fetch: (url, init) => {
    const form = new URLSearchParams(init.body);
    form.delete('code_verifier');
    return fetch(url, { ...init, body: form.toString() });
  },
};

test('a naive client that uses PKCE only where it is announced opens Dr. Lin’s data to Mallory', async () => {
  assert.equal(await attackNaive(withoutPkce), 'dr-lin');
});

test('ours sends a challenge, and the server refuses the code of another request', async () => {
  await assert.rejects(attackOurs(), { kind: 'invalid-grant' });
});

test('ours does not begin at a server that announces no S256, and does not read its document either', async () => {
  for (const metadata of [withoutPkce, plainOnly]) {
    await assert.rejects(attackOurs({}, { ...client, server: metadata }), {
      kind: 'refused',
      code: 'no-pkce',
    });
    const origins = [server.metadata.issuer];
    assert.throws(
      () => parseSmartConfiguration(metadata, server.metadata.issuer, { origins, simulator: true }),
      {
        kind: 'refused',
        code: 'no-pkce',
      },
    );
  }
});

test('a naive client that takes plain shows its verifier to whoever sees the address', () => {
  const { url, pending } = naiveBegin(naive, plainOnly);
  assert.equal(new URL(url).searchParams.get('code_challenge'), pending.codeVerifier);
});

test('with the challenge taken off on the way, the server refuses our verifier', async () => {
  await assert.rejects(attackOurs({}, client, withoutChallenge), { kind: 'invalid-grant' });
});

test('at a server that ignores challenges PKCE alone is no help, to nobody', async () => {
  assert.equal(await attackOurs({}, heedless, withoutChallenge), 'dr-lin');
});

test('there the nonce of ours refuses the code of another request', async () => {
  await assert.rejects(attackOurs({ scope: ['openid', ...scope] }, heedless, withoutChallenge), {
    kind: 'refused',
    code: 'nonce',
  });
});

test('under a waiver ours is open to it too: what a waiver costs', async () => {
  assert.equal(await attackOurs({ pkce: { none: 'to show it' } }), 'dr-lin');
});
