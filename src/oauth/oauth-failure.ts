/**
 * Everything that can come back from an authorization server, closed. Only codes are kept: an `OAuthFailure` holds no
 * token, secret, code, `error_description` or body, and no `cause` that might.
 *
 * | kind | what it means to a connection |
 * | --- | --- |
 * | `invalid-grant` | the grant has ended: somebody has to consent again |
 * | `our-fault` | our registration or request is wrong: tell the operator, not the practice |
 * | `busy` | no answer now: wait `retryAfterSeconds`, else back off |
 * | `unknown` | no trustworthy answer: what was sent may have been spent |
 * | `refused` | our own checks did not let it out, or did not believe the answer |
 * | `denied` | the person at the consent screen said no |
 */
export type OAuthFailureKind = 'invalid-grant' | 'our-fault' | 'busy' | 'unknown' | 'refused' | 'denied';

/** `error` of a token or revocation endpoint: RFC 6749 §5.2 and its relatives, those that vendors use in its place included. */
const tokenErrors = {
  invalid_grant: 'invalid-grant',
  // Said at a token endpoint, all of these ask for a person at a consent screen.
  access_denied: 'invalid-grant',
  account_selection_required: 'invalid-grant',
  bad_refresh_token: 'invalid-grant',
  consent_required: 'invalid-grant',
  expired_token: 'invalid-grant',
  inactive_user: 'invalid-grant',
  interaction_required: 'invalid-grant',
  invalid_refresh_token: 'invalid-grant',
  invalid_token: 'invalid-grant',
  login_required: 'invalid-grant',
  token_expired: 'invalid-grant',
  token_revoked: 'invalid-grant',
  invalid_client: 'our-fault',
  invalid_dpop_proof: 'our-fault',
  invalid_request: 'our-fault',
  invalid_scope: 'our-fault',
  invalid_target: 'our-fault',
  unauthorized_client: 'our-fault',
  unsupported_grant_type: 'our-fault',
  unsupported_token_type: 'our-fault',
  use_dpop_nonce: 'our-fault',
  server_error: 'busy',
  slow_down: 'busy',
  temporarily_unavailable: 'busy',
} as const satisfies Record<string, OAuthFailureKind>;

/** `error` of an authorization response: RFC 6749 §4.1.2.1, RFC 8707 §2, OpenID Connect Core §3.1.2.6. */
const authorizationErrors = {
  access_denied: 'denied',
  account_selection_required: 'denied',
  consent_required: 'denied',
  interaction_required: 'denied',
  login_required: 'denied',
  invalid_request: 'our-fault',
  invalid_scope: 'our-fault',
  invalid_target: 'our-fault',
  unauthorized_client: 'our-fault',
  unsupported_response_type: 'our-fault',
  server_error: 'busy',
  temporarily_unavailable: 'busy',
} as const satisfies Record<string, OAuthFailureKind>;

/** What no `error` says, in our words. `spent`: the server may have acted on the request. */
const ourCodes = {
  'unrecognised-error': { kind: 'our-fault', spent: false },
  'client-key': { kind: 'our-fault', spent: false },
  throttled: { kind: 'busy', spent: false },
  /** No byte of the request reached the server. */
  unreachable: { kind: 'busy', spent: false },
  /** Status 5xx: nobody knows how far the server came. */
  'server-failed': { kind: 'busy', spent: true },
  timeout: { kind: 'unknown', spent: true },
  reset: { kind: 'unknown', spent: true },
  redirect: { kind: 'unknown', spent: true },
  'too-large': { kind: 'unknown', spent: true },
  'not-json': { kind: 'unknown', spent: true },
  'no-token': { kind: 'unknown', spent: true },
  'unexpected-status': { kind: 'unknown', spent: true },
  wall: { kind: 'refused', spent: false },
  /** openid-client did not accept what we accepted. */
  library: { kind: 'refused', spent: true },
  // Of a token answer
  'token-type': { kind: 'refused', spent: true },
  'token-form': { kind: 'refused', spent: true },
  'expires-in': { kind: 'refused', spent: true },
  nonce: { kind: 'refused', spent: true },
  // Of an authorization response
  'redirect-uri': { kind: 'refused', spent: false },
  'repeated-parameter': { kind: 'refused', spent: false },
  'unexpected-parameter': { kind: 'refused', spent: false },
  state: { kind: 'refused', spent: false },
  iss: { kind: 'refused', spent: false },
  'no-code': { kind: 'refused', spent: false },
  // Of a server's metadata
  metadata: { kind: 'refused', spent: false },
  endpoint: { kind: 'refused', spent: false },
  'endpoint-origin': { kind: 'refused', spent: false },
  'server-changed': { kind: 'refused', spent: false },
  'no-endpoint': { kind: 'refused', spent: false },
  'no-pkce': { kind: 'refused', spent: false },
} as const satisfies Record<string, { kind: OAuthFailureKind; spent: boolean }>;

export type OurFailureCode = keyof typeof ourCodes;
export type OAuthFailureCode = OurFailureCode | keyof typeof tokenErrors | keyof typeof authorizationErrors;

export interface OAuthFailureDetails {
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Name of the field of a server's metadata that is at fault; never its value. */
  readonly field?: string | undefined;
  readonly lostRefreshToken?: boolean | undefined;
}

export class OAuthFailure extends Error {
  override readonly name = 'OAuthFailure';
  readonly kind: OAuthFailureKind;
  readonly code: OAuthFailureCode;
  /**
   * Whether the server may have acted on what was sent, so that the code or refresh token in it may be used up. False
   * when nothing was sent or the server refused in so many words.
   */
  readonly mayHaveBeenSpent: boolean;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly field: string | undefined;
  /**
   * Whether the answer that is not believed brought another refresh token. Nobody holds it: it was given up for
   * revocation, so where tokens rotate there is none left.
   */
  readonly lostRefreshToken: boolean;

  constructor(
    code: OAuthFailureCode,
    kind: OAuthFailureKind,
    mayHaveBeenSpent: boolean,
    details: OAuthFailureDetails = {},
  ) {
    super(`OAuth: ${kind} (${details.field === undefined ? code : `${code}: ${details.field}`})`);
    this.kind = kind;
    this.code = code;
    this.mayHaveBeenSpent = mayHaveBeenSpent;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.field = details.field;
    this.lostRefreshToken = details.lostRefreshToken ?? false;
  }
}

/** A failure that we noticed ourselves. */
export function ourFailure(code: OurFailureCode, details?: OAuthFailureDetails): OAuthFailure {
  const { kind, spent } = ourCodes[code];
  return new OAuthFailure(code, kind, spent, details);
}

/** The `error` of a token or revocation endpoint (RFC 6749 §5.2, RFC 7009 §2.2.1). An unlisted one is not kept: it may be anything. */
export function tokenEndpointFailure(error: string, details?: OAuthFailureDetails): OAuthFailure {
  if (!isKeyOf(tokenErrors, error)) return ourFailure('unrecognised-error', details);
  return new OAuthFailure(error, tokenErrors[error], error === 'server_error', details);
}

/** The `error` of an authorization response (RFC 6749 §4.1.2.1). */
export function authorizationFailure(error: string): OAuthFailure {
  if (!isKeyOf(authorizationErrors, error)) return ourFailure('unrecognised-error');
  return new OAuthFailure(error, authorizationErrors[error], false);
}

function isKeyOf<T extends object>(table: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(table, key);
}
