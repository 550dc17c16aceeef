import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WallRefusal } from '#egress/index.ts';
import type { OAuthClient } from '#oauth/client.ts';
import { clientCredentialsGrant } from '#oauth/client-credentials-grant.ts';
import { OAuthFailure } from '#oauth/oauth-failure.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { revokeToken } from '#oauth/revocation.ts';
import { confirmServer, discoverServer, oauthOf } from '#scheduling/consent/authorization-server.ts';
import { ConsentProblem } from '#scheduling/consent/problem.ts';
import { fhirR4 } from '../../../adapters/fhir-r4/index.ts';
import { oauthClientAt } from './clients.ts';
import { createLure, naiveClients } from './naive-clients.ts';
import { openNetwork } from './network.ts';
import { aimed, forms, openRange } from './range.ts';
import type { Spelling } from './spelling.ts';
import { tricks } from './spellings.ts';

/** A practice names its FHIR base, and the server there names the endpoints of its authorization server. */
const range = await openRange();
const { network, wall } = range;
const naive = await openNetwork();
const { 'no guard': plain = assert.fail() } = naiveClients(naive);
const lures = createLure(naive);
const outside = { wall, clock: Date.now };
const authorization = oauthOf(fhirR4);
const place = { kind: 'vendor', origin: 'https://emr.example.com/r4' } as const;

const kinds = ['vendor', 'simulator', 'vendor-sandbox'] as const;

const login = 'https://login.example.com';
const good = {
  issuer: place.origin,
  authorization_endpoint: `${login}/authorize`,
  token_endpoint: `${login}/token`,
  revocation_endpoint: `${login}/revoke`,
  introspection_endpoint: `${login}/introspect`,
  jwks_uri: `${login}/jwks`,
  registration_endpoint: `${login}/register`,
  management_endpoint: `${login}/manage`,
  userinfo_endpoint: `${login}/userinfo`,
  user_access_brand_bundle: `${login}/brands`,
  grant_types_supported: ['authorization_code', 'client_credentials'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['client_secret_basic'],
  capabilities: ['launch-standalone'],
};
const addresses = Object.entries(good).flatMap(([field, value]) =>
  typeof value === 'string' ? [field] : [],
);
let document: object = good;
let posted = 0;
for (const { hosts } of [network, naive]) {
  hosts.set('emr.example.com', (_, res) => res.end(JSON.stringify(document)));
  hosts.set('login.example.com', (_, res) => {
    posted += 1;
    res.end('{"access_token":"a","token_type":"Bearer","expires_in":300}');
  });
}

for (const [index, [trick, spellings]] of tricks.entries())
  describe(trick, () => {
    test('in a document leads a client inside that believes it (negative control).', async () => {
      for (let from = 0; from < spellings.length; from += addresses.length) {
        const some = spellings.slice(from, from + addresses.length);
        const lies = some.map((spelling, at) => [
          addresses[(at + index) % addresses.length] ?? '',
          `${aimed(spelling, naive, 'http')}/x`,
        ]);
        document = { ...good, ...Object.fromEntries(lies) };
        const answer = await plain(`${place.origin}/.well-known/smart-configuration`);
        const found: Record<string, unknown> = JSON.parse(await answer.text());
        for (const [field = ''] of lies)
          assert.ok(await lures(String(found[field]), { method: 'POST', body: 'refresh_token=r' }), field);
      }
    });

    test('is refused as the address of a FHIR server, in either place.', async () => {
      for (const [turn, spelling] of spellings.entries()) {
        const form = forms[turn % 3] ?? 'https';
        const typed = aimed(spelling, network, form);
        // As it was typed, and as the platform writes it then.
        const read = URL.parse(typed)?.href.replace(/\/$/, '') ?? typed;
        const kind = kinds[turn % 3] ?? 'vendor';
        for (const origin of new Set([typed, read, `${typed}/r4`]))
          await assert.rejects(discoverServer(outside, authorization, { kind, origin }), isRefused, origin);
      }
      await range.held();
    });

    test('in a document of endpoints has nothing sent there.', async () => {
      for (const [field, url] of planted(spellings, index)) {
        document = { ...good, [field]: url };
        await useAsFound();
      }
      const everywhere = aimed(spellings[0] ?? assert.fail(), network, 'https');
      document = { ...good, ...Object.fromEntries(addresses.map((field) => [field, `${everywhere}/x`])) };
      await useAsFound();

      document = good;
      const before = posted;
      await refreshGrant(oauthClientAt(wall, await discoverServer(outside, authorization, place)), 'r');
      assert.equal(posted, before + 1);
      await range.held();
    });
  });

test('A server that was good when it was pinned, and names an address inside since, is found out.', async () => {
  document = good;
  const pinned = await discoverServer(outside, authorization, place);
  await confirmServer(outside, authorization, place, pinned);
  for (const [index, [, spellings]] of tricks.entries())
    for (const [field, url] of planted(spellings.slice(0, 1), index % 6)) {
      document = { ...good, [field]: url };
      await assert.rejects(
        confirmServer(outside, authorization, place, pinned),
        (error) =>
          error instanceof ConsentProblem && ['server-changed', 'address-not-smart'].includes(error.code),
        `${field} ${url}`,
      );
    }
  await range.held();
});

/** Every spelling as an endpoint of some kind, by turns, and as the two to which secrets are sent. */
function planted(
  spellings: readonly Spelling[],
  offset: number,
): readonly (readonly [field: string, url: string])[] {
  const [first = assert.fail()] = spellings;
  const turns = spellings.map(
    (spelling, turn) => [addresses[(turn + offset) % addresses.length], spelling] as const,
  );
  return [...turns, ['token_endpoint', first] as const, ['revocation_endpoint', first] as const].map(
    ([field = '', spelling], turn) => [field, `${aimed(spelling, network, forms[turn % 3] ?? 'https')}/x`],
  );
}

/** Discovers, and if a person approved of that, does all that is ever done with a server. */
async function useAsFound(): Promise<void> {
  let client: OAuthClient;
  try {
    client = oauthClientAt(wall, await discoverServer(outside, authorization, place));
  } catch (error) {
    if (error instanceof WallRefusal) return;
    return assert.ok(isNotSmart(error), String(error));
  }
  const { server } = client;
  const asks = [
    ...(server.token_endpoint === good.token_endpoint
      ? []
      : [refreshGrant(client, 'r'), clientCredentialsGrant(client, ['system/Slot.rs'])]),
    ...(server.revocation_endpoint === good.revocation_endpoint
      ? []
      : [revokeToken(client, 't', 'refresh_token'), revokeToken(client, 't', 'access_token')]),
  ];
  for (const ask of asks)
    await assert.rejects(ask, (error) => error instanceof OAuthFailure && error.code === 'wall');
}

function isRefused(error: unknown): boolean {
  return error instanceof ConsentProblem && error.code === 'address-refused';
}

function isNotSmart(error: unknown): boolean {
  return error instanceof ConsentProblem && error.code === 'address-not-smart';
}
