import type { JWK } from 'jose';
import Provider, {
  type AdapterFactory,
  type ClientAuthMethod,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { sessionCookie } from './answer.ts';
import { audienceFault } from './audience.ts';
import { errorPage } from './pages.ts';
import type { AuthorizationServerPlan, DemoUser, RegisteredClient } from './plan.ts';
import { type SettledScopes, settleScopes } from './scopes.ts';
import type { OAuthSettings } from './token-store.ts';

export interface ProviderParts {
  readonly plan: AuthorizationServerPlan;
  readonly origin: string;
  /** Path of the sign-in pages; the id of an interaction follows. */
  readonly signInPath: string;
  readonly keys: readonly JWK[];
  readonly storage: AdapterFactory;
  readonly settings: () => OAuthSettings;
  readonly client: (clientId: string) => RegisteredClient | undefined;
  /** Told of every authorization request whose client and `redirect_uri` are good; answers an id for it. */
  readonly asked: (request: AuthorizationRequest) => string;
  /** Whether a refresh token stays as it is on this request although others rotate. */
  readonly keepsRefreshToken: (context: KoaContextWithOIDC) => boolean;
}

export interface AuthorizationRequest {
  readonly clientId: string;
  readonly audience: string | undefined;
  readonly scopes: SettledScopes;
  /** Nobody will be asked to sign in. */
  readonly refused: boolean;
}

/**
 * oidc-provider, turned into the vendor's authorization server. Its routes are the vendor's paths, so it has to be asked
 * under the origin of the issuer, unmounted. Where its own ways are not a vendor's, they are replaced here: scopes are
 * settled by the plan, the audience of an assertion is the token address alone, a secret comes by the registered method.
 */
export function createProvider(parts: ProviderParts): Provider {
  const { plan, origin } = parts;
  const provider = new Provider(origin + plan.paths.issuer, configurationOf(parts));
  provider.on('server_error', (_context, error) => console.error(error));
  provider.OIDCContext.prototype.clientJwtAuthExpectedAudience = () => new Set([origin + plan.paths.token]);
  const { compareClientSecret } = provider.Client.prototype;
  provider.Client.prototype.compareClientSecret = function (secret) {
    const { authorization } = Provider.ctx?.headers ?? {};
    const method = authorization === undefined ? 'client_secret_post' : 'client_secret_basic';
    return this.tokenEndpointAuthMethod === method && compareClientSecret.call(this, secret);
  };
  provider.registerGrantType<{ scope?: string }>(
    'client_credentials',
    async (context) => {
      const { client } = context.oidc;
      const scopes = settle(parts, client.clientId, 'client_credentials', context.oidc.params.scope);
      const scope = grantedOf(scopes).join(' ');
      const token = new provider.ClientCredentials({ client, scope });
      context.oidc.entity('ClientCredentials', token);
      const access_token = await token.save();
      context.body = { access_token, token_type: 'Bearer', expires_in: token.expiration, scope };
    },
    'scope',
  );
  return provider;
}

function configurationOf(parts: ProviderParts): Configuration {
  const { plan, origin, settings } = parts;
  const { paths } = plan;
  const lifetime = () => settings().accessTokenSeconds;
  const refreshTokenSeconds = plan.refreshTokenSeconds ?? 90 * DAY;
  return {
    adapter: parts.storage,
    jwks: { keys: [...parts.keys] },
    routes: {
      authorization: paths.authorize,
      token: paths.token,
      jwks: paths.jwks,
      ...(paths.revocation === undefined ? {} : { revocation: paths.revocation }),
      ...(paths.introspection === undefined ? {} : { introspection: paths.introspection }),
      ...(paths.userinfo === undefined ? {} : { userinfo: paths.userinfo }),
    },
    cookies: { names: { session: sessionCookie(origin) } },
    scopes: plan.scopes.offered,
    claims: { openid: ['sub'], profile: ['name', 'fhirUser'], fhirUser: ['fhirUser'] },
    // SMART App Launch 2.2 puts fhirUser into the id token.
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => (plan.proofKeys ?? 'required') === 'required' },
    issueRefreshToken: (_context, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (plan.refreshTokensFor === 'all' || source.scopes.has('offline_access')),
    clientAuthMethods: plan.clientAuthentication satisfies readonly ClientAuthMethod[],
    enabledJWA: { clientAuthSigningAlgValues: plan.assertionAlgorithms ?? ['RS384', 'ES384'] },
    clockTolerance: CLOCK_TOLERANCE,
    extraClientMetadata: { properties: ['keys_fetched_for'] },
    extraParams: { aud: (context, aud) => admitAuthorization(parts, context, aud), authorization_id: null },
    assertJwtClientAuthClaimsAndHeader: (_context, claims, header, client) =>
      checkAssertion(claims, header, client.jwksUri),
    fetch: (input, init) => fetch(input, withoutDispatcher(init)),
    findAccount: (_context, id) => {
      const user = plan.signIn.users.find((one) => one.id === id);
      return user && { accountId: id, claims: () => ({ sub: id, ...claimsOf(user, origin) }) };
    },
    interactions: { url: (_context, { uid }) => `${parts.signInPath}/${uid}` },
    renderError(context, out) {
      context.type = 'html';
      context.body = errorPage(plan.signIn.title, out.error, out.error_description);
    },
    rotateRefreshToken: (context) =>
      settings().refreshTokens === 'rotated' && !parts.keepsRefreshToken(context),
    expiresWithSession: () => false,
    ttl: {
      AccessToken: lifetime,
      ClientCredentials: lifetime,
      AuthorizationCode: () => plan.codeSeconds ?? 60,
      RefreshToken: refreshTokenSeconds,
      Grant: refreshTokenSeconds + DAY,
      IdToken: 600,
      Interaction: 3600,
      Session: DAY,
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: { enabled: false },
      userinfo: { enabled: paths.userinfo !== undefined },
      revocation: {
        enabled: paths.revocation !== undefined,
        allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
      },
      introspection: {
        enabled: paths.introspection !== undefined,
        allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
      },
    },
  };
}

const DAY = 24 * 60 * 60;
const CLOCK_TOLERANCE = 5;
/** SMART App Launch 2.2, client authentication: an assertion lives five minutes at most. */
const ASSERTION_SECONDS = 300;

/** `aud` and scopes of an authorization request whose client, `redirect_uri` and PKCE are good already. */
function admitAuthorization(
  parts: ProviderParts,
  context: KoaContextWithOIDC,
  aud: string | undefined,
): void {
  const { plan, origin } = parts;
  const { client, params } = context.oidc;
  if (client === undefined || params === undefined) throw new Error('The client is known by now.');
  const fault = audienceFault(plan, origin, aud);
  // As sent: the provider has dropped from its own what it does not know.
  const scope = new URL(context.href).searchParams.get('scope') ?? undefined;
  const scopes = settle(parts, client.clientId, 'authorization_code', scope);
  const refused = fault !== undefined || scopes.refusal !== undefined;
  params.authorization_id = parts.asked({ clientId: client.clientId, audience: aud, scopes, refused });
  if (fault !== undefined) {
    const error = new errors.InvalidRequest(fault);
    error.allow_redirect = plan.audience.refusal === 'redirect';
    throw error;
  }
  params.scope = grantedOf(scopes).join(' ') || undefined;
}

function settle(
  { plan, client }: ProviderParts,
  clientId: string,
  grantType: 'authorization_code' | 'client_credentials',
  asked: string | undefined,
): SettledScopes {
  const registered = client(clientId);
  if (registered === undefined) throw new errors.InvalidClient('client is not registered');
  return settleScopes(plan, registered, grantType, asked);
}

function grantedOf({ granted, refusal }: SettledScopes): readonly string[] {
  if (refusal !== undefined) throw new errors.CustomOIDCProviderError('invalid_scope', refusal);
  return granted;
}

/** What SMART App Launch 2.2 asks of a client assertion beyond RFC 7523. */
function checkAssertion(
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>>,
  jwksUri: string | undefined,
): void {
  const refuse = (why: string): never => {
    throw new errors.InvalidClientAuth(why);
  };
  if (typeof claims.aud !== 'string') refuse('the assertion has more than one audience');
  if (Number(claims.exp) > Date.now() / 1000 + ASSERTION_SECONDS + CLOCK_TOLERANCE)
    refuse('the assertion lives longer than five minutes');
  if (typeof header.kid !== 'string') refuse('the assertion names no key');
  if (header.jku !== undefined && header.jku !== jwksUri) refuse('jku is not the registered jwks_uri');
}

/** The provider's dispatcher refuses loopback, where the keys of a simulator's clients are. */
function withoutDispatcher({
  dispatcher: _,
  ...init
}: RequestInit & { dispatcher?: unknown } = {}): RequestInit {
  return init;
}

function claimsOf({ name, fhirUser }: DemoUser, origin: string): Record<string, string> {
  if (fhirUser === undefined) return { name };
  return { name, fhirUser: fhirUser.startsWith('/') ? origin + fhirUser : fhirUser };
}
