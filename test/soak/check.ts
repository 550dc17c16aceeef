import { type Heard, isFinal, type Place, type Said } from './history.ts';
import type { LedgerRow, Truth } from './truth.ts';

export interface Violation {
  readonly rule: string;
  readonly person: string;
  readonly detail: string;
}

/**
 * Compares what clients heard with what is so in the EMRs at the end. Knows nothing of the gateway: not its tables, not
 * its markers, not how it works.
 *
 * @returns every broken promise; an empty list when all were kept
 */
export function check(heard: readonly Heard[], truths: readonly Truth[]): Violation[] {
  const found: Violation[] = [];
  for (const truth of truths) {
    const here = heard.filter(({ office }) => office === truth.office);
    for (const [person, list] of Map.groupBy(here, (one) => one.person)) {
      const one = caseOf(person, list, truth);
      for (const rule of rules)
        rule(one, (promise, detail = '') => found.push({ rule: promise, person, detail }));
    }
    found.push(...timesBookedTwice(truth), ...mixedUp(here, truth));
  }
  return found;
}

/** One invented person: everything heard about them, and all that the EMR has of them. */
interface Case {
  readonly person: string;
  readonly truth: Truth;
  readonly heard: readonly Heard[];
  /** By what was asked, in the order of asking; the answers of each in the order of hearing. */
  readonly asks: readonly Ask[];
  readonly charts: readonly string[];
  /** Appointments that came by the API. */
  readonly rows: readonly LedgerRow[];
}

interface Ask {
  readonly first: Heard;
  readonly heard: readonly Heard[];
  /** The last thing that was final, or the last thing that was said at all. */
  readonly outcome: Said;
}

type Rule = (one: Case, broken: (promise: string, detail?: string) => void) => void;

function caseOf(person: string, list: readonly Heard[], truth: Truth): Case {
  const asks = [...Map.groupBy(list, (one) => one.ask).values()].map((of): Ask => {
    const heard = of.toSorted((a, b) => a.at - b.at);
    const first = of.reduce((early, each) => (each.askedAt < early.askedAt ? each : early));
    const finals = heard.filter(isFinal);
    // What people were asked to finish may have been finished since.
    const end = finals.findLast(({ said }) => said.is !== 'people') ?? finals.at(-1) ?? heard.at(-1);
    return { first, heard, outcome: end?.said ?? { is: 'nothing', why: 'never asked' } };
  });
  const charts = truth.patients.filter(({ name }) => name === person).map(({ id }) => id);
  return {
    person,
    truth,
    heard: list,
    asks: asks.toSorted((a, b) => a.first.askedAt - b.first.askedAt),
    charts,
    rows: truth.appointments.filter((row) => charts.includes(row.patientId) && row.writes[0]?.by === 'api'),
  };
}

