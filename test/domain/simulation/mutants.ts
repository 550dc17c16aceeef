import { type EvidenceRules, evidenceRules } from '#domain/booking-evidence.ts';
import type { Intent } from '#domain/booking-intent.ts';
import type { Policy } from '#domain/booking-policy.ts';
import { bookingProtocol, type Event, type Protocol, protocolWith } from '#domain/booking-protocol.ts';
import type { StepRecord } from '#domain/booking-record.ts';
import { settle } from '#domain/booking-steps.ts';
import { bookingMachine, type Steps, store, writeOnce } from '#scheduling/booking-driver.ts';
import type { BookingPorts, EmrPort } from '#scheduling/booking-ports.ts';
import type { Trial } from './world.ts';

/** A wrong version of the protocol that looks reasonable. The simulation has to find each of them out. */
export interface Mutant {
  readonly name: string;
  readonly wrong: string;
  readonly trial: Trial;
}

const machine = bookingMachine;
const noDeadline = Number.POSITIVE_INFINITY;

export const mutants: readonly Mutant[] = [
  mutant('send before commit', 'the write leaves before its attempt is stored', {
    machine: {
      ...machine,
      steps: {
        ...machine.steps,
        async send(run, intent) {
          const { clock } = run.ports;
          const ahead = bookingProtocol.advance(intent, { kind: 'send-started' }, clock.now(), run.policy);
          const outcome = await writeOnce(run, ahead, noDeadline);
          const started = await store(run, intent, { kind: 'send-started' });
          if (started.is !== 'stored') return started.intent;
          return (await store(run, started.intent, { kind: 'outcome', epoch: ahead.epoch, outcome })).intent;
        },
      },
    },
  }),
  mutant('no re-read after a database error', 'an error of COMMIT is taken as if it had committed', {
    machine,
    ports: (ports) => ({
      ...ports,
      store: {
        ...ports.store,
        transition: (...step) => ports.store.transition(...step).catch(() => 'stored'),
      },
    }),
  }),
  mutant('compare-and-set ignored', 'a step is stored whatever the row has become', {
    machine,
    flaws: { ignoreCas: true },
  }),
  mutant('number used again', 'the second send carries the number of the first', {
    machine: onEvent('send-started', (intent, after) => ({ ...after, epoch: Math.max(1, intent.epoch) })),
  }),
  mutant('max-send check skipped', 'a sender that stood still for minutes writes all the same', {
    machine: withSend((run, sending) => writeOnce(run, sending, noDeadline)),
  }),
  mutant('retry on 500 and time-outs', 'an unknown outcome is taken as "not done"', {
    machine: asIf('outcome', (event) =>
      event.outcome.is === 'unknown' ? { ...event, outcome: { is: 'not-done', reason: 'throttled' } } : event,
    ),
  }),
  mutant(
    'retry after "not done" in spite of an earlier silence',
    'one harmless failure clears the doubt before it',
    {
      machine: onAdvance((intent, event, now, policy) => {
        const harmless = event.kind === 'outcome' && event.outcome.is === 'not-done';
        return bookingProtocol.advance(
          harmless ? { ...intent, everAmbiguous: false } : intent,
          event,
          now,
          policy,
        );
      }),
    },
  ),
  mutant('no quiet period', 'one search that finds nothing allows the next send', {
    machine,
    policy: (policy) => ({ ...policy, quietMs: 0 }),
  }),
  mutant('quiet period counted from the request', 'time spent before the send is counted too', {
    machine: onEvent('send-started', (intent, after, _now, policy) => ({
      ...after,
      quietUntil: intent.createdAt + policy.quietMs,
    })),
  }),
  mutant('no pre-check', 'the time is sent for without reading whether it is free', {
    machine,
    ports: withEmr((emr) => ({
      precheck: (intent) => (intent.kind === 'book' ? free() : emr.precheck(intent)),
    })),
  }),
  mutant('takeover enters at send', 'whoever finds an old send begins anew instead of looking', {
    machine: onEvent('lease-expired', (_intent, after, now) => ({
      ...after,
      phase: 'held',
      everAmbiguous: false,
      nextActionAt: now,
    })),
  }),
  mutant('unreadable is no match', 'an EMR that cannot be read is taken as empty', {
    machine: asIf('search-result', (event) => (event.rows === 'unreadable' ? { ...event, rows: [] } : event)),
  }),
  mutant('409 is taken', '"taken" after a silence is told at once', {
    machine: refusedIs((intent) => intent.everAmbiguous),
  }),
  mutant('first 409 is taken', '"taken" is told without looking for our own twin', {
    machine: refusedIs((intent) => !intent.everAmbiguous),
  }),
  mutant('done without reading back', '2xx with an id is enough', {
    machine: asIf('outcome', (event) =>
      event.outcome.is === 'done' ? { ...event, outcome: { ...event.outcome, readBack: 'equal' } } : event,
    ),
  }),
  mutant('marker of the newest send only', 'a late row of an earlier send is a stranger', {
    machine: withRules({ isOurs: (intent, row) => row.ourEpochs.includes(intent.epoch) }),
  }),
  mutant('natural key without time and maker', 'any row of the same visit is taken for ours', {
    machine: withRules({ isNatural: (_intent, row) => row.live && row.equal && !row.foreign }),
  }),
  mutant('surplus without marker', 'every row of the same visit beside the survivor is cancelled', {
    machine: withRules({
      surplus: (_evidence, rows, keep) =>
        rows.filter((row) => row.live && row.equal && row.id !== keep).map((row) => row.id),
    }),
  }),
  mutant('survivor is the newest', 'the appointment the caller was told of gives way to a late twin', {
    machine: withRules({
      survivor: (rows) =>
        rows.toSorted((a, b) => (b.created ?? 0) - (a.created ?? 0) || (a.id < b.id ? 1 : -1))[0],
    }),
  }),
  mutant('removed rows are overlooked', 'what staff took off the book is booked again', {
    machine: withRules({ isOurs: (_intent, row) => row.live && row.ourEpochs.length > 0 }),
  }),
  mutant('sweep off', 'nobody looks again after the answer', {
    machine,
    policy: (policy) => ({ ...policy, sweepsMs: [] }),
  }),
  mutant('claims released on silence', 'the time is given to others while our write may still land', {
    machine,
    flaws: releasing('ambiguous'),
  }),
  mutant('claims released on handoff', 'the time is given to others while people work on it', {
    machine,
    flaws: releasing('handoff'),
  }),
  mutant('cancellation forgotten', 'a booking that turns up is confirmed although the caller gave it up', {
    machine: onAdvance((intent, event, now, policy) => {
      if (!intent.cancelRequested) return bookingProtocol.advance(intent, event, now, policy);
      const after = bookingProtocol.advance({ ...intent, cancelRequested: false }, event, now, policy);
      return after.version === intent.version ? intent : { ...after, cancelRequested: true };
    }),
  }),
  mutant('cancelled too soon', 'a cancellation is told before it is known whether the write landed', {
    machine: onEvent('cancel-requested', (intent, _after, now, policy) =>
      settle(intent, 'cancelled', 'by-caller', now, policy),
    ),
  }),
  mutant('a key makes a new intent', 'a repeat after the end of the first begins again', {
    machine,
    flaws: { ignoreKey: true },
  }),
  mutant('natural key not unique', 'a second key for the same wish competes with the first', {
    machine,
    flaws: { ignoreNaturalKey: true },
  }),
  mutant('patient created without a match', 'nobody looks whether the patient exists', {
    machine,
    ports: withEmr((emr) => ({
      precheck: (intent) => (intent.kind === 'create-patient' ? free() : emr.precheck(intent)),
    })),
  }),
  mutant('patient sent again', 'a silence about a new patient is followed by a second send', {
    machine,
    policy: (policy) => ({
      ...policy,
      resendAfterQuiet: { ...policy.resendAfterQuiet, 'create-patient': true },
    }),
  }),
  mutant('move frees the old time first', 'a move is a cancellation followed by a new place', {
    machine,
    ports: withEmr((emr) => ({
      async send(intent, marker, deadline) {
        if (intent.kind !== 'move') return emr.send(intent, marker, deadline);
        const [target] = await emr.search(intent).then((rows) => (rows === 'unreadable' ? [] : rows));
        if (target !== undefined) await emr.cancelRow(intent, target.id);
        return emr.send(intent, marker, deadline);
      },
    })),
  }),
];

