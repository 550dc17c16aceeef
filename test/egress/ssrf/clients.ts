import { randomBytes } from 'node:crypto';
import type { AuthorisedClient } from '#adapter-kit/index.ts';
import { createAuthorisedClient, createResilience, type Site, type Wall } from '#egress/index.ts';
import type { AuthorizationServerMetadata } from '#oauth/authorization-server-metadata.ts';
import type { OAuthClient } from '#oauth/client.ts';
import { serverFetch } from '#scheduling/consent/authorization-server.ts';

/** What an adapter would get for this site: nothing paces, waits or gives up. */
export function callerAt(wall: Wall, site: Site): AuthorisedClient {
  return createAuthorisedClient({
    wall,
    site,
    authorize: async () => ({}),
    pace: { take: async () => {} },
    resilience: createResilience({ concurrent: 1, failures: 1_000_000, clock: Date.now }),
    clock: Date.now,
    random: () => 0,
    sleep: async () => {},
    onExchange: () => {},
  });
}

/** Ourselves at an authorization server, by its metadata or by the origin where it all is. */
export function oauthClientAt(wall: Wall, server: AuthorizationServerMetadata | string): OAuthClient {
  const metadata: AuthorizationServerMetadata =
    typeof server === 'string'
      ? {
          issuer: server,
          token_endpoint: `${server}/token`,
          grant_types_supported: [],
          code_challenge_methods_supported: ['S256'],
          token_endpoint_auth_methods_supported: [],
          token_endpoint_auth_signing_alg_values_supported: [],
          authorization_response_iss_parameter_supported: false,
          capabilities: [],
        }
      : server;
  return {
    server: metadata,
    clientId: 'postern',
    authentication: { method: 'client_secret_basic', clientSecret: 'kept', spelling: 'form-encoded' },
    fetch: serverFetch(wall, { kind: 'vendor' }, metadata),
    clock: Date.now,
    random: randomBytes,
  };
}
