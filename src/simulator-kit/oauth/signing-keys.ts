import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { TokenStore } from './token-store.ts';

/** The server's private keys, made at its first start: RS256 for id tokens (SMART App Launch 2.2), ES256 for others. */
export async function signingKeys(store: TokenStore): Promise<JWK[]> {
  const keys: JWK[] = [];
  for (const alg of ['RS256', 'ES256']) {
    const kept = store.keys.get(alg)?.jwk;
    const jwk = kept === undefined ? await makeKey(alg) : { ...kept };
    if (kept === undefined) store.write(() => store.keys.put(alg, { jwk }));
    keys.push(jwk);
  }
  return keys;
}

async function makeKey(alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomUUID(), alg, use: 'sig' };
}