const rules: readonly Rule[] = [
  function everyRequestEnds({ asks }, broken) {
    for (const { first, heard } of asks) {
      if (heard.some(isFinal)) continue;
      const acknowledged = heard.some(({ said }) => said.is === 'later');
      broken(
        acknowledged
          ? 'what was acknowledged ends confirmed, refused or with people'
          : 'a request is answered in the end',
        first.wish,
      );
    }
  },
  function repeatsHearTheSame({ asks }, broken) {
    for (const { first, heard } of asks) {
      const binding = heard.filter((one) => isFinal(one) && !isNotNow(one));
      const kinds = new Set(binding.map(({ said }) => said.is).filter((kind) => kind !== 'people'));
      if (kinds.size > 1)
        broken('every repeat hears the same', `${first.wish}: ${[...kinds].join(', then ')}`);
      const settled = binding.find(({ said }) => said.is !== 'people');
      const contradicts = (one: Heard) =>
        settled !== undefined &&
        one.askedAt >= settled.at &&
        (one.said.is === 'later' || one.said.is === 'people' || isNotNow(one));
      const other = heard.find(contradicts);
      if (other !== undefined)
        broken('every repeat hears the same', `${first.wish}: ${settled?.said.is}, then ${other.said.is}`);
    }
  },
  function oneAppointmentIsNamed({ asks }, broken) {
    const named = asks.filter(({ first }) => first.wish === 'book');
    for (const [start, same] of Map.groupBy(named, ({ first }) => first.place?.start)) {
      const ids = new Set(
        same
          .flatMap(({ heard }) => heard)
          .flatMap(({ said }) => (said.is === 'done' ? [said.appointment?.id] : [])),
      );
      if (ids.size > 1) broken('one wish, one appointment', `${ids.size} for ${iso(start)}`);
    }
  },
  function aPatientIsCreatedOnce({ asks, charts }, broken) {
    if (charts.length > 1) broken('no patient is created twice', charts.join(' '));
    const told = asks.flatMap(({ outcome }) =>
      outcome.is === 'done' && outcome.patient !== undefined ? [outcome.patient] : [],
    );
    if (told.length > 0 && charts.length === 0) broken('a patient who was created is there');
    if (new Set(told).size > 1) broken('a person has one id', told.join(' '));
  },
  function whatIsToldIsWhatWasAsked({ heard }, broken) {
    for (const { wish, said, place } of heard) {
      if (said.is !== 'done' || said.appointment === undefined) continue;
      const { appointment } = said;
      const status = { book: 'booked', move: 'booked', cancel: 'cancelled', hold: 'pending' }[wish as string];
      if (status !== undefined && appointment.status !== status)
        broken('confirmed means equal to what was asked', `${wish}: ${appointment.status}`);
      if (place !== undefined && !isSame(place, appointment))
        broken('confirmed means equal to what was asked', `${wish}: ${iso(appointment.start)}`);
    }
  },
  function doneMeansDone({ heard, rows, truth }, broken) {
    for (const { wish, said, at } of heard) {
      if (said.is !== 'done' || (wish !== 'book' && wish !== 'move' && wish !== 'cancel')) continue;
      if (!timesOf(wish, rows, truth).some((time) => time <= at))
        broken('nothing is confirmed before it is in the EMR', wish);
    }
  },
  function whatTheEmrCannotDoIsLeftToPeople({ asks, rows, truth }, broken) {
    for (const wish of ['move', 'cancel'] as const) {
      if (can(wish, truth)) continue;
      for (const { first, heard } of asks)
        if (first.wish === wish && heard.some(({ said }) => said.is === 'done'))
          broken('what the EMR cannot do is never said to be done', wish);
      const written = rows.find(({ writes }) =>
        writes.some(({ by, action }) => by === 'api' && action === wish),
      );
      if (written !== undefined) broken('what the EMR cannot do is not done', `${wish}, row ${written.id}`);
    }
  },
  function noMeansNo({ heard, rows }, broken) {
    for (const { wish, said, place, at } of heard) {
      if (wish !== 'book' || said.is !== 'no') continue;
      const row = rows.find((one) => startOf(one) === place?.start && livedAfter(one, at));
      if (row !== undefined)
        broken(
          'nobody is told "taken" or "not booked" about their own appointment',
          `${said.code}, row ${row.id}`,
        );
    }
  },
  function aHeldTimeIsTheirs({ heard, truth }, broken) {
    for (const { held, said, place } of heard) {
      if (!held || said.is !== 'no' || said.status !== 409 || place === undefined) continue;
      const desk = truth.appointments.some(
        (row) => row.writes.some(({ by }) => by === 'staff') && overlaps(row, place.start, place.end),
      );
      if (!desk) broken('a time that is held is not lost to another caller', said.code);
    }
  },
  function theBookIsAsTold(one, broken) {
    const { rows, asks, truth } = one;
    const live = rows.filter(isLive);
    if (live.length > 1)
      return broken('at most one appointment stays', live.map((row) => `${row.id} ${row.start}`).join(', '));
    const expected = expectedOf(asks, truth);
    const [row] = live;
    if (row === undefined) {
      if (!expected.includes('nothing'))
        broken('a confirmed caller keeps an appointment', placesText(expected));
    } else if (!expected.some((place) => place !== 'nothing' && place.start === startOf(row)))
      broken('the appointment stands where it was said', `${row.id} ${row.start}: ${placesText(expected)}`);
  },
  function itReadsAsTold({ asks, heard, truth }, broken) {
    const read = heard.findLast(({ wish, said }) => wish === 'read' && isFinal({ said }));
    const expected = expectedOf(asks, truth);
    const [place] = expected;
    if (read === undefined || place === undefined || expected.length > 1) return;
    const shown = read.said.is === 'done' ? read.said.appointment : undefined;
    if (place === 'nothing') {
      if (shown?.status !== 'cancelled') broken('what was cancelled reads so', shown?.status ?? read.said.is);
    } else if (shown?.status !== 'booked' || !isSame(place, shown))
      broken('the appointment told of is the one that stays', shown ? iso(shown.start) : read.said.is);
  },
];

/**
 * Where the person's appointment may stand when everything is over, by what was said last about each wish. More than
 * one possibility only where people were asked to finish it, or nothing was ever said.
 */
function expectedOf(asks: readonly Ask[], truth: Truth): readonly (Place | 'nothing')[] {
  let expected: readonly (Place | 'nothing')[] = ['nothing'];
  const booked = new Map<number | undefined, Said>();
  for (const { first, outcome } of asks) {
    const { wish, place } = first;
    const open = outcome.is === 'people' || outcome.is === 'later' || outcome.is === 'nothing';
    // Nobody plays the people of a soak: what only they can do was not done.
    if ((wish === 'move' || wish === 'cancel') && !can(wish, truth) && open) continue;
    if ((wish === 'book' || wish === 'give-up') && place !== undefined) {
      // Two platforms for one person and time: one of them was told that it is booked.
      const told = booked.get(place.start);
      if (told?.is === 'done') continue;
      booked.set(place.start, outcome);
      if (outcome.is === 'done') expected = [place];
      else if (open) expected = [...expected, place];
    }
    if (wish === 'move' && place !== undefined) {
      if (outcome.is === 'done') expected = [place];
      else if (open) expected = [...expected, place];
    }
    if (wish === 'cancel') {
      if (outcome.is === 'done') expected = ['nothing'];
      else if (open) expected = [...expected, 'nothing'];
    }
  }
  return expected;
}

