import type { SeenRow } from '#domain/booking-evidence.ts';
import { type Intent, isSettled } from '#domain/booking-intent.ts';
import type { Policy } from '#domain/booking-policy.ts';
import {
  bookingProtocol,
  type Command,
  type Event,
  type Outcome,
  type Protocol,
} from '#domain/booking-protocol.ts';
import { recordOf } from '#domain/booking-record.ts';
import { epochOf, markerFor } from '#domain/marker.ts';
import type { BookingPorts, FoundRow, Stored } from './booking-ports.ts';

export interface RunOptions {
  /** Instant (ms) after which no further step is begun; a step under way is finished. */
  readonly until: number;
  /** Instant (ms) at which the caller has to be answered, even in the middle of a step. The work goes on behind it. */
  readonly answerBy?: number;
  /** Also do the sweep of a settled intent that is due. For workers; a caller who repeats a request does not wait. */
  readonly sweep?: boolean;
}

/** The machine and the hands that carry out its commands; tests put single parts in their place. */
export interface Machine {
  readonly protocol: Protocol;
  readonly steps: Steps;
}
export type Steps = {
  readonly [Do in Exclude<Command['do'], 'wait' | 'none'>]: Step<Extract<Command, { do: Do }>>;
};
export type Step<C> = (run: Run, intent: Intent, command: C) => Promise<Intent>;
export interface Run {
  readonly ports: BookingPorts;
  readonly policy: Policy;
  readonly machine: Machine;
}

/**
 * Carries an intent on until it is settled or `until` has come, and gives it back as it then stands; `answerOf` turns
 * it into words. Safe to call from any process, at any time, any number of times at once: every step is compared and
 * stored before its effect. Rejects only when the store cannot be read; the intent is then picked up later.
 *
 * @example const intent = await runIntent(ports, policy, id, { until: now + 30_000, answerBy: now + 2_000 });
 */
export async function runIntent(
  ports: BookingPorts,
  policy: Policy,
  id: string,
  options: RunOptions,
  machine: Machine = bookingMachine,
): Promise<Intent> {
  const work = carryOn({ ports, policy, machine }, id, options);
  if (options.answerBy === undefined) return work;
  const patience = ports.clock.sleep(Math.max(0, options.answerBy - ports.clock.now())).then(() => undefined);
  const done = await Promise.race([work, patience]);
  if (done !== undefined) return done;
  work.catch(() => ports.note({ ev: 'booking.interrupted', intent: id }));
  return reload(ports, id);
}

/** Looks at a settled intent now, not only when its sweep is due: after a change feed, or when its time is wanted. */
export async function lookAgain(
  ports: BookingPorts,
  policy: Policy,
  id: string,
  machine: Machine = bookingMachine,
): Promise<Intent> {
  const run: Run = { ports, policy, machine };
  const intent = await reload(ports, id);
  return isSettled(intent) ? machine.steps.search(run, intent, { do: 'search' }) : intent;
}

/**
 * The caller does not want it any more. What was not sent is `cancelled` at once; what may have been sent stays pending
 * and is cancelled and read back when it turns up; what is confirmed is left as it is and needs an intent of its own.
 */
export async function requestCancel(
  ports: BookingPorts,
  policy: Policy,
  id: string,
  machine: Machine = bookingMachine,
): Promise<Intent> {
  const run: Run = { ports, policy, machine };
  return storeFact(run, await reload(ports, id), { kind: 'cancel-requested' });
}

/** How often it is looked whether somebody else's send has ended. */
const watchMs = 200;

async function carryOn(run: Run, id: string, options: RunOptions): Promise<Intent> {
  const { ports, policy, machine } = run;
  let intent = await reload(ports, id);
  for (;;) {
    if (isSettled(intent) && options.sweep !== true) return intent;
    const now = ports.clock.now();
    const command = machine.protocol.decide(intent, now, policy);
    if (command.do === 'none') return intent;
    if (command.do === 'wait') {
      // Whoever sends will be done long before the lease ends: a repeat waits for that and hears the same.
      const until = intent.phase === 'sending' ? Math.min(command.until, now + watchMs) : command.until;
      if (until > options.until) return intent;
      await ports.clock.sleep(until - now);
      intent = await reload(ports, id);
      continue;
    }
    if (now >= options.until) return intent;
    intent = await takeStep(run, intent, command);
  }
}

function takeStep(
  run: Run,
  intent: Intent,
  command: Exclude<Command, { do: 'wait' | 'none' }>,
): Promise<Intent> {
  const { steps } = run.machine;
  switch (command.do) {
    case 'claim':
      return steps.claim(run, intent, command);
    case 'precheck':
      return steps.precheck(run, intent, command);
    case 'send':
      return steps.send(run, intent, command);
    case 'take-over':
      return steps['take-over'](run, intent, command);
    case 'search':
      return steps.search(run, intent, command);
    case 'cancel-surplus':
      return steps['cancel-surplus'](run, intent, command);
    case 'hand-over':
      return steps['hand-over'](run, intent, command);
  }
}

/** A conflict with a confirmed visit is told only after that visit was read again: staff may have moved it. */
async function claim(run: Run, intent: Intent): Promise<Intent> {
  const first = await store(run, intent, { kind: 'claimed' });
  if (first.is !== 'conflict') return first.intent;
  if (first.why === 'busy') return (await store(run, intent, { kind: 'claim-refused', why: 'busy' })).intent;
  for (const owner of first.confirmedOwners) await lookAgain(run.ports, run.policy, owner, run.machine);
  const second = first.confirmedOwners.length > 0 ? await store(run, intent, { kind: 'claimed' }) : first;
  if (second.is !== 'conflict') return second.intent;
  return (await store(run, intent, { kind: 'claim-refused', why: second.why })).intent;
}

