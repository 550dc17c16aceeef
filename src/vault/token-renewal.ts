import type { OAuthFailure } from '#oauth/oauth-failure.ts';
import type { ScopeVerdict } from '#oauth/scope-verdict.ts';
import type { TokenAnswer } from '#oauth/token-answer.ts';
import type { RefreshAttempt } from '#store/refresh-attempts.ts';
import type { TokenRow } from '#store/token-row.ts';
import { Secret } from './secret.ts';
import type { TokenGrant } from './token-grant.ts';
import { backOff, refreshAfter } from './token-life.ts';
import type { OpenTokens } from './token-seal.ts';
import type { TokenUnavailableReason } from './token-unavailable.ts';
import { VaultError } from './vault-error.ts';

/** How long a server of a grace profile is believed to take the refresh token before the present one. */
const graceMs = 60_000;

/**
 * What the row is to hold after an answer: an absent refresh token means that the old one stays good (RFC 6749 §6), an
 * absent scope that it is the same. Its life counts from before the request, which is on the safe side.
 *
 * @param used the refresh token that was sent
 */
export function tokensOf(
  answer: TokenAnswer,
  used: Secret | undefined,
  {
    row,
    attempt,
    profile,
    random,
  }: { row: TokenRow; attempt: RefreshAttempt; profile: TokenGrant['profile']; random: number },
): OpenTokens {
  const issuedAt = attempt.startedAt.getTime();
  const expiresAt = issuedAt + answer.expiresInSeconds * 1_000;
  const isRotated = answer.refreshToken !== undefined && answer.refreshToken !== used?.reveal();
  const keepsPrevious = profile === 'grace' && isRotated && used !== undefined;
  return {
    access: new Secret(answer.accessToken),
    refresh: answer.refreshToken === undefined ? used : new Secret(answer.refreshToken),
    previousRefresh: keepsPrevious ? used : undefined,
    previousUntil: keepsPrevious ? new Date(issuedAt + graceMs) : undefined,
    issuedAt: attempt.startedAt,
    expiresAt: new Date(expiresAt),
    refreshAfter: new Date(refreshAfter({ issuedAt, expiresAt }, random)),
    scopes: answer.scope === undefined ? row.scopes : answer.scope.split(' ').filter(Boolean),
  };
}

/** The verdict on a refresh: a scope that is not named is the one that was granted before (RFC 6749 §6). */
export function verdictOn(grant: TokenGrant, answer: TokenAnswer, row: TokenRow): ScopeVerdict {
  return grant.judge(answer.scope ?? (row.scopes.length > 0 ? row.scopes.join(' ') : undefined));
}

/** What a failure does to the row. */
export type Setback =
  /** The grant has ended; `restore`: unless the refresh token before this one is still taken. */
  { readonly is: 'ended'; readonly restore: boolean; readonly code: string } | Later;

/** Nobody tries it again before `notBefore`. */
export interface Later {
  readonly is: 'later';
  readonly code: string;
  readonly reason: TokenUnavailableReason;
  readonly failures: number;
  readonly notBefore: Date;
}

interface Moment {
  readonly now: number;
  readonly random: number;
}

export function setbackOf(
  failure: OAuthFailure,
  row: TokenRow,
  { profile }: TokenGrant,
  at: Moment,
): Setback {
  const { kind, code, retryAfterSeconds, lostRefreshToken } = failure;
  // The old one is spent, and the new one was revoked.
  if (lostRefreshToken && profile === 'strict') return { is: 'ended', restore: false, code };
  if (kind === 'invalid-grant') {
    const restore =
      profile === 'grace' &&
      row.values.previousRefresh !== undefined &&
      (row.previousUntil?.getTime() ?? 0) > at.now;
    return { is: 'ended', restore, code };
  }
  return later(row, { code, ...laterBy[kind], retryAfterSeconds }, at);
}

/** The request did not leave in time: nothing was sent. */
export function tooLate(row: TokenRow, at: Moment): Later {
  return later(row, { code: 'late', ...laterBy.busy }, at);
}

/** What went wrong on our side, not at the server: a key that is missing, a value that does not open. */
export function faultOf(error: unknown, row: TokenRow, at: Moment): Later {
  const code = error instanceof VaultError ? error.reason : 'internal';
  return later(row, { code, ...laterBy.fault }, at);
}

function later(
  row: TokenRow,
  {
    code,
    reason,
    firstMs,
    retryAfterSeconds,
  }: Pick<Later, 'code' | 'reason'> & {
    readonly firstMs: number;
    readonly retryAfterSeconds?: number | undefined;
  },
  { now, random }: Moment,
): Later {
  const failures = row.failures + 1;
  const wait = backOff(failures, random, {
    firstMs,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
  return { is: 'later', code, reason, failures, notBefore: new Date(now + wait) };
}

/** An unknown outcome is tried again soon: was the answer lost, the old token either still works or the grant is gone already. */
const laterBy = {
  busy: { firstMs: 1_000, reason: 'busy' },
  unknown: { firstMs: 500, reason: 'busy' },
  'our-fault': { firstMs: 60_000, reason: 'our-fault' },
  refused: { firstMs: 60_000, reason: 'our-fault' },
  denied: { firstMs: 60_000, reason: 'our-fault' },
  // A database that was busy for a moment looks like this too.
  fault: { firstMs: 1_000, reason: 'our-fault' },
} as const satisfies Record<
  Exclude<OAuthFailure['kind'], 'invalid-grant'> | 'fault',
  { firstMs: number; reason: TokenUnavailableReason }
>;
