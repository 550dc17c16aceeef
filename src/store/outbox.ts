import type { Tx } from './database.ts';

export interface OutboxEvent {
  readonly eventId: string;
  readonly type:
    | 'appointment.booked'
    | 'appointment.moved'
    | 'appointment.cancelled'
    | 'queue.entered'
    | 'connection.changed';
  /** Ids only. */
  readonly subject: Readonly<Record<string, string>>;
}

/** Writes an event in the transaction of what it tells of, so that neither is there without the other. */
export async function insertOutboxEvent(tx: Tx, practiceId: string, event: OutboxEvent): Promise<void> {
  await tx('outbox').insert({
    practice_id: practiceId,
    event_id: event.eventId,
    type: event.type,
    subject: JSON.stringify(event.subject),
  });
}
