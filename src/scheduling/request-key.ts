import { type IntentRow, readIntent } from '#store/booking-intents.ts';
import type { Tx } from '#store/database.ts';
import { readRequestKey } from '#store/request-keys.ts';
import type { PracticeVault } from '#vault/practice-vault.ts';

/** A key is the caller's own text and could name a patient: a keyed hash of agent and key is all that is kept. */
export function keyHashOf(vault: PracticeVault, agentId: string, key: string): Buffer {
  return vault.index('idempotency key', `${agentId}|${key}`);
}

/** The intent that answers this key of this agent, and the request the key was used for. */
export async function findByKey(
  tx: Tx,
  vault: PracticeVault,
  agentId: string,
  key: string | undefined,
): Promise<{ row: IntentRow; fingerprint: Buffer } | undefined> {
  const used = key === undefined ? undefined : await readRequestKey(tx, keyHashOf(vault, agentId, key));
  const row = used && (await readIntent(tx, used.intentId));
  return row && { row, fingerprint: used.fingerprint };
}
