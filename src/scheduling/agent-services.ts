import { randomBytes } from 'node:crypto';
import type { Agent } from '#store/agents.ts';
import { type AgentServices, listAgents } from './agents.ts';
import { attemptOf, type Caller } from './caller.ts';
import type { Scheduling } from './scheduling.ts';

/** What changes of agents are built on, on this caller's record. */
export function agentServices(on: Scheduling, caller: Caller): AgentServices {
  return {
    database: on.database,
    audit: (tx, { action, practiceId, agentId }) =>
      on.audit.record(tx, practiceId, {
        ...attemptOf(caller, { action, resourceId: agentId }),
        outcome: 'success',
      }),
    clock: () => new Date(on.clock.now()),
    random: randomBytes,
  };
}

/** Who may call for the practice, read on the record; without any secret. */
export function reviewAgents(on: Scheduling, caller: Caller): Promise<Agent[]> {
  const attempt = attemptOf(caller, { action: 'agent.list' });
  return on.audit.around(caller.practiceId, attempt, () => listAgents(on, caller.practiceId));
}
