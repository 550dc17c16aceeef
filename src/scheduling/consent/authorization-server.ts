import type { Adapter, OAuthAuthorization } from '#adapter-kit/adapter.ts';
import { type RouteTable, z } from '#adapter-kit/index.ts';
import { Failure } from '#domain/failure.ts';
import { type Site, type Wall, WallRefusal } from '#egress/index.ts';
import { type AuthorizationServerMetadata, serverChanges } from '#oauth/authorization-server-metadata.ts';
import { exchange, type Fetch } from '#oauth/exchange.ts';
import { OAuthFailure } from '#oauth/oauth-failure.ts';
import { parseSmartConfiguration, readSmartConfiguration } from '#oauth/smart-configuration.ts';
import type { OAuthRegistration } from '#store/oauth-registrations.ts';
import { ConsentProblem } from './problem.ts';

/** Where an EMR is: what a connection, a registration or a practice's own address says of it. */
export type Place = Pick<OAuthRegistration, 'kind' | 'origin'>;

/** @throws Failure `business-rule` for an EMR that takes a key */
export function oauthOf(adapter: Adapter): OAuthAuthorization {
  if (adapter.authorization.kind !== 'oauth2')
    throw new Failure('business-rule', { hint: 'This EMR takes a key: nobody registers there.' });
  return adapter.authorization;
}

/** The FHIR base below an EMR's origin: SMART's `aud`, without a slash at its end. */
export function fhirBaseOf({ fhirBase }: OAuthAuthorization, { origin }: Pick<Place, 'origin'>): string {
  return `${origin}${fhirBase}`;
}

/**
 * What the EMR's authorization server says of itself now: by its SMART configuration, or as the adapter fixes it. One
 * GET with no secret in it, through the wall. Nothing is sent to what it names.
 *
 * @throws ConsentProblem `address-refused`, `address-silent`, `address-not-smart`
 */
export async function discoverServer(
  { wall, clock }: Outside,
  authorization: OAuthAuthorization,
  place: Place,
): Promise<AuthorizationServerMetadata> {
  if (authorization.metadata !== 'smart-configuration') return fixedMetadata(authorization, place);
  const base = fhirBaseOf(authorization, place);
  try {
    const ask = discoveryFetch(wall, base, place);
    const { status, json } = await exchange(ask, clock, {
      url: `${base}/.well-known/smart-configuration`,
      method: 'GET',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(8_000),
    });
    if (status >= 500 || status === 429) throw new ConsentProblem('address-silent');
    if (status !== 200 || json === undefined) throw new ConsentProblem('address-not-smart');
    // A person looks at these origins before anything but this question goes anywhere.
    return parseSmartConfiguration(json, base, rulesOf(place, Object.values(json)));
  } catch (error) {
    throw discoveryProblem(error);
  }
}

/**
 * Asks again and compares with what was pinned: every address to the letter.
 *
 * @throws ConsentProblem `server-changed`, and as {@link discoverServer}
 */
export async function confirmServer(
  { wall, clock }: Outside,
  authorization: OAuthAuthorization,
  place: Place,
  pinned: AuthorizationServerMetadata,
): Promise<void> {
  if (authorization.metadata !== 'smart-configuration') {
    if (serverChanges(pinned, fixedMetadata(authorization, place)).length > 0)
      throw new ConsentProblem('server-changed');
    return;
  }
  const base = fhirBaseOf(authorization, place);
  const found = await readSmartConfiguration(base, rulesOf(place, Object.values(pinned)), {
    fetch: discoveryFetch(wall, base, place),
    clock,
  }).catch((error: unknown) => {
    if (error instanceof OAuthFailure && ['endpoint', 'endpoint-origin', 'no-pkce'].includes(error.code))
      throw new ConsentProblem('server-changed', { cause: error });
    throw discoveryProblem(error);
  });
  if (serverChanges(pinned, found).length > 0) throw new ConsentProblem('server-changed');
}

