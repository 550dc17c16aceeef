import { Mutex } from 'async-mutex';
import type { Database, Tx } from '#store/database.ts';
import type { TokenPlace } from '#store/token-row.ts';
import { limitLockWait, limitStatements } from '#store/tokens.ts';
import type { Vault } from './practice-vault.ts';
import type { SpillJournal } from './spill-journal.ts';
import type { SpillLine } from './spill-line.ts';
import type { LooseTokens, OnTokenChange, TokenEvent } from './token-grant.ts';
import { looseOf, openResult, type RefreshResult } from './token-spill.ts';
import { type StoreOutcome, storeResult } from './token-store.ts';
import { VaultError } from './vault-error.ts';

/** Brings to the database what only a journal has. */
export interface SpillReplay {
  /** Replays all that nobody else sees to. @returns how many entries still wait, and for what */
  run(): Promise<{ readonly left: number; readonly failure?: unknown }>;
  /**
   * Stores the entry that was left for this place, if there is one. For who holds the row's lock.
   *
   * @returns undefined when there is none that can be read
   */
  find(
    practiceId: string,
    place: TokenPlace,
    write: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  ): Promise<Replayed | undefined>;
}

export interface Replayed {
  readonly events: readonly TokenEvent[];
  readonly loose?: LooseTokens;
}

export interface ReplayOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly journal: SpillJournal;
  readonly onChange: OnTokenChange;
  readonly revoke: (practiceId: string, connectionId: string, tokens: LooseTokens) => Promise<void>;
  readonly report: (event: TokenEvent) => void;
  readonly clock: () => number;
}

export function createSpillReplay(on: ReplayOptions): SpillReplay {
  const { database, vault, journal, report } = on;
  const oneAtATime = new Mutex();
  const told = new Set<string>();

  async function store(tx: Tx, line: SpillLine): Promise<{ result: RefreshResult; outcome: StoreOutcome }> {
    const keys = await vault.forPractice(tx, line.practice);
    const result = openResult(keys, line);
    return { result, outcome: await storeResult(tx, on, line.practice, keys, result) };
  }

  function outcomeOf(outcome: StoreOutcome, result: RefreshResult): Replayed {
    const connection = result.attempt.connectionId;
    const event: TokenEvent = { event: 'token.replayed', connection, outcome };
    return {
      events: [event],
      ...(outcome === 'older-epoch' && { loose: looseOf(result) }),
    };
  }

  /** @returns undefined for an entry that cannot be read: it stays, and somebody is told once */
  async function replay(file: string, line: SpillLine): Promise<Replayed | undefined> {
    try {
      const { result, outcome } = await database.withPractice(line.practice, async (tx) => {
        if (database.kind === 'server') {
          await limitLockWait(tx, { lockMs: 2_000, idleMs: 15_000 });
          await limitStatements(tx, 3_000);
        }
        return store(tx, line);
      });
      return outcomeOf(outcome, result);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      // What was sealed for a practice that was erased is not to be opened by anybody.
      if (error instanceof VaultError && error.reason === 'erased') return { events: [] };
      tell(`${file} ${line.attempt}`, file, 1);
      return undefined;
    }
  }

  function tell(key: string, file: string, lines: number): void {
    if (told.has(key)) return;
    told.add(key);
    report({ event: 'spill.unreadable', file, lines });
  }

  async function runAll(): Promise<{ left: number; failure?: unknown }> {
    let left = 0;
    let failure: unknown;
    for (const file of await journal.read()) {
      if (file.of === 'running') continue;
      if (file.unreadable > 0) tell(file.name, file.name, file.unreadable);
      for (const line of file.lines) {
        try {
          const replayed = await replay(file.name, line);
          if (replayed === undefined) continue;
          await journal.settle(file, line);
          for (const event of replayed.events) report(event);
          if (replayed.loose) await letGo(line, replayed.loose);
        } catch (error) {
          left += 1;
          failure ??= error;
        }
      }
    }
    return { left, ...(failure !== undefined && { failure }) };
  }

  async function letGo({ practice, connection }: SpillLine, loose: LooseTokens): Promise<void> {
    const revoked = await on.revoke(practice, connection, loose).then(
      () => true,
      () => false,
    );
    report({ event: 'token.dropped', connection, revoked });
  }

  return {
    run: () => oneAtATime.runExclusive(runAll),
    async find(practiceId, { connectionId, version }, write) {
      for (const file of await journal.read()) {
        for (const line of file.lines) {
          const isMeant =
            line.practice === practiceId && line.connection === connectionId && line.version === version + 1;
          if (!isMeant) continue;
          try {
            const { result, outcome } = await write((tx) => store(tx, line));
            return outcomeOf(outcome, result);
          } catch (error) {
            if (!isUnreadable(error)) throw error;
            tell(`${file.name} ${line.attempt}`, file.name, 1);
          }
        }
      }
      return undefined;
    },
  };
}

/** Sealed for another place, by a key that is gone, or in a shape we never wrote. */
function isUnreadable(error: unknown): boolean {
  return (
    error instanceof VaultError ||
    error instanceof SyntaxError ||
    (error instanceof Error && error.name === 'ZodError')
  );
}
