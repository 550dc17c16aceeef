import type { Request, RequestHandler, Response } from 'express';
import { Failure } from '#domain/failure.ts';
import type { Database } from '#store/database.ts';
import { createAgentStates } from './agent-states.ts';
import { createTokenVerifier, type TokenVerifierOptions } from './verify-token.ts';

/** Who is calling, known after {@link accessToken}: `response.locals.caller`. */
export interface TokenCaller {
  readonly practiceId: string;
  readonly agentId: string;
  readonly agentName: string;
  /** Space-separated, as `allows` of `#fhir/scopes.ts` takes it. */
  readonly scope: string;
  /** `jti` of the access token. */
  readonly tokenId: string;
}

export interface AccessTokenOptions extends TokenVerifierOptions {
  readonly database: Database;
}

/**
 * Lets a request on when it carries a valid access token of ours (RFC 6750 §2.1, RFC 9068 §4) of an agent that may still
 * call: agent and practice are looked up on each request, from a copy that is never older than a second. A token in the
 * query string is refused; one in a body is not looked at.
 *
 * Failures go to `next`: `no-token`, `invalid-token`, `agent-disabled`, `practice-disabled`.
 *
 * @example
 * app.use('/fhir/R4', accessToken({ issuer, audience, keys, database, clock }), fhirRouter);
 */
export function accessToken(options: AccessTokenOptions): RequestHandler {
  const verify = createTokenVerifier(options);
  const stateOf = createAgentStates(options.database, options.clock);
  return async (request, response, next) => {
    const claims = await verify(bearerOf(request));
    const state = await stateOf(claims.practice_id, claims.agent_id);
    if (!state || state.disabledAt || state.expiresAt <= options.clock()) throw new Failure('agent-disabled');
    if (state.practiceDisabledAt) throw new Failure('practice-disabled');
    response.locals.caller = {
      practiceId: claims.practice_id,
      agentId: claims.agent_id,
      agentName: state.name,
      scope: claims.scope,
      tokenId: claims.jti,
    } satisfies TokenCaller;
    next();
  };
}

/** The caller that {@link accessToken} has put there. @throws Failure `no-token` on a route that lacks the middleware */
export function callerOf(response: Response): TokenCaller {
  const caller: TokenCaller | undefined = response.locals.caller;
  if (!caller) throw new Failure('no-token');
  return caller;
}

function bearerOf(request: Request): string {
  if ('access_token' in request.query)
    throw new Failure('no-token', { hint: 'An access token may not travel in a URL.' });
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new Failure('no-token');
  return token;
}
