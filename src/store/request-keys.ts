import type { Tx } from './database.ts';

/** Which intent answers an Idempotency-Key, and for which request it was used. Both hashes are keyed. */
export interface RequestKey {
  readonly keyHash: Buffer;
  readonly fingerprint: Buffer;
  readonly intentId: string;
}

export async function readRequestKey(tx: Tx, keyHash: Buffer): Promise<RequestKey | undefined> {
  const row: { key_hash: Buffer; fingerprint: Buffer; intent_id: string } | undefined = await tx(
    'request_key',
  )
    .where({ key_hash: keyHash })
    .first('key_hash', 'fingerprint', 'intent_id');
  return row && { keyHash: row.key_hash, fingerprint: row.fingerprint, intentId: row.intent_id };
}

/** @throws a unique violation when the key was used meanwhile; begin again and read it */
export async function insertRequestKey(tx: Tx, practiceId: string, key: RequestKey): Promise<void> {
  await tx('request_key').insert({
    practice_id: practiceId,
    key_hash: key.keyHash,
    fingerprint: key.fingerprint,
    intent_id: key.intentId,
  });
}

/** Keys are kept for a day; afterwards the natural key alone guards. */
export async function forgetRequestKeys(tx: Tx, before: Date): Promise<number> {
  return tx('request_key').where('created_at', '<', before).delete();
}
