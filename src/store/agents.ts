import type { Tx } from './database.ts';

export type AgentAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** A JWK set of public keys (RFC 7517 §5). */
export interface PublicJwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** An agent as people see it: no secret, not even hashed. */
export interface Agent {
  readonly agentId: string;
  readonly clientId: string;
  readonly name: string;
  /** The person or company that answers for it. */
  readonly owner: string;
  readonly authMethod: AgentAuthMethod;
  /** Space-separated, RFC 6749 §3.3. */
  readonly scope: string;
  readonly expiresAt: Date;
  readonly disabledAt: Date | undefined;
  readonly lastUsedAt: Date | undefined;
  readonly createdAt: Date;
}

/** What the token endpoint needs to authenticate an agent. */
export interface AgentCredentials {
  readonly authMethod: AgentAuthMethod;
  readonly secretHash: Buffer | undefined;
  readonly previousSecretHash: Buffer | undefined;
  /** Until when the previous secret is accepted too. */
  readonly previousSecretUntil: Date | undefined;
  readonly jwks: PublicJwks | undefined;
  readonly scope: string;
  readonly expiresAt: Date;
  readonly disabledAt: Date | undefined;
  readonly practiceDisabledAt: Date | undefined;
}

/** What is asked on every request of an agent. */
export interface AgentState {
  readonly name: string;
  readonly expiresAt: Date;
  readonly disabledAt: Date | undefined;
  readonly lastUsedAt: Date | undefined;
  readonly practiceDisabledAt: Date | undefined;
}

/** Practice and id of a client, before any practice is known: inside `withoutPractice`. */
export async function agentOfClient(
  tx: Tx,
  clientId: string,
): Promise<{ practiceId: string; agentId: string } | undefined> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; agent_id: string }[] }>(
    'select practice_id, agent_id from agent_of_client(?)',
    [clientId],
  );
  const row = rows[0];
  return row && { practiceId: row.practice_id, agentId: row.agent_id };
}

export async function readAgentCredentials(tx: Tx, agentId: string): Promise<AgentCredentials | undefined> {
  const row = await tx('agent as a')
    .join('practice as p', 'p.practice_id', 'a.practice_id')
    .where('a.agent_id', agentId)
    .first(
      'a.auth_method',
      'a.secret_hash',
      'a.previous_secret_hash',
      'a.previous_secret_until',
      'a.jwks',
      'a.scope',
      'a.expires_at',
      'a.disabled_at',
      'p.disabled_at as practice_disabled_at',
    );
  return (
    row && {
      authMethod: row.auth_method,
      secretHash: row.secret_hash ?? undefined,
      previousSecretHash: row.previous_secret_hash ?? undefined,
      previousSecretUntil: row.previous_secret_until ?? undefined,
      jwks: row.jwks ?? undefined,
      scope: row.scope,
      expiresAt: row.expires_at,
      disabledAt: row.disabled_at ?? undefined,
      practiceDisabledAt: row.practice_disabled_at ?? undefined,
    }
  );
}

export async function readAgentState(tx: Tx, agentId: string): Promise<AgentState | undefined> {
  const row = await tx('agent as a')
    .join('practice as p', 'p.practice_id', 'a.practice_id')
    .where('a.agent_id', agentId)
    .first(
      'a.name',
      'a.expires_at',
      'a.disabled_at',
      'a.last_used_at',
      'p.disabled_at as practice_disabled_at',
    );
  return (
    row && {
      name: row.name,
      expiresAt: row.expires_at,
      disabledAt: row.disabled_at ?? undefined,
      lastUsedAt: row.last_used_at ?? undefined,
      practiceDisabledAt: row.practice_disabled_at ?? undefined,
    }
  );
}

/** Notes that the agent was used, unless that was noted at or after `unlessSince`. */
export async function touchAgent(tx: Tx, agentId: string, at: Date, unlessSince: Date): Promise<void> {
  await tx('agent')
    .where('agent_id', agentId)
    .where((query) => query.whereNull('last_used_at').orWhere('last_used_at', '<', unlessSince))
    .update({ last_used_at: at });
}

export interface NewAgent {
  readonly practiceId: string;
  readonly agentId: string;
  readonly clientId: string;
  readonly name: string;
  readonly owner: string;
  readonly authMethod: AgentAuthMethod;
  readonly secretHash: Buffer | undefined;
  readonly jwks: PublicJwks | undefined;
  readonly scope: string;
  readonly expiresAt: Date;
}

export async function insertAgent(tx: Tx, agent: NewAgent): Promise<void> {
  await tx('agent').insert({
    practice_id: agent.practiceId,
    agent_id: agent.agentId,
    client_id: agent.clientId,
    name: agent.name,
    owner: agent.owner,
    auth_method: agent.authMethod,
    secret_hash: agent.secretHash ?? null,
    jwks: agent.jwks ? JSON.stringify(agent.jwks) : null,
    scope: agent.scope,
    expires_at: agent.expiresAt,
  });
}

/** The present secret becomes the previous one, valid until `previousUntil`; one before that ends now. */
export async function replaceSecretHash(
  tx: Tx,
  agentId: string,
  secretHash: Buffer,
  previousUntil: Date,
): Promise<void> {
  await tx('agent')
    .where('agent_id', agentId)
    .update({
      previous_secret_hash: tx.ref('secret_hash'),
      previous_secret_until: previousUntil,
      secret_hash: secretHash,
    });
}

/** Sets the moment once; resolves to false when there is no such agent. */
export async function disableAgentRow(tx: Tx, agentId: string, at: Date): Promise<boolean> {
  const changed = await tx('agent')
    .where('agent_id', agentId)
    .update({ disabled_at: tx.raw('coalesce(disabled_at, ?)', [at]) });
  return changed === 1;
}

/** Takes a disabling back; resolves to false when there is no such agent. */
export async function enableAgentRow(tx: Tx, agentId: string): Promise<boolean> {
  return (await tx('agent').where('agent_id', agentId).update({ disabled_at: null })) === 1;
}

const columns = [
  'agent_id',
  'client_id',
  'name',
  'owner',
  'auth_method',
  'scope',
  'expires_at',
  'disabled_at',
  'last_used_at',
  'created_at',
] as const;

export async function readAgent(tx: Tx, agentId: string): Promise<Agent | undefined> {
  const row: AgentRow | undefined = await tx('agent')
    .where('agent_id', agentId)
    .first(...columns);
  return row && agentOf(row);
}

/** The practice's agents, the oldest first. */
export async function listAgentRows(tx: Tx): Promise<Agent[]> {
  const rows: AgentRow[] = await tx('agent')
    .select(...columns)
    .orderBy(['created_at', 'agent_id']);
  return rows.map(agentOf);
}

interface AgentRow {
  agent_id: string;
  client_id: string;
  name: string;
  owner: string;
  auth_method: AgentAuthMethod;
  scope: string;
  expires_at: Date;
  disabled_at: Date | null;
  last_used_at: Date | null;
  created_at: Date;
}

function agentOf(row: AgentRow): Agent {
  return {
    agentId: row.agent_id,
    clientId: row.client_id,
    name: row.name,
    owner: row.owner,
    authMethod: row.auth_method,
    scope: row.scope,
    expiresAt: row.expires_at,
    disabledAt: row.disabled_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    createdAt: row.created_at,
  };
}
