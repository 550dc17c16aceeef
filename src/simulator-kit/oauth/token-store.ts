import { openRowStore, type Table } from '../row-store.ts';
import type { BearerToken, RefreshTokenPolicy, RegisteredClient } from './plan.ts';

/**
 * What an authorization server remembers, in files of its own beside the simulator's state: what it answered has been
 * written before, as in {@link openRowStore}. Apart from the EMR's data, so that neither a reset nor a look at the past
 * of those touches a grant.
 */
export function openTokenStore(file: string): TokenStore {
  const rows = openRowStore(file);
  const table = <R extends object>(name: string): Table<R> =>
    rows.database<Readonly<Record<string, R>>>().table(name);
  const model = (name: string): Table<ModelRow> => table(`model ${name}`);
  const write = <R>(work: () => R): R => rows.transact(Date.now(), work);
  const purge = (): void =>
    write(() => {
      for (const name of [...MODELS, ...FORGETTABLE]) {
        const old = table<{ readonly id: string; readonly expiresAt: number }>(name);
        for (const { id, expiresAt } of old.all()) if (expiresAt + GRACE < Date.now()) old.delete(id);
      }
    });
  purge();

  const store: TokenStore = {
    model,
    clients: table('clients'),
    settings: table('settings'),
    keys: table('keys'),
    tally: table('tally'),
    callCounts: table('call counts'),
    authorizations: table('authorizations'),
    consents: table('consents'),
    jwts: table('jwts'),
    write,
    purge,
    bearer(value) {
      const id = store.jwts.get(value)?.opaque ?? value;
      const userToken = model('AccessToken').get(id);
      const row = userToken ?? model('ClientCredentials').get(id);
      if (row === undefined || row.expiresAt <= Date.now()) return undefined;
      const { clientId = '', accountId, grantId = '', scope = '' } = row.payload;
      return {
        clientId,
        subject: accountId,
        grantType: userToken === undefined ? 'client_credentials' : 'authorization_code',
        scope,
        scopes: new Set(scope.split(' ').filter(Boolean)),
        audience: store.consents.get(grantId)?.audience,
        expiresAt: row.expiresAt,
      };
    },
    activeGrants: () =>
      new Set(
        ['AccessToken', 'RefreshToken']
          .flatMap((name) => model(name).all())
          .filter(({ expiresAt, payload }) => expiresAt > Date.now() && payload.consumed === undefined)
          .flatMap(({ payload }) => payload.grantId ?? []),
      ),
    revoke: (grantId) =>
      write(() => {
        model('Grant').delete(grantId);
        for (const name of OF_A_GRANT)
          for (const { id, payload } of model(name).all())
            if (payload.grantId === grantId) model(name).delete(id);
      }),
    endOtherAccessTokens: (value) =>
      write(() => {
        const tokens = model('AccessToken');
        const grantId = tokens.get(value)?.payload.grantId;
        for (const { id, payload } of tokens.all())
          if (payload.grantId === grantId && id !== value) tokens.delete(id);
      }),
    revokeAll: () =>
      write(() => {
        for (const name of [...OF_A_GRANT, 'Grant', 'ClientCredentials'])
          for (const { id } of model(name).all()) model(name).delete(id);
      }),
    close: () => rows.close(),
  };
  return store;
}

export interface TokenStore {
  /** What oidc-provider keeps under one of its names. */
  model(name: string): Table<ModelRow>;
  readonly clients: Table<RegisteredClient | UnregisteredClient>;
  readonly settings: Table<Partial<OAuthSettings>>;
  readonly keys: Table<{ readonly jwk: object }>;
  readonly tally: Table<{ readonly count: number }>;
  /** Calls of the token endpoint in the last minute (of the epoch) in which there were any, by client. */
  readonly callCounts: Table<{ readonly minute: number; readonly count: number }>;
  readonly authorizations: Table<AuthorizationRecord>;
  /** What was asked for when a grant was made, by its id. */
  readonly consents: Table<Consent>;
  /** Access tokens that are handed out in another form, by that form. */
  readonly jwts: Table<JwtRow>;
  /** Runs `work` (synchronous) as a whole or, when it throws, not at all. */
  write<R>(work: () => R): R;
  /** Forgets what has expired. */
  purge(): void;
  /** The access token of this value if it is good now. */
  bearer(value: string): BearerToken | undefined;
  /** Ids of grants that still have a token of use. */
  activeGrants(): ReadonlySet<string>;
  /** Withdraws a grant with all its codes and tokens. */
  revoke(grantId: string): void;
  /** Ends every access token of this one's grant but this one. */
  endOtherAccessTokens(value: string): void;
  /** Withdraws everything that was ever granted. */
  revokeAll(): void;
  close(): void;
}

export interface ModelRow {
  readonly id: string;
  readonly payload: ModelPayload;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}
/** The part of oidc-provider's payloads that is read here. */
export interface ModelPayload {
  readonly clientId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly scope?: string | undefined;
  readonly uid?: string | undefined;
  /** Seconds since the epoch. */
  readonly consumed?: unknown;
}
export interface OAuthSettings {
  readonly accessTokenSeconds: number;
  readonly refreshTokens: RefreshTokenPolicy;
}
export interface UnregisteredClient {
  readonly client_id: string;
  readonly unregistered: true;
}
export interface AuthorizationRecord {
  readonly at: string;
  readonly clientId: string;
  readonly audience: string | undefined;
  readonly asked: readonly string[];
  /** What was to be granted. */
  readonly granted: readonly string[];
  readonly outcome: 'refused' | 'pending' | 'denied' | 'granted';
}
export interface Consent {
  readonly id: string;
  readonly audience: string | undefined;
  readonly expiresAt: number;
}
export interface JwtRow {
  readonly id: string;
  readonly opaque: string;
  readonly expiresAt: number;
}

const OF_A_GRANT = ['AccessToken', 'AuthorizationCode', 'RefreshToken'];
const MODELS = [...OF_A_GRANT, 'ClientCredentials', 'Grant', 'Interaction', 'ReplayDetection', 'Session'].map(
  (name) => `model ${name}`,
);
const FORGETTABLE = ['consents', 'jwts'];
/** Expired rows are kept for a while, so that they are refused as expired and not as unknown. */
const GRACE = 3_600_000;
