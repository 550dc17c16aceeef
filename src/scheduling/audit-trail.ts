import type { CheckpointFiles } from '#audit/checkpoint-file.ts';
import { type Verdict, verifyAudit, verifyPractice } from '#audit/verify.ts';
import { listAgentRows } from '#store/agents.ts';
import { type AuditEventRow, findAuditEvents } from '#store/audit-events.ts';
import { attemptOf, type Caller } from './caller.ts';
import type { Operator } from './operator.ts';
import type { Scheduling } from './scheduling.ts';

export interface TrailQuery {
  /** Our id of the patient: the accounting of disclosures (45 CFR 164.528). */
  readonly patient: string | undefined;
  readonly since: Date | undefined;
  /** At most so many, the newest. */
  readonly most: number;
}

export interface Trail {
  /** The oldest first. */
  readonly events: readonly AuditEventRow[];
  /** Are there older ones that were not asked for? */
  readonly more: boolean;
  /** Names of the practice's agents by id, for the events' actors. */
  readonly agents: ReadonlyMap<string, string>;
}

/** Who saw and did what at a practice. Reading it is an event too, recorded after what it shows. */
export function readTrail(on: Scheduling, caller: Caller, query: TrailQuery): Promise<Trail> {
  const attempt = attemptOf(caller, { action: 'audit.read', patient: query.patient });
  return on.audit.transaction(caller.practiceId, attempt, async (tx) => {
    const found = await findAuditEvents(tx, { ...query, most: query.most + 1 });
    const agents = await listAgentRows(tx);
    return {
      events: found.slice(-query.most),
      more: found.length > query.most,
      agents: new Map(agents.map((agent) => [agent.agentId, agent.name])),
    };
  });
}

/**
 * Computes the chains anew and compares them with their checkpoints; one practice's, or those of all. A chain that is
 * whole gets an event that says who checked it; one that is not is left as it was found.
 */
export async function checkTrails(
  on: Scheduling,
  operator: Operator,
  files: CheckpointFiles,
  practiceId?: string,
): Promise<Verdict[]> {
  const options = { database: on.database, files, clock: on.clock.now };
  const verdicts: Verdict[] = [];
  if (practiceId === undefined) for await (const verdict of verifyAudit(options)) verdicts.push(verdict);
  else verdicts.push(await verifyPractice(options, practiceId));
  for (const { ok, practice } of verdicts) {
    const attempt = attemptOf({ ...operator, practiceId: practice }, { action: 'audit.verify' });
    if (ok) await on.audit.write(practice, { ...attempt, outcome: 'success' });
  }
  return verdicts;
}
