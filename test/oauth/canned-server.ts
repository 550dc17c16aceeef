import { randomBytes } from 'node:crypto';
import type { AuthorizationServerMetadata } from '#oauth/authorization-server-metadata.ts';
import type { OAuthClient } from '#oauth/client.ts';
import type { Fetch, FetchInit } from '#oauth/exchange.ts';

/** Metadata of a server that nobody runs. */
export const nowhere: AuthorizationServerMetadata = {
  issuer: 'https://login.emr.example',
  authorization_endpoint: 'https://login.emr.example/authorize',
  token_endpoint: 'https://login.emr.example/token',
  revocation_endpoint: 'https://login.emr.example/revoke',
  grant_types_supported: ['authorization_code', 'refresh_token'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: [],
  token_endpoint_auth_signing_alg_values_supported: [],
  authorization_response_iss_parameter_supported: false,
  capabilities: ['launch-standalone'],
};

export interface Sent extends FetchInit {
  readonly url: string;
}

/** A client whose server answers whatever `respond` says, and all that was sent to it. */
export function cannedClient(
  respond: () => Response | Promise<Response>,
  change: Partial<OAuthClient> = {},
): OAuthClient & { readonly sent: readonly Sent[] } {
  const sent: Sent[] = [];
  const fetch: Fetch = async (url, init) => {
    sent.push({ url, ...init });
    return respond();
  };
  return {
    server: nowhere,
    clientId: 'postern',
    authentication: { method: 'client_secret_basic', clientSecret: 'kept' },
    fetch,
    clock: () => Date.UTC(2027, 2, 4, 15),
    random: randomBytes,
    ...change,
    sent,
  };
}

/** The least that is a token answer. */
export const token = { access_token: 'a', token_type: 'Bearer', expires_in: 600 } as const;
