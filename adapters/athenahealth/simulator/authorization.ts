import type { AuthorizationServerPlan, RegisteredClient, ScopeRequest } from '#simulator-kit/index.ts';
import { texts } from './error.ts';
import type { PracticePlan } from './practice-plan.ts';
import type { Settings } from './settings.ts';

/** The one scope of `/v1`. */
export const API_SCOPE = 'athena/service/Athenanet.MDP.*';

export const oauthPaths = {
  issuer: '/oauth2/v1',
  authorize: '/oauth2/v1/authorize',
  token: '/oauth2/v1/token',
  jwks: '/oauth2/v1/keys',
  revocation: '/oauth2/v1/revoke',
  introspection: '/oauth2/v1/introspect',
} as const;

/**
 * The vendor's authorization server. A token lives an hour, `expires_in` is a text, and few may be asked for in a minute
 * of the clock. What a scheduling service uses is `client_credentials` with Basic; apps of people use the code flow.
 */
export function authorizationServer(
  practice: PracticePlan,
  clients: readonly RegisteredClient[],
  settings: () => Settings,
): AuthorizationServerPlan {
  const [first, ...others] = practice.staff;
  return {
    paths: oauthPaths,
    signIn: { title: `${practice.name} · athenaOne (simulated)`, users: [first, ...others] },
    clients,
    clientAuthentication: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    assertionAlgorithms: ['RS256', 'RS384', 'ES256', 'ES384'],
    scopes: {
      offered: ['openid', 'profile', 'fhirUser', 'offline_access', API_SCOPE, ...SYSTEM_SCOPES],
      refuse: refuseScopes,
    },
    audience: { accepted: ['/fhir/r4'], required: false, refusal: 'redirect' },
    accessTokenSeconds: 3600,
    expiresIn: 'string',
    refreshTokens: 'rotated',
    accessTokenFormat: 'jwt',
    authorizationResponseIss: false,
    get tokenLimit() {
      const perMinute = settings().tokenCallsPerMinute;
      return {
        perMinute,
        headers: (remaining: number) => ({
          'x-ratelimit-limit': String(perMinute),
          'x-ratelimit-remaining': String(remaining),
        }),
        refusal: { status: 429, headers: { 'content-type': 'text/plain' }, body: texts.throttled },
      };
    },
  };
}

const SYSTEM_SCOPES = ['Patient', 'Practitioner', 'Location', 'Organization', 'Appointment'].map(
  (type) => `system/${type}.read`,
);

/** A service asks for nothing that belongs to a person, and for something that there is. */
function refuseScopes({ grantType, asked, granted }: ScopeRequest): string | undefined {
  if (granted.length < asked.length || granted.length === 0)
    return 'One or more scopes are not configured for the authorization server resource.';
  const personal = granted.find((scope) => PERSONAL.has(scope));
  return grantType === 'client_credentials' && personal !== undefined
    ? `The scope ${personal} is not for this grant.`
    : undefined;
}

const PERSONAL: ReadonlySet<string> = new Set(['openid', 'profile', 'fhirUser', 'offline_access']);
