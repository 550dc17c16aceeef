import { clientCredentialsGrant as requestGrant } from 'openid-client';
import type { OAuthClient } from './client.ts';
import type { TokenAnswer } from './token-answer.ts';
import { askTokenEndpoint } from './token-endpoint.ts';

/**
 * A token for ourselves, with nobody at a consent screen (RFC 6749 §4.4, SMART App Launch 2.2 "Backend Services", which
 * requires a scope). A refresh token in the answer is dropped: asking again needs none.
 *
 * @example await clientCredentialsGrant(client, ['system/Appointment.crus', 'system/Slot.rs']);
 * @throws OAuthFailure
 */
export async function clientCredentialsGrant(
  client: OAuthClient,
  scope: readonly string[],
): Promise<Omit<TokenAnswer, 'refreshToken'>> {
  const { refreshToken: _, ...answer } = await askTokenEndpoint(client, (configuration) =>
    requestGrant(configuration, { scope: scope.join(' ') }),
  );
  return answer;
}
