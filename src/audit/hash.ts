import { createHash } from 'node:crypto';
import type { AuditEventRow } from '#store/audit-events.ts';

/** Hash before the first event. */
export const genesis = '00'.repeat(32);

/**
 * SHA-256 over all columns of an event but its hash, as the database's trigger `chain_audit_event` computes it: each is
 * its text led by its length in bytes (`5:hello,`), null is `-,`.
 */
export function hashOf(event: AuditEventRow): string {
  const columns = [
    'postern.audit.1',
    event.practiceId,
    String(event.seq),
    event.id,
    event.at,
    event.actor,
    event.onBehalfOf,
    event.action,
    event.resourceType,
    event.resourceId,
    event.patientLink,
    event.outcome,
    event.reason,
    event.origin,
    event.requestId,
    event.prevHash,
  ];
  return createHash('sha256').update(columns.map(netstring).join('')).digest('hex');
}

function netstring(text: string | null): string {
  return text === null ? '-,' : `${Buffer.byteLength(text)}:${text},`;
}
