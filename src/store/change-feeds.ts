import type { Tx } from './database.ts';

/** Connections of all practices whose EMR is to be asked what changed, by the dispatch function. */
export async function dueChangeFeeds(
  tx: Tx,
  adapters: readonly string[],
  now: Date,
  most: number,
): Promise<{ practiceId: string; connectionId: string }[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; connection_id: string }[] }>(
    'select practice_id, connection_id from due_change_feeds(?::text[], ?, ?)',
    [[...adapters], now, most],
  );
  return rows.map((row) => ({ practiceId: row.practice_id, connectionId: row.connection_id }));
}

/** One turn of asking. */
export interface Asking {
  /** When the last asking began whose hints were kept; of a connection that was never asked, when it first was to be. */
  readonly askedUntil: Date;
  readonly failures: number;
}

/** Takes the turn of a connection that is due, for one process alone until `until`; undefined where another has it. */
export async function takeAsking(
  tx: Tx,
  practiceId: string,
  connectionId: string,
  now: Date,
  until: Date,
): Promise<Asking | undefined> {
  await tx('change_feed')
    .insert({ practice_id: practiceId, connection_id: connectionId, asked_until: now, next_ask_at: now })
    .onConflict(['practice_id', 'connection_id'])
    .ignore();
  const [row] = await tx('change_feed')
    .where({ connection_id: connectionId })
    .where('next_ask_at', '<=', now)
    .update({ next_ask_at: until })
    .returning(['asked_until', 'failures']);
  return row && { askedUntil: row.asked_until, failures: row.failures };
}

/** To be written with the hints that came of it. An asking that ended late never takes back what a later one reached. */
export async function finishAsking(tx: Tx, connectionId: string, begun: Date, next: Date): Promise<void> {
  await tx('change_feed')
    .where({ connection_id: connectionId })
    .update({ asked_until: tx.raw('greatest(asked_until, ?)', [begun]), next_ask_at: next, failures: 0 });
}

/** Nothing was kept: the next asking is for the same time. */
export async function putOffAsking(
  tx: Tx,
  connectionId: string,
  next: Date,
  failures: number,
): Promise<void> {
  await tx('change_feed').where({ connection_id: connectionId }).update({ next_ask_at: next, failures });
}
