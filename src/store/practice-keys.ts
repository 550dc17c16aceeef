import type { Tx } from './database.ts';

/** A practice's data keys: rows of `practice_key`. */
export interface PracticeKeyRow {
  readonly dekId: string;
  readonly purpose: 'seal' | 'index';
  /** 1 for the first; the newest one writes. */
  readonly generation: number;
  readonly kekVersion: number;
  /** null once destroyed. */
  readonly wrapped: Buffer | null;
  readonly seals: number;
  readonly createdAt: Date;
}

export async function readPracticeKeys(tx: Tx, practiceId: string): Promise<readonly PracticeKeyRow[]> {
  const rows = await tx('practice_key')
    .select('dek_id', 'purpose', 'generation', 'kek_version', 'wrapped', 'seals', 'created_at')
    .where({ practice_id: practiceId })
    .orderBy(['purpose', 'generation']);
  return rows.map((row) => ({
    dekId: row.dek_id,
    purpose: row.purpose,
    generation: row.generation,
    kekVersion: row.kek_version,
    wrapped: row.wrapped,
    seals: Number(row.seals),
    createdAt: row.created_at,
  }));
}

/** Inserts those whose purpose and generation are still free; who loses a race reads the winner's afterwards. */
export async function insertPracticeKeys(
  tx: Tx,
  practiceId: string,
  keys: readonly PracticeKeyRow[],
): Promise<void> {
  await tx('practice_key')
    .insert(
      keys.map((key) => ({
        practice_id: practiceId,
        dek_id: key.dekId,
        purpose: key.purpose,
        generation: key.generation,
        kek_version: key.kekVersion,
        wrapped: key.wrapped,
        seals: key.seals,
        created_at: key.createdAt,
      })),
    )
    .onConflict(['practice_id', 'purpose', 'generation'])
    .ignore();
}

/**
 * Adds to the count of values sealed and gives the new count. Without `wait`, a row that another transaction is
 * counting on gives undefined at once, so that two bookings never wait for each other here.
 */
export async function countSeals(
  tx: Tx,
  practiceId: string,
  dekId: string,
  amount: number,
  { wait }: { readonly wait: boolean },
): Promise<number | undefined> {
  const { rows } = await tx.raw<{ rows: { seals: string }[] }>(
    `update practice_key set seals = seals + ?
     where (practice_id, dek_id) in (
       select k.practice_id, k.dek_id from practice_key k
       where k.practice_id = ? and k.dek_id = ? for update ${wait ? '' : 'skip locked'})
     returning seals`,
    [amount, practiceId, dekId],
  );
  return rows[0] === undefined ? undefined : Number(rows[0].seals);
}

/** Wraps a key anew unless somebody did so meanwhile. */
export async function rewrapPracticeKey(
  tx: Tx,
  practiceId: string,
  dekId: string,
  from: number,
  to: { readonly kekVersion: number; readonly wrapped: Buffer },
): Promise<boolean> {
  const changed = await tx('practice_key')
    .where({ practice_id: practiceId, dek_id: dekId, kek_version: from })
    .whereNull('destroyed_at')
    .update({ kek_version: to.kekVersion, wrapped: to.wrapped });
  return changed === 1;
}

export async function destroyPracticeKeys(tx: Tx, practiceId: string, at: Date): Promise<void> {
  await tx('practice_key')
    .where({ practice_id: practiceId })
    .whereNull('destroyed_at')
    .update({ wrapped: null, destroyed_at: at });
}

/** Destroys one key that has nothing left to open. */
export async function destroyPracticeKey(
  tx: Tx,
  practiceId: string,
  dekId: string,
  at: Date,
): Promise<boolean> {
  const changed = await tx('practice_key')
    .where({ practice_id: practiceId, dek_id: dekId })
    .whereNull('destroyed_at')
    .update({ wrapped: null, destroyed_at: at });
  return changed === 1;
}

/** Practices that have more than one key to open values with. For a transaction without a practice. */
export async function practicesWithOlderKeys(tx: Tx): Promise<readonly string[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string }[] }>(
    'select practice_id from practices_with_older_keys()',
  );
  return rows.map((row) => row.practice_id);
}

/** Practices that have a key under an older KEK than `version`. For a transaction without a practice. */
export async function practicesWrappedBefore(tx: Tx, version: number): Promise<readonly string[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string }[] }>(
    'select practice_id from practices_wrapped_before(?)',
    [version],
  );
  return rows.map((row) => row.practice_id);
}
