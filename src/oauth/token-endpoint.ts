import type { Configuration, CustomFetch } from 'openid-client';
import { configurationOf, type OAuthClient } from './client.ts';
import { clientAuth } from './client-authentication.ts';
import { type Answer, exchange } from './exchange.ts';
import { OAuthFailure, ourFailure, tokenEndpointFailure } from './oauth-failure.ts';
import { readTokenAnswer, type TokenAnswer } from './token-answer.ts';

/**
 * One grant at the token endpoint (RFC 6749 §3.2): openid-client makes the request and authenticates it, and gets to see
 * of the answer only what has passed our own reading, so that none of its errors can hold more. One request, no retry.
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
  const limits = { shortestLifeSeconds: client.shortestLifeSeconds ?? 30 };
  await throughLibrary(client, grant, (answer) => {
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
}

/**
 * Lets openid-client make a request, sends it in its place, and gives it back what `read` makes of the answer.
 *
 * @throws OAuthFailure and nothing else: errors of openid-client carry bodies and are dropped
 */
export async function throughLibrary(
  client: OAuthClient,
  ask: (configuration: Configuration) => Promise<unknown>,
  read: (answer: Answer) => Response,
): Promise<void> {
  let sent = false;
  const send: CustomFetch = async (url, { headers, body, signal }) => {
    sent = true;
    const { accept = 'application/json', authorization } = headers;
    const answer = await exchange(client.fetch, client.clock, {
      url,
      method: 'POST',
      headers: {
        accept,
        'content-type': 'application/x-www-form-urlencoded',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: formOf(body),
      ...(signal === undefined ? {} : { signal }),
    });
    return read(answer);
  };
  try {
    await ask(configurationOf(client, clientAuth(client.authentication, client), send));
  } catch (error) {
    throw failureIn(error, sent);
  }
}

/**
 * An answer that is neither an error nor a failure of the server. The body decides more than the status: some vendors
 * send errors with 200, and `invalid_grant` comes with 400, 401 and 403.
 */
export function accepted(answer: Answer): Answer {
  const { status, retryAfterSeconds, json } = answer;
  const details = { status, retryAfterSeconds };
  if (status === 429) throw ourFailure('throttled', details);
  if (status >= 500) throw ourFailure('server-failed', details);
  if (status >= 300 && status < 400) throw ourFailure('redirect', details);
  if (typeof json?.error === 'string' && json.error !== '') throw tokenEndpointFailure(json.error, details);
  if (status !== 200) throw ourFailure(json === undefined ? 'not-json' : 'unexpected-status', details);
  return answer;
}

/** `application/x-www-form-urlencoded`, in the one spelling that needs no guess: all but unreserved characters encoded. */
function formOf(body: unknown): string {
  if (!(body instanceof URLSearchParams)) throw ourFailure('library');
  return Array.from(body, (pair) => pair.map(encoded).join('=')).join('&');
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** openid-client wraps what `fetch` throws. */
function failureIn(error: unknown, sent: boolean): OAuthFailure {
  if (error instanceof OAuthFailure) return error;
  if (error instanceof Error && error.cause instanceof OAuthFailure) return error.cause;
  return new OAuthFailure('library', 'refused', sent);
}
