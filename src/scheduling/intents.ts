import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { VendorAppointment } from '#adapter-kit/adapter.ts';
import type { Intent } from '#domain/booking-intent.ts';
import { checkPolicy, type Policy } from '#domain/booking-policy.ts';
import { bookingProtocol } from '#domain/booking-protocol.ts';
import { recordOf } from '#domain/booking-record.ts';
import { Failure } from '#domain/failure.ts';
import { markerStem } from '#domain/marker.ts';
import { readIntent } from '#store/booking-intents.ts';
import { lookAgain, type RunOptions, runIntent } from './booking-driver.ts';
import { createEmrPort } from './booking-emr.ts';
import { type BookingFacts, readBookingFacts } from './booking-facts.ts';
import type { BookingPorts } from './booking-ports.ts';
import { createIntentStore, type PracticeIntents } from './booking-store.ts';
import { freeInEmr } from './native-hold.ts';
import { accountOf, practiceContext } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';

/** What was read of the EMR while an intent was carried on: the appointment itself saves a second reading. */
export interface Workbench {
  readonly connectionId: string;
  readonly intents: PracticeIntents;
  readonly ports: BookingPorts;
  readonly policy: Policy;
  /** The appointment as it was last read, by the EMR's id. */
  readonly seen: ReadonlyMap<string, VendorAppointment>;
}

/** The booking protocol's hands for one practice, good for one piece of work. */
export async function workbench(on: Scheduling, practiceId: string): Promise<Workbench> {
  const context = await practiceContext(on.database, on.cache, practiceId);
  // Also while it cannot be used: what became of a request can be asked about all the same.
  const connection = accountOf(context);
  const vault = await on.database.withPractice(practiceId, (tx) => on.vault.forPractice(tx, practiceId));
  const stemOf = (intentId: string) => markerStem(vault.index('marker', intentId));
  const facts = new Map<string, Promise<BookingFacts>>();
  const seen = new Map<string, VendorAppointment>();
  const intents = createIntentStore(on, practiceId, stemOf);
  const ports: BookingPorts = {
    store: intents,
    emr: createEmrPort({
      open: (priority, signal) => on.emr.open(context, connection, priority, signal),
      facts: (intentId) => {
        const known = facts.get(intentId);
        if (known) return known;
        const read = on.database.withPractice(practiceId, async (tx) => {
          const found = await readBookingFacts(tx, await on.vault.forPractice(tx, practiceId), intentId);
          // Undertaken at another account of the practice: this one knows nothing of it.
          if (found.request.connectionId !== connection.connectionId) throw new Failure('connection-off');
          return found;
        });
        facts.set(intentId, read);
        read.catch(() => facts.delete(intentId));
        return read;
      },
      clock: on.clock,
      freeHeld: (emr, opening) => freeInEmr(on, practiceId, emr, opening),
      readAfterWriteMs: on.policy.protocol.readAfterWriteMs,
      seen: (row) => seen.set(row.resource.id, row),
    }),
    clock: { now: on.clock.now, sleep: (ms) => delay(ms) },
    markerStem: stemOf,
    stamp: () => randomUUID(),
    note: (note) => on.report({ event: 'intent.note', intent: note.intent, note: note.ev }),
  };
  const { quietSeconds, readAfterWriteMs } = on.emr.capabilitiesOf(connection);
  const quietMs = on.policy.quietMs ?? quietSeconds * 1000;
  const policy = checkPolicy({
    ...on.policy.protocol,
    quietMs,
    readAfterWriteMs: Math.min(Math.max(readAfterWriteMs, on.policy.protocol.readAfterWriteMs), quietMs / 2),
  });
  return { connectionId: connection.connectionId, intents, ports, policy, seen };
}

/** Carries an intent on, from any process; see {@link runIntent}. */
export async function carryOn(
  on: Scheduling,
  practiceId: string,
  intentId: string,
  options: RunOptions,
): Promise<Intent> {
  const { connectionId, ports, policy } = await workbench(on, practiceId);
  const intent = await runIntent(ports, policy, intentId, options);
  forgetOpenings(on, connectionId, intent);
  return intent;
}

/** Reads again the appointments that intents stand for: staff may have moved or removed them. */
export async function lookAgainAt(
  on: Scheduling,
  practiceId: string,
  intentIds: readonly string[],
): Promise<void> {
  const { ports, policy } = await workbench(on, practiceId);
  for (const id of intentIds) await lookAgain(ports, policy, id);
}

/** Our id of the appointment that an intent made or changed, once that is known. */
export async function appointmentOfIntent(
  on: Scheduling,
  practiceId: string,
  intentId: string,
): Promise<string | undefined> {
  return (await on.database.withPractice(practiceId, (tx) => readIntent(tx, intentId)))?.request.targetId;
}

/** Ends an intent that staff finished without an appointment: its time is free again. */
export async function endByStaff(on: Scheduling, practiceId: string, intentId: string): Promise<void> {
  const vault = await on.database.withPractice(practiceId, (tx) => on.vault.forPractice(tx, practiceId));
  const store = createIntentStore(on, practiceId, (id) => markerStem(vault.index('marker', id)));
  for (let tries = 0; tries < 5; tries += 1) {
    const before = await store.load(intentId);
    const event = { kind: 'ended-by-staff' } as const;
    const after = before && bookingProtocol.advance(before, event, on.clock.now(), on.policy.protocol);
    if (!before || !after || after === before) return;
    const stamped = { ...after, stamp: randomUUID() };
    if ((await store.transition(before, stamped, recordOf(before, stamped, event))) === 'stored') return;
  }
}

/** After a write of ours the EMR has other openings than those we know. */
export function forgetOpenings(on: Scheduling, connectionId: string, intent: Intent): void {
  if (intent.attempts > 0) on.cache.forget(`openings/${connectionId}/`);
}
