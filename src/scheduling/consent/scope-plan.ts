import type { OAuthAuthorization } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import type { ScopePolicy } from '#oauth/scope-verdict.ts';
import type { OAuthRegistration } from '#store/oauth-registrations.ts';

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

/** @throws Failure `invalid-value` when the adapter has no scopes in that dialect */
export function askedScopes(
  { scopes }: Pick<OAuthAuthorization, 'scopes'>,
  { scopeDialect, grantType }: Pick<OAuthRegistration, 'scopeDialect' | 'grantType'>,
): AskedScopes {
  const system = grantType === 'client_credentials';
  const asked = (system ? scopes.askAsSystem?.[scopeDialect] : undefined) ?? scopes.ask[scopeDialect];
  if (asked === undefined)
    throw new Failure('invalid-value', {
      expression: 'dialect',
      hint: `This EMR's scopes are written in: ${Object.keys(scopes.ask).join(', ')}.`,
    });
  return {
    asked,
    policy: {
      atMost: [...asked, ...scopes.tolerated],
      requiredReads: scopes.requiredReads(scopeDialect, system),
      bookingWrites: scopes.writes(scopeDialect, system),
    },
  };
}
