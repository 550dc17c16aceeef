import { timingSafeEqual } from 'node:crypto';
import { decodeJwt } from 'jose';
import { authorizationCodeGrant } from 'openid-client';
import type { PendingAuthorization } from './authorization-request.ts';
import type { OAuthClient } from './client.ts';
import { authorizationFailure, ourFailure } from './oauth-failure.ts';
import type { TokenAnswer } from './token-answer.ts';
import { askTokenEndpoint } from './token-endpoint.ts';

/**
 * Ends the authorization code grant: judges the response (RFC 6749 §4.1.2, RFC 9207) with {@link
 * checkAuthorizationResponse} and exchanges its code (§4.1.3, RFC 7636 §4.5). Where `openid` was asked for and granted,
 * the id token has to bring the request's `nonce` (OpenID Connect Core §3.1.3.7). Forget `pending` before this is called: it
 * is of one use, whatever comes out.
 *
 * @param callback the address at which the response arrived, put together from our own public address, never from Host
 * @throws OAuthFailure
 */
export async function receiveAuthorizationResponse(
  client: OAuthClient,
  pending: PendingAuthorization,
  callback: URL,
): Promise<TokenAnswer> {
  checkAuthorizationResponse(client, pending, callback);
  return askTokenEndpoint(
    client,
    (configuration) =>
      authorizationCodeGrant(configuration, callback, {
        expectedState: pending.state,
        ...(pending.pkce === 'none' ? {} : { pkceCodeVerifier: pending.codeVerifier }),
      }),
    ({ id_token }, { scope }) => checkNonce(id_token, pending, scope),
  );
}

/**
 * Whether a response is the answer to this request: it arrived at the request's own redirect URI, brings its `state`,
 * and the `iss` of the server that was asked, which may be missing only where the server never announced it. No network.
 *
 * @throws OAuthFailure `refused` (`redirect-uri`, `repeated-parameter`, `unexpected-parameter`, `state`, `iss`,
 * `no-code`, `server-changed`), or what the server's `error` means: `denied`, `our-fault`, `busy`
 */
export function checkAuthorizationResponse(
  { server }: Pick<OAuthClient, 'server'>,
  pending: PendingAuthorization,
  callback: URL,
): void {
  if (server.issuer !== pending.issuer) throw ourFailure('server-changed');
  if (`${callback.origin}${callback.pathname}` !== pending.redirectUri) throw ourFailure('redirect-uri');
  const given = callback.searchParams;
  for (const name of ['state', 'iss', 'error', 'code'])
    if (given.getAll(name).length > 1) throw ourFailure('repeated-parameter');
  // Of other response types (implicit, hybrid, JARM), none of which we ask for.
  for (const name of ['access_token', 'token', 'id_token', 'response'])
    if (given.has(name)) throw ourFailure('unexpected-parameter');
  if (!isSame(given.get('state') ?? '', pending.state)) throw ourFailure('state');
  const iss = given.get('iss');
  if (iss === null ? server.authorization_response_iss_parameter_supported : iss !== server.issuer)
    throw ourFailure('iss');
  const error = given.get('error');
  if (error !== null) throw authorizationFailure(error);
  if ((given.get('code') ?? '') === '') throw ourFailure('no-code');
}

/**
 * Whether the code is of the request that we remember, also at a server that takes `code_challenge` and never looks at
 * it (RFC 9700 §2.1.1). The id token comes from the token endpoint itself, so its signature adds nothing (OpenID Connect
 * Core §3.1.3.7); who it names is not used. It may be missing only where `openid` was not granted.
 */
function checkNonce(idToken: unknown, { nonce }: PendingAuthorization, scope: string | undefined): void {
  if (nonce === undefined) return;
  const isGranted = scope === undefined || scope.split(' ').includes('openid');
  if ((idToken ?? undefined) === undefined ? isGranted : !isSame(nonceOf(idToken), nonce))
    throw ourFailure('nonce');
}

function nonceOf(idToken: unknown): string {
  try {
    const { nonce } = decodeJwt(String(idToken));
    return typeof nonce === 'string' ? nonce : '';
  } catch {
    return '';
  }
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
