import { createHash, timingSafeEqual } from 'node:crypto';

/** 256 random bits as 43 characters of base64url: in an address, a cookie or a form it needs no escaping. */
export function newSecret(random: (bytes: number) => Buffer): string {
  return random(32).toString('base64url');
}

export function isSecretForm(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

/**
 * What is stored of 256 random bits. A plain SHA-256 is enough for them; the purpose is in it so that the hash of one
 * kind is never that of another.
 */
export function hashSecret(purpose: 'link' | 'session' | 'state', secret: string): Buffer {
  return createHash('sha256').update(`postern connect ${purpose}\0${secret}`).digest();
}

/** Eight digits, each as likely as any other. */
export function newCode(random: (bytes: number) => Buffer): string {
  // Above this a remainder would favour the small ones.
  const bound = Math.floor(0x1_0000_0000 / 100_000_000) * 100_000_000;
  for (;;) {
    const drawn = random(4).readUInt32BE();
    if (drawn < bound) return String(drawn % 100_000_000).padStart(8, '0');
  }
}

/** The digits of what a person typed, whatever stands between them. */
export function digitsOf(typed: string): string {
  return typed.slice(0, 100).replaceAll(/[\s.\-–]/g, '');
}

export function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