function mutant(name: string, wrong: string, trial: Trial): Mutant {
  return { name, wrong, trial };
}

function withProtocol(protocol: Protocol): Trial['machine'] {
  return { ...machine, protocol };
}

function withRules(rules: Partial<EvidenceRules>): Trial['machine'] {
  return withProtocol(protocolWith({ ...evidenceRules, ...rules }));
}

function onAdvance(advance: Protocol['advance']): Trial['machine'] {
  return withProtocol({ ...bookingProtocol, advance });
}

/** Changes what one kind of event leads to. */
function onEvent(
  kind: Event['kind'],
  change: (intent: Intent, after: Intent, now: number, policy: Policy) => Intent,
): Trial['machine'] {
  return onAdvance((intent, event, now, policy) => {
    const after = bookingProtocol.advance(intent, event, now, policy);
    return event.kind === kind && after !== intent ? change(intent, after, now, policy) : after;
  });
}

/** Changes how one kind of event is understood. */
function asIf<K extends Event['kind']>(
  kind: K,
  read: (event: Extract<Event, { kind: K }>) => Extract<Event, { kind: K }>,
): Trial['machine'] {
  const isIt = (event: Event): event is Extract<Event, { kind: K }> => event.kind === kind;
  return onAdvance((intent, event, now, policy) =>
    bookingProtocol.advance(intent, isIt(event) ? read(event) : event, now, policy),
  );
}

/** A refusal by the EMR is believed without a search, where `when` says so. */
function refusedIs(when: (intent: Intent) => boolean): Trial['machine'] {
  return onAdvance((intent, event, now, policy) => {
    const after = bookingProtocol.advance(intent, event, now, policy);
    const refused = event.kind === 'outcome' && event.outcome.is === 'refused' && intent.phase === 'sending';
    return refused && when(intent) ? settle(intent, 'refused', 'slot-taken', now, policy) : after;
  });
}

function withSend(write: typeof writeOnce): Trial['machine'] {
  const send: Steps['send'] = async (run, intent) => {
    const started = await store(run, intent, { kind: 'send-started' });
    if (started.is !== 'stored') return started.intent;
    const { epoch } = started.intent;
    const outcome = await write(run, started.intent, noDeadline);
    return (await store(run, started.intent, { kind: 'outcome', epoch, outcome })).intent;
  };
  return { ...machine, steps: { ...machine.steps, send } };
}

function releasing(phase: Intent['phase']): NonNullable<Trial['flaws']> {
  return {
    record: (record: StepRecord, after: Intent) =>
      after.phase === phase ? { ...record, claims: 'release' } : record,
  };
}

function withEmr(change: (emr: EmrPort) => Partial<EmrPort>): (ports: BookingPorts) => BookingPorts {
  return (ports) => ({ ...ports, emr: { ...ports.emr, ...change(ports.emr) } });
}

async function free(): Promise<{ is: 'free' }> {
  return { is: 'free' };
}