/** When one person's visits were booked, moved or cancelled in the EMR. */
function timesOf(wish: 'book' | 'move' | 'cancel', rows: readonly LedgerRow[], { can }: Truth): number[] {
  const writes = rows.flatMap(({ id, writes }) => writes.map((write) => ({ ...write, row: id })));
  // A linked move is one operation: a record is cancelled and another one booked at the same moment.
  const isOfMove = (one: (typeof writes)[number]) =>
    can.move === 'linked' &&
    (one.action === 'book' || one.action === 'cancel') &&
    writes.some(
      (other) =>
        other.row !== one.row &&
        other.at === one.at &&
        other.action === (one.action === 'book' ? 'cancel' : 'book'),
    );
  return writes
    .filter((write) => (isOfMove(write) ? wish === 'move' : write.action === wish))
    .map(({ at }) => Date.parse(at));
}

function can(wish: 'move' | 'cancel', { can }: Truth): boolean {
  return wish === 'move' ? can.move !== 'unsupported' : can.cancel;
}

/**
 * Appointments that came by the API for different people, at one time, with one practitioner whose book does not take so
 * many, or in one chair.
 */
function timesBookedTwice({ appointments, office, atOnce, placeIsChair }: Truth): Violation[] {
  const live = appointments
    .filter((row) => isLive(row) && row.writes[0]?.by === 'api')
    .toSorted((a, b) => startOf(a) - startOf(b));
  const found: Violation[] = [];
  for (const [index, one] of live.entries()) {
    const then = live
      .slice(0, index)
      .filter((other) => startOf(one) < endOf(other) && other.patientId !== one.patientId);
    const beside = then.filter((other) => other.practitionerId === one.practitionerId);
    const inChair = then.find((other) => placeIsChair && other.locationId === one.locationId);
    const clash = beside.length >= atOnce ? beside[0] : inChair;
    if (clash !== undefined)
      found.push({
        rule: 'one time is never booked twice',
        person: '',
        detail: `${office}: ${clash.id} and ${one.id} at ${one.start}`,
      });
  }
  return found;
}

/** A reference of the gateway always means the same practitioner and place of the EMR. */
function mixedUp(heard: readonly Heard[], truth: Truth): Violation[] {
  const meanings = new Map<string, Set<string>>();
  const means = (reference: string, id: string | null) =>
    meanings.set(reference, (meanings.get(reference) ?? new Set()).add(id ?? ''));
  for (const [person, list] of Map.groupBy(heard, (one) => one.person)) {
    const { asks, rows } = caseOf(person, list, truth);
    const [place, more] = expectedOf(asks, truth);
    const row = rows.find((one) => isLive(one));
    if (more !== undefined || place === undefined || place === 'nothing' || row === undefined) continue;
    means(place.practitioner, row.practitionerId);
    means(place.location, row.locationId);
  }
  return [...meanings]
    .filter(([, ids]) => ids.size > 1)
    .map(([reference, ids]) => ({
      rule: 'the practitioner and the place are those that were asked for',
      person: '',
      detail: `${truth.office}: ${reference} means ${[...ids].join(' and ')}`,
    }));
}

/** "Not now" about anything but a booking: nothing was done, and asking again may do it. */
function isNotNow({ wish, said }: Heard): boolean {
  return said.is === 'no' && said.status === 503 && wish !== 'book';
}

function isSame(one: Place, other: Place): boolean {
  return (
    one.start === other.start &&
    one.end === other.end &&
    one.practitioner === other.practitioner &&
    one.location === other.location
  );
}

function isLive(row: LedgerRow): boolean {
  return row.status === 'booked';
}

function livedAfter(row: LedgerRow, at: number): boolean {
  const off = row.writes.findLast(({ action }) => action === 'cancel' || action === 'delete');
  return isLive(row) || (off !== undefined && Date.parse(off.at) > at);
}

function overlaps(row: LedgerRow, start: number, end: number): boolean {
  return startOf(row) < end && start < endOf(row);
}

function startOf(row: LedgerRow): number {
  return Date.parse(row.start ?? '');
}

function endOf(row: LedgerRow): number {
  return Date.parse(row.end ?? '');
}

function iso(at: number | undefined): string {
  return at === undefined || Number.isNaN(at) ? 'no time' : new Date(at).toISOString();
}

function placesText(places: readonly (Place | 'nothing')[]): string {
  return places.map((place) => (place === 'nothing' ? place : iso(place.start))).join(' or ');
}
