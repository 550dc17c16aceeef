import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/**
 * A text as an opaque id that is different at every call (AES-256-GCM with a random nonce), so that nobody learns to
 * build or to compare one. It needs no row in the database. `purpose` keeps ids of one kind from passing as another.
 */
export function seal(purpose: string, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', KEY, nonce).setAAD(Buffer.from(purpose));
  const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `e${bytes.toString('base64url').replaceAll('_', '.')}3`;
}

/** The text, or undefined for what {@link seal} did not make for this purpose. */
export function unseal(purpose: string, id: string): string | undefined {
  const bytes = Buffer.from(id.slice(1, -1).replaceAll('.', '_'), 'base64url');
  if (bytes.length < 28) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', KEY, bytes.subarray(0, 12), { authTagLength: 16 })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

// No secret: it only has to be the same after a restart.
const KEY = createHash('sha256').update('ids of a simulated practice').digest();
