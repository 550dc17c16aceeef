import type { Database, Tx } from '#store/database.ts';
import { insertGrant, replaceGrant, saveRevoked, wipePrevious } from '#store/token-outcomes.ts';
import { dueRefreshes, previousTokensEnded, readToken } from '#store/tokens.ts';
import { afterTransaction } from '#store/transaction-end.ts';
import { createKeyedMutex } from './keyed-mutex.ts';
import type { PracticeVault, Vault } from './practice-vault.ts';
import type { SpillJournal } from './spill-journal.ts';
import type { RefreshPoint } from './token-ask.ts';
import { type Access, createTokenCache } from './token-cache.ts';
import type { Why } from './token-decision.ts';
import type { LooseTokens, NewGrant, OnTokenChange, TokenEvent, TokenGrant } from './token-grant.ts';
import { refreshAfter } from './token-life.ts';
import { createRefresher } from './token-refresh.ts';
import { createSpillReplay } from './token-replay.ts';
import { openToken, sealTokens } from './token-seal.ts';
import { lockedTurns, shortTurns } from './token-turn.ts';
import { TokenUnavailable } from './token-unavailable.ts';
import { VaultError } from './vault-error.ts';

/**
 * Keeps the tokens of connections that were made by consent, and renews each once, however many callers and processes
 * want it. `access`, `rejected` and `sweep` may wait for an authorization server: never call them in a transaction.
 *
 * @example
 * const { token, version } = await tokens.access(practiceId, connectionId);
 * // … and where the EMR answers 401 all the same:
 * const other = await tokens.rejected(practiceId, connectionId, version);
 */
export interface TokenVault {
  /** A token that is good now: kept in memory while it is fresh, else renewed. @throws TokenUnavailable */
  access(practiceId: string, connectionId: string): Promise<Access>;
  /**
   * The EMR refused the token of this version although it looked fresh. Renews it once, unless that has been done.
   *
   * @throws TokenUnavailable; `refused` when a token that was renewed for this reason is refused within a minute
   */
  rejected(practiceId: string, connectionId: string, version: number): Promise<Access>;
  /**
   * A new grant, in the transaction of the consent. What an older one may still bring is dropped and revoked. It may wait
   * for a refresh that is under way, which then writes to the connection: let it come before all that locks that row.
   */
  store(tx: Tx, practiceId: string, connectionId: string, grant: NewGrant): Promise<void>;
  /**
   * Ends the grant and destroys its tokens. Hands them out once, to be revoked after the commit. Waits as `store` does.
   *
   * @returns undefined when there is nothing to revoke, or nobody can read it any more because the practice was erased
   */
  end(tx: Tx, practiceId: string, connectionId: string): Promise<LooseTokens | undefined>;
  /** Renews tokens ahead of callers, a few for each authorization server. Every two seconds. */
  sweep(): Promise<void>;
  /** Brings to the database what a crash left on this machine's disk. At start, then every five seconds. */
  replaySpill(): Promise<void>;
  health(): TokenHealth;
  /**
   * From here on nothing new is asked for; tokens in memory are still given. Resolves when the answers that are on their
   * way have been stored: a process that ends before that may take a grant with it.
   */
  close(): Promise<void>;
}

export interface TokenHealth {
  /** Nothing is renewed, because an answer could not be kept safe; tokens that are good are handed out. */
  readonly spillUnwritable: boolean;
}

export interface TokenVaultOptions {
  readonly database: Database;
  /** On a server: a pool of its own, of four connections, that may wait for authorization servers. */
  readonly locks?: Database;
  readonly vault: Vault;
  readonly journal: SpillJournal;
  /** Asked outside every transaction of `database`. */
  readonly grantOf: (practiceId: string, connectionId: string) => Promise<TokenGrant>;
  readonly onChange: OnTokenChange;
  /** Best effort (RFC 7009). */
  readonly revoke: (practiceId: string, connectionId: string, tokens: LooseTokens) => Promise<void>;
  readonly report: (event: TokenEvent) => void;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** UUIDs. */
  readonly newId: () => string;
  readonly limits?: Partial<TokenLimits>;
  /** Told where in a refresh the process is. Tests let it die there by throwing. */
  readonly trace?: (point: RefreshPoint) => void;
}

