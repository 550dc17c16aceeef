import { createSecretKey, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { after } from 'node:test';
import express, { type ErrorRequestHandler } from 'express';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { Failure } from '#domain/failure.ts';
import { accessToken } from '#http/middleware/access-token.ts';
import { requireScope } from '#http/middleware/require-scope.ts';
import { createAuthorizationServer, type TokenEvent } from '#http/oauth/authorization-server.ts';
import { openSigningKeys, type SigningKeys } from '#http/oauth/signing-keys.ts';
import { type AgentRegistration, type AgentServices, registerAgent } from '#scheduling/agents.ts';
import { type Database, openDatabase } from '#store/database.ts';
import { insertPractice } from '#store/practices.ts';
import { createRateLimits, type RateBudget, type RateBudgetName } from '#store/rate-limits.ts';
import type { TestDatabase } from '#test/database.ts';
import { createGatewaySeal } from '#vault/gateway-seal.ts';
import { parseKeyRing } from '#vault/key-ring.ts';

/** The public address of all processes, which none of them really listens on: as behind a proxy. */
export const publicUrl = 'https://postern.example';
export const issuer = `${publicUrl}/oauth`;
export const audience = `${publicUrl}/fhir/R4`;
export const seal = createGatewaySeal(
  parseKeyRing(`1:${Buffer.alloc(32, 7).toString('base64')}`),
  randomBytes,
);

export interface GatewayProcess {
  readonly url: string;
  readonly signingKeys: SigningKeys;
  readonly events: TokenEvent[];
  token(form: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  call(path: string, headers?: Record<string, string>, body?: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into the JSON of answers it asserts on
  readonly body: any;
}

export interface ProcessOptions {
  readonly budgets?: Partial<Record<RateBudgetName, RateBudget>>;
  readonly clock?: () => Date;
  readonly database?: Database;
}

/** One gateway process: its own connections, provider, caches and port; the database is shared. */
export async function startProcess(
  test: TestDatabase,
  options: ProcessOptions = {},
): Promise<GatewayProcess> {
  const database = options.database ?? openDatabase({ url: test.url, kind: test.kind, poolSize: 4 });
  const clock = options.clock ?? (() => new Date());
  const signingKeys = await openSigningKeys({ database, seal, clock });
  const events: TokenEvent[] = [];
  const server = createAuthorizationServer({
    issuer,
    audience,
    database,
    signingKeys,
    rateLimits: createRateLimits({
      database,
      hmacKey: createSecretKey(Buffer.alloc(32, 9)),
      budgets: { 'token-address': { points: 10_000, seconds: 60 }, ...options.budgets },
    }),
    clock,
    random: randomBytes,
    observe: (event) => events.push(event),
  });
  const app = express();
  app.use(server.router);
  app.use('/fhir/R4', accessToken({ issuer, audience, keys: signingKeys, database, clock }));
  app.get('/fhir/R4/Slot', requireScope({ resource: 'Slot', letter: 's' }), (_request, response) => {
    response.json(response.locals.caller);
  });
  app.post(
    '/fhir/R4/Appointment',
    requireScope({ resource: 'Appointment', letter: 'c' }),
    (_request, response) => {
      response.json(response.locals.caller);
    },
  );
  app.use(answerFailure);
  const http = await listen(createServer(app));
  after(async () => {
    http.closeAllConnections();
    http.close();
    if (!options.database) await database.close();
  });
  const url = `http://127.0.0.1:${portOf(http)}`;
  return {
    url,
    signingKeys,
    events,
    token: (form, headers = {}) =>
      answer(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form), headers }),
    call: (path, headers = {}, body) =>
      answer(`${url}${path}`, { headers, ...(body === undefined ? {} : { method: 'POST', body }) }),
  };
}

const answerFailure: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(500).json({ code: error instanceof Failure ? error.code : 'unexpected', hint: error.hint });
};

export async function answer(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text, body };
}

function listen(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
  return address.port;
}

export const bothScopes = 'system/Slot.rs system/Appointment.crus';
export const practiceId = '01900000-0000-7000-8000-00000000000a';

export function addPractice(database: Database, id = practiceId): Promise<void> {
  return database.withPractice(id, (tx) =>
    insertPractice(tx, {
      practiceId: id,
      name: 'Cedar Dental',
      timeZone: 'America/Denver',
      phone: undefined,
      mode: 'sandbox',
      bookingMode: 'live',
    }),
  );
}

export function services(database: Database): AgentServices {
  return {
    database,
    audit: async () => {},
    clock: () => new Date(),
    random: randomBytes,
  };
}

export interface TestAgent {
  readonly agentId: string;
  readonly clientId: string;
  /** Empty for `private_key_jwt`. */
  readonly secret: string;
}

export async function addAgent(
  database: Database,
  overrides: Partial<AgentRegistration> = {},
): Promise<TestAgent> {
  const { agentId, clientId, clientSecret } = await registerAgent(services(database), {
    practiceId,
    name: 'Front desk voice agent',
    owner: 'Voice Company',
    authMethod: 'client_secret_basic',
    scope: bothScopes,
    expiresAt: new Date(Date.now() + 86_400_000),
    ...overrides,
  });
  return { agentId, clientId, secret: clientSecret?.reveal() ?? '' };
}

export function basic(agent: TestAgent, secret = agent.secret): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${agent.clientId}:${secret}`).toString('base64')}` };
}

export const clientCredentials = { grant_type: 'client_credentials' };

/** An agent that signs its assertions, and a function that makes one. */
export async function addSigningAgent(database: Database, algorithm: 'RS384' | 'ES384' = 'ES384') {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const agent = await addAgent(database, {
    authMethod: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] },
  });
  const now = Math.floor(Date.now() / 1_000);
  const assertion = (claims: JWTPayload = {}) =>
    new SignJWT({
      iss: agent.clientId,
      sub: agent.clientId,
      aud: `${issuer}/token`,
      jti: randomBytes(12).toString('hex'),
      iat: now,
      exp: now + 120,
      ...claims,
    })
      .setProtectedHeader({ alg: algorithm, kid: 'one', typ: 'JWT' })
      .sign(privateKey);
  return { agent, assertion, publicKey };
}

export function assertionForm(assertion: string): Record<string, string> {
  return {
    ...clientCredentials,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
