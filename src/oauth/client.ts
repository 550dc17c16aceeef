import {
  allowInsecureRequests,
  type ClientAuth,
  Configuration,
  type CustomFetch,
  customFetch,
  None,
} from 'openid-client';
import type { AuthorizationServerMetadata } from './authorization-server-metadata.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import type { Fetch } from './exchange.ts';

/**
 * Our registration at one authorization server (RFC 6749 §2), with all that a request needs: it holds secrets, so make
 * it for one call and let it go. There is nothing else: no storage, no network, no clock of its own.
 */
export interface OAuthClient extends Registration {
  readonly authentication: ClientAuthentication;
  /** The way out; one that reaches this server only. */
  readonly fetch: Fetch;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Unpredictable bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** Least `expires_in` that is believed, seconds; 30 where nothing is said. */
  readonly shortestLifeSeconds?: number;
}

/** What of a client is no secret. */
export interface Registration {
  /** As pinned with the connection, see {@link AuthorizationServerMetadata}. */
  readonly server: AuthorizationServerMetadata;
  readonly clientId: string;
  /** Until the last byte of an answer, seconds; 8 where nothing is said. */
  readonly timeoutSeconds?: number;
  /** The server is a simulator, reached by plain http on loopback. Never true in production. */
  readonly simulator?: boolean;
}

/** openid-client's view of a server and of us. Without `auth` it can build addresses and nothing else. */
export function configurationOf(
  { server, clientId, timeoutSeconds = 8, simulator = false }: Registration,
  auth: ClientAuth = None(),
  send?: CustomFetch,
): Configuration {
  const { issuer, authorization_endpoint, token_endpoint, revocation_endpoint } = server;
  const configuration = new Configuration(
    {
      issuer,
      token_endpoint,
      ...(authorization_endpoint === undefined ? {} : { authorization_endpoint }),
      ...(revocation_endpoint === undefined ? {} : { revocation_endpoint }),
    },
    clientId,
    undefined,
    auth,
  );
  configuration.timeout = timeoutSeconds;
  if (send !== undefined) configuration[customFetch] = send;
  if (simulator) allowInsecureRequests(configuration);
  return configuration;
}
