import type { Configuration, CustomFetch } from 'openid-client';
import { configurationOf, type OAuthClient } from './client.ts';
import { clientAuth } from './client-authentication.ts';
import { type Answer, exchange } from './exchange.ts';
import { OAuthFailure, ourFailure, tokenEndpointFailure } from './oauth-failure.ts';

/**
 * Lets openid-client make a request, sends it in its place, and gives it back what `read` makes of the answer.
 *
 * @param read also gets the form that was sent
 * @throws OAuthFailure and nothing else: errors of openid-client carry bodies and are dropped
 */
export async function throughLibrary(
  client: OAuthClient,
  ask: (configuration: Configuration) => Promise<unknown>,
  read: (answer: Answer, form: URLSearchParams) => Response,
): Promise<void> {
  let sent = false;
  const send: CustomFetch = async (url, { headers, body, signal }) => {
    if (!(body instanceof URLSearchParams)) throw ourFailure('library');
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
      // `application/x-www-form-urlencoded` as WHATWG URL §5.2 writes it: a space is a plus sign.
      body: body.toString(),
      ...(signal === undefined ? {} : { signal }),
    });
    return read(answer, body);
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

/** openid-client wraps what `fetch` throws. */
function failureIn(error: unknown, sent: boolean): OAuthFailure {
  if (error instanceof OAuthFailure) return error;
  if (error instanceof Error && error.cause instanceof OAuthFailure) return error.cause;
  return new OAuthFailure('library', 'refused', sent);
}