/** A `fetch` that reaches the token and revocation endpoints of one pinned server, with forms of OAuth's fields only. */
export function serverFetch(
  wall: Wall,
  { kind }: Pick<Place, 'kind'>,
  server: Pick<AuthorizationServerMetadata, 'token_endpoint' | 'revocation_endpoint'>,
): Fetch {
  const endpoints = [server.token_endpoint, server.revocation_endpoint].filter((url) => url !== undefined);
  const byOrigin = Map.groupBy(endpoints, (url) => new URL(url).origin);
  const sites = new Map(
    [...byOrigin].map(([origin, urls]) => [
      origin,
      wall.site({
        base: origin,
        kind: kind === 'simulator' ? 'simulator' : 'vendor',
        routes: Object.fromEntries(urls.map((url, index) => [`endpoint${index}`, formRoute(url)])),
        credentialHeaders: ['authorization'],
      }),
    ]),
  );
  return (url, init) => {
    const site = sites.get(new URL(url).origin);
    if (site === undefined) return Promise.reject(new WallRefusal('origin'));
    return through(wall, site)(url, init);
  };
}

/** What discovery and token requests take from the world outside. */
export interface Outside {
  readonly wall: Wall;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** An address of ours to talk to: `https` on 443 under a public name, or a simulator's loopback. */
function discoveryFetch(wall: Wall, base: string, { kind }: Place): Fetch {
  const site = wall.site({
    base,
    kind: kind === 'simulator' ? 'simulator' : 'vendor',
    routes: discovery,
    credentialHeaders: [],
  });
  return through(wall, site);
}

function through(wall: Wall, site: Site): Fetch {
  const ask = wall.fetch(site);
  return (url, init) => ask(url, init);
}

const common = { ok: [200], timeoutMs: 8_000, maxResponseBytes: 65_536, response: z.unknown() } as const;
const discovery: RouteTable = {
  smartConfiguration: {
    ...common,
    method: 'GET',
    template: '/.well-known/smart-configuration',
    effect: 'read',
  },
};

/** Everything a token or revocation request of ours may hold (RFC 6749, RFC 7009, RFC 7523, RFC 7636). */
const field = z.string().max(16_384).exactOptional();
const oauthForm = z.strictObject({
  grant_type: z.enum(['authorization_code', 'refresh_token', 'client_credentials']).exactOptional(),
  code: field,
  redirect_uri: field,
  code_verifier: field,
  refresh_token: field,
  scope: field,
  token: field,
  token_type_hint: z.enum(['access_token', 'refresh_token']).exactOptional(),
  client_id: field,
  client_secret: field,
  client_assertion: field,
  client_assertion_type: z.literal('urn:ietf:params:oauth:client-assertion-type:jwt-bearer').exactOptional(),
});

function formRoute(url: string): RouteTable[string] {
  const { pathname } = new URL(url);
  return {
    ...common,
    method: 'POST',
    // A path of an address begins with a slash.
    template: pathname as `/${string}`,
    body: oauthForm,
    contentType: 'application/x-www-form-urlencoded',
    effect: 'write',
  };
}

/** Endpoints stand at the origins that these addresses have, and at no others. */
function rulesOf({ kind }: Place, addresses: readonly unknown[]) {
  const origins = addresses.flatMap((one) =>
    typeof one === 'string' && URL.canParse(one) ? [new URL(one).origin] : [],
  );
  return { origins, simulator: kind === 'simulator' };
}

/** Paths stand at the host of the place. */
function fixedMetadata(
  { metadata, grantTypes, clientAuthentication, pkce }: OAuthAuthorization,
  { origin }: Place,
): AuthorizationServerMetadata {
  if (metadata === 'smart-configuration') throw new TypeError('This server describes itself.');
  const at = (address: string) => (address.startsWith('/') ? `${new URL(origin).origin}${address}` : address);
  return {
    issuer: at(metadata.issuer),
    authorization_endpoint: at(metadata.authorizationEndpoint),
    token_endpoint: at(metadata.tokenEndpoint),
    ...(metadata.revocationEndpoint !== undefined && {
      revocation_endpoint: at(metadata.revocationEndpoint),
    }),
    grant_types_supported: grantTypes,
    code_challenge_methods_supported: pkce === 'S256' ? ['S256'] : [],
    token_endpoint_auth_methods_supported: clientAuthentication,
    token_endpoint_auth_signing_alg_values_supported: [],
    authorization_response_iss_parameter_supported: false,
    capabilities: [],
  };
}

function discoveryProblem(error: unknown): unknown {
  if (error instanceof WallRefusal) return new ConsentProblem('address-refused', { cause: error });
  if (!(error instanceof OAuthFailure)) return error;
  if (error.code === 'wall') return new ConsentProblem('address-refused', { cause: error });
  const silent = ['unreachable', 'timeout', 'reset', 'throttled', 'server-failed'].includes(error.code);
  return new ConsentProblem(silent ? 'address-silent' : 'address-not-smart', { cause: error });
}
