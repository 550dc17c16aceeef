import type {
  AuthorizationServerPlan,
  BearerToken,
  DemoUser,
  RegisteredClient,
  ScopeRequest,
} from '#simulator-kit/index.ts';
import { basePath } from './base.ts';
import type { ClinicPlan } from './clinic-plan.ts';
import { type Caller, RIGHTS } from './scope.ts';

/** An authorization server as SMART App Launch 2.2 describes one. Access tokens live 300 s, refresh tokens rotate. */
export function authorizationServer(
  clinic: ClinicPlan,
  clients: readonly RegisteredClient[],
): AuthorizationServerPlan {
  const users = clinic.staff.map(
    ({ id, name, username, password }): DemoUser => ({
      id,
      name,
      username,
      password,
      fhirUser: `${basePath}/Practitioner/${id}`,
    }),
  );
  const [first, ...others] = users;
  if (first === undefined) throw new Error('Somebody has to be able to sign in.');
  return {
    paths: oauthPaths,
    signIn: { title: `${clinic.name} · FHIR R4 (simulated)`, users: [first, ...others] },
    clients,
    clientAuthentication: ['none', 'client_secret_basic', 'private_key_jwt'],
    assertionAlgorithms: ['RS384', 'ES384'],
    scopes: { offered: offeredScopes(), refuse: refuseScopes },
    audience: { accepted: [basePath], required: true, refusal: 'redirect' },
    // What SMART Backend Services ask for at most.
    accessTokenSeconds: 300,
    refreshTokens: 'rotated',
    authorizationResponseIss: false,
  };
}

export const oauthPaths = {
  issuer: '/oauth2',
  authorize: '/oauth2/authorize',
  token: '/oauth2/token',
  revocation: '/oauth2/revoke',
  introspection: '/oauth2/introspect',
  jwks: '/oauth2/keys',
} as const;

/** Who a token of this server speaks for. */
export function callerOf({ clientId, grantType, scope }: BearerToken): Caller {
  return { clientId, scope, level: grantType === 'client_credentials' ? 'system' : 'user' };
}

/** As `scopes_supported` has them: the widest of each type, in both spellings. */
export function advertisedScopes(): readonly string[] {
  const types = Object.entries(RIGHTS);
  return [
    ...IDENTITY,
    ...LEVELS.flatMap((level) => types.map(([type, rights]) => `${level}/${type}.${rights}`)),
    ...LEVELS.flatMap((level) =>
      types.flatMap(([type, rights]) => versionOne(rights).map((word) => `${level}/${type}.${word}`)),
    ),
  ];
}

const IDENTITY = ['openid', 'fhirUser', 'offline_access'];
const LEVELS = ['user', 'system'];

/** Every part of the advertised rights. There is no `d` and no wildcard. */
function offeredScopes(): readonly string[] {
  const levels = LEVELS.flatMap((level) =>
    Object.entries(RIGHTS).flatMap(([type, rights]) =>
      [...partsOf(rights), ...versionOne(rights)].map((each) => `${level}/${type}.${each}`),
    ),
  );
  return [...IDENTITY, ...levels];
}

function versionOne(rights: string): readonly string[] {
  return /[cu]/.test(rights) ? ['read', 'write'] : ['read'];
}

/** `rs` has the parts `r`, `s` and `rs`. */
function partsOf(letters: string): readonly string[] {
  const [first, ...others] = letters;
  if (first === undefined) return [];
  const rest = partsOf(others.join(''));
  return [first, ...rest, ...rest.map((part) => first + part)];
}

/** A person grants `user/…`, a system has `system/…`; a grant of nothing is none. */
function refuseScopes({ grantType, asked, granted }: ScopeRequest): string | undefined {
  const level = grantType === 'client_credentials' ? 'system' : 'user';
  const others = LEVELS.filter((each) => each !== level);
  if (asked.some((scope) => others.some((other) => scope.startsWith(`${other}/`))))
    return `Scopes of this grant begin with ${level}/.`;
  return granted.some((scope) => scope.includes('/')) ? undefined : 'None of these scopes is offered.';
}
