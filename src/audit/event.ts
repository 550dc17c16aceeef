import type { FailureCode } from '#domain/failure.ts';

/**
 * Everything that leaves an audit event: a closed vocabulary. `code` is the FHIR R4 AuditEvent.action (C create, R read,
 * U update, D delete, E execute, which searches are too); `resource` is what was touched, by its FHIR name where it has
 * one.
 */
export const auditActions = {
  // Patients and their appointments
  'patient.match': { code: 'E', resource: 'Patient' },
  'patient.create': { code: 'C', resource: 'Patient' },
  'patient.read': { code: 'R', resource: 'Patient' },
  'appointment.search': { code: 'E', resource: 'Appointment' },
  'appointment.read': { code: 'R', resource: 'Appointment' },
  'appointment.hold': { code: 'C', resource: 'Appointment' },
  'appointment.release': { code: 'D', resource: 'Appointment' },
  'appointment.book': { code: 'C', resource: 'Appointment' },
  'appointment.move': { code: 'U', resource: 'Appointment' },
  'appointment.cancel': { code: 'U', resource: 'Appointment' },
  'appointment.reconcile': { code: 'R', resource: 'Appointment' },
  'operation.read': { code: 'R', resource: 'Task' },
  // The booking queue
  'queue.add': { code: 'C', resource: 'Task' },
  'queue.list': { code: 'E', resource: 'Task' },
  'queue.show': { code: 'R', resource: 'Task' },
  'queue.take': { code: 'U', resource: 'Task' },
  'queue.done': { code: 'U', resource: 'Task' },
  // The practice, who may call for it and where it is connected
  'practice.create': { code: 'C', resource: 'Organization' },
  'practice.read': { code: 'R', resource: 'Organization' },
  'practice.change': { code: 'U', resource: 'Organization' },
  'agent.list': { code: 'E', resource: 'Device' },
  'agent.create': { code: 'C', resource: 'Device' },
  'agent.rotate': { code: 'U', resource: 'Device' },
  'agent.disable': { code: 'U', resource: 'Device' },
  'agent.enable': { code: 'U', resource: 'Device' },
  'agent.authenticate': { code: 'E', resource: 'Device' },
  'connection.list': { code: 'E', resource: 'Endpoint' },
  'connection.connect': { code: 'C', resource: 'Endpoint' },
  'connection.change': { code: 'U', resource: 'Endpoint' },
  'connection.probe': { code: 'E', resource: 'Endpoint' },
  'connection.disable': { code: 'U', resource: 'Endpoint' },
  'connection.link': { code: 'C', resource: 'Endpoint' },
  'connection.open-link': { code: 'E', resource: 'Endpoint' },
  'connection.name-base': { code: 'C', resource: 'Endpoint' },
  'connection.approve-base': { code: 'U', resource: 'Endpoint' },
  'connection.authorize': { code: 'E', resource: 'Endpoint' },
  'connection.accept-wider': { code: 'U', resource: 'Endpoint' },
  'connection.refresh': { code: 'U', resource: 'Endpoint' },
  'connection.disconnect': { code: 'D', resource: 'Endpoint' },
  'directory.sync': { code: 'E', resource: 'Endpoint' },
  'visit-type.list': { code: 'E', resource: 'HealthcareService' },
  'visit-type.change': { code: 'U', resource: 'HealthcareService' },
  // The guards themselves
  'request.refuse': { code: 'E', resource: 'Device' },
  'vault.rotate': { code: 'U', resource: 'Organization' },
  'vault.erase': { code: 'D', resource: 'Organization' },
  'audit.read': { code: 'E', resource: 'AuditEvent' },
  'audit.verify': { code: 'R', resource: 'AuditEvent' },
} as const satisfies Record<string, { code: 'C' | 'R' | 'U' | 'D' | 'E'; resource: string }>;

export type AuditAction = keyof typeof auditActions;

/** `pending`: done, with an outcome that only a later event tells. */
export type AuditOutcome = 'success' | 'refused' | 'failed' | 'pending';

/** An agent's or job's id, or the name a person of the operator or practice gave with `--as`. Never a patient. */
export type AuditActor = `agent:${string}` | `operator:${string}` | `system:${string}`;

/** Who tried to do what, for whom, from where: IHE Basic Audit Log Patterns without the outcome. Ids are ours. */
export interface AuditAttempt {
  readonly actor: AuditActor;
  readonly onBehalfOf?: AuditActor | undefined;
  readonly action: AuditAction;
  /** Our id of the resource, FHIR id grammar. */
  readonly resourceId?: string | undefined;
  /** Our id of the patient: the accounting of disclosures (45 CFR 164.528) finds it by this. */
  readonly patient?: string | undefined;
  /** Network address of the caller, or the entrance: `cli`, `job`. */
  readonly origin: string;
  readonly requestId?: string | undefined;
}

export interface AuditEvent extends AuditAttempt {
  readonly outcome: AuditOutcome;
  /** Of what did not succeed. */
  readonly reason?: FailureCode | undefined;
}
