import { ourFailure } from './oauth-failure.ts';

/**
 * What a token endpoint gave (RFC 6749 §5.1), checked. Secrets stand here as they are: seal them and let the value go.
 * Nothing else of the answer is kept: no id token, no `patient`, no other launch context.
 */
export interface TokenAnswer {
  readonly accessToken: string;
  readonly tokenType: 'Bearer';
  /** Counted from when the answer came; 300 where the server does not say. */
  readonly expiresInSeconds: number;
  /** Absent means: keep the one you have (RFC 6749 §6). */
  readonly refreshToken?: string;
  /** As the server wrote it, `''` included. Absent means: what was asked for, unverified (RFC 6749 §5.1). */
  readonly scope?: string;
}

export interface LifeLimits {
  readonly shortestLifeSeconds: number;
}

/** Ninety days. */
const longestLifeSeconds = 7_776_000;
const unsaidLifeSeconds = 300;

/**
 * Reads the body of a token answer of status 200. `null` and, of a refresh token, `''` count as absent; numbers may be
 * written as strings.
 *
 * @throws OAuthFailure `unknown` (`no-token`) when there is no token in it, `refused` (`token-type`, `token-form`,
 * `expires-in`) when we do not believe it. The server has spent what it was given then.
 */
export function readTokenAnswer(
  body: Readonly<Record<string, unknown>>,
  { shortestLifeSeconds }: LifeLimits,
): TokenAnswer {
  const { access_token, token_type, expires_in, refresh_token, scope } = body;
  if (typeof access_token !== 'string' || access_token === '') throw ourFailure('no-token');
  // RFC 6750 §2.1 names fewer characters; real tokens use more, but none that could end a header.
  if (!/^[\x21-\x7e]+$/.test(access_token)) throw ourFailure('token-form', { field: 'access_token' });
  if (typeof token_type !== 'string' || token_type.toLowerCase() !== 'bearer') throw ourFailure('token-type');
  const expiresInSeconds = secondsOf(expires_in);
  if (!(expiresInSeconds >= shortestLifeSeconds && expiresInSeconds <= longestLifeSeconds))
    throw ourFailure('expires-in');
  return {
    accessToken: access_token,
    tokenType: 'Bearer',
    expiresInSeconds,
    ...(isAbsent(refresh_token) || refresh_token === ''
      ? {}
      : { refreshToken: refreshTokenOf(refresh_token) }),
    ...(isAbsent(scope) ? {} : { scope: scopeOf(scope) }),
  };
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function secondsOf(value: unknown): number {
  if (isAbsent(value)) return unsaidLifeSeconds;
  if (typeof value === 'number') return Math.floor(value);
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
}

function refreshTokenOf(value: unknown): string {
  if (isRefreshToken(value)) return value;
  throw ourFailure('token-form', { field: 'refresh_token' });
}

/** RFC 6749 appendix A.17. */
export function isRefreshToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value);
}

function scopeOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw ourFailure('token-form', { field: 'scope' });
}