export interface TokenLimits {
  /** Milliseconds that a request to a token endpoint may take. */
  readonly answerMs: number;
  /** Milliseconds that somebody waits for a row whose turn it is. */
  readonly patienceMs: number;
  /** Milliseconds from its begin in which an attempt of a process that may live may still be answered and replayed. */
  readonly horizonMs: number;
  /** Refreshes ahead of callers that all processes together begin at one authorization server in {@link sweepMs}. */
  readonly perServer: number;
  readonly sweepMs: number;
}

/**
 * Who waits for a lock gives up after ten seconds, an idle transaction is ended after fifteen. The client's own limit is
 * eight; this one stands behind it.
 */
const usual: TokenLimits = {
  answerMs: 9_000,
  patienceMs: 10_000,
  horizonMs: 15_000,
  perServer: 1,
  sweepMs: 2_000,
};
const idleMs = 15_000;
/** A sweep looks at no more connections than this at once. */
const mostAtOnce = 40;

export function createTokenVault(options: TokenVaultOptions): TokenVault {
  const { database, locks, vault, journal, clock, random } = options;
  if (database.kind === 'server' && locks === undefined)
    throw new Error('On a server the token vault needs a pool of its own for the locks it holds.');
  const limits = { ...usual, ...options.limits };
  const takeTurn =
    locks === undefined
      ? shortTurns({ database, vault })
      : lockedTurns({ database, vault }, locks, { lockMs: limits.patienceMs, idleMs });
  const replay = createSpillReplay(options);
  const refresher = createRefresher({
    ...options,
    ...limits,
    takeTurn,
    replay,
    trace: options.trace ?? (() => {}),
  });
  const cache = createTokenCache(clock);
  const inLine = createKeyedMutex();
  const flights = new Map<string, Promise<Access>>();
  const underWay = new Set<Promise<unknown>>();
  let isClosing = false;

  async function renew(practiceId: string, connectionId: string, why: Why): Promise<Access | undefined> {
    if (isClosing) throw new TokenUnavailable('busy', { retryAfterSeconds: 1 });
    const mark = cache.mark(practiceId, connectionId);
    const renewing = refresher.renew(practiceId, connectionId, why);
    underWay.add(renewing);
    const renewed = await renewing.finally(() => underWay.delete(renewing));
    if (renewed === undefined) return undefined;
    cache.keep(practiceId, connectionId, renewed.access, renewed.life, mark);
    return renewed.access;
  }

  /** Callers who come while somebody is at it hear what that one hears, good or bad. */
  function together(key: string, work: () => Promise<Access>): Promise<Access> {
    const known = flights.get(key);
    if (known !== undefined) return known;
    const flight = work().finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  }

  async function needed(practiceId: string, connectionId: string, why: Why): Promise<Access> {
    const access = await renew(practiceId, connectionId, why);
    if (access === undefined) throw new TokenUnavailable('no-grant');
    return access;
  }

  async function renewAhead(practiceId: string, connectionId: string): Promise<void> {
    if (inLine.isLocked(connectionId)) return;
    try {
      await inLine.runExclusive(connectionId, () => renew(practiceId, connectionId, { is: 'ahead' }));
    } catch (error) {
      if (!(error instanceof TokenUnavailable)) throw error;
    }
  }

  async function keysUnlessErased(tx: Tx, practiceId: string): Promise<PracticeVault | undefined> {
    try {
      return await vault.forPractice(tx, practiceId);
    } catch (error) {
      if (error instanceof VaultError && error.reason === 'erased') return undefined;
      throw error;
    }
  }

  function forgetAfter(tx: Tx, practiceId: string, connectionId: string): void {
    cache.forget(practiceId, connectionId);
    afterTransaction(tx, () => cache.forget(practiceId, connectionId));
  }

  return {
    async access(practiceId, connectionId) {
      const known = cache.fresh(practiceId, connectionId);
      if (known !== undefined) return known;
      return together(`${practiceId}/${connectionId}`, () =>
        inLine.runExclusive(
          connectionId,
          async () =>
            cache.fresh(practiceId, connectionId) ??
            (await needed(practiceId, connectionId, { is: 'needed' })),
        ),
      );
    },

    async rejected(practiceId, connectionId, version) {
      const newer = (): Access | undefined => {
        const known = cache.fresh(practiceId, connectionId);
        return known !== undefined && known.version > version ? known : undefined;
      };
      const known = newer();
      if (known !== undefined) return known;
      cache.forget(practiceId, connectionId);
      return together(`${practiceId}/${connectionId}/${version}`, () =>
        inLine.runExclusive(
          connectionId,
          async () => newer() ?? (await needed(practiceId, connectionId, { is: 'rejected', version })),
        ),
      );
    },

    async store(tx, practiceId, connectionId, grant) {
      const keys = await vault.forPractice(tx, practiceId);
      const issuedAt = clock();
      const expiresAt = issuedAt + grant.expiresInSeconds * 1_000;
      const tokens = {
        access: grant.accessToken,
        refresh: grant.refreshToken,
        previousRefresh: undefined,
        previousUntil: undefined,
        issuedAt: new Date(issuedAt),
        expiresAt: new Date(expiresAt),
        refreshAfter: new Date(refreshAfter({ issuedAt, expiresAt }, random())),
        scopes: grant.scopes,
      };
      const sealed = (version: number) => ({
        ...sealTokens(keys, connectionId, version, tokens),
        server: grant.server,
      });
      const now = new Date(issuedAt);
      const inserted = await insertGrant(tx, practiceId, connectionId, sealed(1), now);
      const row = inserted ? undefined : await readToken(tx, connectionId, 'wait');
      if (row !== undefined) await replaceGrant(tx, row, sealed(row.version + 1), now);
      forgetAfter(tx, practiceId, connectionId);
    },

    async end(tx, practiceId, connectionId) {
      const row = await readToken(tx, connectionId, 'wait');
      // Another process may have ended it, while this one still has its token in memory.
      forgetAfter(tx, practiceId, connectionId);
      if (row === undefined || row.state === 'revoked') return undefined;
      const keys = row.state === 'active' ? await keysUnlessErased(tx, practiceId) : undefined;
      const loose = keys && {
        accessToken: openToken(keys, row, 'access'),
        refreshToken: openToken(keys, row, 'refresh'),
      };
      await saveRevoked(tx, row, new Date(clock()));
      return loose;
    },

    async sweep() {
      const now = new Date(clock());
      const { due, ended } = await database.withoutPractice(async (tx) => ({
        due: await dueRefreshes(tx, now, {
          since: new Date(now.getTime() - limits.sweepMs),
          perServer: limits.perServer,
          most: mostAtOnce,
        }),
        ended: await previousTokensEnded(tx, now, mostAtOnce),
      }));
      for (const { practiceId, connectionId } of ended)
        await database.withPractice(practiceId, (tx) => wipePrevious(tx, connectionId, now));
      const ends = await Promise.allSettled(
        due.map(({ practiceId, connectionId }) => renewAhead(practiceId, connectionId)),
      );
      const failure = ends.find((end) => end.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    },

    async replaySpill() {
      const { failure } = await replay.run();
      if (failure !== undefined) throw failure;
    },

    health: () => ({ spillUnwritable: journal.unwritable }),

    async close() {
      isClosing = true;
      await Promise.allSettled(underWay);
    },
  };
}
