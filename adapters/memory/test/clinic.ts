import { setTimeout as delay } from 'node:timers/promises';
import { parseInstant, toInstantWithOffset, WireFailure } from '#adapter-kit/index.ts';
import {
  createMemo,
  type EmrUnderTest,
  type Fault,
  type Harness,
  type InProcessAnswer,
  type InProcessRequest,
  inProcessClient,
  type LedgerAppointment,
  type StaffAction,
} from '#adapter-kit/testing/index.ts';
import { memory } from '../index.ts';

/**
 * The EMR of the tutorial: a clinic in a variable, with two rooms, two people who work there, and the faults that a
 * line can have. Written from `wire.ts` alone; a real vendor's simulator is a program of its own.
 */
export const clinic: Harness = {
  start: async () => {
    let state = opened();
    /** The clinic as it was before the last write. */
    let previous = state;
    let faults: { -readonly [K in keyof Fault]: Fault[K] }[] = [];
    const write = (act: (next: State) => InProcessAnswer): InProcessAnswer => {
      const next = structuredClone(state);
      const answer = act(next);
      if (answer.status < 300) [previous, state] = [state, next];
      return answer;
    };
    const perform = (request: InProcessRequest): InProcessAnswer =>
      request.method === 'GET' ? answerRead(state, request) : write((next) => answerWrite(next, request));

    const serve = async (request: InProcessRequest): Promise<InProcessAnswer> => {
      const effect = request.method === 'GET' ? 'read' : 'write';
      const fault = faults.find((each) => each.effect === effect);
      if (fault === undefined) return perform(request);
      fault.times = (fault.times ?? 1) - 1;
      faults = faults.filter(({ times }) => times !== 0);
      return strike(request, fault);
    };
    const strike = async (request: InProcessRequest, fault: Fault): Promise<InProcessAnswer> => {
      const broken = (reason: string) => new WireFailure('unknown', request.route, { reason });
      switch (fault.name) {
        case 'request-dropped':
          throw broken('reset');
        case 'hung':
          throw broken('timeout');
        case 'throttled':
          return { status: 429, retryAfterSeconds: 1 };
        case 'lost-connectivity-400':
          return { status: 400, body: 'The office cannot be reached.' };
        case 'stale-read':
          return answerRead(previous, request);
        case 'late-commit':
          void delay(fault.delayMs).then(() => perform(request));
          throw broken('reset');
      }
      const answer = perform(request);
      switch (fault.name) {
        case 'response-lost':
          throw broken('reset');
        case 'slow':
          throw broken('timeout');
        case 'error-after-commit':
          return { status: 500 };
        case 'huge-body':
          throw broken('too-large');
        case 'wrong-body':
          return { ...answer, body: fault.variant === 'object' ? { message: 'ok' } : null };
        case 'hostile-body':
          return hostile(answer, fault.variant);
      }
    };

    const timeZone = 'America/Chicago';
    const http = inProcessClient(memory.routes, serve);
    return {
      connect: ({ now = Date.now } = {}) => ({ http, timeZone, settings: {}, now, memo: createMemo(now) }),
      window: { from: at(Date.now() + day), to: at(Date.now() + 4 * day) },
      minutes: 30,
      staff: async (action) => {
        let id = 'id' in action ? action.id : '';
        write((next) => {
          id = obey(next, action);
          return { status: 200 };
        });
        return id;
      },
      ledger: async () => state.visits.map(toLedger),
      fault: async (fault) => void faults.push({ times: 1, ...fault }),
      reset: async () => {
        state = opened();
        previous = state;
        faults = [];
      },
      stop: async () => {},
    } satisfies EmrUnderTest;
  },
};

interface Visit {
  id: string;
  person: string;
  staff: string;
  room: string;
  start: string;
  minutes: number;
  state: 'planned' | 'cancelled' | 'missed' | 'deleted';
  note: string;
  made: string;
  revision: number;
  writes: { by: string; action: string }[];
}
interface State {
  visits: Visit[];
  people: { id: string; family: string; given: string; born: string; left: boolean }[];
}
/** A body that its route's strict schema has let through; `as` below takes the schema at its word. */
type Sent = Record<string, never>;

const day = 24 * 60 * 60_000;
const at = (instant: number): string => toInstantWithOffset(instant, 'UTC');
const opened = (): State => ({
  visits: [],
  people: [{ id: '1', family: 'Resident', given: 'Rae', born: '1950-01-01', left: false }],
});

function answerRead(state: State, { route, path, query }: InProcessRequest): InProcessAnswer {
  const from = parseInstant(query.from ?? '') ?? 0;
  const to = parseInstant(query.to ?? '') ?? 0;
  switch (route) {
    case 'house':
      return {
        status: 200,
        body: { version: '1.0', staff: named('Ada', 'Ben'), rooms: named('Garden', 'Street') },
      };
    case 'hours':
      return { status: 200, body: hoursIn(from, to) };
    case 'people': {
      const isAlike = (name: string) => name.toLowerCase().includes((query.family ?? '').toLowerCase());
      return {
        status: 200,
        body: state.people.filter(({ family, born }) => isAlike(family) && born === query.born),
      };
    }
    case 'visits': {
      const isIn = ({ start }: Visit) =>
        from <= (parseInstant(start) ?? 0) && (parseInstant(start) ?? 0) < to;
      const isOf = ({ person }: Visit) => query.person === undefined || query.person === person;
      return {
        status: 200,
        body: state.visits.filter((visit) => visit.state !== 'deleted' && isIn(visit) && isOf(visit)),
      };
    }
    default: {
      const visit = state.visits.find(({ id, state: now }) => path === `/visits/${id}` && now !== 'deleted');
      return visit === undefined ? { status: 404 } : { status: 200, body: visit };
    }
  }
}

