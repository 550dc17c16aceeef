import { agentScopes } from '#fhir/scopes.ts';

/** Algorithms, methods and grants of the authorization server for agents; the provider is configured from the same. */
export const supported = {
  grantTypes: ['client_credentials'],
  authMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  /** SMART App Launch 2.2, "Client authentication: asymmetric": RS384 and ES384 are the two to support. */
  assertionAlgorithms: ['RS384', 'ES384'],
  tokenAlgorithm: 'ES256',
} as const;

/** RFC 8414 §2, the members that are true of this server. */
export interface ServerMetadata {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly grant_types_supported: readonly string[];
  readonly response_types_supported: readonly string[];
  readonly scopes_supported: readonly string[];
  readonly token_endpoint_auth_methods_supported: readonly string[];
  readonly token_endpoint_auth_signing_alg_values_supported: readonly string[];
}

/**
 * What clients may rely on, from the configured issuer and never from a request's Host header. There is no authorization
 * endpoint, so `response_types_supported`, which RFC 8414 requires, is empty.
 *
 * @param issuer e.g. `https://gateway.example/oauth`, without a slash at its end
 */
export function serverMetadata(issuer: string): ServerMetadata {
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    grant_types_supported: supported.grantTypes,
    response_types_supported: [],
    scopes_supported: agentScopes,
    token_endpoint_auth_methods_supported: supported.authMethods,
    token_endpoint_auth_signing_alg_values_supported: supported.assertionAlgorithms,
  };
}
