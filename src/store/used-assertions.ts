import type { Tx } from './database.ts';

/**
 * Remembers that a client assertion was used (RFC 7523 §3, item 7: `jti`). One statement, so of two processes that
 * are shown the same assertion at once exactly one hears `true`. Used inside `withoutPractice`.
 *
 * @param assertionHash hash over client and `jti`
 * @param expiresAt instant from which the assertion is refused for its age anyway
 */
export async function useAssertion(tx: Tx, assertionHash: string, expiresAt: Date): Promise<boolean> {
  const inserted = await tx('used_assertion')
    .insert({ assertion_hash: assertionHash, expires_at: expiresAt })
    .onConflict('assertion_hash')
    .ignore()
    .returning('assertion_hash');
  return inserted.length === 1;
}

/** Forgets assertions that have expired; resolves to how many. For a job, every few minutes. */
export function purgeUsedAssertions(tx: Tx, now: Date): Promise<number> {
  return tx('used_assertion').where('expires_at', '<', now).delete();
}
