import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { after } from 'node:test';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type Adapter, type AdapterPayload, type ClientMetadata, Provider } from 'oidc-provider';
import type { AuthorizationServerMetadata } from '#oauth/authorization-server-metadata.ts';
import type { OAuthClient } from '#oauth/client.ts';
import type { ClientAuthentication } from '#oauth/client-authentication.ts';

/** A real authorization server (oidc-provider) on loopback, whose consent screen says yes by itself. */
export interface TestServer {
  readonly metadata: AuthorizationServerMetadata;
  readonly provider: Provider;
  /** What is not known before the server runs: the client as one of its registrations. */
  client(name: ClientName, change?: Partial<OAuthClient>): OAuthClient;
  /** Follows an authorization request as a person's browser does, up to the redirect to us, and gives that address. */
  consent(url: string, person?: string): Promise<URL>;
  /** Whose data an access token opens; undefined when it opens none. */
  personOf(accessToken: string): Promise<string | undefined>;
}

export type ClientName = 'public' | 'basic' | 'post' | 'rs384' | 'es384';

export interface ServerOptions {
  /** A refreshed token is spent, and using it again ends the grant. */
  readonly rotation?: boolean;
  readonly pkceRequired?: boolean;
  /** What the person does at the consent screen. */
  readonly answer?: 'accept' | 'deny';
  /** Scopes that the person takes out. */
  readonly withheld?: readonly string[];
}

export const redirectUri = 'https://gateway.example/oauth/cb/here';
export const askedScopes = [
  'openid',
  'fhirUser',
  'offline_access',
  'user/Appointment.crus',
  'user/Slot.rs',
  'user/Schedule.rs',
];
const backendScopes = ['system/Appointment.crus', 'system/Slot.rs'];

export async function startAuthorizationServer(options: ServerOptions = {}): Promise<TestServer> {
  const clients = await registrations();
  const http = createServer();
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const issuer = `http://127.0.0.1:${address.port}`;

  const provider = new Provider(issuer, {
    clients: Object.values(clients).map(({ metadata }) => metadata),
    scopes: [...askedScopes, ...backendScopes],
    claims: { fhirUser: ['fhirUser'] },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    pkce: { required: () => options.pkceRequired ?? true },
    rotateRefreshToken: options.rotation ?? true,
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
      },
    },
    extraParams: ['aud'],
    ttl: {
      AccessToken: 570,
      ClientCredentials: 300,
      AuthorizationCode: 60,
      RefreshToken: 86_400,
      IdToken: 570,
      Grant: 86_400,
      Session: 86_400,
      Interaction: 600,
    },
    adapter: memory(),
    jwks: { keys: [await signingKey()] },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    renderError: (context, { error }) => {
      context.body = error;
    },
    cookies: { keys: [randomBytes(16).toString('hex')] },
  });
  provider.silent = true;
  const oauth = provider.callback();
  http.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/'))
      void answerConsent(provider, request, response, options).catch((error) => {
        response.writeHead(500).end(String(error));
      });
    else void oauth(request, response);
  });
  after(() => {
    http.closeAllConnections();
    http.close();
  });

  const metadata: AuthorizationServerMetadata = {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/token/revocation`,
    jwks_uri: `${issuer}/jwks`,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    authorization_response_iss_parameter_supported: true,
    capabilities: ['launch-standalone'],
  };
  return {
    metadata,
    provider,
    client: (name, change) => ({
      server: metadata,
      clientId: name,
      authentication: clients[name].authentication(metadata.token_endpoint),
      fetch,
      clock: Date.now,
      random: randomBytes,
      simulator: true,
      ...change,
    }),
    consent: follow,
    personOf: async (accessToken) => {
      const [grant, own] = await Promise.all([
        provider.AccessToken.find(accessToken),
        provider.ClientCredentials.find(accessToken),
      ]);
      return grant?.accountId ?? own?.clientId;
    },
  };
}

interface Registered {
  readonly metadata: ClientMetadata;
  readonly authentication: (audience: string) => ClientAuthentication;
}

async function registrations(): Promise<Record<ClientName, Registered>> {
  const common = {
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'] as const,
  };
  const confidential = { ...common, grant_types: [...common.grant_types, 'client_credentials'] };
  // Characters that Basic has to encode (RFC 6749 §2.3.1).
  const clientSecret = `s3cret: +%&=/~*'()${randomBytes(9).toString('base64url')}`;
  const metadata = (id: ClientName, rest: Partial<ClientMetadata>): ClientMetadata => ({
    ...confidential,
    response_types: ['code'],
    client_id: id,
    ...rest,
  });
  return {
    public: {
      metadata: metadata('public', {
        ...common,
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      }),
      authentication: () => ({ method: 'none' }),
    },
    basic: {
      metadata: metadata('basic', {
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: clientSecret,
      }),
      authentication: () => ({ method: 'client_secret_basic', clientSecret }),
    },
    post: {
      metadata: metadata('post', {
        token_endpoint_auth_method: 'client_secret_post',
        client_secret: clientSecret,
      }),
      authentication: () => ({ method: 'client_secret_post', clientSecret }),
    },
    rs384: await signing('RS384', metadata),
    es384: await signing('ES384', metadata),
  };
}

