import type { Tx } from './database.ts';

/** What the application gives; place and hashes are the chain's own. */
export interface NewAuditEventRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly onBehalfOf: string | null;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly patientLink: string | null;
  readonly outcome: string;
  readonly reason: string | null;
  readonly origin: string;
  readonly requestId: string | null;
}

/** A row as text, exactly as its hash sees it: `at` in UTC with microseconds, hashes in hex. */
export interface AuditEventRow extends Omit<NewAuditEventRow, 'at'> {
  readonly practiceId: string;
  readonly seq: number;
  readonly at: string;
  readonly prevHash: string;
  readonly hash: string;
}

/** Appends events to the practice's chain, in one round trip. They wait for other transactions that did so and are open. */
export async function insertAuditEvents(
  tx: Tx,
  practiceId: string,
  events: readonly NewAuditEventRow[],
): Promise<void> {
  await tx('audit_event').insert(
    events.map((event) => ({
      practice_id: practiceId,
      id: event.id,
      at: event.at,
      actor: event.actor,
      on_behalf_of: event.onBehalfOf,
      action: event.action,
      resource_type: event.resourceType,
      resource_id: event.resourceId,
      patient_link: event.patientLink,
      outcome: event.outcome,
      reason: event.reason,
      origin: event.origin,
      request_id: event.requestId,
    })),
  );
}

/** A row as {@link AuditEventRow}; its hash is computed from this very text. */
const rowAsText = `practice_id::text as "practiceId", seq::text, id::text,
  to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, actor, on_behalf_of as "onBehalfOf", action,
  resource_type as "resourceType", resource_id as "resourceId", patient_link as "patientLink", outcome, reason,
  origin, request_id as "requestId", encode(prev_hash, 'hex') as "prevHash", encode(hash, 'hex') as hash`;

type TextRow = Omit<AuditEventRow, 'seq'> & { readonly seq: string };

/** At most `most` events with `after` < seq, by seq. */
export async function readAuditEvents(
  tx: Tx,
  practiceId: string,
  after: number,
  most: number,
): Promise<readonly AuditEventRow[]> {
  const { rows } = await tx.raw<{ rows: TextRow[] }>(
    `select ${rowAsText} from audit_event where practice_id = ? and seq > ? order by audit_event.seq limit ?`,
    [practiceId, after, most],
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

/** The newest `most` events of the practice, of one patient or since an instant where that is asked; oldest first. */
export async function findAuditEvents(
  tx: Tx,
  query: { readonly patient: string | undefined; readonly since: Date | undefined; readonly most: number },
): Promise<readonly AuditEventRow[]> {
  const { rows } = await tx.raw<{ rows: TextRow[] }>(
    `select ${rowAsText} from audit_event
     where practice_id = current_practice() and (?::text is null or patient_link = ?) and (?::timestamptz is null or at >= ?)
     order by audit_event.seq desc limit ?`,
    [query.patient ?? null, query.patient ?? null, query.since ?? null, query.since ?? null, query.most],
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) })).reverse();
}

export interface AuditHead {
  /** What the head says of the newest event; 0 and zeros before the first. */
  readonly seq: number;
  readonly hash: string;
  /** Lowest and highest number that really stand in the table, at the same moment. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}

export async function readAuditHead(tx: Tx, practiceId: string): Promise<AuditHead> {
  const { rows } = await tx.raw<{
    rows: { seq: string | null; hash: string | null; first: string | null; last: string | null }[];
  }>(
    `select (select h.seq from audit_head h where h.practice_id = p.id)::text as seq,
       (select encode(h.hash, 'hex') from audit_head h where h.practice_id = p.id) as hash,
       (select min(e.seq) from audit_event e where e.practice_id = p.id)::text as first,
       (select max(e.seq) from audit_event e where e.practice_id = p.id)::text as last
     from (select ?::uuid as id) p`,
    [practiceId],
  );
  const row = rows[0];
  return {
    seq: Number(row?.seq ?? 0),
    hash: row?.hash ?? '00'.repeat(32),
    first: row?.first ? Number(row.first) : undefined,
    last: row?.last ? Number(row.last) : undefined,
  };
}

/** Every practice with a chain and the number of its newest event. For a transaction without a practice. */
export async function auditHeads(tx: Tx): Promise<readonly { practiceId: string; seq: number }[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; seq: string }[] }>(
    'select practice_id, seq from audit_heads()',
  );
  return rows.map((row) => ({ practiceId: row.practice_id, seq: Number(row.seq) }));
}
