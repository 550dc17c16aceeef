import type { AuditActor, AuditAttempt } from '#audit/event.ts';

/** Who asks, established at the door: an agent acting for one practice, or an operator named at the command line. */
export interface Caller {
  readonly practiceId: string;
  /** The agent's id; operators have the nil UUID. */
  readonly agentId: string;
  readonly actor: AuditActor;
  readonly requestId: string;
  /** Network address of the caller, or the entrance: `cli`, `job`. */
  readonly origin: string;
}

/** The caller's part of an audit event. */
export function attemptOf(
  caller: Caller,
  what: Pick<AuditAttempt, 'action' | 'resourceId' | 'patient'>,
): AuditAttempt {
  return { ...what, actor: caller.actor, origin: caller.origin, requestId: caller.requestId };
}

export const nilAgent = '00000000-0000-0000-0000-000000000000';