async function precheck(run: Run, intent: Intent): Promise<Intent> {
  const result = await run.ports.emr.precheck(intent).catch(() => ({ is: 'unreadable' }) as const);
  return (await store(run, intent, { kind: 'precheck', result })).intent;
}

/** Recorded and committed first; then one write, within its time; then the truth, by reading back. */
async function send(run: Run, intent: Intent): Promise<Intent> {
  const { ports, policy } = run;
  const started = await store(run, intent, { kind: 'send-started' });
  if (started.is !== 'stored') return started.intent;
  const sending = started.intent;
  const outcome = await writeOnce(run, sending, (sending.sentAt ?? 0) + policy.maxSendMs);
  ports.note({ ev: 'booking.sent', intent: intent.id, epoch: sending.epoch, outcome: outcome.is });
  return storeFact(run, sending, { kind: 'outcome', epoch: sending.epoch, outcome });
}

export async function writeOnce(run: Run, sending: Intent, deadline: number): Promise<Outcome> {
  const { emr, clock, markerStem } = run.ports;
  if (clock.now() >= deadline) return { is: 'not-done', reason: 'too-late' };
  const marker = markerFor(markerStem(sending.id), sending.epoch);
  const sent = await emr.send(sending, marker, deadline).catch(() => ({ is: 'unknown' }) as const);
  if (sent.is !== 'accepted') return sent;
  if (sent.id === null) return { is: 'unknown' };
  const readBack = await emr.readBack(sending, sent.id).catch(() => 'unreadable' as const);
  return { is: 'done', id: sent.id, readBack };
}

async function takeOver(run: Run, intent: Intent): Promise<Intent> {
  return (await store(run, intent, { kind: 'lease-expired' })).intent;
}

async function search(run: Run, intent: Intent): Promise<Intent> {
  const startedAt = run.ports.clock.now();
  const found = await run.ports.emr.search(intent).catch(() => 'unreadable' as const);
  const stem = run.ports.markerStem(intent.id);
  const rows = found === 'unreadable' ? found : found.map((row) => seen(row, stem));
  return (await store(run, intent, { kind: 'search-result', startedAt, rows })).intent;
}

/** The ids were stored as surplus before; doing it twice does no more than once. */
async function cancelSurplus(
  run: Run,
  intent: Intent,
  command: { readonly ids: readonly string[] },
): Promise<Intent> {
  const ids: string[] = [];
  for (const id of command.ids) if (await isOffTheBook(run, intent, id)) ids.push(id);
  return (await store(run, intent, { kind: 'surplus-cancelled', ids })).intent;
}

async function isOffTheBook({ ports, policy }: Run, intent: Intent, id: string): Promise<boolean> {
  const cancel = () => ports.emr.cancelRow(intent, id).catch(() => 'unreadable' as const);
  const state = await cancel();
  if (state !== 'missing') return state === 'cancelled';
  // It was seen before, so a read that lags may not show it yet: by then none does.
  await ports.clock.sleep(policy.readAfterWriteMs);
  const later = await cancel();
  return later === 'cancelled' || later === 'missing';
}

async function handOver(
  run: Run,
  intent: Intent,
  command: Extract<Command, { do: 'hand-over' }>,
): Promise<Intent> {
  return (await store(run, intent, { kind: 'hand-over', reason: command.reason })).intent;
}

export const bookingMachine: Machine = {
  protocol: bookingProtocol,
  steps: {
    claim,
    precheck,
    send,
    'take-over': takeOver,
    search,
    'cancel-surplus': cancelSurplus,
    'hand-over': handOver,
  },
};

/**
 * One step of the machine, stored. `lost`: somebody else stored a step first; `intent` is theirs. After any error of
 * the database the row is read again before anything is concluded, because an error of COMMIT does not mean that
 * nothing was committed.
 */
export async function store(run: Run, before: Intent, event: Event): Promise<Stored> {
  const { ports, policy, machine } = run;
  const after = machine.protocol.advance(before, event, ports.clock.now(), policy);
  if (after === before) return { is: 'not-applicable', intent: await reload(ports, before.id) };
  if (after.version === before.version) return { is: 'stored', intent: after };
  const stamped = { ...after, stamp: ports.stamp() };
  try {
    const result = await ports.store.transition(before, stamped, recordOf(before, stamped, event));
    if (result === 'stored') return { is: 'stored', intent: stamped };
    if (result !== 'lost') return { is: 'conflict', intent: before, ...result };
  } catch {
    ports.note({ ev: 'booking.store-error', intent: before.id, event: event.kind });
  }
  const kept = await reload(ports, before.id);
  return { is: kept.stamp === stamped.stamp ? 'stored' : 'lost', intent: kept };
}

/** Stores something that has happened, on whatever the intent has become meanwhile. */
async function storeFact(run: Run, before: Intent, event: Event): Promise<Intent> {
  let stored = await store(run, before, event);
  // Bounded, because what is not stored here is found in the EMR when the lease has run out.
  for (let tries = 1; tries < 8 && stored.is === 'lost'; tries += 1)
    stored = await store(run, stored.intent, event);
  return stored.intent;
}

async function reload(ports: BookingPorts, id: string): Promise<Intent> {
  const intent = await ports.store.load(id);
  if (intent === undefined) throw new Error('There is no such intent.');
  return { ...intent, checkedAt: null };
}

function seen(row: FoundRow, stem: string): SeenRow {
  const ourEpochs = row.markers.flatMap((marker) => epochOf(stem, marker) ?? []);
  const { markers, ...rest } = row;
  return { ...rest, ourEpochs, foreign: markers.length > ourEpochs.length };
}
