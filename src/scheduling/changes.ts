import type { Intent } from '#domain/booking-intent.ts';
import { Failure } from '#domain/failure.ts';
import { findAppointmentIds } from '#store/appointment-links.ts';
import { type IntentRow, listIntentsOfTarget } from '#store/booking-intents.ts';
import {
  type ChangeHint,
  noteChangeHints,
  putOffChangeHint,
  settleChangeHint,
  takeChangeHint,
} from '#store/change-hints.ts';
import { type Connection, listConnections } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { bookingMachine } from './booking-driver.ts';
import { rowId } from './ids.ts';
import { type Workbench, workbench } from './intents.ts';
import type { Scheduling } from './scheduling.ts';

/** A connection of a practice. */
export interface Account {
  readonly practiceId: string;
  readonly connectionId: string;
}

/**
 * Keeps hints that appointments changed in an EMR, in the caller's transaction, for those that we know; about others
 * nothing is kept. Call {@link forgetAvailability} once it is committed.
 *
 * @param emrIds the EMR's ids of appointments; they are kept by keyed index only
 * @returns how many were ours
 */
export async function noteChanges(
  on: Scheduling,
  tx: Tx,
  { practiceId, connectionId }: Account,
  emrIds: readonly string[],
): Promise<number> {
  const connection = (await listConnections(tx)).find((one) => one.connectionId === connectionId);
  if (!connection) return 0;
  const vault = await on.vault.forPractice(tx, practiceId);
  const notedAt = new Date(on.clock.now());
  const lookAt = new Date(notedAt.getTime() + lagOf(on, connection));
  const wanted = [...new Set(emrIds)];
  let known = 0;
  for (let at = 0; at < wanted.length; at += batch) {
    const indexes = wanted
      .slice(at, at + batch)
      .map((emrId) => vault.index('appointment', `${connectionId}|${emrId}`));
    const ours = await findAppointmentIds(tx, connectionId, indexes);
    const hints = ours.map((appointmentId) => ({ hintId: rowId(), connectionId, appointmentId, notedAt }));
    await noteChangeHints(tx, practiceId, hints, lookAt);
    known += ours.length;
  }
  return known;
}

/** What this process knows of the EMR's openings is not to be told any more; other processes forget within seconds. */
export function forgetAvailability(on: Scheduling, connectionId: string): void {
  on.cache.forget(`openings/${connectionId}/`);
}

/**
 * Looks in the EMR what became of an appointment that is said to have changed, and takes it over. A hint is believed in
 * nothing but that it is worth a look: each booking, move or cancellation of ours that stands for the appointment, or is
 * still waiting to know, searches as it does at its sweeps, also when none is left. Where none does, nothing is read.
 * One worker at a time; a look that could not be had leaves the hint for later.
 */
export async function lookAtChange(on: Scheduling, practiceId: string, hintId: string): Promise<void> {
  const begun = on.clock.now();
  const taken = await on.database.withPractice(practiceId, async (tx) => {
    const hint = await takeChangeHint(tx, hintId, new Date(begun), new Date(begun + leaseMs));
    return hint && { hint, intents: (await listIntentsOfTarget(tx, hint.appointmentId)).filter(canLearn) };
  });
  if (taken === undefined) return;
  const { hint, intents } = taken;
  try {
    const ids = intents.map(({ machine }) => machine.id);
    await settle(on, practiceId, hint, begun, await lookForAll(on, practiceId, hint, ids));
  } catch (error) {
    const until = new Date(on.clock.now() + pauseMs * 2 ** Math.min(hint.failures, 6));
    await on.database.withPractice(practiceId, (tx) =>
      putOffChangeHint(tx, hintId, until, hint.failures + 1),
    );
    if (hint.failures > 0) return; // what goes on failing says nothing new
    const code = error instanceof Failure ? error.code : 'internal';
    on.report({ event: 'changes.failed', connection: hint.connectionId, code });
  }
}

/** Only one worker is at a hint for so long; after a crash the next one takes it then. */
const leaseMs = 120_000;
/** Before a look that failed is tried again; doubles up to 64 times. */
const pauseMs = 30_000;
/** So many ids are looked up at once. */
const batch = 500;

/** What is confirmed may have been undone by staff; what nobody knows, or people were asked to finish, may be done. */
function canLearn({ machine: { kind, phase } }: IntentRow): boolean {
  if (phase === 'ambiguous' || phase === 'handoff') return true;
  return phase === 'confirmed' && (kind === 'book' || kind === 'move');
}

/** How long the EMR's reads may lag behind a change: earlier, a look could show what was before. */
function lagOf(on: Scheduling, connection: Connection): number {
  return Math.max(on.emr.capabilitiesOf(connection).readAfterWriteMs, on.policy.protocol.readAfterWriteMs);
}

/** @returns false where somebody else's step came between: it may rest on an older reading */
async function lookForAll(
  on: Scheduling,
  practiceId: string,
  { connectionId }: ChangeHint,
  intentIds: readonly string[],
): Promise<boolean> {
  if (intentIds.length === 0) return true;
  const bench = await workbench(on, practiceId);
  // Of an account that the practice has left, nothing can be read.
  if (bench.connectionId !== connectionId) return true;
  let all = true;
  for (const id of intentIds) all = (await look(bench, id)) && all;
  forgetAvailability(on, connectionId);
  return all;
}

/**
 * The search that is due for an intent at some time anyhow, now. One that cannot read the EMR leaves the intent due for
 * another, which is its own affair from then on.
 */
async function look({ ports, policy }: Workbench, intentId: string): Promise<boolean> {
  let stored = true;
  const store = {
    ...ports.store,
    transition: async (...step: Parameters<typeof ports.store.transition>) => {
      const result = await ports.store.transition(...step);
      stored = result === 'stored';
      return result;
    },
  };
  const intent: Intent | undefined = await ports.store.load(intentId);
  if (intent !== undefined && (intent.settledAt !== null || intent.phase === 'ambiguous')) {
    const run = { ports: { ...ports, store }, policy, machine: bookingMachine };
    await bookingMachine.steps.search(run, { ...intent, checkedAt: null }, { do: 'search' });
  }
  return stored;
}

/** What was said since the look, or too shortly before for a read that lags, is looked at once more. */
async function settle(
  on: Scheduling,
  practiceId: string,
  { hintId, notedAt, connectionId }: ChangeHint,
  begun: number,
  looked: boolean,
): Promise<void> {
  await on.database.withPractice(practiceId, async (tx) => {
    const connection = (await listConnections(tx)).find((one) => one.connectionId === connectionId);
    const lag = connection ? lagOf(on, connection) : 0;
    const again = new Date(on.clock.now() + lag);
    if (!looked) await putOffChangeHint(tx, hintId, again, 0);
    else await settleChangeHint(tx, hintId, new Date(Math.max(notedAt.getTime(), begun - lag)), again);
  });
}
