import { ourFailure } from './oauth-failure.ts';

/**
 * What we have to know of an authorization server, under the registered names of RFC 8414 §2, RFC 9207 §3 and SMART App
 * Launch 2.2 ("Conformance"). It is read once, when a connection is made, judged, and pinned with the connection:
 * nothing of it is looked up again at the time of a call. An empty list means that the server does not say.
 */
export interface AuthorizationServerMetadata {
  readonly issuer: string;
  readonly authorization_endpoint?: string;
  readonly token_endpoint: string;
  readonly revocation_endpoint?: string;
  readonly introspection_endpoint?: string;
  readonly jwks_uri?: string;
  readonly grant_types_supported: readonly string[];
  readonly code_challenge_methods_supported: readonly string[];
  readonly token_endpoint_auth_methods_supported: readonly string[];
  readonly token_endpoint_auth_signing_alg_values_supported: readonly string[];
  readonly authorization_response_iss_parameter_supported: boolean;
  /** SMART capabilities, e.g. `launch-standalone`. */
  readonly capabilities: readonly string[];
}

export interface EndpointRules {
  /**
   * Origins at which the endpoints may stand, e.g. `['https://authorization.cerner.com']`. The issuer is a name, not an
   * address that we ask, and may be of another origin.
   */
  readonly origins: readonly string[];
  /** The server is a simulator: plain http on a loopback address is allowed. Never true in production. */
  readonly simulator?: boolean;
}

/**
 * Judges metadata, wherever it comes from: every address absolute and https, without user, query or fragment, and every
 * endpoint at one of the named origins.
 *
 * @returns the same metadata, frozen
 * @throws OAuthFailure `refused`: `endpoint` or `endpoint-origin`, with the name of the field
 */
export function checkServerMetadata(
  metadata: AuthorizationServerMetadata,
  rules: EndpointRules,
): AuthorizationServerMetadata {
  for (const field of ['issuer', ...endpoints] as const) {
    const address = metadata[field];
    if (address === undefined) continue;
    if (!isAddress(address, rules.simulator === true)) throw ourFailure('endpoint', { field });
    if (field !== 'issuer' && !rules.origins.includes(new URL(address).origin))
      throw ourFailure('endpoint-origin', { field });
  }
  return Object.freeze({ ...metadata });
}

/** Whether a server is the one that was pinned: every address is equal to the letter, and so is what it says of `iss`. */
export function sameServer(pinned: AuthorizationServerMetadata, found: AuthorizationServerMetadata): boolean {
  return serverChanges(pinned, found).length === 0;
}

/** Names of the fields in which a server differs from the one that was pinned, for the person who has to look. */
export function serverChanges(
  pinned: AuthorizationServerMetadata,
  found: AuthorizationServerMetadata,
): readonly string[] {
  return identity.filter((field) => pinned[field] !== found[field]);
}

const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'jwks_uri',
] as const;
const identity = ['issuer', ...endpoints, 'authorization_response_iss_parameter_supported'] as const;

/** One spelling only, so that what was judged is what is asked: no user, no query, no fragment, nothing to normalise. */
function isAddress(text: string, simulator: boolean): boolean {
  if (text.length > 2_048 || !URL.canParse(text)) return false;
  const url = new URL(text);
  const isWritten = url.href === text || (url.pathname === '/' && url.origin === text);
  if (!isWritten || url.username !== '' || url.password !== '' || /[?#]/.test(text)) return false;
  if (url.protocol === 'https:') return true;
  return simulator && url.protocol === 'http:' && /^(?:127\.0\.0\.1|\[::1\])$/.test(url.hostname);
}
