import type { BookingRequest, VendorAppointment } from '#adapter-kit/adapter.ts';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { WireFailure } from '#adapter-kit/wire-failure.ts';
import { type Intent, isSettled } from '#domain/booking-intent.ts';
import type { NotDone, Precheck } from '#domain/booking-protocol.ts';
import { Failure } from '#domain/failure.ts';
import type { Priority } from '#egress/index.ts';
import type { OfferedOpening } from '#store/openings.ts';
import type { BookingFacts } from './booking-facts.ts';
import type { EmrPort, FoundRow, SendResult } from './booking-ports.ts';
import type { Clock } from './clock.ts';
import { type Emr, lacksBudget, needsReconsent } from './emr-access.ts';

export interface EmrPortOptions {
  /** The practice's EMR with a priority; the signal ends waiting for a turn. */
  readonly open: (priority: Priority, signal?: AbortSignal) => Emr;
  readonly facts: (intentId: string) => Promise<BookingFacts>;
  readonly clock: Clock;
  /** Gives an opening's time back where the EMR keeps it for a hold of ours; true when it just did. */
  readonly freeHeld: (emr: Emr, opening: OfferedOpening) => Promise<boolean>;
  /** Longest time until a write is sure to be seen by a read, where the adapter does not name a longer one. */
  readonly readAfterWriteMs: number;
  /** Told of every appointment that was read for an intent. */
  readonly seen: (row: VendorAppointment) => void;
}

const day = 86_400_000;

/** The EMR as the booking protocol sees it: what a write needs to know before, and what is true after. */
export function createEmrPort(options: EmrPortOptions): EmrPort {
  const { open, facts, clock, freeHeld, seen } = options;
  return {
    async precheck(intent) {
      const known = await facts(intent.id);
      const emr = open('begin');
      try {
        const { opening } = known.request;
        const wasOurs = opening !== undefined && (await freeHeld(emr, opening));
        const said = await prechecks[intent.kind](emr, known);
        if (said.is !== 'taken' || !wasOurs) return said;
        // It was kept for us until a moment ago, which a read that lags still shows.
        await clock.sleep(Math.max(emr.capabilities.readAfterWriteMs, options.readAfterWriteMs));
        return await prechecks[intent.kind](emr, known);
      } catch (error) {
        if (needsReconsent(error)) return { is: 'needs-reconsent' };
        if (lacksBudget(error, emr.capabilities)) return { is: 'no-budget' };
        throw error;
      }
    },

    async send(intent, marker, deadline) {
      const known = await facts(intent.id);
      const left = deadline - clock.now();
      if (left <= 0) return { is: 'not-done', reason: 'too-late' };
      // What was checked is finished before others begin.
      const emr = open('reconcile', AbortSignal.timeout(left));
      try {
        return { is: 'accepted', id: await sends[intent.kind](emr, known, marker) };
      } catch (error) {
        const result = sendResult(error, emr);
        const isTaken = result.is === 'refused' && result.reason === 'taken' && !(error instanceof Failure);
        return isTaken && (await isStillFree(emr, known, clock)) ? { is: 'refused', reason: 'rule' } : result;
      }
    },

    async readBack(intent, id) {
      const known = await facts(intent.id);
      const [row] = await rowsOf(open('reconcile'), intent, known, id, { clock, seen });
      if (!row || row.missing) return 'missing';
      return row.equal ? 'equal' : 'different';
    },

    async search(intent) {
      const known = await facts(intent.id);
      const emr = open('reconcile');
      // The first sweep finds late twins; nobody waits for the others, of which each booking has several.
      const isDue = intent.nextActionAt !== null && intent.nextActionAt <= clock.now();
      const canWait = isSettled(intent) && isDue && intent.sweepsDone > 0;
      const inTurn = canWait && emr.capabilities.quota !== undefined ? open('background') : emr;
      return rowsOf(inTurn, intent, known, undefined, { clock, seen });
    },

    async cancelRow(_intent, id) {
      const emr = open('reconcile');
      await emr.run('cancel', id).catch(() => undefined);
      const row = await emr.run('read', id);
      if (row === undefined) return 'missing';
      return isLive(row) ? 'not-cancelled' : 'cancelled';
    },
  };
}

