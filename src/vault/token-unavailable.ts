/**
 * Why there is no access token now.
 *
 * - `no-grant`: the connection never had one, or was disconnected.
 * - `needs-reconsent`: the grant has ended; a person has to consent again.
 * - `busy`: the authorization server has no answer now, or another process is still waiting for its answer.
 * - `our-fault`: it refuses our registration or request; the operator has been told.
 * - `refused`: the EMR refused a token that had only just been replaced because of the same refusal.
 * - `spill`: nothing may be asked for, because an answer could not be kept safe on this machine.
 * - `database`: the database is away, or the row could not be had in time.
 */
export type TokenUnavailableReason =
  | 'no-grant'
  | 'needs-reconsent'
  | 'busy'
  | 'our-fault'
  | 'refused'
  | 'spill'
  | 'database';

/** Its message and cause hold no token. */
export class TokenUnavailable extends Error {
  override readonly name = 'TokenUnavailable';
  readonly reason: TokenUnavailableReason;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    reason: TokenUnavailableReason,
    details: { readonly retryAfterSeconds?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(
      `There is no access token (${reason}).`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.reason = reason;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