function answerWrite(state: State, { route, path, body }: InProcessRequest): InProcessAnswer {
  const sent = body as Sent;
  if (route === 'addPerson') {
    const id = String(state.people.length + 1);
    state.people.push({ ...sent, id, left: false } as State['people'][number]);
    return { status: 201, body: { id } };
  }
  if (route === 'makeVisit') {
    if (!state.people.some(({ id }) => id === sent.person)) return { status: 404 };
    if (isTaken(state, sent)) return { status: 409 };
    return { status: 201, body: { id: add(state, sent, 'api') } };
  }
  const visit = state.visits.find(({ id }) => path === `/visits/${id}`);
  if (visit === undefined) return { status: 404 };
  if (route === 'moveVisit' && isTaken(state, sent, visit.id)) return { status: 409 };
  change(visit, sent, 'api', route === 'moveVisit' ? 'move' : 'cancel');
  return { status: 200, body: { id: visit.id } };
}

/** The front desk; it books over whatever is there. */
function obey(state: State, action: StaffAction): string {
  if (action.action === 'book') {
    const { patientId: person, practitionerId: staff, locationId: room, start, minutes } = action;
    return add(state, { person, staff, room, start, minutes, note: '' } as Record<string, unknown>, 'staff');
  }
  const visit = state.visits.find(({ id }) => id === action.id);
  if (visit === undefined) throw new Error(`There is no visit ${action.id}.`);
  const changes = {
    move: 'start' in action ? { start: action.start } : {},
    note: 'note' in action ? { note: action.note } : {},
    cancel: { state: 'cancelled' },
    noshow: { state: 'missed' },
    delete: { state: 'deleted' },
  }[action.action];
  change(visit, changes, 'staff', action.action);
  return visit.id;
}

function add(state: State, sent: Record<string, unknown>, by: string): string {
  const id = String(state.visits.length + 1);
  const rest = { id, state: 'planned', made: at(Date.now()), revision: 1, writes: [{ by, action: 'book' }] };
  state.visits.push({ ...sent, ...rest } as Visit);
  return id;
}

function change(visit: Visit, changes: object, by: string, action: string): void {
  Object.assign(visit, changes, { revision: visit.revision + 1 });
  visit.writes.push({ by, action });
}

function isTaken(state: State, sent: Record<string, string>, except?: string): boolean {
  const span = ({ start, minutes }: { start?: string; minutes?: number | string }) => {
    const from = parseInstant(start ?? '') ?? 0;
    return { from, to: from + Number(minutes) * 60_000 };
  };
  const wanted = span(sent);
  return state.visits.some((visit) => {
    if (visit.state !== 'planned' || visit.id === except) return false;
    if (visit.staff !== sent.staff && visit.room !== sent.room) return false;
    return Math.max(span(visit).from, wanted.from) < Math.min(span(visit).to, wanted.to);
  });
}

/** Every day from 05:00 to 18:00 UTC, which in Chicago takes in the hour at which the clocks change. */
function hoursIn(from: number, to: number) {
  const works = [
    { staff: '1', room: '1' },
    { staff: '2', room: '1' },
    { staff: '2', room: '2' },
  ];
  const first = Math.floor(from / day);
  return Array.from({ length: Math.ceil(to / day) - first }, (_, index) => (first + index) * day).flatMap(
    (midnight) =>
      works.map((who) => ({ ...who, from: at(midnight + 5 * 3_600_000), to: at(midnight + 18 * 3_600_000) })),
  );
}

function named(...names: readonly string[]) {
  return names.map((name, index) => ({ id: String(index + 1), name }));
}

function hostile(answer: InProcessAnswer, variant: string | undefined): InProcessAnswer {
  if (variant === 'patient-error') return { status: 400, body: 'Zelda Canary is booked already.' };
  if (variant === 'prototype') return { ...answer, body: JSON.parse('[{"__proto__":{"polluted":true}}]') };
  return { ...answer, body: '<!doctype html><script>globalThis.polluted = true</script>' };
}

function toLedger(visit: Visit): LedgerAppointment {
  const start = parseInstant(visit.start) ?? 0;
  return {
    id: visit.id,
    patientId: visit.person,
    start: visit.start,
    end: at(start + visit.minutes * 60_000),
    practitionerId: visit.staff,
    locationId: visit.room,
    status: { planned: 'booked', cancelled: 'cancelled', missed: 'noshow', deleted: 'entered-in-error' }[
      visit.state
    ],
    marker: visit.note === '' ? null : visit.note,
    writes: visit.writes,
  };
}
