import { type ConnectionState, setConnectionState } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { insertOutboxEvent } from '#store/outbox.ts';
import { rowId } from './ids.ts';

/** What calls prove; that a person has to consent, or has done so, they cannot know. */
export type EvidentState = Extract<ConnectionState, 'connected' | 'degraded'>;

/**
 * Moves a connection to what calls prove of it. One that waits for consent, or is disconnected, stays so: a token that
 * lives on for a moment proves nothing.
 */
export async function noteConnectionState(
  tx: Tx,
  practiceId: string,
  connectionId: string,
  to: { readonly state: EvidentState; readonly reason: string | undefined },
  now: number,
): Promise<boolean> {
  const stays = ['needs_reconsent', 'disconnected'] as const;
  return changeConnectionState(tx, practiceId, connectionId, to, now, stays);
}

/**
 * Moves a connection to a state, with an event for those who want to hear of it, in one transaction. In the same state
 * only the reason follows, without an event.
 *
 * @param now milliseconds since the epoch
 * @param stays states that it is not moved from
 * @returns whether it was in another state before
 */
export async function changeConnectionState(
  tx: Tx,
  practiceId: string,
  connectionId: string,
  to: { readonly state: ConnectionState; readonly reason: string | undefined },
  now: number,
  stays: readonly ConnectionState[] = [],
): Promise<boolean> {
  const changed = await setConnectionState(tx, connectionId, to, new Date(now), stays);
  if (changed)
    await insertOutboxEvent(tx, practiceId, {
      eventId: rowId(),
      type: 'connection.changed',
      subject: { connection: connectionId, state: to.state, ...(to.reason && { reason: to.reason }) },
    });
  return changed;
}
