import { OAuthFailure, ourFailure } from '#oauth/oauth-failure.ts';
import type { TokenAnswer } from '#oauth/token-answer.ts';
import { insertAttemptEnd, type RefreshAttempt } from '#store/refresh-attempts.ts';
import { restorePrevious, saveNeedsReconsent } from '#store/token-outcomes.ts';
import type { SealedTokens, TokenRow } from '#store/token-row.ts';
import type { PracticeVault } from './practice-vault.ts';
import { Secret } from './secret.ts';
import { type SpillJournal, type SpillSlot, SpillUnavailable } from './spill-journal.ts';
import type { Access } from './token-cache.ts';
import type { Why } from './token-decision.ts';
import type { LooseTokens, OnTokenChange, TokenEvent, TokenGrant } from './token-grant.ts';
import type { Life } from './token-life.ts';
import { type Setback, setbackOf, tokensOf, tooLate, verdictOn } from './token-renewal.ts';
import { openToken, placeOf } from './token-seal.ts';
import { looseOf, type RefreshResult, sealResult } from './token-spill.ts';
import { storeResult, storeSetback } from './token-store.ts';
import type { Turn } from './token-turn.ts';
import { TokenUnavailable, type TokenUnavailableReason } from './token-unavailable.ts';

/** Places in the order of a refresh where a process may die. */
export type RefreshPoint = 'locked' | 'begun' | 'answered' | 'spilled' | 'written' | 'committed';

export interface AskOptions {
  readonly journal: SpillJournal;
  readonly onChange: OnTokenChange;
  readonly report: (event: TokenEvent) => void;
  readonly clock: () => number;
  readonly random: () => number;
  /** How long a request to an authorization server may take, milliseconds. */
  readonly answerMs: number;
  /** For so long after its begin, an attempt of a process that may live may still be answered and replayed. */
  readonly horizonMs: number;
  readonly trace: (point: RefreshPoint) => void;
}

/** A token that is good for this caller, and how long it is. */
export interface Renewed {
  readonly access: Access;
  readonly life: Life;
}

/** How a turn ended. What is told and what is revoked waits for the commit. */
export type End = (
  | { readonly is: 'done'; readonly renewed: Renewed | undefined }
  | { readonly is: 'failed'; readonly error: unknown }
  | { readonly is: 'wait'; readonly ms: number }
  | { readonly is: 'again' }
) & { readonly events?: readonly TokenEvent[]; readonly loose?: LooseTokens };

/** What must not be lost when a turn ends badly. */
export interface Held {
  slot: SpillSlot | undefined;
  spilled: boolean;
  /** What `grantOf` threw. */
  fault: unknown;
  /** Once it is committed. */
  attempt: RefreshAttempt | undefined;
}

export interface Look {
  readonly turn: Turn;
  readonly why: Why;
  readonly practiceId: string;
  readonly connectionId: string;
  readonly held: Held;
}

export interface Asked extends Look {
  readonly row: TokenRow;
  readonly grant: TokenGrant;
  readonly attempt: RefreshAttempt;
  readonly keys: PracticeVault;
  readonly forced: boolean;
  /** The token that is there, as long as it is good; else the failure. */
  readonly orElse: (reason: TokenUnavailableReason, keys: PracticeVault) => Promise<End>;
}

