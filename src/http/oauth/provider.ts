import { createHash } from 'node:crypto';
import type { JWK } from 'jose';
import {
  type Adapter,
  type Client,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import { Failure } from '#domain/failure.ts';
import type { AgentKey } from '#scheduling/agents.ts';
import { isClientSecret } from '#scheduling/client-secret.ts';
import type { AgentClient } from './agent-client.ts';
import { grantedScope } from './granted-scope.ts';
import { supported } from './server-metadata.ts';

/** Seconds that an access token lives. Disabling does not wait for it: the agent's state is checked on each request. */
export const tokenSeconds = 600;

/** SMART App Launch 2.2, "Authentication request": an assertion lives five minutes at most; and clocks differ. */
const assertionSeconds = { life: 300, tolerance: 5 } as const;

export interface ProviderParts {
  /** Also the issuer of tokens; its token endpoint is `{issuer}/token`. */
  readonly issuer: string;
  /** Audience of all tokens: the FHIR base. */
  readonly audience: string;
  readonly signingJwk: JWK;
  readonly clock: () => Date;
  readonly random: (bytes: number) => Buffer;
  readonly findClient: (clientId: string) => Promise<AgentClient | undefined>;
  /** Resolves to true once for an assertion, in whichever process. */
  readonly useAssertion: (assertionHash: string, expiresAt: Date) => Promise<boolean>;
  /** Takes one of an authenticated agent's tokens. @throws Failure `throttled` */
  readonly takeToken: (agentId: string) => Promise<void>;
}

/**
 * oidc-provider, turned into an authorization server for agents: the client credentials grant (RFC 6749 §4.4) with a
 * secret or `private_key_jwt` (RFC 7523), and JWT access tokens (RFC 9068). It keeps nothing but used assertions: tokens
 * are signed, not stored, and agents are read where they are.
 *
 * Where its own ways are not ours, they are replaced here: secrets are compared with their hashes, an assertion is used
 * by one statement instead of a look and a write, its audience follows the configuration instead of the Host header, and
 * a scope that is not the agent's is refused instead of dropped.
 */
export function createProvider(parts: ProviderParts): Provider {
  const provider = new Provider(parts.issuer, configurationOf(parts));
  provider.proxy = true;
  provider.silent = true;

  provider.Client.prototype.compareClientSecret = function (this: Client, secret) {
    return isClientSecret(
      this.clientId,
      secret,
      agentOf(this).secret_hashes.map((hash) => Buffer.from(hash, 'base64url')),
    );
  };
  provider.OIDCContext.prototype.clientJwtAuthExpectedAudience = () =>
    new Set([parts.issuer, `${parts.issuer}/token`]);
  Object.assign(provider.ReplayDetection, {
    // The types leave this static method out; jwtClientAuth calls it with seconds since the epoch.
    unique: (client: string, jti: string, expires: number) =>
      parts.useAssertion(
        createHash('sha256')
          .update(JSON.stringify([client, jti]))
          .digest('base64url'),
        new Date(expires * 1_000),
      ),
  });
  provider.on('grant.error', (context, error) => {
    if (error instanceof TooManyTokens) context.set('Retry-After', String(error.retryAfterSeconds));
  });
  return provider;
}

/** The agent that a request to the token endpoint comes from or, when it was refused, says that it comes from. */
export function agentKeyOf(context: KoaContextWithOIDC): AgentKey | undefined {
  if (!context.oidc.client) return undefined;
  const { practice_id, agent_id } = agentOf(context.oidc.client);
  return { practiceId: practice_id, agentId: agent_id };
}

function configurationOf(parts: ProviderParts): Configuration {
  const placeholderSecret = parts.random(32).toString('base64url');
  return {
    adapter: () => agentsOnly(parts.findClient, placeholderSecret),
    jwks: { keys: [parts.signingJwk] },
    routes: { token: '/token', jwks: '/jwks' },
    responseTypes: [],
    scopes: [],
    clientAuthMethods: supported.authMethods,
    clockTolerance: assertionSeconds.tolerance,
    ttl: { ClientCredentials: tokenSeconds },
    enabledJWA: {
      clientAuthSigningAlgValues: supported.assertionAlgorithms,
      idTokenSigningAlgValues: [supported.tokenAlgorithm],
    },
    clientDefaults: {
      grant_types: [...supported.grantTypes],
      response_types: [],
      id_token_signed_response_alg: supported.tokenAlgorithm,
    },
    extraClientMetadata: { properties: ['practice_id', 'agent_id', 'agent_scope', 'secret_hashes'] },
    extraTokenClaims(context) {
      const client = context.oidc.client;
      if (!client) throw new Error('A token is issued to an authenticated agent only.');
      const { practice_id, agent_id } = agentOf(client);
      return { practice_id, agent_id };
    },
    async assertJwtClientAuthClaimsAndHeader(_context, claims) {
      const now = parts.clock().getTime() / 1_000;
      if (Number(claims.exp) > now + assertionSeconds.life + assertionSeconds.tolerance)
        throw new errors.InvalidClientAuth('the assertion lives longer than five minutes');
      // An assertion that another server may use as well is one that it may use here.
      if (Array.isArray(claims.aud) && claims.aud.length !== 1)
        throw new errors.InvalidClientAuth('the assertion has more than one audience');
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => parts.audience,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (context, resource, client) => {
          if (resource !== parts.audience) throw new errors.InvalidTarget();
          await takeToken(parts, agentOf(client).agent_id);
          return {
            audience: parts.audience,
            scope: settleScope(context, agentOf(client).agent_scope),
            accessTokenTTL: tokenSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: supported.tokenAlgorithm } },
          };
        },
      },
    },
  };
}

