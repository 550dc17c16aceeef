import type { Tx } from './database.ts';

/** A grant wider than scheduling that a practice takes because its EMR cannot narrow it. */
export interface WiderGrant {
  readonly acceptanceId: string;
  /** Our registration at that EMR. */
  readonly context: string;
  readonly scopes: readonly string[];
  readonly by: string;
  readonly at: Date;
  readonly reason: string;
}

export async function insertWiderGrant(tx: Tx, practiceId: string, accepted: WiderGrant): Promise<void> {
  await tx('wider_grant').insert({
    practice_id: practiceId,
    acceptance_id: accepted.acceptanceId,
    context: accepted.context,
    scopes: accepted.scopes,
    accepted_by: accepted.by,
    accepted_at: accepted.at,
    reason: accepted.reason,
  });
}

/** All that the practice has accepted at one EMR, the oldest first. */
export async function listWiderGrants(tx: Tx, context: string): Promise<WiderGrant[]> {
  const rows = await tx('wider_grant')
    .where({ context })
    .select('acceptance_id', 'context', 'scopes', 'accepted_by', 'accepted_at', 'reason')
    .orderBy('acceptance_id');
  return rows.map((row) => ({
    acceptanceId: row.acceptance_id,
    context: row.context,
    scopes: row.scopes,
    by: row.accepted_by,
    at: row.accepted_at,
    reason: row.reason,
  }));
}
