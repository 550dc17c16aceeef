import { agentScopes } from './scopes.ts';

/** What the authorization server says of itself (RFC 8414), as far as agents need it. */
export interface IssuerMetadata {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
  readonly authMethods: readonly string[];
  /** Algorithms of `private_key_jwt`. */
  readonly authSigningAlgs: readonly string[];
}

/**
 * `.well-known/smart-configuration` (SMART App Launch 2.2, "Conformance"): backend services only. There is no
 * authorization endpoint, and the PKCE methods are stated because the document must state them.
 */
export function smartConfiguration(
  issuer: IssuerMetadata,
): Readonly<Record<string, string | readonly string[]>> {
  return {
    issuer: issuer.issuer,
    jwks_uri: issuer.jwksUri,
    token_endpoint: issuer.tokenEndpoint,
    token_endpoint_auth_methods_supported: issuer.authMethods,
    token_endpoint_auth_signing_alg_values_supported: issuer.authSigningAlgs,
    grant_types_supported: ['client_credentials'],
    scopes_supported: agentScopes,
    response_types_supported: [],
    code_challenge_methods_supported: ['S256'],
    capabilities: [
      ...(issuer.authMethods.includes('private_key_jwt') ? ['client-confidential-asymmetric'] : []),
      ...(issuer.authMethods.some((method) => method.startsWith('client_secret'))
        ? ['client-confidential-symmetric']
        : []),
      'permission-v2',
    ],
  };
}
