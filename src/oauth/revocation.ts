import { tokenRevocation } from 'openid-client';
import type { OAuthClient } from './client.ts';
import { accepted, throughLibrary } from './through-library.ts';

/**
 * Revokes a token (RFC 7009). A token that the server does not know counts as revoked (§2.2). Revoking the refresh token
 * ends the grant, at most servers together with its access tokens (§2.1).
 *
 * @returns `not-offered` where the server has no revocation endpoint; nothing was sent then
 * @throws OAuthFailure
 */
export async function revokeToken(
  client: OAuthClient,
  token: string,
  hint: 'access_token' | 'refresh_token',
): Promise<'revoked' | 'not-offered'> {
  if (client.server.revocation_endpoint === undefined) return 'not-offered';
  await throughLibrary(
    client,
    (configuration) => tokenRevocation(configuration, token, { token_type_hint: hint }),
    (answer) => {
      // 204 instead of 200 is common, and nothing in the body matters.
      accepted({ ...answer, status: answer.status === 204 ? 200 : answer.status });
      return new Response(null, { status: 200 });
    },
  );
  return 'revoked';
}
