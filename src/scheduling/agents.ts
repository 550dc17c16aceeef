import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { Failure } from '#domain/failure.ts';
import { agentScopes, coversScope } from '#fhir/scopes.ts';
import {
  type Agent,
  type AgentAuthMethod,
  disableAgentRow,
  enableAgentRow,
  insertAgent,
  listAgentRows,
  type PublicJwks,
  readAgent,
  replaceSecretHash,
} from '#store/agents.ts';
import type { Database, Tx } from '#store/database.ts';
import { Secret } from '#vault/secret.ts';
import { hashClientSecret, newClientSecret } from './client-secret.ts';

/** What happened to an agent, for the audit trail. */
export interface AgentChange {
  readonly action: 'agent.create' | 'agent.rotate' | 'agent.disable' | 'agent.enable';
  readonly practiceId: string;
  readonly agentId: string;
}

export interface AgentServices {
  readonly database: Database;
  /** Records a change in its own transaction: if it cannot be recorded, it does not happen. */
  readonly audit: (tx: Tx, change: AgentChange) => Promise<void>;
  readonly clock: () => Date;
  readonly random: (bytes: number) => Buffer;
}

export interface AgentRegistration {
  readonly practiceId: string;
  readonly name: string;
  /** The person or company that answers for it. */
  readonly owner: string;
  readonly authMethod: AgentAuthMethod;
  /** The agent's public keys, for `private_key_jwt` only: RSA from 2048 bits (RS384) or P-384 (ES384). */
  readonly jwks?: unknown;
  /** Space-separated SMART scopes, within `agentScopes`. */
  readonly scope: string;
  /** In the future, and within {@link longestLifeDays}. */
  readonly expiresAt: Date;
}

/** No agent lives longer without someone saying again that it should. */
export const longestLifeDays = 365;
/** While a secret is being rotated the old one works too: for so long by default, and never longer than a week. */
export const rotationHours = { usual: 24, most: 168 } as const;

const hour = 3_600_000;

/**
 * Registers an agent for one practice and gives its credentials out: the secret now and never again, because only its
 * hash is kept. There is none for `private_key_jwt`.
 *
 * @throws Failure `missing-element`, `invalid-value`, each with the name of the field
 */
export async function registerAgent(
  services: AgentServices,
  registration: AgentRegistration,
): Promise<{ agentId: string; clientId: string; clientSecret: Secret | undefined }> {
  const { practiceId, authMethod, expiresAt } = registration;
  const now = services.clock();
  const agentId = uuidv7({ msecs: now.getTime(), random: services.random(16) });
  const clientId = `agent-${services.random(16).toString('hex')}`;
  const secret = authMethod === 'private_key_jwt' ? undefined : newClientSecret(services.random);
  const agent = {
    practiceId,
    agentId,
    clientId,
    name: nonEmpty('name', registration.name),
    owner: nonEmpty('owner', registration.owner),
    authMethod,
    secretHash: secret === undefined ? undefined : hashClientSecret(clientId, secret),
    jwks: jwksFor(authMethod, registration.jwks),
    scope: scopeOf(registration.scope),
    expiresAt: expiryOf(expiresAt, now),
  };
  await services.database.withPractice(practiceId, async (tx) => {
    await insertAgent(tx, agent);
    await services.audit(tx, { action: 'agent.create', practiceId, agentId });
  });
  return { agentId, clientId, clientSecret: secret === undefined ? undefined : new Secret(secret) };
}

/**
 * Gives an agent a new secret. The one it has works for `overlapHours` more, so that it can be changed without a gap; one
 * that was already on its way out stops at once.
 *
 * @throws Failure `not-found`; `invalid-value` for an agent without a secret or an overlap outside 0 … 168 hours
 */
export async function rotateAgentSecret(
  services: AgentServices,
  { practiceId, agentId, overlapHours = rotationHours.usual }: AgentKey & { readonly overlapHours?: number },
): Promise<{ clientId: string; clientSecret: Secret }> {
  if (!(overlapHours >= 0 && overlapHours <= rotationHours.most))
    throw new Failure('invalid-value', { expression: 'overlapHours' });
  const secret = newClientSecret(services.random);
  return services.database.withPractice(practiceId, async (tx) => {
    const agent = await readAgent(tx, agentId);
    if (!agent) throw new Failure('not-found');
    if (agent.authMethod === 'private_key_jwt')
      throw new Failure('invalid-value', { expression: 'authMethod' });
    const previousUntil = new Date(services.clock().getTime() + overlapHours * hour);
    await replaceSecretHash(tx, agentId, hashClientSecret(agent.clientId, secret), previousUntil);
    await services.audit(tx, { action: 'agent.rotate', practiceId, agentId });
    return { clientId: agent.clientId, clientSecret: new Secret(secret) };
  });
}

