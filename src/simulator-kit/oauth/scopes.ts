import type { AuthorizationServerPlan, RegisteredClient, ScopeRequest } from './plan.ts';
import { grantTypesOf } from './registration.ts';

/** What a client gets of what it asks for, or why it gets nothing. Order is that of the asking. */
export function settleScopes(
  { scopes }: Pick<AuthorizationServerPlan, 'scopes'>,
  client: RegisteredClient,
  grantType: ScopeRequest['grantType'],
  asked: string | undefined,
): SettledScopes {
  const refreshes = grantTypesOf(client).includes('refresh_token');
  const registered = (client.scope === undefined ? scopes.offered : split(client.scope)).filter(
    (scope) => refreshes || scope !== 'offline_access',
  );
  const wanted = asked === undefined && scopes.whenAbsent === 'registered' ? registered : split(asked);
  const granted = wanted.filter((scope) => scopes.offered.includes(scope) && registered.includes(scope));
  const request = { grantType, clientId: client.client_id, asked: split(asked), granted };
  return { asked: request.asked, granted, refusal: scopes.refuse?.(request) };
}

export interface SettledScopes {
  readonly asked: readonly string[];
  readonly granted: readonly string[];
  /** Why the request is answered `invalid_scope`. */
  readonly refusal: string | undefined;
}

export function split(scope: string | undefined): readonly string[] {
  return [...new Set(scope?.split(' ').filter(Boolean))];
}