/** Asks the authorization server once, and brings the row to what came of it. The attempt is committed already. */
export function createAsker(on: AskOptions): (asked: Asked) => Promise<End> {
  const { clock } = on;

  async function ask(asked: Asked): Promise<End> {
    const { grant, row, attempt, keys } = asked;
    const used = openToken(keys, row, 'refresh');
    // The wait for a connection, or a pause of this process, has used up the time in which others leave it alone.
    if (clock() - attempt.startedAt.getTime() > on.horizonMs - on.answerMs)
      return failedWith(asked, tooLate(row, moment()));
    let answer: TokenAnswer;
    try {
      answer = await inTime(grant.refresh(used), on.answerMs);
    } catch (error) {
      const failure = error instanceof OAuthFailure ? error : ourFailure('reset');
      return failedWith(asked, setbackOf(failure, row, grant, moment()));
    }
    on.trace('answered');
    const verdict = verdictOn(grant, answer, row);
    const { forced } = asked;
    const tokens = tokensOf(answer, used, { row, attempt, profile: grant.profile, random: on.random() });
    if (verdict.verdict === 'refuse') {
      const end = await endGrant(asked, `scope-${verdict.reason}`);
      return { ...end, loose: looseOf({ attempt, tokens }) };
    }
    return keep(asked, { attempt, forced, verdict, tokens });
  }

  const moment = () => ({ now: clock(), random: on.random() });

  async function keep({ practiceId, turn, why, held, keys }: Asked, result: RefreshResult): Promise<End> {
    const { attempt, tokens } = result;
    const line = sealResult(keys, practiceId, result);
    held.spilled = await (held.slot?.write(line) ?? Promise.resolve()).then(
      () => true,
      (error: unknown) => {
        // The database may still take it.
        on.report({ event: 'spill.unwritable', code: new SpillUnavailable(error).code });
        return false;
      },
    );
    on.trace('spilled');
    const outcome = await turn.write((tx) => storeResult(tx, on, practiceId, keys, result));
    on.trace('written');
    if (outcome === 'superseded') return { is: 'again' };
    if (outcome === 'older-epoch') return { is: 'again', loose: looseOf({ attempt, tokens }) };
    return {
      is: 'done',
      renewed: {
        access: { token: tokens.access, version: attempt.fromVersion + 1, scopes: tokens.scopes },
        life: lifeOf(tokens),
      },
      events: [{ event: 'token.refreshed', connection: attempt.connectionId, why: why.is, ms: 0 }],
    };
  }

  async function failedWith(asked: Asked, setback: Setback): Promise<End> {
    const { row, attempt, keys, turn, practiceId, orElse } = asked;
    const connection = attempt.connectionId;
    const now = new Date(clock());
    if (setback.is === 'ended' && !setback.restore) return endGrant(asked, setback.code);
    const saved = await turn.write(async (tx) => {
      if (setback.is === 'later') return storeSetback(tx, practiceId, row, attempt, setback, now);
      const values = previousInPlace(keys, row);
      const { code } = setback;
      const kept = await restorePrevious(
        tx,
        row,
        { ...attempt, code, failures: row.failures + 1, values },
        now,
      );
      if (kept) await insertAttemptEnd(tx, practiceId, attempt, setback.code, now);
      return kept;
    });
    const events = eventsOf(connection, setback);
    if (setback.is === 'ended' || !saved) return { is: 'again', events: events.slice(0, 1) };
    const end = await orElse(setback.reason, keys);
    return end.is === 'failed'
      ? { ...failed(setback.reason, (setback.notBefore.getTime() - now.getTime()) / 1_000), events }
      : { ...end, events };
  }

  /** Under the lock, so that it is never a race that was lost. */
  async function endGrant({ row, attempt, turn, practiceId }: Asked, code: string): Promise<End> {
    const { connectionId } = attempt;
    const now = new Date(clock());
    const ended = await turn.write(async (tx) => {
      const saved = await saveNeedsReconsent(tx, row, { ...attempt, code }, now);
      if (!saved) return false;
      await insertAttemptEnd(tx, practiceId, attempt, code, now);
      await on.onChange(tx, practiceId, { is: 'needs-reconsent', connectionId, code });
      return true;
    });
    if (!ended) return { is: 'again' };
    return {
      ...failed('needs-reconsent'),
      events: [{ event: 'token.needs-reconsent', connection: connectionId, code }],
    };
  }

  return ask;
}

export function have(row: TokenRow, keys: PracticeVault): End {
  const token = openToken(keys, row, 'access') ?? new Secret('');
  return {
    is: 'done',
    renewed: { access: { token, version: row.version, scopes: row.scopes }, life: lifeOf(row) },
  };
}

export function failed(reason: TokenUnavailableReason, seconds?: number): End & { readonly is: 'failed' } {
  const retryAfterSeconds = seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds));
  return { is: 'failed', error: new TokenUnavailable(reason, { retryAfterSeconds }) };
}

function lifeOf({ issuedAt, expiresAt }: { issuedAt: Date; expiresAt: Date }): Life {
  return { issuedAt: issuedAt.getTime(), expiresAt: expiresAt.getTime() };
}

/** What is told of a refresh that failed; of our own fault, that it is one. */
export function eventsOf(connection: string, setback: Setback): readonly TokenEvent[] {
  const { code } = setback;
  const isOurs = setback.is === 'later' && setback.reason === 'our-fault';
  return [
    { event: 'token.failed', connection, code },
    ...(isOurs ? [{ event: 'token.our-fault', connection, code } as const] : []),
  ];
}

/** The row's tokens for its next version, with the refresh token before the present one in its place. */
function previousInPlace(keys: PracticeVault, row: TokenRow): SealedTokens {
  const [access, refresh] = [openToken(keys, row, 'access'), openToken(keys, row, 'previous-refresh')];
  const seal = (kind: 'access' | 'refresh', value: Secret | undefined): Buffer | undefined =>
    value && keys.seal(placeOf(row.connectionId, kind, row.version + 1), value);
  return { access: seal('access', access), refresh: seal('refresh', refresh), previousRefresh: undefined };
}

/** The client has a time-out of its own; this one stands for a client that has none. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(ourFailure('timeout')), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
