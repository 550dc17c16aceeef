import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

/** Signs what is kept outside the database with keys that the database never sees. */
export interface Signer {
  /** Signs with the ring's current key and names its version. */
  sign(message: Buffer): { readonly key: number; readonly signature: Buffer };
  /** @throws VaultError `unknown-kek` when the ring has no such version any more */
  verify(key: number, message: Buffer, signature: Buffer): boolean;
}

/**
 * Ed25519 (RFC 8032) keys derived from each KEK by HKDF-SHA-256 (RFC 5869), one family a purpose. Keep a retired KEK in
 * the ring for as long as something signed under it is to be verified.
 */
export function createSigner(ring: KeyRing, purpose: string): Signer {
  const privateKeys = new Map<number, KeyObject>();
  const privateKey = (version: number): KeyObject => {
    const known = privateKeys.get(version);
    if (known !== undefined) return known;
    const seed = hkdfSync('sha256', ring.get(version), '', `postern signing ${purpose}`, 32);
    const key = createPrivateKey({
      key: Buffer.concat([ed25519Prefix, Buffer.from(seed)]),
      format: 'der',
      type: 'pkcs8',
    });
    privateKeys.set(version, key);
    return key;
  };
  return {
    sign: (message) => ({
      key: ring.current,
      signature: sign(null, message, privateKey(ring.current)),
    }),
    verify: (version, message, signature) =>
      verify(null, message, createPublicKey(privateKey(version)), signature),
  };
}

/** PKCS #8 of an Ed25519 private key up to its 32 bytes (RFC 8410 §7). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