const prechecks: Readonly<Record<Intent['kind'], (emr: Emr, facts: BookingFacts) => Promise<Precheck>>> = {
  book: async (emr, { request }) => ({
    is: (await emr.run('verify', need(request.opening))) === 'free' ? 'free' : 'taken',
  }),
  move: async (emr, { request, target }) => {
    const row = await readStanding(emr, need(target));
    if (row && isAgreed(row) && standsAt(row, need(request.opening)))
      return { is: 'already', id: row.resource.id };
    if (row?.resource.id !== target) return { is: 'forbidden' };
    if (row?.resource.status !== 'booked' || !startsAt(row, request.targetStart)) return { is: 'forbidden' };
    return { is: (await emr.run('verify', need(request.opening))) === 'free' ? 'free' : 'taken' };
  },
  cancel: async (emr, { request, target }) => {
    const row = await emr.run('read', need(target));
    if (!row) return { is: 'already', id: need(target), missing: true };
    if (row.replacedBy !== undefined) return { is: 'forbidden' };
    if (row.resource.status === 'cancelled') return { is: 'already', id: need(target) };
    return row.resource.status === 'booked' && startsAt(row, request.targetStart)
      ? { is: 'free' }
      : { is: 'forbidden' };
  },
  'create-patient': async (emr, { demographics }) => {
    const found = await emr.run('matchPatients', need(demographics));
    // Somebody whom the practice does not book any more is not created anew beside that: people decide.
    const [one] = found;
    if (found.length > 1 || one?.bookable === false) return { is: 'several' };
    return one ? { is: 'already', id: one.resource.id } : { is: 'free' };
  },
};

/** One write; gives the EMR's id of what it made or changed. */
const sends: Readonly<
  Record<Intent['kind'], (emr: Emr, facts: BookingFacts, marker: string) => Promise<string>>
> = {
  book: async (emr, facts, marker) => (await emr.run('book', wantedOf(facts, marker))).id,
  move: async (emr, facts, marker) => (await emr.run('move', need(facts.target), wantedOf(facts, marker))).id,
  cancel: async (emr, { target }) => {
    await emr.run('cancel', need(target));
    return need(target);
  },
  'create-patient': async (emr, { demographics }) => (await emr.run('createPatient', need(demographics))).id,
};

function wantedOf({ request, patient, visitTypeRef }: BookingFacts, marker: string): BookingRequest {
  return {
    patient: need(patient),
    opening: need(request.opening),
    marker,
    ...(visitTypeRef !== undefined && { visitTypeRef }),
  };
}

/** An EMR that calls a time taken and shows it as free refuses for a reason of its own: the next time helps no caller. */
async function isStillFree(emr: Emr, { request: { opening } }: BookingFacts, clock: Clock): Promise<boolean> {
  if (opening === undefined) return false;
  const looksFree = async () => (await emr.run('verify', opening).catch(() => 'gone')) === 'free';
  if (!(await looksFree())) return false;
  const lagMs = emr.capabilities.readAfterWriteMs;
  if (lagMs === 0) return true;
  // Who was faster may not be in its lists yet.
  await clock.sleep(lagMs);
  return looksFree();
}

function sendResult(error: unknown, emr: Emr): SendResult {
  if (error instanceof Failure && error.code === 'slot-taken') return { is: 'refused', reason: 'taken' };
  // A Failure of an operation means that nothing was sent to change anything. What was there when it was checked and is
  // not there now may be a read that lags: it is looked at again.
  if (error instanceof Failure)
    return { is: 'not-done', reason: error.code === 'not-found' ? 'not-sent' : 'rejected' };
  if (!(error instanceof WireFailure)) return { is: 'unknown' };
  if (error.kind === 'not-sent' && lacksBudget(error, emr.capabilities))
    return { is: 'not-done', reason: 'no-budget' };
  const { outcome, reason } = classifyWrite(error, emr.capabilities.refusals, emr.adapter.routes);
  if (outcome === 'ambiguous') return { is: 'unknown' };
  if (outcome === 'refused') return { is: 'refused', reason: reason === 'taken' ? 'taken' : 'rule' };
  return { is: 'not-done', reason: isNotDone(reason) ? reason : 'not-sent' };
}

function isNotDone(reason: string): reason is NotDone {
  return ['throttled', 'unauthorized', 'rejected', 'missing'].includes(reason);
}

