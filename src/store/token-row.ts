export type TokenState = 'active' | 'needs_reconsent' | 'revoked';

/** The tokens of one connection as they are stored: every value sealed for `version`. */
export interface TokenRow {
  readonly connectionId: string;
  readonly epoch: number;
  readonly version: number;
  readonly state: TokenState;
  /** Names the authorization server; refreshes count against its limit. */
  readonly server: string;
  readonly values: SealedTokens;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly previousUntil: Date | undefined;
  readonly scopes: readonly string[];
  readonly refreshAfter: Date | undefined;
  readonly notBefore: Date | undefined;
  /** Failed refreshes in a row. */
  readonly failures: number;
  readonly forcedAt: Date | undefined;
  readonly attemptId: string | undefined;
  readonly errorCode: string | undefined;
}

export interface SealedTokens {
  readonly access: Buffer | undefined;
  readonly refresh: Buffer | undefined;
  readonly previousRefresh: Buffer | undefined;
}

/** Which row an update is meant for: nothing happens when it has moved on. */
export interface TokenPlace {
  readonly connectionId: string;
  readonly epoch: number;
  readonly version: number;
}

/** Who set out to change the row. */
export interface AttemptMark {
  readonly attemptId: string;
  readonly startedAt: Date;
}

/** What a grant or a refresh gives, sealed for the version that it makes. */
export interface TokenValues {
  readonly values: SealedTokens;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly previousUntil: Date | undefined;
  readonly scopes: readonly string[];
  readonly refreshAfter: Date;
}

export interface TokenColumns {
  connection_id: string;
  grant_epoch: number;
  token_version: number;
  state: TokenState;
  authorization_server: string;
  at_ct: Buffer | null;
  at_issued_at: Date | null;
  at_expires_at: Date | null;
  rt_ct: Buffer | null;
  prev_rt_ct: Buffer | null;
  prev_rt_until: Date | null;
  granted_scopes: string[];
  refresh_after: Date | null;
  not_before: Date | null;
  failures: number;
  forced_at: Date | null;
  refresh_attempt_id: string | null;
  last_error_code: string | null;
}

/** All that a row is read for. */
export const columns = [
  'connection_id',
  'grant_epoch',
  'token_version',
  'state',
  'authorization_server',
  'at_ct',
  'at_issued_at',
  'at_expires_at',
  'rt_ct',
  'prev_rt_ct',
  'prev_rt_until',
  'granted_scopes',
  'refresh_after',
  'not_before',
  'failures',
  'forced_at',
  'refresh_attempt_id',
  'last_error_code',
] as const;

export function stored(row: TokenColumns): TokenRow {
  return {
    connectionId: row.connection_id,
    epoch: row.grant_epoch,
    version: row.token_version,
    state: row.state,
    server: row.authorization_server,
    values: {
      access: row.at_ct ?? undefined,
      refresh: row.rt_ct ?? undefined,
      previousRefresh: row.prev_rt_ct ?? undefined,
    },
    // Without values there are no times either, and nobody asks for them.
    issuedAt: row.at_issued_at ?? new Date(0),
    expiresAt: row.at_expires_at ?? new Date(0),
    previousUntil: row.prev_rt_until ?? undefined,
    scopes: row.granted_scopes,
    refreshAfter: row.refresh_after ?? undefined,
    notBefore: row.not_before ?? undefined,
    failures: row.failures,
    forcedAt: row.forced_at ?? undefined,
    attemptId: row.refresh_attempt_id ?? undefined,
    errorCode: row.last_error_code ?? undefined,
  };
}

/** For a `where`. */
export function exactly({ connectionId, epoch, version }: TokenPlace) {
  return { connection_id: connectionId, grant_epoch: epoch, token_version: version };
}

export function valueColumns(of: TokenValues) {
  return {
    at_ct: of.values.access ?? null,
    at_issued_at: of.issuedAt,
    at_expires_at: of.expiresAt,
    rt_ct: of.values.refresh ?? null,
    prev_rt_ct: of.values.previousRefresh ?? null,
    prev_rt_until: of.previousUntil ?? null,
    granted_scopes: [...of.scopes],
    refresh_after: of.refreshAfter,
  };
}

export function markColumns({ attemptId, startedAt }: AttemptMark) {
  return { refresh_attempt_id: attemptId, refresh_started_at: startedAt };
}
