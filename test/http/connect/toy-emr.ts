import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OAuthAuthorization } from '#adapter-kit/adapter.ts';
import { defineAdapter, z } from '#adapter-kit/index.ts';
import {
  type AuthorizationServerPlan,
  type Emulation,
  json,
  type RegisteredClient,
  startSimulator,
} from '#simulator-kit/index.ts';
import { memory } from '../../../adapters/memory/index.ts';

const reads = ['user/Appointment.rs', 'user/Slot.rs'];
const writes = ['user/Appointment.cu'];

/** The tutorial's adapter behind a consent screen, so that consent is all there is to look at. */
export const toy = toyAdapter({});

export function toyAdapter(changes: Partial<OAuthAuthorization>, id = 'toy') {
  return defineAdapter({
    ...memory,
    id,
    title: 'Toy EMR',
    authorization: {
      kind: 'oauth2',
      fhirBase: '/fhir',
      metadata: 'smart-configuration',
      pkce: 'S256',
      grantTypes: ['authorization_code', 'client_credentials'],
      clientAuthentication: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      audience: 'base',
      scopes: {
        ask: { v2: ['openid', 'fhirUser', 'offline_access', ...reads, ...writes] },
        askAsSystem: { v2: ['system/Appointment.crus', 'system/Slot.rs'] },
        requiredReads: (_, system) => (system ? ['system/Slot.rs'] : reads),
        writes: (_, system) => (system ? ['system/Appointment.cu'] : writes),
        tolerated: ['launch', 'profile'],
        inWords: {
          asked: ['See openings in your schedule', 'Book, move and cancel appointments'],
          never: ['Clinical notes', 'Bills & <payments>'],
        },
      },
      refreshTokens: 'strict',
      ...changes,
    },
    settings: z.strictObject({
      greeting: z
        .string()
        .max(20)
        .default('')
        .meta({ title: 'Greeting', description: 'Said to callers first' }),
      grid: z
        .union([z.literal(10), z.literal(15)])
        .default(15)
        .meta({ title: 'Minutes between starts' }),
      rooms: z
        .string()
        .max(400)
        .regex(/^(\w+;[^,;\n]+(, ?(?!$)|$))*$/)
        .default('')
        .meta({ title: 'Rooms', description: 'Each as number;name, with commas between them.' }),
      weekends: z.boolean().default(false).meta({ title: 'Open on weekends' }),
      dialect: z.string().default('unknown'),
    }),
    operations: {
      ...memory.operations,
      probe: async (ctx) => ({ ...(await memory.operations.probe(ctx)), settings: { dialect: 'learned' } }),
    },
  });
}

export const clientId = 'postern at toy';
export const clientSecret = 'a secret: with + signs/';

export interface ToyEmr {
  /** A connection's address. */
  readonly origin: string;
  /** What a practice would call the address of its EMR. */
  readonly base: string;
  readonly url: string;
  register(client: Partial<RegisteredClient>): Promise<void>;
  fault(fault: Readonly<Record<string, unknown>>): Promise<void>;
  liftFaults(): Promise<void>;
  /** What the authorization server has seen. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON that they assert on
  oauth(): Promise<any>;
  /** Members of the SMART configuration that differ from the true ones. */
  pretend(changes: Readonly<Record<string, unknown>>): void;
  /** Whether the API refuses everybody, whatever token they have. */
  closed: boolean;
  /** Scopes without which the API refuses a token, as an EMR that does not let anybody schedule with less. */
  wants: readonly string[];
  stop(): Promise<void>;
}

/** The toy EMR as a process of its own would be: API, SMART configuration and a certified authorization server. */
export async function startToyEmr(changes: Partial<AuthorizationServerPlan> = {}): Promise<ToyEmr> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-toy-'));
  let pretended: Readonly<Record<string, unknown>> = {};
  const state: { closed: boolean; wants: readonly string[] } = { closed: false, wants: [] };
  let url = '';
  const emulation: Emulation<{ rows: { id: string } }, Record<never, never>> = {
    emr: 'toy',
    office: 'Toy Clinic',
    timeZone: 'America/Denver',
    basePath: '/emr',
    routes: [
      {
        method: 'GET',
        template: '/fhir/.well-known/smart-configuration',
        effect: 'read',
        handle: () => json(200, { ...smartConfiguration(url), ...pretended }),
      },
      {
        method: 'GET',
        template: '/house',
        effect: 'read',
        handle: () =>
          json(200, {
            version: '7',
            staff: [{ id: '1', name: 'Dr. Robin Vale' }],
            rooms: [
              { id: '2', name: 'Room 2' },
              { id: '3', name: 'Room 3' },
            ],
          }),
      },
    ],
    admit: (scene, request) => {
      if (request.path.endsWith('/.well-known/smart-configuration')) return undefined;
      if (state.closed) return json(403, {});
      const token = scene.token(request);
      if (token === undefined) return json(401, {});
      return state.wants.every((scope) => token.scopes.has(scope)) ? undefined : json(403, {});
    },
    unknown: () => json(404, {}),
    pace: () => undefined,
    seed: () => {},
    staff: () => undefined,
    settings: z.strictObject({}),
    error: (status) => json(status, {}),
    texts: { throttled: '', timeout: '', failure: '', lostConnectivity: '' },
    authorizationServer: {
      paths: {
        issuer: '/oauth2',
        authorize: '/oauth2/authorize',
        token: '/oauth2/token',
        jwks: '/oauth2/keys',
        revocation: '/oauth2/revoke',
      },
      signIn: {
        title: 'Toy EMR',
        users: [{ id: 'u1', name: 'Robin Vale', username: 'rvale', password: 'demo' }],
      },
      clientAuthentication: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      scopes: {
        offered: [
          ...['openid', 'fhirUser', 'offline_access', ...reads, ...writes],
          ...['system/Appointment.crus', 'system/Slot.rs', 'user/Observation.rs'],
        ],
      },
      audience: { accepted: ['/emr/fhir'], required: true, refusal: 'redirect' },
      accessTokenSeconds: 600,
      refreshTokens: 'rotated',
      authorizationResponseIss: true,
      ...changes,
    },
  };
  const simulator = await startSimulator({ emulation, stateFile: join(folder, 'toy.json') });
  url = simulator.url;
  const control = async (method: string, path: string, body?: unknown) => {
    const json = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}/__sim${path}`, body === undefined ? { method } : json);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    origin: `${url}/emr`,
    base: `${url}/emr/fhir`,
    url,
    register: (client) =>
      control('PUT', `/oauth/clients/${encodeURIComponent(clientId)}`, {
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: clientSecret,
        client_name: 'Postern',
        ...client,
      }),
    fault: (fault) => control('POST', '/faults', { times: 1, ...fault }),
    liftFaults: () => control('DELETE', '/faults'),
    oauth: () => control('GET', '/oauth'),
    pretend(changed) {
      pretended = changed;
    },
    get closed() {
      return state.closed;
    },
    set closed(closed) {
      state.closed = closed;
    },
    get wants() {
      return state.wants;
    },
    set wants(wants) {
      state.wants = wants;
    },
    async stop() {
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function smartConfiguration(url: string) {
  return {
    issuer: `${url}/oauth2`,
    authorization_endpoint: `${url}/oauth2/authorize`,
    token_endpoint: `${url}/oauth2/token`,
    revocation_endpoint: `${url}/oauth2/revoke`,
    grant_types_supported: ['authorization_code', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    capabilities: ['launch-standalone', 'client-confidential-symmetric', 'permission-offline'],
    authorization_response_iss_parameter_supported: true,
  };
}
