import type { AuditAction } from '#audit/event.ts';
import { Failure } from '#domain/failure.ts';
import { readIntent } from '#store/booking-intents.ts';
import { unlockAppointment } from '#store/claims.ts';
import type { Tx } from '#store/database.ts';
import { listDirectory } from '#store/directory.ts';
import { readPractice } from '#store/practices.ts';
import {
  finishQueueEntry as finishEntry,
  listQueue as listEntries,
  type QueueEntry,
  readQueueEntry,
  takeQueueEntry as takeEntry,
} from '#store/queue-entries.ts';
import type { QueueDetails } from './booking-queue.ts';
import { attemptOf, type Caller } from './caller.ts';
import { endByStaff } from './intents.ts';
import type { Scheduling } from './scheduling.ts';

/** An entry without what it is about: that is opened for a named person only, one at a time. */
export type QueueItem = Omit<QueueEntry, 'details'>;

/** An entry opened, with the words that staff know the people and places by. */
export interface OpenQueueItem extends QueueItem {
  readonly details: QueueDetails;
  readonly practitioner: string | undefined;
  readonly location: string | undefined;
  /** IANA zone of the practice. */
  readonly timeZone: string;
}

/** How staff may say that an entry ended. A closed list, because free text would come to hold a patient. */
export const queueOutcomes = ['booked', 'moved', 'cancelled', 'not-booked', 'not-needed'] as const;
export type QueueOutcome = (typeof queueOutcomes)[number];

/** What staff have to finish, the oldest first; entries that are done too when asked for. */
export function listQueue(
  on: Scheduling,
  caller: Caller,
  options: { readonly includeDone: boolean },
): Promise<QueueItem[]> {
  const attempt = attemptOf(caller, { action: 'queue.list' });
  return on.audit.transaction(caller.practiceId, attempt, async (tx) =>
    (await listEntries(tx, options)).map(closed),
  );
}

/**
 * Opens one entry: all that staff need to finish it in their EMR. The audit event names the entry and our id of the
 * patient, where there is one.
 *
 * @throws Failure `not-found`
 */
export async function showQueueEntry(
  on: Scheduling,
  caller: Caller,
  entryId: string,
): Promise<OpenQueueItem> {
  const { practiceId } = caller;
  const { item } = await on.audit.transaction(
    practiceId,
    (shown?: { item: OpenQueueItem; patient: string | undefined }) =>
      attemptOf(caller, { action: 'queue.show', resourceId: entryId, patient: shown?.patient }),
    async (tx) => {
      const entry = await find(tx, entryId);
      const intent = entry.intentId === undefined ? undefined : await readIntent(tx, entry.intentId);
      const vault = await on.vault.forPractice(tx, practiceId);
      const context = { row: entry.intentId ?? entry.entryId, kind: 'queue', version: 0 };
      // We sealed this object ourselves, in booking-queue.ts.
      const details = JSON.parse(vault.open(context, entry.details).reveal()) as QueueDetails;
      const directory = await listDirectory(tx);
      const named = (kind: 'Practitioner' | 'Location', vendorId: string | undefined) =>
        directory.find(
          (one) =>
            one.kind === kind &&
            one.vendorId === vendorId &&
            (intent === undefined || one.connectionId === intent.request.connectionId),
        )?.facts.display;
      const item: OpenQueueItem = {
        ...closed(entry),
        details,
        practitioner: named('Practitioner', details.practitioner),
        location: named('Location', details.location),
        timeZone: (await readPractice(tx))?.timeZone ?? 'UTC',
      };
      return { item, patient: intent?.request.patientId };
    },
  );
  return item;
}

/** Says who works on an entry. @throws Failure `not-found`; `business-rule` when somebody does, or it is done */
export function takeQueueEntry(
  on: Scheduling,
  caller: Caller,
  entryId: string,
  person: string,
): Promise<QueueItem> {
  return step(on, caller, 'queue.take', entryId, async (tx, entry) => {
    refuseDone(entry);
    if (!(await takeEntry(tx, entryId, person, new Date(on.clock.now()))))
      throw new Failure('business-rule', { hint: 'Somebody has taken this entry.' });
  });
}

/**
 * Says how an entry ended. The EMR is not asked. Where no appointment came of it, the time that was kept for it is free
 * again, and the same booking can be asked for anew.
 *
 * @throws Failure `not-found`; `business-rule` when it is done
 */
export async function finishQueueEntry(
  on: Scheduling,
  caller: Caller,
  entryId: string,
  person: string,
  outcome: QueueOutcome,
): Promise<QueueItem> {
  const item = await step(on, caller, 'queue.done', entryId, async (tx, entry) => {
    refuseDone(entry);
    await finishEntry(tx, entryId, person, outcome, new Date(on.clock.now()));
    await releaseChange(tx, entry);
  });
  if (withoutAppointment.has(outcome) && item.intentId !== undefined)
    await endByStaff(on, caller.practiceId, item.intentId);
  return item;
}

/** Staff are done with the appointment, so that the next change of it can go on by machine. */
async function releaseChange(tx: Tx, { intentId }: QueueEntry): Promise<void> {
  const row = intentId === undefined ? undefined : await readIntent(tx, intentId);
  if (row?.machine.phase !== 'handoff' || row.request.targetId === undefined) return;
  const { connectionId, targetId } = row.request;
  await unlockAppointment(tx, connectionId, targetId, { kind: 'intent', id: row.machine.id });
}

const withoutAppointment: ReadonlySet<QueueOutcome> = new Set(['not-booked', 'not-needed']);

function step(
  on: Scheduling,
  caller: Caller,
  action: AuditAction,
  entryId: string,
  work: (tx: Tx, entry: QueueEntry) => Promise<void>,
): Promise<QueueItem> {
  const attempt = attemptOf(caller, { action, resourceId: entryId });
  return on.audit.transaction(caller.practiceId, attempt, async (tx) => {
    await work(tx, await find(tx, entryId));
    return closed(await find(tx, entryId));
  });
}

async function find(tx: Tx, entryId: string): Promise<QueueEntry> {
  const entry = await readQueueEntry(tx, entryId);
  if (!entry) throw new Failure('not-found');
  return entry;
}

function refuseDone(entry: QueueEntry): void {
  if (entry.doneAt) throw new Failure('business-rule', { hint: 'This entry is done.' });
}

function closed({ details: _, ...item }: QueueEntry): QueueItem {
  return item;
}
