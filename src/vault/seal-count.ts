import type { Tx } from '#store/database.ts';
import { countSeals } from '#store/practice-keys.ts';
import { afterTransaction } from '#store/transaction-end.ts';
import { VaultError } from './vault-error.ts';

/**
 * How often a data key has sealed. NIST SP 800-38D allows 2^32 random IVs for a key; we refuse at half of that, so that
 * what a crash leaves uncounted (a block a process) does not matter.
 */
export interface SealCount {
  /** Counts one value. @throws VaultError `exhausted` */
  add(): void;
  /** Takes over what the database has counted meanwhile. */
  seen(counted: number): void;
  /** Writes the count down in the caller's transaction, once a block is full. */
  write(tx: Tx): Promise<void>;
}

const block = 1_000;
const limit = 2 ** 31;
/** Behind by so much, the count waits for a row that another transaction is counting on. */
const patience = 64 * block;

export function createSealCount(practiceId: string, dekId: string): SealCount {
  let total = 0;
  let uncounted = 0;
  return {
    add() {
      if (total + uncounted >= limit)
        throw new VaultError('exhausted', `The data key ${dekId} has sealed 2^31 values. Rotate it.`);
      uncounted++;
    },
    seen(counted) {
      total = counted;
    },
    async write(tx) {
      if (uncounted < block) return;
      const amount = uncounted;
      const wait = amount > patience;
      uncounted = 0;
      let written = true;
      afterTransaction(tx, (committed) => {
        if (!committed && written) uncounted += amount;
      });
      const sum = await countSeals(tx, practiceId, dekId, amount, { wait });
      if (sum !== undefined) total = sum;
      else {
        written = false;
        uncounted += amount;
      }
    },
  };
}
