import { buildAuthorizationUrl, calculatePKCECodeChallenge } from 'openid-client';
import { configurationOf, type OAuthClient, type Registration } from './client.ts';
import { ourFailure } from './oauth-failure.ts';

export interface AuthorizationRequest {
  /** Of this connection alone, exactly as registered, e.g. `https://gateway.example/oauth/cb/epic-cedar`. No query. */
  readonly redirectUri: string;
  readonly scope: readonly string[];
  /** SMART's `aud`: the FHIR base that the token is for. Left out towards servers that are not SMART. */
  readonly audience?: string;
  /** For servers that give no refresh token without it. */
  readonly prompt?: 'consent';
  /** Only an adapter that declares why its EMR cannot do PKCE gives this; see {@link PkceWaiver}. */
  readonly pkce?: PkceWaiver;
}

/** No proof key is sent. Never decided by what a server says. */
export interface PkceWaiver {
  /** What the vendor's documentation says, for the risk analysis. */
  readonly none: string;
}

/**
 * What has to be remembered until the response comes, sealed: its values are secrets, of one use, and belong to the
 * session that began.
 */
export type PendingAuthorization = {
  readonly issuer: string;
  readonly redirectUri: string;
  readonly state: string;
  /** Where `openid` was asked for. */
  readonly nonce?: string;
} & ({ readonly pkce: 'S256'; readonly codeVerifier: string } | { readonly pkce: 'none' });

/**
 * Begins the authorization code grant (RFC 6749 §4.1.1, RFC 7636, SMART App Launch 2.2 "Standalone Launch"): the address
 * to send the person to, and what to remember. `state`, verifier and, where `openid` is asked for, `nonce` have 256 bits
 * each.
 *
 * @throws OAuthFailure `refused`: `no-endpoint`, or `no-pkce` when the server does not say `S256` and no waiver is given
 *
 * @example
 * const { url, pending } = await buildAuthorizationRequest(client, {
 *   redirectUri: 'https://gateway.example/oauth/cb/epic-cedar',
 *   scope: ['openid', 'fhirUser', 'offline_access', 'user/Appointment.crus', 'user/Slot.rs'],
 *   audience: 'https://fhir.example.com/R4',
 * });
 */
export async function buildAuthorizationRequest(
  client: Registration & Pick<OAuthClient, 'random'>,
  request: AuthorizationRequest,
): Promise<{ readonly url: string; readonly pending: PendingAuthorization }> {
  const { server } = client;
  if (server.authorization_endpoint === undefined) throw ourFailure('no-endpoint');
  if (request.pkce === undefined && !server.code_challenge_methods_supported.includes('S256'))
    throw ourFailure('no-pkce');

  const common = {
    issuer: server.issuer,
    redirectUri: request.redirectUri,
    state: secret(client.random),
    ...(request.scope.includes('openid') ? { nonce: secret(client.random) } : {}),
  };
  const pending: PendingAuthorization =
    request.pkce === undefined
      ? { ...common, pkce: 'S256', codeVerifier: secret(client.random) }
      : { ...common, pkce: 'none' };
  const url = buildAuthorizationUrl(configurationOf(client), {
    response_type: 'code',
    redirect_uri: request.redirectUri,
    scope: request.scope.join(' '),
    state: pending.state,
    ...(pending.nonce === undefined ? {} : { nonce: pending.nonce }),
    ...(request.audience === undefined ? {} : { aud: request.audience }),
    ...(request.prompt === undefined ? {} : { prompt: request.prompt }),
    ...(pending.pkce === 'none' ? {} : await challengeOf(pending.codeVerifier)),
  });
  // A plus sign means a space in forms only; %20 means one everywhere.
  return { url: url.href.replaceAll('+', '%20'), pending };
}

async function challengeOf(codeVerifier: string): Promise<Record<string, string>> {
  return {
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  };
}

/** 43 characters of base64url, which is also the form of a code verifier (RFC 7636 §4.1). */
function secret(random: OAuthClient['random']): string {
  return Buffer.from(random(32)).toString('base64url');
}
