import { importJWK, type JWK } from 'jose';
import type { OAuthAuthorization } from '#adapter-kit/adapter.ts';
import type { AuthorizationServerMetadata } from '#oauth/authorization-server-metadata.ts';
import type { OAuthClient } from '#oauth/client.ts';
import type { ClientAuthentication } from '#oauth/client-authentication.ts';
import type { OAuthRegistration } from '#store/oauth-registrations.ts';
import type { SealContext } from '#vault/envelope.ts';
import type { GatewaySeal } from '#vault/gateway-seal.ts';
import { type Outside, serverFetch } from './authorization-server.ts';

/**
 * Ourselves at one authorization server, with the secrets opened: make it for one call and let it go. Its endpoints are
 * the pinned ones, its way out reaches those and no others.
 */
export async function oauthClientOf(
  { wall, seal, clock, random }: ClientSources,
  authorization: OAuthAuthorization,
  registration: OAuthRegistration,
): Promise<OAuthClient> {
  const server = pinnedServer(registration);
  return {
    server,
    clientId: registration.clientId,
    authentication: await authenticationOf(seal, authorization, registration, server),
    fetch: serverFetch(wall, registration, server),
    clock,
    random,
    simulator: registration.kind === 'simulator',
  };
}

export interface ClientSources extends Outside {
  readonly seal: GatewaySeal;
  readonly random: (bytes: number) => Buffer;
}

/** The metadata as it was pinned. */
export function pinnedServer({ metadata }: Pick<OAuthRegistration, 'metadata'>): AuthorizationServerMetadata {
  // registrations.ts wrote it, from metadata that was judged.
  return metadata as unknown as AuthorizationServerMetadata;
}

/** Where a registration's secrets live: one that is copied to another registration does not open there. */
export function placeOfSecret(
  context: string,
  kind: 'client-secret' | 'client-key' | 'webhook-secret',
): SealContext {
  return { row: context, kind, version: 0 };
}

export type SigningAlgorithm = 'RS384' | 'ES384';

async function authenticationOf(
  seal: GatewaySeal,
  { rawBasic }: OAuthAuthorization,
  { context, clientAuthentication: method, clientSecret, privateJwk }: OAuthRegistration,
  { token_endpoint }: AuthorizationServerMetadata,
): Promise<ClientAuthentication> {
  if (method === 'none') return { method };
  if (method === 'private_key_jwt') {
    if (!privateJwk) throw new Error(`Registration ${context} has no key.`);
    const jwk: JWK = JSON.parse(seal.open(placeOfSecret(context, 'client-key'), privateJwk).reveal());
    const key = await importJWK(jwk, jwk.alg, { extractable: false });
    if (key instanceof Uint8Array) throw new Error('A signing key is not symmetric.');
    // SMART and Epic want the token endpoint's address to the letter; it is the pinned one.
    return { method, key, kid: jwk.kid ?? '', audience: token_endpoint };
  }
  if (!clientSecret) throw new Error(`Registration ${context} has no secret.`);
  const secret = seal.open(placeOfSecret(context, 'client-secret'), clientSecret).reveal();
  return method === 'client_secret_basic'
    ? { method, clientSecret: secret, spelling: rawBasic ? 'as-is' : 'form-encoded' }
    : { method, clientSecret: secret };
}
