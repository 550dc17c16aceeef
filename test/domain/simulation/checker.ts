import { epochOf, findMarkers } from '#domain/marker.ts';
import { collide, current, type Facts, type Place, type Row, samePlace, stateAt } from './rows.ts';
import type { Evidence, Violation } from './verdict.ts';
import { checkWire } from './wire-checker.ts';
import { stemOf, type Told, type World } from './world.ts';

export function check(world: World): Violation[] {
  const told = Map.groupBy(world.told, (each) => each.intent);
  const rows = rowsByIntent(world, [...told.keys()]);
  const evidence: Evidence = { world, told, rows };
  const found: Violation[] = [];
  for (const [intent, answers] of told) {
    const last = answers.at(-1);
    if (last === undefined) continue;
    const report = (rule: string, detail = '') => found.push({ rule, intent, detail });
    for (const rule of rules)
      rule({ ...evidence, intent, answers, last, mine: rows.get(intent) ?? [] }, report);
  }
  return [...found, ...acrossIntents(evidence), ...checkWire(evidence)];
}

interface Case extends Evidence {
  readonly intent: string;
  readonly answers: readonly Told[];
  readonly last: Told;
  readonly mine: readonly Row[];
}
type Rule = (it: Case, report: (rule: string, detail?: string) => void) => void;

const final = new Set(['confirmed', 'slot_taken', 'not_booked', 'cancelled']);
const slackMs = 20_000;

const rules: readonly Rule[] = [
  function endsWithoutLoss({ world, last, answers }, report) {
    if (last.answer.status === 'pending') report('an acknowledged request is never lost', 'still pending');
    const { maxAgeMs, leaseMs } = world.profile.policy;
    const late = answers.find(
      (told) => told.answer.status === 'pending' && told.at - told.askedAt > maxAgeMs + leaseMs + 300_000,
    );
    if (late !== undefined)
      report('what cannot be finished is handed to people in time', `${late.at - late.askedAt} ms`);
  },
  function repeatsHearTheSame({ answers }, report) {
    const firstFinal = answers.find((told) => final.has(told.answer.status));
    const firstHuman = answers.find((told) => told.answer.status === 'needs_human');
    for (const { answer, begunAt } of answers) {
      // Only what was asked after an answer had been heard has to agree with it: an older answer may be under way.
      if (firstFinal !== undefined && begunAt >= firstFinal.at && answer.status !== firstFinal.answer.status)
        report('every repeat hears the same', `${firstFinal.answer.status} then ${answer.status}`);
      const further = ['needs_human', 'confirmed', 'cancelled'].includes(answer.status);
      if (firstHuman !== undefined && begunAt >= firstHuman.at && !further)
        report('every repeat hears the same', `needs_human then ${answer.status}`);
    }
    if (new Set(answers.map((told) => told.answer.status).filter((status) => final.has(status))).size > 1)
      report('every repeat hears the same', 'two final answers');
  },
  function atMostOneLives({ mine }, report) {
    const live = mine.filter((row) => current(row).status === 'booked' && !touched(row));
    if (live.length > 1) report('at most one appointment for an intent', live.map((row) => row.id).join(' '));
  },
  function noneTakenByThemselves({ mine, answers }, report) {
    const no = answers.find(
      (told) => told.answer.status === 'slot_taken' || told.answer.status === 'not_booked',
    );
    if (no === undefined || no.facts.kind !== 'book') return;
    if (mine.some((row) => livesAfter(row, no.at)))
      report('nobody is told "taken" or "not booked" about their own appointment', no.answer.code ?? '');
  },
  function confirmedIsThere({ world, last, answers, mine }, report) {
    if (last.facts.kind !== 'book' || last.answer.status !== 'confirmed') return;
    const row = world.emr.byId.get(last.ref ?? '');
    if (row === undefined) return report('confirmed means it is in the EMR', 'no such row');
    const bornForIt = mine.includes(row);
    if (!bornForIt && row.created < last.askedAt - 5_000)
      report('what is confirmed came to be for this request', row.id);
    const refs = new Set(answers.map((told) => told.ref));
    const changed = changesOf(world, refs);
    if (last.answer.since === 'cancelled' && !changed.cancel && !mine.some(touched) && !touched(row))
      report('a confirmed visit does not vanish by itself', row.id);
    if (changed.cancel || changed.unknown || mine.some(touched) || touched(row)) return;
    if (current(row).status !== 'booked')
      return report('a confirmed caller keeps an appointment', current(row).status);
    const expected = changed.place ?? last.facts;
    if (!samePlace(current(row), expected) || row.patient !== last.facts.patient)
      report('confirmed means equal to what was asked', row.id);
    if (answers.some((told) => told.answer.status === 'confirmed' && told.ref !== row.id))
      report('the appointment told of is the one that stays', row.id);
  },
  function cancelledIsGone({ world, mine, answers }, report) {
    const told = answers.find((each) => each.answer.status === 'cancelled');
    if (told === undefined || told.facts.kind !== 'book') return;
    const ours = mine.filter((row) => !touched(row));
    if (ours.some((row) => current(row).status === 'booked'))
      report('cancelled means cancelled', 'lives at the end');
    const then = ours.filter((row) => stateAt(row, told.at)?.status === 'booked' && !landedLate(world, row));
    for (const row of then) report('cancelled means cancelled', `${row.id} lived when it was told`);
    for (const row of ours.filter((each) => each.created > told.at && !landedLate(world, each)))
      report('cancelled means cancelled', `${row.id} came later`);
  },
  function cancellationIsHeeded({ answers, last }, report) {
    if (
      answers.some((told) => told.wish === 'give-up') &&
      !['cancelled', 'needs_human'].includes(last.answer.status)
    )
      report('an accepted cancellation is carried out', last.answer.status);
  },
  function changeIsTrue({ world, answers }, report) {
    const told = answers.find((each) => each.answer.status === 'confirmed');
    if (told === undefined || told.facts.kind !== 'cancel') return;
    const row = world.emr.byId.get(told.facts.target);
    if (row !== undefined && stateAt(row, told.at)?.status === 'booked')
      report('cancelled means cancelled', row.id);
  },
  function patientsAreTrue({ world, answers }, report) {
    const told = answers.find((each) => each.answer.status === 'confirmed');
    if (told === undefined || told.facts.kind !== 'create-patient') return;
    const { name } = told.facts;
    const before = told.askedAt - slackMs;
    const same = world.emr.patients.filter((each) => each.name === name);
    if (!same.some((each) => each.id === told.ref))
      report('confirmed means it is in the EMR', 'no such patient');
    if (same.filter((each) => each.created < before).length > 1)
      report('one of several patients is never picked', name);
  },
];

