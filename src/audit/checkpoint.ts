import { Mutex } from 'async-mutex';
import { auditHeads, readAuditEvents, readAuditHead } from '#store/audit-events.ts';
import type { Database } from '#store/database.ts';
import { type Flaw, follows, type Link, pageSize, start } from './chain.ts';
import { CheckpointError, type CheckpointFiles } from './checkpoint-file.ts';

/**
 * Writes down outside the database what every chain has become. Run it every minute: what is newer than the newest
 * checkpoint is protected by the chain alone, which does not see its tail cut. Signatures are Ed25519 rather than an
 * HMAC, so that the public half is enough for somebody who verifies and forges nothing.
 */
export interface Checkpointer {
  /**
   * Covers all new events of all practices. A chain that does not go on from its last checkpoint is not signed but
   * told: nothing hides behind a fresh signature.
   */
  write(): Promise<Written>;
}

/** How many events were covered, and the chains that do not go on from their last checkpoint. */
export interface Written {
  readonly events: number;
  readonly broken: readonly (Flaw & { readonly practice: string })[];
}

export interface CheckpointOptions {
  readonly database: Database;
  readonly files: CheckpointFiles;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

export function createCheckpointer({ database, files, clock }: CheckpointOptions): Checkpointer {
  /** Saves opening the file of every practice whose chain has not moved. */
  const covered = new Map<string, number>();

  async function cover(practice: string): Promise<{ events: number; flaw: Flaw | undefined }> {
    const newest: Link = (await files.newest(practice)) ?? start;
    let from = newest;
    while (true) {
      const { head, rows } = await database.withPractice(practice, async (tx) => ({
        head: await readAuditHead(tx, practice),
        rows: await readAuditEvents(tx, practice, from.seq, pageSize),
      }));
      const events = from.seq - newest.seq;
      if (head.seq < from.seq) return { events, flaw: { seq: head.seq + 1, why: 'missing' } };
      let last = from;
      for (const row of rows) {
        const flaw = follows(last, row);
        if (flaw !== undefined) return { events, flaw };
        last = row;
      }
      if (rows.length > 0)
        await files.append({
          practice,
          from: from.seq,
          seq: last.seq,
          hash: last.hash,
          events: rows.map((row) => row.hash.slice(0, 16)).join(''),
          at: new Date(clock()).toISOString(),
        });
      covered.set(practice, last.seq);
      if (rows.length < pageSize) return { events: last.seq - newest.seq, flaw: undefined };
      from = last;
    }
  }

  /** The round by the clock and the last one before the end may meet: one writes, the other finds nothing new. */
  const oneAtATime = new Mutex();

  async function writeAll(): Promise<Written> {
    const heads = await database.withoutPractice(auditHeads);
    const broken: (Flaw & { practice: string })[] = [];
    let events = 0;
    for (const { practiceId: practice, seq } of heads) {
      if (covered.get(practice) === seq) continue;
      try {
        const result = await cover(practice);
        events += result.events;
        if (result.flaw !== undefined) broken.push({ practice, ...result.flaw });
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        broken.push({ practice, seq: seq + 1, why: 'checkpoint' });
      }
    }
    return { events, broken };
  }

  return { write: () => oneAtATime.runExclusive(writeAll) };
}
