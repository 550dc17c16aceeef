import type { Tx } from './database.ts';

/**
 * Calls `work` once the outermost transaction around `tx` has ended, and says whether it was committed. What a process
 * keeps in memory about rows must not outlive their rollback.
 */
export function afterTransaction(tx: Tx, work: (committed: boolean) => void): void {
  let outermost = tx;
  while (outermost.parentTransaction !== undefined) outermost = outermost.parentTransaction;
  outermost.executionPromise.then(
    () => work(true),
    () => work(false),
  );
}
