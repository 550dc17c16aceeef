import { refreshTokenGrant } from 'openid-client';
import type { OAuthClient } from './client.ts';
import type { TokenAnswer } from './token-answer.ts';
import { askTokenEndpoint } from './token-endpoint.ts';

/**
 * Refreshes an access token (RFC 6749 §6), once: no retry. Where the answer brings no refresh token, the one that was
 * given stays good. `unknown` and whatever else says `mayHaveBeenSpent` leaves open whether the server has taken it;
 * `lostRefreshToken` says that it has, and that what it gave in its place was revoked.
 *
 * @param scope asks for less than the grant holds; nothing asks for all of it
 * @throws OAuthFailure
 */
export function refreshGrant(
  client: OAuthClient,
  refreshToken: string,
  scope: readonly string[] = [],
): Promise<TokenAnswer> {
  const parameters: Record<string, string> = scope.length === 0 ? {} : { scope: scope.join(' ') };
  return askTokenEndpoint(client, (configuration) =>
    refreshTokenGrant(configuration, refreshToken, parameters),
  );
}
