import type {
  Authorization,
  ChosenScopes,
  ConnectionSettings,
  ScopeDialect,
  ScopePlan,
} from '#adapter-kit/adapter.ts';
import { coversScopes } from '#oauth/scope-verdict.ts';
import type { OAuthRegistration } from '#store/oauth-registrations.ts';

type Asking = Pick<OAuthRegistration, 'scopeDialect' | 'grantType'>;

/** Scopes that a practice has chosen by its settings (`ScopePlan.byChoice`). */
export function chosenScopes(
  { byChoice = [] }: Pick<ScopePlan, 'byChoice'>,
  registration: Asking,
  settings: ConnectionSettings,
): readonly string[] {
  return byChoice
    .filter(({ wanted }) => wanted(settings))
    .flatMap((choice) => scopesBy(choice, registration));
}

/**
 * Scopes of choices, made or not by now, that were asked for when a person consented. A renewal may still bring them: a
 * practice that has turned a setting off has not taken its consent back, and goes on being reached by its callers.
 */
export function consentedChoices(
  { byChoice = [] }: Pick<ScopePlan, 'byChoice'>,
  registration: Asking,
  asked: readonly string[],
): readonly string[] {
  return byChoice
    .flatMap((choice) => scopesBy(choice, registration))
    .filter((scope) => asked.includes(scope));
}

/**
 * Choices whose scopes are not in a connection's grant: whatever its settings say, it cannot do these.
 *
 * @param granted undefined for a connection without a grant, e.g. by a key
 */
export function choicesLacking(
  authorization: Authorization,
  granted: readonly string[] | undefined,
): readonly ChosenScopes[] {
  if (authorization.kind === 'api-key') return [];
  const { byChoice = [], ask } = authorization.scopes;
  // By which registration it was granted does not matter: rights of another level are never in a grant that was taken.
  const spellings = Object.keys(ask) as ScopeDialect[]; // the keys of a record of dialects
  return byChoice.filter(
    ({ scopes }) =>
      !spellings.some((dialect) =>
        [false, true].some((system) => coversScopes(granted ?? [], scopes(dialect, system))),
      ),
  );
}

/** Where the settings of a connection and its grant differ, so that a person of the practice should consent again. */
export function choicesBeside(
  authorization: Authorization,
  settings: ConnectionSettings,
  granted: readonly string[] | undefined,
): { readonly toConsent: readonly ChosenScopes[]; readonly toGiveBack: readonly ChosenScopes[] } {
  const all = authorization.kind === 'api-key' ? [] : (authorization.scopes.byChoice ?? []);
  const lacking = choicesLacking(authorization, granted);
  return {
    toConsent: lacking.filter(({ wanted }) => wanted(settings)),
    toGiveBack: all.filter((choice) => !choice.wanted(settings) && !lacking.includes(choice)),
  };
}

function scopesBy({ scopes }: ChosenScopes, { scopeDialect, grantType }: Asking): readonly string[] {
  return scopes(scopeDialect, grantType === 'client_credentials');
}
