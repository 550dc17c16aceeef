import { type AuditEventRow, auditHeads, readAuditEvents, readAuditHead } from '#store/audit-events.ts';
import type { Database } from '#store/database.ts';
import { type Flaw, follows, type Link, pageSize, start } from './chain.ts';
import { type Checkpoint, CheckpointError, type CheckpointFiles } from './checkpoint-file.ts';

export type Verdict =
  | {
      readonly ok: true;
      readonly practice: string;
      /** How many events there are, and up to which number checkpoints cover them. */
      readonly events: number;
      readonly covered: number;
    }
  | ({ readonly ok: false; readonly practice: string } & Flaw);

export interface VerifyOptions {
  readonly database: Database;
  readonly files: CheckpointFiles;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** How long an event may wait for its checkpoint. An hour when absent. */
  readonly overdueMs?: number;
}

/** Verifies the chains of all practices, those included of which only checkpoints are left. */
export async function* verifyAudit(options: VerifyOptions): AsyncIterable<Verdict> {
  const heads = await options.database.withoutPractice(auditHeads);
  const practices = new Set([...heads.map((head) => head.practiceId), ...(await options.files.practices())]);
  for (const practice of [...practices].sort()) yield verifyPractice(options, practice);
}

/**
 * Computes one practice's chain again from its rows and compares it with the head and with every checkpoint. Names the
 * first event that is not what it was. Reads by pages; events may be appended meanwhile.
 */
export async function verifyPractice(options: VerifyOptions, practice: string): Promise<Verdict> {
  try {
    const { first } = await headOf(options, practice);
    if (first !== undefined && first < 1) throw new Found({ seq: first, why: 'extra' });
    const covered = await walkCheckpoints(options, practice);
    const end = await walkToHead(options, practice, covered);
    return { ok: true, practice, events: end.seq, covered: covered.seq };
  } catch (error) {
    if (error instanceof Found) return { ok: false, practice, ...error.flaw };
    throw error;
  }
}

/** Carries the first flaw out of the walk. */
class Found extends Error {
  readonly flaw: Flaw;
  constructor(flaw: Flaw) {
    super(flaw.why);
    this.flaw = flaw;
  }
}

/** As far as checkpoints go: every event is compared with the chain and with what was noted of it. */
async function walkCheckpoints(options: VerifyOptions, practice: string): Promise<Link> {
  let link = start;
  try {
    for await (const checkpoint of options.files.read(practice)) {
      const rows = await page(options, practice, checkpoint.from, checkpoint.seq - checkpoint.from);
      link = compare(link, checkpoint, rows);
    }
  } catch (error) {
    if (error instanceof CheckpointError) throw new Found({ seq: link.seq + 1, why: 'checkpoint' });
    throw error;
  }
  return link;
}

/** Two processes may have noted the same events: those before `link` are only compared with the note. */
function compare(link: Link, checkpoint: Checkpoint, rows: readonly AuditEventRow[]): Link {
  let last = link;
  for (let seq = checkpoint.from + 1; seq <= checkpoint.seq; seq++) {
    const row = rows[seq - checkpoint.from - 1];
    if (row === undefined || row.seq !== seq) throw new Found({ seq, why: 'missing' });
    if (seq > last.seq) last = step(last, row);
    const at = (seq - checkpoint.from - 1) * 16;
    const noted = seq === checkpoint.seq ? checkpoint.hash : checkpoint.events.slice(at, at + 16);
    if (noted === '' || !row.hash.startsWith(noted)) throw new Found({ seq, why: 'differs-from-checkpoint' });
  }
  return last;
}

async function walkToHead(options: VerifyOptions, practice: string, covered: Link): Promise<Link> {
  const { clock, overdueMs = 3_600_000 } = options;
  const head = await headOf(options, practice);
  let link = covered;
  while (link.seq < head.seq) {
    const rows = await page(options, practice, link.seq, Math.min(pageSize, head.seq - link.seq));
    if (rows.length === 0) throw new Found({ seq: link.seq + 1, why: 'missing' });
    for (const row of rows) {
      link = step(link, row);
      if (link.seq === covered.seq + 1 && Date.parse(row.at) < clock() - overdueMs)
        throw new Found({ seq: link.seq, why: 'checkpoint-overdue' });
    }
  }
  if (head.last !== undefined && head.last > head.seq) throw new Found({ seq: head.seq + 1, why: 'extra' });
  if (head.hash !== link.hash) throw new Found({ seq: head.seq, why: 'head' });
  return link;
}

function step(link: Link, row: AuditEventRow): Link {
  const flaw = follows(link, row);
  if (flaw !== undefined) throw new Found(flaw);
  return row;
}

function headOf({ database }: VerifyOptions, practice: string) {
  return database.withPractice(practice, (tx) => readAuditHead(tx, practice));
}

function page({ database }: VerifyOptions, practice: string, after: number, most: number) {
  return database.withPractice(practice, (tx) => readAuditEvents(tx, practice, after, most));
}