/** Ends an agent's access, on all processes within a second; doing it again changes nothing. @throws Failure `not-found` */
export async function disableAgent(
  services: AgentServices,
  { practiceId, agentId }: AgentKey,
): Promise<void> {
  await services.database.withPractice(practiceId, async (tx) => {
    if (!(await disableAgentRow(tx, agentId, services.clock()))) throw new Failure('not-found');
    await services.audit(tx, { action: 'agent.disable', practiceId, agentId });
  });
}

/** Gives access back with the secrets it had; what has expired stays expired. @throws Failure `not-found` */
export async function enableAgent(services: AgentServices, { practiceId, agentId }: AgentKey): Promise<void> {
  await services.database.withPractice(practiceId, async (tx) => {
    if (!(await enableAgentRow(tx, agentId))) throw new Failure('not-found');
    await services.audit(tx, { action: 'agent.enable', practiceId, agentId });
  });
}

/** The practice's agents, the oldest first; without any secret. */
export function listAgents(services: Pick<AgentServices, 'database'>, practiceId: string): Promise<Agent[]> {
  return services.database.withPractice(practiceId, listAgentRows);
}

export interface AgentKey {
  readonly practiceId: string;
  readonly agentId: string;
}

function nonEmpty(field: string, value: string): string {
  const trimmed = value.trim();
  if (trimmed === '') throw new Failure('missing-element', { expression: field });
  return trimmed;
}

function scopeOf(scope: string): string {
  const scopes = [...new Set(scope.split(/\s+/).filter((part) => part !== ''))];
  if (scopes.length === 0) throw new Failure('missing-element', { expression: 'scope' });
  if (!scopes.every((part) => coversScope(agentScopes, part)))
    throw new Failure('invalid-value', { expression: 'scope' });
  return scopes.join(' ');
}

function expiryOf(expiresAt: Date, now: Date): Date {
  const life = expiresAt.getTime() - now.getTime();
  if (!(life > 0 && life <= longestLifeDays * 24 * hour))
    throw new Failure('invalid-value', {
      expression: 'expiresAt',
      hint: `An agent expires within ${longestLifeDays} days.`,
    });
  return expiresAt;
}

function jwksFor(authMethod: AgentAuthMethod, jwks: unknown): PublicJwks | undefined {
  if (authMethod !== 'private_key_jwt') {
    if (jwks !== undefined) throw new Failure('invalid-value', { expression: 'jwks' });
    return undefined;
  }
  if (jwks === undefined) throw new Failure('missing-element', { expression: 'jwks' });
  const parsed = publicJwks.safeParse(jwks);
  if (!parsed.success)
    throw new Failure('invalid-value', {
      expression: 'jwks',
      hint: 'Send public keys only: RSA from 2048 bits for RS384, or EC P-384 for ES384, each with its own kid.',
    });
  return parsed.data;
}

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);
const common = { kid: z.string().min(1).max(200), use: z.literal('sig').optional() };
const noPrivatePart = { d: z.undefined().optional() };
/** RFC 7517 and RFC 7518 §6, the members needed to verify; others, certificates too, are dropped. */
const publicKey = z
  .discriminatedUnion('kty', [
    z.object({
      kty: z.literal('RSA'),
      n: base64url.min(342), // 2048 bits are 256 bytes, 342 characters
      e: base64url,
      alg: z.literal('RS384').default('RS384'),
      ...common,
      ...noPrivatePart,
    }),
    z.object({
      kty: z.literal('EC'),
      crv: z.literal('P-384'),
      x: base64url.length(64),
      y: base64url.length(64),
      alg: z.literal('ES384').default('ES384'),
      ...common,
      ...noPrivatePart,
    }),
  ])
  .transform((key) => Object.fromEntries(Object.entries(key).filter(([, value]) => value !== undefined)));
const publicJwks = z
  .object({ keys: z.array(publicKey).min(1).max(10) })
  .refine(({ keys }) => new Set(keys.map((key) => key.kid)).size === keys.length);
