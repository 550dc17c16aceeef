/**
 * Every way in which a connect page says no, closed. What each means to the person who reads it stands in
 * `src/http/connect/problem-page.ts`; none holds anything that a browser or an EMR wrote.
 */
export type ProblemCode =
  // The link
  | 'link-unknown'
  | 'link-expired'
  | 'link-used'
  | 'link-guessed'
  | 'other-browser'
  | 'wrong-code'
  // The practice and what may be connected to it
  | 'practice-closed'
  | 'practice-mode'
  | 'second-connection'
  | 'registration-taken'
  | 'other-practice'
  // The EMR's address and our registration there
  | 'address-refused'
  | 'address-silent'
  | 'address-not-smart'
  | 'not-approved'
  | 'server-changed'
  // What was filled in
  | 'settings'
  | 'key-missing'
  // The way back from the EMR
  | 'callback-unknown'
  | 'callback-used'
  | 'callback-elsewhere'
  | 'callback-refused'
  | 'denied'
  | 'our-registration'
  | 'emr-busy'
  | 'emr-unclear'
  | 'no-refresh-token'
  // What was granted
  | 'scope-empty'
  | 'scope-different'
  | 'scope-wider'
  | 'scope-missing'
  // The first read
  | 'schedule-refused'
  | 'emr-refused-access'
  | 'emr-away'
  // The door itself
  | 'form-expired'
  | 'throttled'
  | 'internal';

export interface ProblemDetails {
  /** Names of fields that were filled in wrongly. */
  readonly fields?: readonly string[];
  /** Scopes beyond scheduling that were granted. */
  readonly surplus?: readonly string[];
  /** Scopes that were needed and not granted. */
  readonly missing?: readonly string[];
  /** Whether the EMR was told that what it granted is not taken (RFC 7009). */
  readonly revocation?: 'revoked' | 'not-offered' | 'failed';
  readonly retryAfterSeconds?: number;
  /** How many more codes may be tried. */
  readonly triesLeft?: number;
  readonly cause?: unknown;
}

/** A refusal of the connect flow. */
export class ConsentProblem extends Error {
  override readonly name = 'ConsentProblem';
  readonly code: ProblemCode;
  readonly details: Omit<ProblemDetails, 'cause'>;

  constructor(code: ProblemCode, { cause, ...details }: ProblemDetails = {}) {
    super(`The connection was not made: ${code}.`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}
