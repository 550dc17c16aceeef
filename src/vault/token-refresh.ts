import { databaseError } from '#store/database.ts';
import type { RefreshAttempt } from '#store/refresh-attempts.ts';
import type { TokenRow } from '#store/token-row.ts';
import type { PracticeVault } from './practice-vault.ts';
import { SpillUnavailable } from './spill-journal.ts';
import {
  type AskOptions,
  createAsker,
  type End,
  eventsOf,
  failed,
  type Held,
  have,
  type Look,
  type Renewed,
} from './token-ask.ts';
import { decide, isUsable, type Why } from './token-decision.ts';
import type { LooseTokens, TokenGrant } from './token-grant.ts';
import { faultOf } from './token-renewal.ts';
import type { SpillReplay } from './token-replay.ts';
import { storeSetback } from './token-store.ts';
import type { TakeTurn, Turn } from './token-turn.ts';
import { TokenUnavailable, type TokenUnavailableReason } from './token-unavailable.ts';
import { VaultError } from './vault-error.ts';

export interface RefreshOptions extends AskOptions {
  readonly takeTurn: TakeTurn;
  readonly replay: SpillReplay;
  readonly grantOf: (practiceId: string, connectionId: string) => Promise<TokenGrant>;
  readonly revoke: (practiceId: string, connectionId: string, tokens: LooseTokens) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly newId: () => string;
  /** How long somebody waits for a turn, milliseconds. */
  readonly patienceMs: number;
}

export interface Refresher {
  /** @returns undefined when the sweep had nothing to do */
  renew(practiceId: string, connectionId: string, why: Why): Promise<Renewed | undefined>;
}

/**
 * Looks at a connection's row under its lock and asks for a new token if one is due: attempt committed, one request,
 * answer checked, kept on the local disk, stored by compare-and-set together with what follows from it, and only then
 * forgotten there. Whoever dies on the way leaves behind what the next one needs.
 *
 * @throws TokenUnavailable, VaultError, and what `grantOf` throws
 */
