import express, { type Express } from 'express';
import helmet from 'helmet';
import { Failure } from '#domain/failure.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import type { RateLimits } from '#store/rate-limits.ts';
import { type ConnectRouterOptions, connectRouter } from './connect/router.ts';
import { fhirRouter, type HttpEvent } from './fhir/router.ts';
import { type HooksRouterOptions, hooksRouter } from './hooks/router.ts';
import { accessToken } from './middleware/access-token.ts';
import type { AuthorizationServer } from './oauth/authorization-server.ts';
import type { SigningKeys } from './oauth/signing-keys.ts';
import { sendOutcome } from './send-outcome.ts';

export interface AgentDoorOptions {
  /** Addresses of the TLS proxy in front of us, whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly publicUrl: string;
  /** `{public URL}/fhir/R4`. */
  readonly base: string;
  readonly version: string;
  /** What each installed EMR can do, as a table in Markdown. */
  readonly emrs: string;
  readonly scheduling: Scheduling;
  readonly limits: RateLimits;
  readonly authorization: AuthorizationServer;
  readonly signingKeys: SigningKeys;
  /** The pages by which a practice connects its EMR. */
  readonly connect: ConnectRouterOptions;
  /** Where EMRs call when something changed. */
  readonly hooks: HooksRouterOptions;
  readonly report: (
    event: { event: 'http.answered'; request: string } & Omit<HttpEvent, 'requestId'>,
  ) => void;
}

/** When what is served last changed (CapabilityStatement.date). */
const servedSince = '2026-11-21';

export type AgentDoor = Express;

/**
 * What agents, practices and EMRs reach: the token endpoint, FHIR, the connect pages, the hooks, and whether we are
 * alive. Nothing of the operator's.
 */
export function agentDoor(options: AgentDoorOptions): AgentDoor {
  const { trustedProxies, authorization, scheduling, limits, base } = options;
  const { metadata } = authorization;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  if (trustedProxies.length > 0) app.set('trust proxy', [...trustedProxies]);
  app.use(
    helmet({
      contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
      strictTransportSecurity: options.publicUrl.startsWith('https:')
        ? { maxAge: 63_072_000, includeSubDomains: true }
        : false,
    }),
  );
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' });
  });
  // Before the authorization server for agents: addresses to which EMRs send people back are below /oauth as well.
  app.use(connectRouter(options.connect));
  app.use(hooksRouter(options.hooks));
  app.use(authorization.router);
  app.use(
    '/fhir/R4',
    fhirRouter({
      scheduling,
      limits,
      base,
      version: options.version,
      emrs: options.emrs,
      date: servedSince,
      issuer: {
        issuer: metadata.issuer,
        tokenEndpoint: metadata.token_endpoint,
        jwksUri: metadata.jwks_uri,
        authMethods: metadata.token_endpoint_auth_methods_supported,
        authSigningAlgs: metadata.token_endpoint_auth_signing_alg_values_supported,
      },
      authenticate: accessToken({
        issuer: metadata.issuer,
        audience: base,
        keys: options.signingKeys,
        database: scheduling.database,
        clock: () => new Date(scheduling.clock.now()),
      }),
      observe: ({ requestId, ...event }) =>
        options.report({ event: 'http.answered', request: requestId, ...event }),
    }),
  );
  app.use(() => {
    throw new Failure('not-found', { hint: `The FHIR server is at ${base}.` });
  });
  app.use(sendOutcome);
  return app;
}
