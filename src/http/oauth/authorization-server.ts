import { type NextFunction, type Request, type Response, Router } from 'express';
import { errors } from 'oidc-provider';
import { Failure } from '#domain/failure.ts';
import type { AgentKey } from '#scheduling/agents.ts';
import { type Database, databaseError } from '#store/database.ts';
import type { RateLimits } from '#store/rate-limits.ts';
import { useAssertion } from '#store/used-assertions.ts';
import { findAgentClient } from './agent-client.ts';
import { networkOf } from './network-address.ts';
import { agentKeyOf, createProvider, tooManyRequests } from './provider.ts';
import { type ServerMetadata, serverMetadata } from './server-metadata.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface AuthorizationServerOptions {
  /** `{public URL}/oauth`: issuer of tokens and audience of assertions, whatever the Host header says. */
  readonly issuer: string;
  /** `{public URL}/fhir/R4`: audience of tokens. */
  readonly audience: string;
  readonly database: Database;
  readonly signingKeys: SigningKeys;
  readonly rateLimits: RateLimits;
  readonly clock: () => Date;
  readonly random: (bytes: number) => Buffer;
  /** Told of every answer of the token endpoint, for log, metric and audit. */
  readonly observe?: (event: TokenEvent) => void;
}

/**
 * Holds nothing that a caller wrote: `error` is one of OAuth's own codes. The agent of a refusal is the one that was
 * named, which may not be the one that asked.
 */
export type TokenEvent =
  | { readonly outcome: 'issued'; readonly agent: AgentKey | undefined }
  | { readonly outcome: 'refused'; readonly agent: AgentKey | undefined; readonly error: string }
  /** `code` is a SQLSTATE or the name of an error's class. */
  | { readonly outcome: 'failed'; readonly code: string };

export interface AuthorizationServer {
  /** To be used at the root of the application, before any body parser: `app.use(server.router)`. */
  readonly router: Router;
  /** RFC 8414 metadata, also for `.well-known/smart-configuration`. */
  readonly metadata: ServerMetadata;
}

/**
 * The authorization server for agents: client credentials only (RFC 6749 §4.4), at `/oauth/token`, with its keys at
 * `/oauth/jwks` and its metadata where RFC 8414 §3.1 puts it for an issuer with a path. Paths that are not in the table
 * are left to the application; nothing else of the underlying provider can be reached.
 */
export function createAuthorizationServer(options: AuthorizationServerOptions): AuthorizationServer {
  const metadata = serverMetadata(options.issuer);
  const metadataHandler = (_request: Request, response: Response) => {
    response.set('Cache-Control', 'public, max-age=300').json(metadata);
  };
  const router = Router({ caseSensitive: true, strict: true });
  for (const path of metadataPaths) router.get(path, metadataHandler);
  router.get('/oauth/jwks', jwksHandler(options.signingKeys));
  router.post('/oauth/token', limitAddress(options), pinAddress(metadata), tokenHandler(options));
  router.all('/oauth/token', (_request, response) => {
    response
      .set('Allow', 'POST')
      .status(405)
      .json({ error: 'invalid_request', error_description: 'send a POST' });
  });
  return { router, metadata };
}

/** RFC 8414 §3.1 at the root; behind the issuer, and under OpenID's name (RFC 8414 §5), where some clients look first. */
const metadataPaths = [
  '/.well-known/oauth-authorization-server/oauth',
  '/oauth/.well-known/oauth-authorization-server',
  '/oauth/.well-known/openid-configuration',
] as const;

function jwksHandler(signingKeys: SigningKeys) {
  return async (_request: Request, response: Response) => {
    response.set('Cache-Control', 'public, max-age=300').json({ keys: await signingKeys.publicJwks() });
  };
}

function limitAddress({ rateLimits, observe }: AuthorizationServerOptions) {
  return async (request: Request, response: Response, next: NextFunction) => {
    try {
      await rateLimits.consume('token-address', networkOf(request.ip ?? ''));
    } catch (error) {
      response.set('Cache-Control', 'no-store');
      if (error instanceof Failure && error.code === 'throttled') {
        observe?.({ outcome: 'refused', agent: undefined, error: tooManyRequests.error });
        response
          .set('Retry-After', String(error.retryAfterSeconds ?? 1))
          .status(429)
          .json(tooManyRequests);
      } else {
        observe?.({ outcome: 'failed', code: codeOf(error) });
        response.status(500).json({ error: 'server_error', error_description: 'try again later' });
      }
      return;
    }
    next();
  };
}

/**
 * The provider reads its own address from the request and answers browsers in HTML. It is shown one address, the
 * configured one, in every place where it looks, and one kind of answer.
 */
function pinAddress(metadata: ServerMetadata) {
  const address = new URL(metadata.token_endpoint);
  return (request: Request, _response: Response, next: NextFunction) => {
    request.headers.host = address.host;
    request.headers['x-forwarded-proto'] = address.protocol.slice(0, -1);
    delete request.headers['x-forwarded-host'];
    request.headers.accept = 'application/json';
    request.originalUrl = address.pathname;
    request.url = '/token';
    next();
  };
}

function tokenHandler({ observe, ...options }: AuthorizationServerOptions) {
  const provider = createProvider({
    ...options,
    signingJwk: options.signingKeys.signingJwk,
    findClient: (clientId) => findAgentClient(options.database, clientId, options.clock()),
    useAssertion: (hash, expiresAt) =>
      options.database.withoutPractice((tx) => useAssertion(tx, hash, expiresAt)),
    takeToken: (agentId) => options.rateLimits.consume('token-client', agentId),
  });
  provider.on('grant.success', (context) => observe?.({ outcome: 'issued', agent: agentKeyOf(context) }));
  provider.on('grant.error', (context, error) =>
    observe?.({
      outcome: 'refused',
      agent: agentKeyOf(context),
      error: error instanceof errors.OIDCProviderError ? error.error : 'invalid_request',
    }),
  );
  provider.on('server_error', (_context, error) => observe?.({ outcome: 'failed', code: codeOf(error) }));
  return provider.callback();
}

/** A database error's message holds its SQL and may hold values: only its code goes on. */
function codeOf(error: unknown): string {
  return databaseError(error)?.code ?? (error instanceof Error ? error.name : 'unknown');
}
