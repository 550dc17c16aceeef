import type { TokenRow, TokenValues } from '#store/token-row.ts';
import type { SealContext } from './envelope.ts';
import type { PracticeVault } from './practice-vault.ts';
import type { Secret } from './secret.ts';

export type TokenKind = 'access' | 'refresh' | 'previous-refresh';

/** Where a token lives: an older version of it, or one of another kind or connection, does not open there. */
export function placeOf(connectionId: string, kind: TokenKind, version: number): SealContext {
  return { row: connectionId, kind, version };
}

/** What a row is to hold, not yet sealed. */
export interface OpenTokens extends Omit<TokenValues, 'values'> {
  readonly access: Secret;
  readonly refresh: Secret | undefined;
  readonly previousRefresh: Secret | undefined;
}

/** @param version the one that the row has from then on */
export function sealTokens(
  keys: PracticeVault,
  connectionId: string,
  version: number,
  { access, refresh, previousRefresh, ...rest }: OpenTokens,
): TokenValues {
  const sealed = (kind: TokenKind, value: Secret | undefined): Buffer | undefined =>
    value && keys.seal(placeOf(connectionId, kind, version), value);
  return {
    ...rest,
    values: {
      access: sealed('access', access),
      refresh: sealed('refresh', refresh),
      previousRefresh: sealed('previous-refresh', previousRefresh),
    },
  };
}

/** One of the row's tokens. @throws VaultError for one that was not sealed for this row and version */
export function openToken(keys: PracticeVault, row: TokenRow, kind: TokenKind): Secret | undefined {
  const { access, refresh, previousRefresh } = row.values;
  const value = { access, refresh, 'previous-refresh': previousRefresh }[kind];
  return value && keys.open(placeOf(row.connectionId, kind, row.version), value);
}