function acrossIntents({ world, told, rows }: Evidence): Violation[] {
  const found: Violation[] = [];
  const made = Map.groupBy(
    world.emr.patients.filter((each) => each.by === 'gateway'),
    (each) => each.name,
  );
  for (const [name, list] of made)
    if (list.length > 1 || world.emr.patients.some((each) => each.name === name && each.by === 'staff'))
      found.push({ rule: 'no patient is created twice', intent: name, detail: String(list.length) });
  for (const [key, list] of Map.groupBy(world.told, (each) => each.key)) {
    const intents = new Set(list.map((each) => each.intent));
    if (intents.size > 1)
      found.push({ rule: 'one key, one operation', intent: [...intents].join(' '), detail: key });
  }
  const live = [...rows].flatMap(([intent, list]) =>
    list.filter(standsUntouched).map((row) => ({ intent, row })),
  );
  for (const [index, one] of live.entries())
    for (const other of live.slice(index + 1)) {
      if (one.intent !== other.intent && collide(current(one.row), current(other.row)))
        found.push({
          rule: 'the gateway never books one time twice',
          intent: one.intent,
          detail: other.intent,
        });
    }
  for (const row of world.emr.rows) found.push(...gatewayTookAway(row, told, rows));
  return [...found, ...takenFromThemselves(world)];
}