async function signing(
  alg: 'RS384' | 'ES384',
  metadata: (id: ClientName, rest: Partial<ClientMetadata>) => ClientMetadata,
): Promise<Registered> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const kid = `${alg}-1`;
  return {
    metadata: metadata(alg === 'RS384' ? 'rs384' : 'es384', {
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: alg,
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }] },
    }),
    authentication: (audience) => ({ method: 'private_key_jwt', key: privateKey, kid, audience }),
  };
}

async function answerConsent(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  { answer = 'accept', withheld = [] }: ServerOptions,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  if (answer === 'deny')
    return provider.interactionFinished(request, response, {
      error: 'access_denied',
      error_description: 'said no',
    });
  const accountId = String(request.headers['x-person']);
  const grant = new provider.Grant({ accountId, clientId: String(params.client_id) });
  const asked = String(params.scope ?? '').split(' ');
  grant.addOIDCScope(asked.filter((scope) => !withheld.includes(scope)).join(' '));
  for (const scope of withheld) grant.rejectOIDCScope(scope);
  const grantId = await grant.save();
  const result = { login: { accountId }, consent: { grantId } };
  return provider.interactionFinished(request, response, result);
}

async function signingKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: 'id-token-1', alg: 'RS256', use: 'sig' };
}

/** What a server keeps, for as long as a test runs. Each server has its own: none knows the codes of another. */
function memory(): (kind: string) => Adapter {
  const rows = new Map<string, AdapterPayload>();
  return (kind) => {
    const find = async (id: string): Promise<AdapterPayload | undefined> => rows.get(`${kind} ${id}`);
    return {
      find,
      findByUserCode: async () => undefined,
      findByUid: async (uid) => [...rows.values()].find((row) => row.kind === kind && row.uid === uid),
      upsert: async (id, payload) => {
        rows.set(`${kind} ${id}`, payload);
      },
      consume: async (id) => {
        const row = await find(id);
        if (row) row.consumed = Math.floor(Date.now() / 1_000);
      },
      destroy: async (id) => {
        rows.delete(`${kind} ${id}`);
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, row] of rows) if (row.grantId === grantId) rows.delete(key);
      },
    };
  };
}

/** A browser with a jar of cookies and no screen. */
async function follow(start: string, person = 'dr-lin'): Promise<URL> {
  const jar = new Map<string, string>();
  const { origin } = new URL(redirectUri);
  for (let url = new URL(start), hops = 0; hops < 8; hops++) {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie, 'x-person': person } });
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`${answer.status} ${await answer.text()}`);
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = set.split(';', 1)[0]?.split('=') ?? [];
      jar.set(name, value);
    }
    url = new URL(location, url);
    if (url.origin === origin) return url;
  }
  throw new Error('Too many redirects.');
}
