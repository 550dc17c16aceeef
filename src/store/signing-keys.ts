import type { Tx } from './database.ts';

/** A key pair that signs agents' access tokens. Belongs to no practice: used inside `withoutPractice`. */
export interface SigningKeyRow {
  /** 1, 2, …; the highest is the one that signs. */
  readonly generation: number;
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** Sealed. */
  readonly privateJwk: Buffer;
}

/** All keys that verify, the newest first. */
export async function listSigningKeys(tx: Tx): Promise<SigningKeyRow[]> {
  const rows = await tx('signing_key')
    .select('generation', 'key_id', 'public_jwk', 'private_jwk')
    .orderBy('generation', 'desc');
  return rows.map((row) => ({
    generation: row.generation,
    keyId: row.key_id,
    publicJwk: row.public_jwk,
    privateJwk: row.private_jwk,
  }));
}

/** Does nothing when another process was first with this generation; read again to see whose key it is. */
export async function insertSigningKey(tx: Tx, key: SigningKeyRow): Promise<void> {
  await tx('signing_key')
    .insert({
      generation: key.generation,
      key_id: key.keyId,
      public_jwk: JSON.stringify(key.publicJwk),
      private_jwk: key.privateJwk,
    })
    .onConflict('generation')
    .ignore();
}
