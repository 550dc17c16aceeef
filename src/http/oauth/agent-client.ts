import { type AgentCredentials, agentOfClient, readAgentCredentials } from '#store/agents.ts';
import type { Database } from '#store/database.ts';

/** An agent as a client of the authorization server (RFC 7591 names where there is one). */
export interface AgentClient {
  readonly client_id: string;
  readonly token_endpoint_auth_method: AgentCredentials['authMethod'];
  readonly jwks?: AgentCredentials['jwks'];
  readonly practice_id: string;
  readonly agent_id: string;
  readonly agent_scope: string;
  /** Hashes that are valid now, base64url: none, one, or two while the secret is being rotated. */
  readonly secret_hashes: readonly string[];
}

/**
 * Finds an agent by its client id: its practice by the dispatch function, the agent itself inside that practice. One that
 * is disabled or has expired, or whose practice is disabled, is not found, so it hears `invalid_client`.
 */
export async function findAgentClient(
  database: Database,
  clientId: string,
  now: Date,
): Promise<AgentClient | undefined> {
  const ids = await database.withoutPractice((tx) => agentOfClient(tx, clientId));
  if (!ids) return undefined;
  const agent = await database.withPractice(ids.practiceId, (tx) => readAgentCredentials(tx, ids.agentId));
  if (!agent || agent.disabledAt || agent.practiceDisabledAt || agent.expiresAt <= now) return undefined;
  return {
    client_id: clientId,
    token_endpoint_auth_method: agent.authMethod,
    ...(agent.jwks && { jwks: agent.jwks }),
    practice_id: ids.practiceId,
    agent_id: ids.agentId,
    agent_scope: agent.scope,
    secret_hashes: validHashes(agent, now).map((hash) => hash.toString('base64url')),
  };
}

function validHashes(agent: AgentCredentials, now: Date): Buffer[] {
  const { secretHash, previousSecretHash, previousSecretUntil } = agent;
  const previous = previousSecretUntil && previousSecretUntil > now ? previousSecretHash : undefined;
  return [secretHash, previous].filter((hash) => hash !== undefined);
}
