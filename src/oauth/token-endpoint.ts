import { setTimeout as delay } from 'node:timers/promises';
import type { Configuration } from 'openid-client';
import type { OAuthClient } from './client.ts';
import type { Answer } from './exchange.ts';
import { OAuthFailure, ourFailure } from './oauth-failure.ts';
import { revokeToken } from './revocation.ts';
import { accepted, throughLibrary } from './through-library.ts';
import { isRefreshToken, readTokenAnswer, type TokenAnswer } from './token-answer.ts';

/**
 * One grant at the token endpoint (RFC 6749 §3.2): openid-client makes the request and authenticates it, and gets to see
 * of the answer only what has passed our own reading, so that none of its errors can hold more. One request, no retry.
 * A refresh token in an answer that is not believed is revoked, best effort, which delays the failure by half a second
 * at most.
 *
 * @param check a further look at the body of an answer that was accepted; throws OAuthFailure
 * @throws OAuthFailure
 */
export async function askTokenEndpoint(
  client: OAuthClient,
  grant: (configuration: Configuration) => Promise<unknown>,
  check: (body: Readonly<Record<string, unknown>>, answer: TokenAnswer) => void = () => {},
): Promise<TokenAnswer> {
  let received: TokenAnswer | undefined;
  let brought: string | undefined;
  const limits = { shortestLifeSeconds: client.shortestLifeSeconds ?? 30 };
  try {
    await throughLibrary(client, grant, (answer, form) => {
      brought = otherRefreshToken(answer, form);
      const { status, json } = accepted(answer);
      if (json === undefined) throw ourFailure('not-json', { status });
      received = readTokenAnswer(json, limits);
      check(json, received);
      return Response.json({
        access_token: received.accessToken,
        token_type: received.tokenType,
        expires_in: received.expiresInSeconds,
      });
    });
    if (received === undefined) throw ourFailure('library');
    return received;
  } catch (error) {
    if (brought === undefined || !(error instanceof OAuthFailure)) throw error;
    // The caller may hold a lock, and has to hear of the loss while it does: what takes longer goes on without it.
    const revoking = revokeToken({ ...client, timeoutSeconds: revocationSeconds }, brought, 'refresh_token');
    await Promise.race([revoking.catch(() => {}), delay(waitMs, undefined, { ref: false })]);
    throw new OAuthFailure(error.code, error.kind, error.mayHaveBeenSpent, {
      ...error,
      lostRefreshToken: true,
    });
  }
}

/** What cannot be revoked soon ends by itself. */
const revocationSeconds = 3;
const waitMs = 500;

/** A refresh token in the answer that is not the one that was sent. */
function otherRefreshToken({ json }: Answer, form: URLSearchParams): string | undefined {
  const token = json?.refresh_token;
  return isRefreshToken(token) && token !== form.get('refresh_token') ? token : undefined;
}
