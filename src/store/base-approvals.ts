import type { Tx } from './database.ts';
import type { JsonObject, OAuthRegistration } from './oauth-registrations.ts';

/** A FHIR base that a practice named itself, and what became of it. */
export interface BaseApproval {
  readonly approvalId: string;
  /** Id of the adapter. */
  readonly adapter: string;
  readonly kind: OAuthRegistration['kind'];
  /** As a connection's: without the adapter's own path. */
  readonly origin: string;
  /** Issuer and endpoints found there when it was named. */
  readonly metadata: JsonObject;
  readonly askedAt: Date;
  /** Once approved. */
  readonly approved: ApprovedBase | undefined;
}

export interface ApprovedBase {
  /** Our registration there. */
  readonly context: string;
  readonly by: string;
  readonly at: Date;
  readonly reason: string;
}

const columns = [
  'approval_id',
  'adapter',
  'kind',
  'origin',
  'metadata',
  'asked_at',
  'context',
  'decided_by',
  'decided_at',
  'reason',
] as const;

interface Row {
  approval_id: string;
  adapter: string;
  kind: BaseApproval['kind'];
  origin: string;
  metadata: JsonObject;
  asked_at: Date;
  context: string | null;
  decided_by: string | null;
  decided_at: Date | null;
  reason: string | null;
}

/** Those of all practices that nobody has decided on, ids only: inside `withoutPractice`. */
export async function waitingBases(tx: Tx): Promise<{ practiceId: string; approvalId: string }[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; approval_id: string }[] }>(
    'select practice_id, approval_id from waiting_bases()',
  );
  return rows.map((row) => ({ practiceId: row.practice_id, approvalId: row.approval_id }));
}

export async function readBaseApproval(tx: Tx, approvalId: string): Promise<BaseApproval | undefined> {
  const row: Row | undefined = await tx('base_approval')
    .where({ approval_id: approvalId })
    .first(...columns);
  return row && approvalOf(row);
}

export async function findBaseApproval(
  tx: Tx,
  adapter: string,
  origin: string,
): Promise<BaseApproval | undefined> {
  const row: Row | undefined = await tx('base_approval')
    .where({ adapter, origin })
    .first(...columns);
  return row && approvalOf(row);
}

/** Asks, or asks again with what is found there now. One that is approved stays as it is. */
export async function askForBase(
  tx: Tx,
  practiceId: string,
  asked: Omit<BaseApproval, 'approved'>,
): Promise<void> {
  await tx('base_approval')
    .insert({
      practice_id: practiceId,
      approval_id: asked.approvalId,
      adapter: asked.adapter,
      kind: asked.kind,
      origin: asked.origin,
      metadata: JSON.stringify(asked.metadata),
      asked_at: asked.askedAt,
    })
    .onConflict(['practice_id', 'adapter', 'origin'])
    .merge(['metadata', 'asked_at'])
    .whereNull('base_approval.decided_at');
}

/** @returns whether it still waited */
export async function approveBaseRow(
  tx: Tx,
  approvalId: string,
  { context, by, at, reason }: ApprovedBase,
): Promise<boolean> {
  const waiting = tx('base_approval').where({ approval_id: approvalId }).whereNull('decided_at');
  return (await waiting.update({ context, decided_by: by, decided_at: at, reason })) > 0;
}

/** Forgets those that were asked for before and that nobody approved; resolves to how many. For a job. */
export function purgeWaitingBases(tx: Tx, askedBefore: Date): Promise<number> {
  return tx('base_approval').whereNull('decided_at').where('asked_at', '<', askedBefore).delete();
}

function approvalOf(row: Row): BaseApproval {
  const { context, decided_by: by, decided_at: at } = row;
  return {
    approvalId: row.approval_id,
    adapter: row.adapter,
    kind: row.kind,
    origin: row.origin,
    metadata: row.metadata,
    askedAt: row.asked_at,
    approved:
      context === null || by === null || at === null
        ? undefined
        : { context, by, at, reason: row.reason ?? '' },
  };
}
