import type { webcrypto } from 'node:crypto';
import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  None,
  PrivateKeyJwt,
} from 'openid-client';
import { ourFailure } from './oauth-failure.ts';

/**
 * How we prove who we are at a token endpoint (RFC 6749 §2.3, RFC 7523 §2.2, SMART App Launch 2.2 "Client
 * Authentication"). Secrets stand here as they are: make the value for one call and let it go.
 */
export type ClientAuthentication =
  /** A public client: `client_id` in the body, PKCE carries the proof. */
  | { readonly method: 'none' }
  | {
      readonly method: 'client_secret_basic';
      readonly clientSecret: string;
      /**
       * `form-encoded` is RFC 6749 §2.3.1 and the default. `as-is` joins id and secret unencoded, as Epic's
       * documentation asks for.
       */
      readonly spelling?: 'form-encoded' | 'as-is';
    }
  | { readonly method: 'client_secret_post'; readonly clientSecret: string }
  | PrivateKeyJwtAuthentication;

export interface PrivateKeyJwtAuthentication {
  readonly method: 'private_key_jwt';
  /** A private signing key for RS384 (RSASSA-PKCS1-v1_5 with SHA-384) or ES384 (ECDSA on P-384); need not be extractable. */
  readonly key: webcrypto.CryptoKey;
  readonly kid: string;
  /**
   * `aud` of the assertion, pinned with the connection: SMART and Epic want the token endpoint to the letter, others the
   * issuer. Take it from what the adapter declares, or from the token endpoint, whose origin was judged; never from an
   * issuer that a document names, because any server can name the issuer of another.
   */
  readonly audience: string;
  /** Where the public keys stand, for servers that want it said in the header. */
  readonly jku?: string;
}

export interface AssertionSources {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

/** @throws OAuthFailure `our-fault` (`client-key`) for a key, id or secret that the method cannot use */
export function clientAuth(authentication: ClientAuthentication, sources: AssertionSources): ClientAuth {
  switch (authentication.method) {
    case 'none':
      return None();
    case 'client_secret_post':
      return ClientSecretPost(secretOf(authentication.clientSecret));
    case 'client_secret_basic':
      return authentication.spelling === 'as-is'
        ? basicAsIs(secretOf(authentication.clientSecret))
        : ClientSecretBasic(secretOf(authentication.clientSecret));
    case 'private_key_jwt':
      return privateKeyJwt(authentication, sources);
  }
}

/**
 * Seconds that an assertion lives. SMART allows five minutes as the server counts them; four leave a minute for a clock
 * of ours that is ahead, and four for one that is behind.
 */
const assertionSeconds = 240;

/**
 * The claims are those of SMART's table and no others: `iat` and `nbf` could only make a server with a slower clock say
 * no. `client_id` is left out of the body, as SMART asks of all but public clients.
 */
function privateKeyJwt(
  options: PrivateKeyJwtAuthentication,
  { clock, random }: AssertionSources,
): ClientAuth {
  requireSigningKey(options.key);
  const sign = PrivateKeyJwt(
    { key: options.key, kid: options.kid },
    {
      [modifyAssertion]: (header, claims) => {
        header.typ = 'JWT';
        if (options.jku !== undefined) header.jku = options.jku;
        claims.aud = options.audience;
        claims.exp = Math.floor(clock() / 1_000) + assertionSeconds;
        claims.jti = Buffer.from(random(24)).toString('base64url');
        delete claims.iat;
        delete claims.nbf;
      },
    },
  );
  return async (server, client, body, headers) => {
    await sign(server, client, body, headers);
    body.delete('client_id');
  };
}

/** SMART knows RS384 and ES384; openid-client takes the algorithm from the key. */
function requireSigningKey(key: webcrypto.CryptoKey): void {
  // Web Crypto types `algorithm` by its name only; what else there is depends on the name.
  const algorithm: { name: string; hash?: { name: string }; namedCurve?: string } = key.algorithm;
  const isRs384 = algorithm.name === 'RSASSA-PKCS1-v1_5' && algorithm.hash?.name === 'SHA-384';
  const isEs384 = algorithm.name === 'ECDSA' && algorithm.namedCurve === 'P-384';
  if (key.type !== 'private' || !key.usages.includes('sign') || !(isRs384 || isEs384))
    throw ourFailure('client-key');
}

function basicAsIs(clientSecret: string): ClientAuth {
  return (_server, client, _body, headers) => {
    // A colon would end the id (RFC 7617 §2).
    if (client.client_id.includes(':')) throw ourFailure('client-key');
    headers.set(
      'authorization',
      `Basic ${Buffer.from(`${client.client_id}:${clientSecret}`).toString('base64')}`,
    );
  };
}

function secretOf(clientSecret: string): string {
  if (clientSecret === '') throw ourFailure('client-key');
  return clientSecret;
}
