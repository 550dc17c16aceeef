import { type ConnectionState, setConnectionState } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { insertOutboxEvent } from '#store/outbox.ts';
import { rowId } from './ids.ts';

/**
 * Moves a connection to a state by evidence, with an event for those who want to hear of it, in one transaction.
 *
 * @param now milliseconds since the epoch
 * @returns whether it was in another state before
 */
export async function changeConnectionState(
  tx: Tx,
  practiceId: string,
  connectionId: string,
  to: { readonly state: ConnectionState; readonly reason: string | undefined },
  now: number,
): Promise<boolean> {
  const changed = await setConnectionState(tx, connectionId, to.state, to.reason, new Date(now));
  if (changed)
    await insertOutboxEvent(tx, practiceId, {
      eventId: rowId(),
      type: 'connection.changed',
      subject: { connection: connectionId, state: to.state, ...(to.reason && { reason: to.reason }) },
    });
  return changed;
}
