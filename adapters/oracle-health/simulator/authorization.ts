import type {
  AuthorizationServerPlan,
  BearerToken,
  DemoUser,
  OAuthRequest,
  RegisteredClient,
  ScopeRequest,
} from '#simulator-kit/index.ts';
import { basePath } from './base.ts';
import { type ClinicPlan, FIRST_PATIENT } from './clinic-plan.ts';
import type { Caller } from './scope.ts';

/** Which of the vendor's hosts is played: that of providers and systems, or that of patients. */
export type Host = 'provider' | 'patient';

/**
 * The vendor's authorization server for one tenant. Access tokens live 570 s, a refresh brings no new refresh token,
 * and errors come with an `error_uri` instead of words.
 */
export function authorizationServer(
  clinic: ClinicPlan,
  host: Host,
  clients: readonly RegisteredClient[],
): AuthorizationServerPlan {
  return {
    paths: oauthPaths(clinic, host),
    signIn: { title: `${clinic.name} · Oracle Health Millennium (simulated)`, users: usersOf(clinic, host) },
    clients,
    clientAuthentication: ['client_secret_basic', 'private_key_jwt'],
    assertionAlgorithms: ['RS384', 'ES384'],
    scopes: { offered: offeredScopes(host), refuse: refuseScopes },
    audience: { accepted: [basePath(clinic)], required: true, refusal: 'redirect' },
    accessTokenSeconds: 570,
    refreshTokenSeconds: 90 * 86_400,
    refreshTokens: 'kept',
    accessTokenFormat: 'jwt',
    authorizationResponseIss: false,
    error: (status, code, request) => ({
      status,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'cerner-correlation-id': request.id,
      },
      body: JSON.stringify({ error: code, error_uri: errorUri(clinic, code, request) }),
    }),
    redirectError: (code, request) => ({ error: code, error_uri: errorUri(clinic, code, request) }),
    tokenMembers: ({ subject }) => ({
      tenant: clinic.tenant,
      ...(host === 'patient' && subject !== undefined && { patient: subject, need_patient_banner: false }),
    }),
  };
}

export function oauthPaths({ tenant }: ClinicPlan, host: Host) {
  const protocols = 'protocols/oauth2/profiles/smart-v1';
  const own = `/tenants/${tenant}` as const;
  const ofHost = `${own}/hosts/${HOSTS[host]}/${protocols}` as const;
  return {
    issuer: own,
    authorize: `${own}/${protocols}/personas/${host}/authorize`,
    token: `${ofHost}/token`,
    revocation: `${ofHost}/token/revoke`,
    introspection: '/tokeninfo',
    jwks: '/jwk',
  } as const;
}

/** Who a token of this server speaks for. */
export function callerOf({ clientId, grantType, scope, subject }: BearerToken, host: Host): Caller {
  if (grantType === 'client_credentials') return { clientId, scope, persona: 'system' };
  if (host === 'provider') return { clientId, scope, persona: 'provider' };
  return { clientId, scope, persona: 'patient', ...(subject !== undefined && { patient: subject }) };
}

/** As `scopes_supported` has them. */
export function advertisedScopes(host: Host): readonly string[] {
  return [
    ...IDENTITY,
    ...grants(host).flatMap(({ levels, type, rights }) =>
      levels.map((level) => `${level}/${type}.${rights}`),
    ),
    ...grants(host).flatMap(({ levels, type, rights }) =>
      levels.flatMap((level) => versionOne(rights).map((word) => `${level}/${type}.${word}`)),
    ),
  ];
}

const HOSTS = { provider: 'fhir-ehr.cerner.com', patient: 'fhir-myrecord.cerner.com' } as const;
const IDENTITY = ['openid', 'fhirUser', 'profile', 'offline_access', 'online_access', 'launch'];

interface Grant {
  readonly levels: readonly string[];
  readonly type: string;
  readonly rights: string;
}

function grants(host: Host): readonly Grant[] {
  if (host === 'patient') {
    const types = ['Appointment', 'Slot', 'Schedule', 'Patient'];
    return types.map((type) => ({ levels: ['patient'], type, rights: 'rs' }));
  }
  const everyone = ['user', 'system', 'patient'];
  const staff = ['user', 'system'];
  return [
    { levels: everyone, type: 'Appointment', rights: 'crus' },
    { levels: everyone, type: 'Schedule', rights: 'rs' },
    { levels: everyone, type: 'Slot', rights: 'rus' },
    { levels: staff, type: 'Location', rights: 'rs' },
    { levels: staff, type: 'Practitioner', rights: 'crs' },
    { levels: staff, type: 'Organization', rights: 'crs' },
    { levels: staff, type: 'Patient', rights: 'crus' },
  ];
}

/** What may be granted: every part of the advertised rights. There is no `d` and no wildcard. */
function offeredScopes(host: Host): readonly string[] {
  const launch = host === 'patient' ? ['launch/patient'] : [];
  return [
    ...IDENTITY,
    ...launch,
    ...grants(host).flatMap(({ levels, type, rights }) =>
      levels.flatMap((level) =>
        [...partsOf(rights), ...versionOne(rights)].map((each) => `${level}/${type}.${each}`),
      ),
    ),
  ];
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

/** The last words of an error's urn; all but `empty-scopes` are ours. */
function refuseScopes({ grantType, asked, granted }: ScopeRequest): string | undefined {
  const level = (one: string): boolean => asked.some((scope) => scope.startsWith(`${one}/`));
  const personal = level('user') || level('patient');
  if (asked.some((scope) => scope.includes('*'))) return 'wildcard-scopes';
  if (asked.length > MOST_SCOPES) return 'too-many-scopes';
  if (level('system') && personal) return 'mixed-scopes';
  if (grantType === 'client_credentials' ? personal : level('system')) return 'wrong-level';
  return granted.some((scope) => scope.includes('/') && !scope.startsWith('launch'))
    ? undefined
    : 'empty-scopes';
}

/** Long lists fail; nobody says how long. */
const MOST_SCOPES = 60;

function errorUri({ tenant }: ClinicPlan, code: string, request: OAuthRequest): string {
  const { endpoint, clientId = '', id, origin } = request;
  // What the server itself explains is a sentence, and no part of a urn.
  const reason = /^[a-z-]{1,40}$/.test(request.reason ?? '') ? request.reason : code.replaceAll('_', '-');
  const kind = `urn:cerner:error:authorization-server:oauth2:${endpoint === 'authorize' ? 'grant' : 'token'}:${reason}`;
  const query = new URLSearchParams({ client: clientId, tenant });
  return `${origin}/errors/${encodeURIComponent(kind)}/instances/${id}?${query}`;
}

function usersOf(clinic: ClinicPlan, host: Host): readonly [DemoUser, ...DemoUser[]] {
  const base = basePath(clinic);
  const staff = ({ id, name, username, password }: ClinicPlan['staff'][number]): DemoUser => ({
    id,
    name,
    username,
    password,
    fhirUser: `${base}/Practitioner/${id}`,
  });
  const patients = clinic.patients.map(({ family, given }, index) => {
    const id = String(FIRST_PATIENT + index);
    const name = `${given[0]} ${family}`;
    return { id, name, username: id, password: 'harbor-demo', fhirUser: `${base}/Patient/${id}` };
  });
  const [first, ...others] = host === 'patient' ? patients : clinic.staff.map(staff);
  const [nobody] = clinic.staff;
  return [first ?? staff(nobody), ...others];
}
