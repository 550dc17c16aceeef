import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * What is stored of a client secret. A plain SHA-256 is enough, because the secret is 32 random bytes of ours and never
 * a password of anyone's choice; the client id is in it so that equal hashes cannot be moved between agents.
 */
export function hashClientSecret(clientId: string, secret: string): Buffer {
  return createHash('sha256').update(`postern client secret\0${clientId}\0${secret}`).digest();
}

/** Compares in constant time with each hash that is valid, two of them while a secret is being rotated. */
export function isClientSecret(clientId: string, secret: string, valid: readonly Buffer[]): boolean {
  const offered = hashClientSecret(clientId, secret);
  let matches = false;
  for (const hash of valid)
    matches = (hash.length === offered.length && timingSafeEqual(hash, offered)) || matches;
  return matches;
}

/** 32 random bytes in base64url: no character of it needs escaping in a header, a form or a shell. */
export function newClientSecret(random: (bytes: number) => Buffer): string {
  return random(32).toString('base64url');
}
