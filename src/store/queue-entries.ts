import type { Tx } from './database.ts';

/** What the machine could not finish and staff must. */
export interface QueueEntry {
  readonly entryId: string;
  readonly intentId: string | undefined;
  readonly reasonCode: string;
  /** Sealed JSON with all that staff need. */
  readonly details: Buffer;
  readonly createdAt: Date;
  readonly takenBy: string | undefined;
  readonly doneAt: Date | undefined;
  readonly outcome: string | undefined;
}

interface QueueEntryRow {
  entry_id: string;
  intent_id: string | null;
  reason_code: string;
  details: Buffer;
  created_at: Date;
  taken_by: string | null;
  done_at: Date | null;
  outcome: string | null;
}

const columns = [
  'entry_id',
  'intent_id',
  'reason_code',
  'details',
  'created_at',
  'taken_by',
  'done_at',
  'outcome',
] as const;

/** Adds an entry; an intent has one at most, and a second call for it changes nothing. */
export async function insertQueueEntry(
  tx: Tx,
  practiceId: string,
  entry: Pick<QueueEntry, 'entryId' | 'intentId' | 'reasonCode' | 'details'>,
): Promise<void> {
  await tx('queue_entry')
    .insert({
      practice_id: practiceId,
      entry_id: entry.entryId,
      intent_id: entry.intentId ?? null,
      reason_code: entry.reasonCode,
      details: entry.details,
    })
    .onConflict(tx.raw('(practice_id, intent_id) where intent_id is not null'))
    .ignore();
}

export async function listQueue(tx: Tx, options: { readonly includeDone: boolean }): Promise<QueueEntry[]> {
  const query = tx('queue_entry')
    .select(...columns)
    .orderBy('created_at');
  if (!options.includeDone) query.whereNull('done_at');
  return ((await query) as QueueEntryRow[]).map(entry);
}

export async function readQueueEntry(tx: Tx, entryId: string): Promise<QueueEntry | undefined> {
  const row: QueueEntryRow | undefined = await tx('queue_entry')
    .where({ entry_id: entryId })
    .first(...columns);
  return row && entry(row);
}

export async function takeQueueEntry(tx: Tx, entryId: string, person: string, now: Date): Promise<boolean> {
  return (
    (await tx('queue_entry')
      .where({ entry_id: entryId })
      .whereNull('done_at')
      .whereNull('taken_at')
      .update({ taken_by: person, taken_at: now })) > 0
  );
}

export async function finishQueueEntry(
  tx: Tx,
  entryId: string,
  person: string,
  outcome: string,
  now: Date,
): Promise<boolean> {
  return (
    (await tx('queue_entry')
      .where({ entry_id: entryId })
      .whereNull('done_at')
      .update({ done_by: person, done_at: now, outcome })) > 0
  );
}

/** Ends the entry of an intent that settled by itself. */
export async function finishQueueEntryOfIntent(
  tx: Tx,
  intentId: string,
  person: string,
  outcome: string,
  now: Date,
): Promise<void> {
  await tx('queue_entry')
    .where({ intent_id: intentId })
    .whereNull('done_at')
    .update({ done_by: person, done_at: now, outcome });
}

function entry(row: QueueEntryRow): QueueEntry {
  return {
    entryId: row.entry_id,
    intentId: row.intent_id ?? undefined,
    reasonCode: row.reason_code,
    details: row.details,
    createdAt: row.created_at,
    takenBy: row.taken_by ?? undefined,
    doneAt: row.done_at ?? undefined,
    outcome: row.outcome ?? undefined,
  };
}
