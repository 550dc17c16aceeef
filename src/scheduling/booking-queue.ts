import type { Intent } from '#domain/booking-intent.ts';
import type { IntentRow } from '#store/booking-intents.ts';
import type { Tx } from '#store/database.ts';
import { insertOutboxEvent } from '#store/outbox.ts';
import { finishQueueEntryOfIntent, insertQueueEntry } from '#store/queue-entries.ts';
import type { PracticeVault } from '#vault/practice-vault.ts';
import { rowId } from './ids.ts';
import type { Scheduling } from './scheduling.ts';

/** All that staff need to finish by hand what the machine could not. Stored sealed. */
export interface QueueDetails {
  readonly kind: Intent['kind'];
  readonly operation: string;
  /** Instant and IANA zone are the practice's own to read: start in UTC. */
  readonly start: string | undefined;
  readonly minutes: number | undefined;
  readonly visitType: string | undefined;
  /** Ids in the EMR, which staff can look up there. */
  readonly practitioner: string | undefined;
  readonly location: string | undefined;
  readonly patient: string | undefined;
  readonly appointment: string | undefined;
  readonly newPatient: unknown;
  /** What the gateway left in the EMR's record, to find it again. */
  readonly markers: readonly string[];
}

/** Puts an intent into the practice's queue; the notification names no patient. */
export async function openQueueEntry(
  tx: Tx,
  practiceId: string,
  vault: PracticeVault,
  intent: Intent,
  reasonCode: string,
  details: QueueDetails,
): Promise<void> {
  const entryId = rowId();
  await insertQueueEntry(tx, practiceId, {
    entryId,
    intentId: intent.id,
    reasonCode,
    // Bound to the intent: an entry is found by it, and a second one for it is never written.
    details: vault.seal({ row: intent.id, kind: 'queue', version: 0 }, JSON.stringify(details)),
  });
  await insertOutboxEvent(tx, practiceId, {
    eventId: rowId(),
    type: 'queue.entered',
    subject: { operation: intent.id },
  });
}

/** What was handed over turned out to be done after all. */
export async function closeQueueEntry(on: Scheduling, tx: Tx, row: IntentRow): Promise<void> {
  await finishQueueEntryOfIntent(
    tx,
    row.machine.id,
    'postern',
    'settled-by-itself',
    new Date(on.clock.now()),
  );
}
