import type { TokenRow } from '#store/token-row.ts';
import { freshUntil } from './token-life.ts';

/** Why the row is looked at. */
export type Why =
  /** Somebody wants to call the EMR. */
  | { readonly is: 'needed' }
  /** The sweep, ahead of them. */
  | { readonly is: 'ahead' }
  /** The EMR refused the token of this version although it looked fresh. */
  | { readonly is: 'rejected'; readonly version: number };

export type Decision =
  /** The token that is there will do. */
  | { readonly is: 'use' }
  | { readonly is: 'renew'; readonly forced: boolean }
  /** Nobody asks the server before this. */
  | { readonly is: 'rest'; readonly until: number }
  | { readonly is: 'refuse'; readonly reason: 'no-grant' | 'needs-reconsent' | 'refused' };

/** A token that was replaced because of a refusal and is refused again so soon is not the reason. */
const forcedMs = 60_000;

/** What to do about a row that was read under its lock. Pure. */
export function decide(row: TokenRow | undefined, why: Why, now: number): Decision {
  if (row === undefined || row.state === 'revoked') return { is: 'refuse', reason: 'no-grant' };
  if (row.state === 'needs_reconsent') return { is: 'refuse', reason: 'needs-reconsent' };
  const forced = why.is === 'rejected' && why.version >= row.version;
  if (forced && row.forcedAt !== undefined && now - row.forcedAt.getTime() < forcedMs)
    return { is: 'refuse', reason: 'refused' };
  if (!forced && !isDue(row, why, now)) return { is: 'use' };
  const until = row.notBefore?.getTime() ?? 0;
  if (now >= until) return { is: 'renew', forced };
  return !forced && isUsable(row, now) ? { is: 'use' } : { is: 'rest', until };
}

/** Until its very end a token is better than none. */
export function isUsable(row: TokenRow, now: number): boolean {
  return row.state === 'active' && now < row.expiresAt.getTime();
}

function isDue(row: TokenRow, why: Why, now: number): boolean {
  if (why.is === 'ahead') return row.refreshAfter !== undefined && now >= row.refreshAfter.getTime();
  return now >= freshUntil({ issuedAt: row.issuedAt.getTime(), expiresAt: row.expiresAt.getTime() });
}
