import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { Failure } from '#domain/failure.ts';
import type { JsonObject, OAuthRegistration } from '#store/oauth-registrations.ts';
import type { GatewaySeal } from '#vault/gateway-seal.ts';
import type { Secret } from '#vault/secret.ts';
import { placeOfSecret, type SigningAlgorithm } from './oauth-client.ts';

/** What one registration proves itself by: the secret that the EMR gave, or a key pair that is made for it. */
export interface AskedKeys extends Pick<OAuthRegistration, 'context' | 'clientAuthentication'> {
  /** For the two methods that take one. */
  readonly clientSecret: Secret | undefined;
  /** Of the key pair, for `private_key_jwt`. */
  readonly algorithm: SigningAlgorithm;
}

export type ClientKeys =
  | { readonly clientSecret: Buffer }
  | { readonly privateJwk: Buffer; readonly publicJwk: JsonObject };

/**
 * Seals the secret that was typed, or a key pair that is made here and never leaves.
 *
 * @returns undefined for a public client
 * @throws Failure `missing-element` for a secret that was not typed
 */
export async function makeClientKeys(seal: GatewaySeal, asked: AskedKeys): Promise<ClientKeys | undefined> {
  const { context, clientAuthentication: method, clientSecret, algorithm } = asked;
  if (method === 'none') return undefined;
  if (method === 'private_key_jwt') {
    const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 3072 });
    const marks = { kid: await calculateJwkThumbprint(pair.publicKey), alg: algorithm, use: 'sig' };
    const privateJwk: JWK = { ...(await exportJWK(pair.privateKey)), ...marks };
    return {
      privateJwk: seal.seal(placeOfSecret(context, 'client-key'), JSON.stringify(privateJwk)),
      publicJwk: { ...(await exportJWK(pair.publicKey)), ...marks },
    };
  }
  if (!clientSecret || clientSecret.reveal() === '')
    throw new Failure('missing-element', {
      expression: 'clientSecret',
      hint: 'Type it when it is asked for, or pipe it into standard input.',
    });
  return { clientSecret: seal.seal(placeOfSecret(context, 'client-secret'), clientSecret) };
}