/** The rows that can tell what became of an intent; one of them alone when its id is given. */
async function rowsOf(
  emr: Emr,
  intent: Intent,
  facts: BookingFacts,
  id: string | undefined,
  { clock, seen }: Pick<EmrPortOptions, 'clock' | 'seen'>,
): Promise<FoundRow[]> {
  const { request, patient, target, demographics } = facts;
  if (intent.kind === 'create-patient') {
    const found = await emr.run('matchPatients', need(demographics));
    return found
      .filter((one) => id === undefined || one.resource.id === id)
      .map((one) => ({
        id: one.resource.id,
        live: true,
        markers: [],
        equal: true,
        created: null,
        byUs: null,
      }));
  }
  if (intent.kind === 'book') {
    const opening = need(request.opening);
    const isEqual = (row: VendorAppointment) =>
      isAgreed(row) && standsAt(row, opening) && isOf(row, need(patient));
    if (id !== undefined) {
      const row = await emr.run('read', id);
      if (row) seen(row);
      return row ? [foundRow(row, isEqual(row))] : [];
    }
    const start = Date.parse(opening.start);
    // From yesterday on, because staff may already have moved what is ours to an earlier day.
    const window = {
      from: new Date(Math.min(clock.now(), start) - day).toISOString(),
      to: new Date(start + 62 * day).toISOString(),
    };
    const rows = [...(await emr.run('appointmentsOf', need(patient), window))];
    if (intent.emrRef !== null && !rows.some((row) => row.resource.id === intent.emrRef)) {
      const named = await emr.run('read', intent.emrRef);
      if (named) rows.push(named);
    }
    rows.forEach(seen);
    const successors = await successorsAmong(emr, rows);
    return rows.map((row) => ({
      ...foundRow(row, isEqual(row)),
      ...(successors.has(row.resource.id) && { successor: true }),
    }));
  }
  const read = intent.kind === 'move' ? readStanding(emr, need(target)) : emr.run('read', need(target));
  const row = await read;
  if (row) seen(row);
  if (intent.kind === 'cancel') {
    const gone: FoundRow = {
      id: need(target),
      live: false,
      markers: [],
      equal: true,
      created: null,
      byUs: null,
      missing: true,
    };
    if (row === undefined) return [gone];
    return [foundRow(row, row.resource.status === 'cancelled' && row.replacedBy === undefined)];
  }
  if (row === undefined) return [];
  const found = foundRow(row, isAgreed(row) && standsAt(row, need(request.opening)));
  return [row.resource.id === need(target) ? found : { ...found, successor: true }];
}

/** The appointment, or the one that stands in its place by now where the EMR's moves leave one record for another. */
async function readStanding(emr: Emr, id: string): Promise<VendorAppointment | undefined> {
  let row = await emr.run('read', id);
  for (let steps = 0; row?.replacedBy !== undefined && steps < mostMoves; steps += 1) {
    const next: VendorAppointment | undefined = await emr.run('read', row.replacedBy);
    if (next === undefined) return row;
    row = next;
  }
  return row;
}

const mostMoves = 5;

/** Ids of all that stand in the place of one of these by now, also by way of one that is not among them. */
async function successorsAmong(emr: Emr, rows: readonly VendorAppointment[]): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const row of rows) {
    let next = row.replacedBy;
    while (next !== undefined && !ids.has(next)) {
      const id = next;
      ids.add(id);
      next = (rows.find(({ resource }) => resource.id === id) ?? (await emr.run('read', id)))?.replacedBy;
    }
  }
  return ids;
}

function foundRow(row: VendorAppointment, equal: boolean): FoundRow {
  return {
    id: row.resource.id,
    live: isLive(row),
    markers: row.markers,
    equal,
    created: row.created === undefined ? null : Date.parse(row.created),
    byUs: null,
  };
}

const off: ReadonlySet<string> = new Set(['cancelled', 'noshow', 'entered-in-error']);

export function isLive(row: VendorAppointment): boolean {
  return !off.has(row.resource.status);
}

/** Whether a visit is what a caller may be told as booked: one that nobody has yet to accept. */
function isAgreed(row: VendorAppointment): boolean {
  return agreed.has(row.resource.status);
}

const agreed: ReadonlySet<string> = new Set(['booked', 'arrived', 'checked-in', 'fulfilled']);

function standsAt(row: VendorAppointment, opening: OfferedOpening): boolean {
  const { start, end } = row.resource;
  if (start === undefined || end === undefined) return false;
  const minutes = (Date.parse(end) - Date.parse(start)) / 60_000;
  return (
    startsAt(row, opening.start) &&
    minutes === opening.minutes &&
    refersTo(row, `Practitioner/${opening.practitioner}`) &&
    refersTo(row, `Location/${opening.location}`)
  );
}

function startsAt(row: VendorAppointment, start: string | undefined): boolean {
  return (
    start === undefined ||
    (row.resource.start !== undefined && Date.parse(row.resource.start) === Date.parse(start))
  );
}

function isOf(row: VendorAppointment, patient: string): boolean {
  return refersTo(row, `Patient/${patient}`);
}

function refersTo(row: VendorAppointment, reference: string): boolean {
  return (row.resource.participant ?? []).some((participant) => participant.actor?.reference === reference);
}

/** The store gives every kind of intent what it needs; what is missing here was never asked for. */
function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The intent lacks what its kind needs.');
  return value;
}
