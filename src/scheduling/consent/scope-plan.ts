import type { ConnectionSettings, OAuthAuthorization } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import type { ScopePolicy } from '#oauth/scope-verdict.ts';
import type { OAuthRegistration } from '#store/oauth-registrations.ts';
import { chosenScopes } from './chosen-scopes.ts';

/**
 * Of the scopes that the adapter names as `wider`, those that a practice has accepted at this registration:
 * they are asked for besides. Whatever else was accepted is taken when it is granted, and never asked for.
 */
export function widerToAsk(
  { scopes }: Pick<OAuthAuthorization, 'scopes'>,
  accepted: readonly string[],
): readonly string[] {
  return scopes.wider?.scopes.filter((scope) => accepted.includes(scope)) ?? [];
}

/** What one registration asks for, and what a grant to it is judged by. */
export interface AskedScopes {
  readonly asked: readonly string[];
  readonly policy: ScopePolicy;
}

/**
 * @param settings of the connection: what a practice has not chosen is neither asked for nor allowed
 * @throws Failure `invalid-value` when the adapter has no scopes in that dialect
 */
export function askedScopes(
  { scopes }: Pick<OAuthAuthorization, 'scopes'>,
  registration: Pick<OAuthRegistration, 'scopeDialect' | 'grantType'>,
  settings: ConnectionSettings,
): AskedScopes {
  const { scopeDialect, grantType } = registration;
  const system = grantType === 'client_credentials';
  const always = (system ? scopes.askAsSystem?.[scopeDialect] : undefined) ?? scopes.ask[scopeDialect];
  if (always === undefined)
    throw new Failure('invalid-value', {
      expression: 'dialect',
      hint: `This EMR's scopes are written in: ${Object.keys(scopes.ask).join(', ')}.`,
    });
  const asked = [...always, ...chosenScopes(scopes, registration, settings)];
  return {
    asked,
    policy: {
      atMost: [...asked, ...scopes.tolerated],
      requiredReads: scopes.requiredReads(scopeDialect, system),
      bookingWrites: scopes.writes(scopeDialect, system),
    },
  };
}
