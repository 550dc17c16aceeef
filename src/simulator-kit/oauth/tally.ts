import { randomUUID } from 'node:crypto';
import type { AuthorizationRequest } from './provider.ts';
import type { ProviderAnswer } from './provider-call.ts';
import type { AuthorizationRecord, TokenStore } from './token-store.ts';

/** Counts what the authorization server is asked and does. Counts outlive the process. */
export function openTally(store: TokenStore): Tally {
  const count = (name: string): number => store.tally.get(name)?.count ?? 0;
  const add = (name: string): void => store.write(() => store.tally.put(name, { count: count(name) + 1 }));
  return {
    asked({ clientId, audience, scopes, refused }) {
      const id = randomUUID();
      store.write(() =>
        store.authorizations.put(id, {
          at: new Date().toISOString(),
          clientId,
          audience,
          asked: scopes.asked,
          granted: scopes.granted,
          outcome: refused ? 'refused' : 'pending',
        }),
      );
      return id;
    },
    ended(authorizationId, outcome) {
      const record = store.authorizations.get(authorizationId);
      if (record !== undefined)
        store.write(() => store.authorizations.put(authorizationId, { ...record, outcome }));
    },
    tokenRequested: (grantType) =>
      add(`token ${grantType !== undefined && GRANTS.includes(grantType) ? grantType : 'other'}`),
    performed(endpoint, grantType, { status, failure }) {
      if (failure?.error_detail === 'refresh token already used') add('reuse');
      if (status !== 200) return;
      if (endpoint === 'revocation') add('revocation');
      if (endpoint === 'token' && grantType === 'refresh_token') add('refresh');
    },
    read() {
      const records = store.authorizations.all();
      return {
        authorizations: records.filter(({ outcome }) => outcome === 'granted').length,
        tokenRequests: Object.fromEntries([...GRANTS, 'other'].map((name) => [name, count(`token ${name}`)])),
        refreshes: count('refresh'),
        revocations: count('revocation'),
        reuseDetections: count('reuse'),
        activeGrants: store.activeGrants().size,
        asked: records,
      };
    },
  };
}

export interface Tally {
  /** Answers an id by which the outcome can be told. */
  asked(request: AuthorizationRequest): string;
  ended(authorizationId: string, outcome: 'denied' | 'granted'): void;
  tokenRequested(grantType: string | undefined): void;
  performed(endpoint: string, grantType: string | undefined, answer: ProviderAnswer): void;
  read(): OAuthReading;
}

/** `GET /__sim/oauth`. */
export interface OAuthReading {
  /** Those that ended with a code. */
  readonly authorizations: number;
  /** All that arrived, by grant, whatever became of them. */
  readonly tokenRequests: Readonly<Record<string, number>>;
  /** Those that were performed, answered or not. */
  readonly refreshes: number;
  readonly revocations: number;
  /** Refresh tokens that were used a second time. */
  readonly reuseDetections: number;
  /** Grants of people with an access or refresh token that is good now. */
  readonly activeGrants: number;
  readonly asked: readonly AuthorizationRecord[];
}

const GRANTS: readonly string[] = ['authorization_code', 'refresh_token', 'client_credentials'];
