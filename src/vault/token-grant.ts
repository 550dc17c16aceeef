import type { ScopeVerdict } from '#oauth/scope-verdict.ts';
import type { TokenAnswer } from '#oauth/token-answer.ts';
import type { Tx } from '#store/database.ts';
import type { Secret } from './secret.ts';

/**
 * What becomes of a refresh token that is used (RFC 6749 §6, RFC 9700 §4.14).
 *
 * - `reused`: it stays good.
 * - `grace`: the answer brings another one, and the old one is taken for a while longer.
 * - `strict`: the answer brings another one, and using the old one again ends the grant.
 */
export type RotationProfile = 'reused' | 'grace' | 'strict';

/** How the tokens of one connection are renewed. Made for one refresh and let go. */
export interface TokenGrant {
  /**
   * Asks the authorization server once, without a retry.
   *
   * @param refreshToken undefined where the grant has none: client credentials are asked for anew; a grant that can
   *   not be renewed without a person fails with `invalid-grant`
   * @throws OAuthFailure
   */
  refresh(refreshToken: Secret | undefined): Promise<TokenAnswer>;
  /** @param scope of the answer; where it has none, the scopes that the connection has */
  judge(scope: string | undefined): ScopeVerdict;
  readonly profile: RotationProfile;
  /** Names the authorization server, e.g. its issuer; refreshes count against its limit. */
  readonly server: string;
}

/** Tokens that a person's consent, or our first request for ourselves, brought. */
export interface NewGrant {
  readonly accessToken: Secret;
  readonly expiresInSeconds: number;
  readonly refreshToken: Secret | undefined;
  readonly scopes: readonly string[];
  readonly server: string;
}

/** Tokens that nobody uses any more, to be revoked (RFC 7009). */
export interface LooseTokens {
  /** When they were asked for and where, of an answer that may be older than the newest consent. */
  readonly askedAt?: Date;
  readonly server?: string;
  readonly accessToken: Secret | undefined;
  readonly refreshToken: Secret | undefined;
}

/** What the vault changed by itself; the connection's state, audit and outbox follow in the same transaction. */
export type TokenChange =
  | {
      readonly is: 'refreshed';
      readonly connectionId: string;
      readonly version: number;
      readonly verdict: ScopeVerdict;
    }
  | { readonly is: 'needs-reconsent'; readonly connectionId: string; readonly code: string };

/** The last statements of the transaction: what waits for a lock here may wait for nothing afterwards. */
export type OnTokenChange = (tx: Tx, practiceId: string, change: TokenChange) => Promise<void>;

/** What happened, in codes and ids. */
export type TokenEvent =
  | {
      readonly event: 'token.refreshed';
      readonly connection: string;
      readonly why: 'needed' | 'ahead' | 'rejected';
      readonly ms: number;
    }
  | { readonly event: 'token.failed'; readonly connection: string; readonly code: string }
  /** Our registration or request is wrong, or the wall did not let it out: nothing the practice could do about. */
  | { readonly event: 'token.our-fault'; readonly connection: string; readonly code: string }
  | { readonly event: 'token.needs-reconsent'; readonly connection: string; readonly code: string }
  | { readonly event: 'token.replayed'; readonly connection: string; readonly outcome: string }
  | { readonly event: 'token.dropped'; readonly connection: string; readonly revoked: boolean }
  | { readonly event: 'spill.unwritable'; readonly code: string }
  | { readonly event: 'spill.unreadable'; readonly file: string; readonly lines: number };
