import type { AuthorizationServerPlan, DemoUser, RegisteredClient } from '#simulator-kit/index.ts';
import type { PracticePlan } from './practice-plan.ts';
import type { Settings } from './settings.ts';

/** The 22 scopes of the vendor's specification. */
export const scopes: readonly string[] = [
  'user',
  'calendar',
  'patients:summary',
  'patients',
  'clinical',
  'settings',
  'labs',
  'messages',
  'tasks',
  'billing',
  'billing:patient-payment',
].flatMap((name) => [`${name}:read`, `${name}:write`]);

/**
 * The vendor's authorization server: codes for confidential applications, whose tokens act as the one person who has
 * allowed them, of whatever practice that is. Its manners follow the settings of the simulator.
 */
export function authorizationServer(
  practices: readonly [PracticePlan, ...PracticePlan[]],
  clients: readonly RegisteredClient[],
  settings: () => Settings,
): AuthorizationServerPlan {
  return {
    paths: {
      issuer: '',
      authorize: '/o/authorize/',
      token: '/o/token/',
      revocation: '/o/revoke_token/',
      jwks: '/o/jwks/',
    },
    signIn: { title: 'DrChrono (simulated)', users: usersOf(practices) },
    clients,
    clientAuthentication: ['client_secret_post'],
    scopes: { offered: scopes, whenAbsent: 'registered' },
    audience: { accepted: [], required: false, refusal: 'redirect' },
    get proofKeys() {
      return settings().pkce;
    },
    get codeSeconds() {
      return settings().codeTtl;
    },
    get accessTokenSeconds() {
      return settings().accessTokenTtl;
    },
    refreshTokenSeconds: 5 * 365 * 86_400,
    refreshTokensFor: 'all',
    get refreshTokens() {
      return settings().rotateRefreshToken ? 'rotated' : 'repeated';
    },
    get refreshEndsAccessTokens() {
      return settings().refreshEndsAccessToken;
    },
    authorizationResponseIss: false,
    error: (status, code, { reason }) => ({
      status: reason === SPENT ? Number(settings().spentRefreshStatus) : status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error: code }),
    }),
    redirectError: (code) => ({ error: code }),
  };
}

/** What the server says of a refresh token that has been rotated. */
const SPENT = 'refresh token already used';

function usersOf([first, ...others]: readonly [PracticePlan, ...PracticePlan[]]): [DemoUser, ...DemoUser[]] {
  const person = ({ id, name, username, password }: PracticePlan['users'][number]): DemoUser => ({
    id: String(id),
    name,
    username,
    password,
  });
  const [filledIn, ...rest] = first.users;
  return [person(filledIn), ...[...rest, ...others.flatMap(({ users }) => users)].map(person)];
}
