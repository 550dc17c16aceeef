import type { Database, Tx } from '#store/database.ts';
import {
  destroyPracticeKey,
  type PracticeKeyRow,
  practicesWithOlderKeys,
  readPracticeKeys,
} from '#store/practice-keys.ts';
import { type SealedColumn, sealedColumns } from '#store/sealed-columns.ts';
import { countSealedBy, readOtherwiseSealed, writeResealed } from '#store/sealed-values.ts';
import { settleMs, type Vault } from './practice-vault.ts';

/**
 * Ends the rotation of data keys: seals every value of a practice anew under its newest key, row by row by
 * compare-and-set, and destroys the older keys when a count says that nothing is left which only they open.
 *
 * Nothing waits for this: what somebody is writing meanwhile is sealed under the newest key anyway, and a row that
 * somebody holds is left for the next run.
 */
export interface Reseal {
  /** All practices that have older keys. */
  run(): Promise<Resealed>;
}

export interface Resealed {
  readonly values: number;
  readonly keysDestroyed: number;
}

export interface ResealOptions {
  readonly database: Database;
  readonly vault: Vault;
  /** Practices for which something sealed stands outside the database; their older keys stay. */
  readonly spilled: () => Promise<ReadonlySet<string>>;
  /** A key was destroyed; the last statement of its transaction. */
  readonly destroyed: (tx: Tx, practiceId: string, dekId: string) => Promise<void>;
  readonly clock: () => number;
}

/** After a newer key has begun to write, an older one stays for so long: for a transaction or a journal that is late. */
const retireMs = 600_000;
const batch = 100;

export function createReseal({ database, vault, spilled, destroyed, clock }: ResealOptions): Reseal {
  /** @returns undefined while processes may still write with an older key */
  async function keysOf(
    tx: Tx,
    practiceId: string,
  ): Promise<{ newest: PracticeKeyRow; older: readonly PracticeKeyRow[] } | undefined> {
    const rows = await readPracticeKeys(tx, practiceId);
    const living = rows.filter(({ purpose, wrapped }) => purpose === 'seal' && wrapped !== null);
    const newest = living.at(-1);
    if (newest === undefined || living.length < 2) return undefined;
    const { dekId } = await vault.forPractice(tx, practiceId);
    return dekId === newest.dekId ? { newest, older: living.slice(0, -1) } : undefined;
  }

  async function resealBatch(practiceId: string, column: SealedColumn): Promise<number> {
    return database.withPractice(practiceId, async (tx) => {
      const keys = await vault.forPractice(tx, practiceId);
      const values = await readOtherwiseSealed(tx, practiceId, column, keys.dekId, batch);
      let written = 0;
      for (const value of values) {
        const resealed = keys.reseal(value.context, value.sealed);
        if (await writeResealed(tx, practiceId, column, value, resealed)) written += 1;
      }
      return written;
    });
  }

  async function resealPractice(practiceId: string): Promise<Resealed> {
    const keys = await database.withPractice(practiceId, (tx) => keysOf(tx, practiceId));
    if (keys === undefined) return { values: 0, keysDestroyed: 0 };
    let values = 0;
    for (const column of sealedColumns) {
      let written: number;
      do {
        written = await resealBatch(practiceId, column);
        values += written;
      } while (written > 0);
    }
    const isRetired = clock() >= keys.newest.createdAt.getTime() + settleMs + retireMs;
    if (!isRetired || (await spilled()).has(practiceId)) return { values, keysDestroyed: 0 };
    let keysDestroyed = 0;
    for (const { dekId } of keys.older) {
      if (await destroyUnused(practiceId, dekId)) keysDestroyed += 1;
    }
    return { values, keysDestroyed };
  }

  async function destroyUnused(practiceId: string, dekId: string): Promise<boolean> {
    return database.withPractice(practiceId, async (tx) => {
      if ((await countSealedBy(tx, practiceId, sealedColumns, dekId)) > 0) return false;
      if (!(await destroyPracticeKey(tx, practiceId, dekId, new Date(clock())))) return false;
      await destroyed(tx, practiceId, dekId);
      return true;
    });
  }

  return {
    async run() {
      const practices = await database.withoutPractice(practicesWithOlderKeys);
      let values = 0;
      let keysDestroyed = 0;
      let failure: unknown;
      for (const practiceId of practices) {
        try {
          const done = await resealPractice(practiceId);
          values += done.values;
          keysDestroyed += done.keysDestroyed;
        } catch (error) {
          // One practice whose values do not open stops no other.
          failure ??= error;
        }
      }
      if (failure !== undefined) throw failure;
      return { values, keysDestroyed };
    },
  };
}