export function createRefresher(on: RefreshOptions): Refresher {
  const { journal, clock } = on;
  const ask = createAsker(on);

  async function renew(practiceId: string, connectionId: string, why: Why): Promise<Renewed | undefined> {
    const until = clock() + on.patienceMs;
    for (;;) {
      const end = await turnOf(practiceId, connectionId, why);
      if (end.is === 'done') return end.renewed;
      if (end.is === 'failed') throw end.error;
      if (end.is === 'wait' && why.is === 'ahead') return undefined;
      if (clock() > until) throw new TokenUnavailable('busy', { retryAfterSeconds: 1 });
      if (end.is === 'wait') await on.sleep(end.ms);
    }
  }

  async function turnOf(practiceId: string, connectionId: string, why: Why): Promise<End> {
    const held: Held = { slot: undefined, spilled: false, fault: undefined, attempt: undefined };
    const began = clock();
    let end: End;
    try {
      end = await on.takeTurn(practiceId, connectionId, why.is === 'ahead' ? 'skip' : 'wait', (turn) =>
        lookAt({ turn, why, practiceId, connectionId, held }),
      );
    } catch (error) {
      return givenUp(held, error);
    }
    if (held.spilled) on.trace('committed');
    await held.slot?.drop().catch(() => {});
    for (const event of end.events ?? [])
      on.report(event.event === 'token.refreshed' ? { ...event, ms: clock() - began } : event);
    if (end.loose) await letGo(practiceId, connectionId, end.loose);
    return end;
  }

  /** The transaction did not end well: nobody knows whether it was committed, and what was answered must not be lost. */
  async function givenUp({ slot, spilled }: Held, error: unknown): Promise<End> {
    if (error instanceof VaultError) {
      await slot?.drop().catch(() => {});
      throw error;
    }
    if (spilled) {
      slot?.leave();
      // The connection may be gone and the database there.
      const isStored = await on.replay.run().then(
        ({ left }) => left === 0,
        () => false,
      );
      if (isStored) return { is: 'again' };
    } else {
      await slot?.drop().catch(() => {});
    }
    const isLocked = databaseError(error)?.code === '55P03';
    throw new TokenUnavailable(isLocked ? 'busy' : 'database', { cause: error });
  }

  async function letGo(practiceId: string, connection: string, tokens: LooseTokens): Promise<void> {
    const revoked = await on.revoke(practiceId, connection, tokens).then(
      () => true,
      () => false,
    );
    on.report({ event: 'token.dropped', connection, revoked });
  }

  async function lookAt(look: Look): Promise<End> {
    const { turn, why, held } = look;
    const { row } = turn;
    // The sweep leaves alone what others are at.
    if (row === undefined && why.is === 'ahead') return nothing;
    const now = clock();
    on.trace('locked');
    const decision = decide(row, why, now);
    if (decision.is === 'refuse') return failed(decision.reason);
    if (row === undefined) return failed('no-grant');
    if (decision.is === 'use') return why.is === 'ahead' ? nothing : have(row, await turn.keys());
    if (decision.is === 'rest') return failed('busy', (decision.until - now) / 1_000);

    try {
      return await renewed(look, row, decision.forced);
    } catch (error) {
      if (error !== held.fault && !(error instanceof VaultError)) throw error;
      return faulted(look, row, error);
    }
  }

  async function renewed(look: Look, row: TokenRow, forced: boolean): Promise<End> {
    const { turn, held } = look;
    const orElse = async (reason: TokenUnavailableReason, keys?: PracticeVault): Promise<End> =>
      !forced && isUsable(row, clock()) ? have(row, keys ?? (await turn.keys())) : failed(reason);

    const grant = await on.grantOf(look.practiceId, look.connectionId).catch((error: unknown) => {
      held.fault = error;
      throw error;
    });
    const place = { connectionId: row.connectionId, epoch: row.epoch, version: row.version };
    const open = await turn.openAttempt(place);
    if (open !== undefined) {
      const replayed = await on.replay.find(look.practiceId, place, turn.write);
      if (replayed) return { is: 'again', ...replayed };
      if (await mayBeAnswered(open, grant, turn))
        return isUsable(row, clock()) && !forced ? have(row, await turn.keys()) : { is: 'wait', ms: 100 };
    }
    try {
      held.slot = await journal.reserve();
    } catch (error) {
      if (!(error instanceof SpillUnavailable)) throw error;
      on.report({ event: 'spill.unwritable', code: error.code });
      return orElse('spill');
    }
    const attempt: RefreshAttempt = {
      attemptId: on.newId(),
      connectionId: row.connectionId,
      epoch: row.epoch,
      fromVersion: row.version,
      server: grant.server,
      holder: held.slot.holder,
      startedAt: new Date(clock()),
    };
    const keys = await turn.begin(attempt);
    if (keys === undefined) return { is: 'wait', ms: 20 };
    held.attempt = attempt;
    on.trace('begun');
    return ask({ ...look, row, grant, attempt, keys, forced, orElse });
  }

  /** Such a row waits like any other that failed, or it would be the first of its server in every sweep. */
  async function faulted(
    { turn, practiceId, connectionId, held }: Look,
    row: TokenRow,
    error: unknown,
  ): Promise<End> {
    const now = clock();
    const setback = faultOf(error, row, { now, random: on.random() });
    await turn.write((tx) => storeSetback(tx, practiceId, row, held.attempt, setback, new Date(now)));
    return { is: 'failed', error, events: eventsOf(connectionId, setback) };
  }

  /** Somebody who lives may hold the answer: on a strict server the same refresh token must not be used meanwhile. */
  async function mayBeAnswered(open: RefreshAttempt, { profile }: TokenGrant, turn: Turn): Promise<boolean> {
    if (turn.locked && profile !== 'strict') return false;
    if (clock() >= open.startedAt.getTime() + on.horizonMs) return false;
    return !journal.isMine(open.holder) && !(await journal.isGone(open.holder));
  }

  return { renew };
}

const nothing: End = { is: 'done', renewed: undefined };