/** Writes into the request what will be granted, because the provider grants what it finds there. */
function settleScope(context: KoaContextWithOIDC, registered: string): string {
  const { params } = context.oidc;
  const asked = params?.scope;
  const granted = grantedScope(registered, typeof asked === 'string' ? asked : undefined);
  if (!params || granted === undefined)
    throw new errors.CustomOIDCProviderError(
      'invalid_scope',
      'a requested scope does not exist or is not one of this agent',
    );
  params.scope = granted;
  return granted;
}

async function takeToken(parts: ProviderParts, agentId: string): Promise<void> {
  try {
    await parts.takeToken(agentId);
  } catch (error) {
    if (error instanceof Failure && error.code === 'throttled')
      throw new TooManyTokens(error.retryAfterSeconds ?? 1);
    throw error;
  }
}

class TooManyTokens extends errors.OIDCProviderError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(429, tooManyRequests.error);
    this.error_description = tooManyRequests.error_description;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** OAuth has no code of its own for 429; this one says that waiting helps (RFC 6749 §4.1.2.1). */
export const tooManyRequests = {
  error: 'temporarily_unavailable',
  error_description: 'too many requests; wait as long as Retry-After says',
} as const;

/** The provider asks for clients; whatever else it might want to keep belongs to grants that do not exist here. */
function agentsOnly(findClient: ProviderParts['findClient'], placeholderSecret: string): Adapter {
  const refuse = () => Promise.reject(new Error('Nothing but agents is kept for the authorization server.'));
  return {
    async find(id) {
      const agent = await findClient(id);
      if (!agent) return undefined;
      // The provider wants to see a secret where the method needs one. This one is nobody's and opens nothing.
      const secret =
        agent.token_endpoint_auth_method === 'private_key_jwt' ? {} : { client_secret: placeholderSecret };
      return structuredClone({ ...agent, ...secret }) as Awaited<ReturnType<Adapter['find']>>; // its arrays are mutable
    },
    upsert: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}

function agentOf(client: Client): AgentClient {
  return client as unknown as AgentClient; // extraClientMetadata is not in the library's type of a client
}
