import type { Database, Tx } from '#store/database.ts';
import { findOpenAttempt, insertAttemptStart, type RefreshAttempt } from '#store/refresh-attempts.ts';
import type { TokenPlace, TokenRow } from '#store/token-row.ts';
import { claimRefresh, limitLockWait, limitStatements, readToken } from '#store/tokens.ts';
import type { PracticeVault, Vault } from './practice-vault.ts';

/** A row whose turn it is: nobody else asks for this connection meanwhile. */
export interface Turn {
  readonly row: TokenRow | undefined;
  /** Whether the row's lock is held, so that a process that lost its connection cannot have its turn any more. */
  readonly locked: boolean;
  keys(): Promise<PracticeVault>;
  /** An attempt at replacing this version that nobody ended. */
  openAttempt(place: TokenPlace): Promise<RefreshAttempt | undefined>;
  /** Commits the attempt. @returns undefined when somebody else has got the turn */
  begin(attempt: RefreshAttempt): Promise<PracticeVault | undefined>;
  /** Writes the outcome, all or nothing. It stands when the turn has ended without an error. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** @param lock `skip` a row whose turn it is already; it then is undefined */
export type TakeTurn = <T>(
  practiceId: string,
  connectionId: string,
  lock: 'wait' | 'skip',
  work: (turn: Turn) => Promise<T>,
) => Promise<T>;

/**
 * On a server: a transaction holds the row's lock from before the request until the result is written, so the lock
 * cannot run out while its holder believes in it, dies with the holder's connection, and without that connection nothing
 * can be written. The attempt is committed on another connection.
 *
 * @param locks a small pool of its own, so that waiting for authorization servers starves nobody else
 */
export function lockedTurns(
  { database, vault }: { readonly database: Database; readonly vault: Vault },
  locks: Database,
  limits: { readonly lockMs: number; readonly idleMs: number },
): TakeTurn {
  return (practiceId, connectionId, lock, work) =>
    locks.withPractice(practiceId, async (tx) => {
      await limitLockWait(tx, limits);
      const row = await readToken(tx, connectionId, lock);
      // The wait for the lock is over. It is itself a statement: three seconds from the start would cut it short.
      await limitStatements(tx, 3_000);
      return work({
        row,
        locked: true,
        keys: () => vault.forPractice(tx, practiceId),
        openAttempt: (place) => findOpenAttempt(tx, place),
        begin: (attempt) =>
          database.withPractice(practiceId, async (tx) => {
            await insertAttemptStart(tx, practiceId, attempt);
            return vault.forPractice(tx, practiceId);
          }),
        write: (save) => save(tx),
      });
    });
}

/**
 * On the embedded database, which runs one transaction at a time: each step is a short transaction of its own with the
 * same compare-and-set, and the row says who has the turn. Within the process the vault's mutex keeps callers in line.
 */
export function shortTurns({
  database,
  vault,
}: {
  readonly database: Database;
  readonly vault: Vault;
}): TakeTurn {
  return async (practiceId, connectionId, _lock, work) => {
    const row = await database.withPractice(practiceId, (tx) => readToken(tx, connectionId, 'none'));
    return work({
      row,
      locked: false,
      keys: () => database.withPractice(practiceId, (tx) => vault.forPractice(tx, practiceId)),
      openAttempt: (place) => database.withPractice(practiceId, (tx) => findOpenAttempt(tx, place)),
      begin: (attempt) =>
        database.withPractice(practiceId, async (tx) => {
          const place = { connectionId, epoch: attempt.epoch, version: attempt.fromVersion };
          if (!(await claimRefresh(tx, place, row?.attemptId, attempt))) return undefined;
          await insertAttemptStart(tx, practiceId, attempt);
          return vault.forPractice(tx, practiceId);
        }),
      write: (save) => database.withPractice(practiceId, save),
    });
  };
}
