import { type AgentState, readAgentState, touchAgent } from '#store/agents.ts';
import type { Database } from '#store/database.ts';

/** Milliseconds: disabling works within a second, and the last use is noted once a minute. */
const age = { state: 1_000, lastUsed: 60_000 } as const;
const mostStates = 10_000;

/** Looks an agent up inside its practice, from a copy that is never older than a second; notes that it was used. */
export function createAgentStates(
  database: Database,
  clock: () => Date,
): (practiceId: string, agentId: string) => Promise<AgentState | undefined> {
  const states = new Map<
    string,
    { readonly since: number; readonly state: Promise<AgentState | undefined> }
  >();
  return (practiceId, agentId) => {
    const key = `${practiceId}/${agentId}`;
    const now = clock();
    const known = states.get(key);
    if (known && now.getTime() - known.since < age.state) return known.state;
    if (states.size >= mostStates) states.clear();
    const state = readState(database, practiceId, agentId, now);
    states.set(key, { since: now.getTime(), state });
    state.catch(() => states.delete(key));
    return state;
  };
}

function readState(
  database: Database,
  practiceId: string,
  agentId: string,
  now: Date,
): Promise<AgentState | undefined> {
  return database.withPractice(practiceId, async (tx) => {
    const state = await readAgentState(tx, agentId);
    const unlessSince = new Date(now.getTime() - age.lastUsed);
    if (state && !state.disabledAt && (!state.lastUsedAt || state.lastUsedAt < unlessSince))
      await touchAgent(tx, agentId, now, unlessSince);
    return state;
  });
}
