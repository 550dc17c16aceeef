/** When a token is used, renewed and given up. Milliseconds since the epoch throughout. */
export interface Life {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Until then a token is handed out without a thought: its end less a minute, or less a tenth of a short life. */
export function freshUntil({ issuedAt, expiresAt }: Life): number {
  return expiresAt - Math.min(60_000, (expiresAt - issuedAt) / 10);
}

/**
 * When the sweep renews it: at three quarters of its life, up to a tenth of it earlier, so that tokens that were issued
 * together are not renewed together.
 *
 * @param random at least 0, less than 1
 */
export function refreshAfter({ issuedAt, expiresAt }: Life, random: number): number {
  return issuedAt + (expiresAt - issuedAt) * (0.75 - random / 10);
}

const longestMs = 300_000;

/**
 * How long to leave an authorization server alone after so many failures in a row: full jitter over a doubling span, or
 * as long as it asked for, five minutes at most.
 *
 * @param failures 1 for the first
 */
export function backOff(
  failures: number,
  random: number,
  { firstMs, retryAfterSeconds = 0 }: { readonly firstMs: number; readonly retryAfterSeconds?: number },
): number {
  const span = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
  return Math.min(longestMs, Math.max(span * random, retryAfterSeconds * 1_000));
}