/** The gateway takes a row off the book only when its caller asked, or when the row is a twin nobody was told of. */
function gatewayTookAway(row: Row, told: Evidence['told'], rows: Evidence['rows']): Violation[] {
  const taken = row.writes.find((write) => write.by === 'gateway' && write.action === 'cancel');
  if (taken === undefined) return [];
  const all = [...told.values()].flat();
  const asked = all.some((each) => each.facts.kind === 'cancel' && each.facts.target === row.id);
  if (asked) return [];
  const owner = [...rows].find(([, list]) => list.includes(row))?.[0];
  const detail = row.id;
  if (owner === undefined) return [{ rule: 'the gateway cancels only what it wrote', intent: '', detail }];
  const answers = told.get(owner) ?? [];
  const hadTold = answers.some(
    (each) => each.answer.status === 'confirmed' && each.ref === row.id && each.at < taken.at,
  );
  const gaveUp = answers.some((each) => each.wish === 'give-up');
  if (hadTold && !gaveUp)
    return [{ rule: 'the appointment told of is the one that stays', intent: owner, detail }];
  return [];
}

/** Two keys for one wish: the second may not hear "taken" because of the first. */
function takenFromThemselves(world: World): Violation[] {
  const bookings = world.told.filter((told) => told.wish === 'book' && told.facts.kind === 'book');
  const confirmed = bookings.filter(
    (told) => told.answer.status === 'confirmed' && told.answer.since === undefined,
  );
  return bookings
    .filter((told) => told.answer.status === 'slot_taken')
    .filter((told) => confirmed.some((other) => other.caller === told.caller && other.at < told.askedAt))
    .map(({ intent, key }) => ({
      rule: 'nobody is told "taken" or "not booked" about their own appointment',
      intent,
      detail: key,
    }));
}

/** What a caller changed about a booking that had been confirmed; `unknown` while a change is in people's hands. */
function changesOf(
  world: World,
  refs: ReadonlySet<string | null>,
): { cancel: boolean; unknown: boolean; place: Place | undefined } {
  const asked = world.told.filter(
    ({ facts }) => (facts.kind === 'move' || facts.kind === 'cancel') && refs.has(facts.target),
  );
  const last = new Map(asked.map((told) => [told.intent, told]));
  const change = { cancel: false, unknown: false, place: undefined as Place | undefined };
  for (const told of last.values()) {
    if (told.answer.status === 'needs_human') change.unknown = true;
    if (told.answer.status !== 'confirmed') continue;
    if (told.wish === 'cancel') change.cancel = true;
    if (told.facts.kind === 'move') change.place = placeOf(told.facts);
  }
  return change;
}

function placeOf({ start, minutes, practitioner, location }: Extract<Facts, { kind: 'move' }>): Place {
  return { start, minutes, practitioner, location };
}

function rowsByIntent(world: World, intents: readonly string[]): Map<string, Row[]> {
  const stems = new Map(intents.map((intent) => [stemOf(intent), intent]));
  const rows = new Map<string, Row[]>();
  for (const row of world.emr.rows) {
    const [marker] = findMarkers(row.born);
    const intent = marker === undefined ? undefined : stems.get(marker.slice(0, marker.lastIndexOf('.')));
    if (intent === undefined || marker === undefined || epochOf(stemOf(intent), marker) === undefined)
      continue;
    rows.set(intent, [...(rows.get(intent) ?? []), row]);
  }
  return rows;
}

/** Landed when the quiet period was over, or too close to its end to be seen: then only the sweep can help. */
function landedLate({ emr, profile }: World, row: Row): boolean {
  const { quietMs, maxSendMs, readAfterWriteMs } = profile.policy;
  const sent = emr.wire.find((entry) => entry.marker === row.born);
  return sent !== undefined && row.created - sent.at > quietMs - maxSendMs - readAfterWriteMs;
}

function touched(row: Row): boolean {
  return row.writes.some((write) => write.by === 'staff');
}

function standsUntouched(row: Row): boolean {
  return current(row).status === 'booked' && !touched(row);
}

function livesAfter(row: Row, at: number): boolean {
  return row.states.some(
    (state, index) =>
      state.status === 'booked' && (row.states[index + 1]?.since ?? Number.POSITIVE_INFINITY) > at,
  );
}
