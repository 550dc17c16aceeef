import { instantOf, toInstantWithOffset } from '#adapter-kit/index.ts';
import { modelEmr } from '#adapter-kit/testing/index.ts';
import { starter } from '../index.ts';

interface Visit {
  readonly id: string;
  readonly patient: string;
  readonly provider: string;
  readonly room: string;
  readonly start: string;
  readonly minutes: number;
  readonly cancelled: boolean;
  readonly state: string;
  readonly writes: readonly { readonly by: string; readonly action: string }[];
}
interface State {
  readonly visits: Visit[];
}

/**
 * The EMR that the conformance cases play against: a small model of it in a variable. Write it from the vendor's pages
 * and not from the adapter, or it will repeat what that got wrong. Lost and late answers are done to it by the kit.
 */
export const office = modelEmr<State>(starter.routes, {
  timeZone: 'America/Denver',
  patient: { id: '1', demographics: { family: 'Resident', given: 'Rae', birthDate: '1950-01-01' } },
  opened: () => ({ visits: [] }),
  answer: ({ visits }, { route, query }) => {
    const [from, to] = [instantOf(query.from ?? utc(0)), instantOf(query.to ?? utc(0))];
    if (route === 'status') return { status: 200, body: { version: '1.0' } };
    if (route === 'providers') return { status: 200, body: named('Ada', 'Ben') };
    if (route === 'rooms') return { status: 200, body: named('Garden', 'Street') };
    if (route === 'hours') return { status: 200, body: hoursIn(from, to) };
    if (route === 'visits') {
      const isIn = ({ start }: Visit) => from <= instantOf(start) && instantOf(start) < to;
      return { status: 200, body: visits.filter(isIn) };
    }
    return { status: 404 };
  },
  staff: ({ visits }, action) => {
    if (action.action !== 'book') throw new Error('Teach the model what the front desk does besides.');
    const { patientId: patient, practitionerId: provider, locationId: room, start, minutes } = action;
    const id = String(visits.length + 1);
    const writes = [{ by: 'staff', action: 'book' }];
    visits.push({ id, patient, provider, room, start, minutes, cancelled: false, state: 'booked', writes });
    return id;
  },
  ledger: ({ visits }) =>
    visits.map(({ id, patient, provider, room, start, minutes, state, writes }) => ({
      id,
      patientId: patient,
      practitionerId: provider,
      locationId: room,
      start,
      end: utc(instantOf(start) + minutes * 60_000),
      status: state,
      marker: null,
      writes,
    })),
});

const hour = 60 * 60_000;
const day = 24 * hour;
/** Who works where. */
const rota = [
  { provider: '1', room: '1' },
  { provider: '2', room: '2' },
];

/** Every day from 13:00 to 23:00 UTC. */
function hoursIn(from: number, to: number) {
  const first = Math.floor(from / day);
  return Array.from({ length: Math.ceil(to / day) - first }, (_, index) => (first + index) * day).flatMap(
    (midnight) =>
      rota.map((who) => ({ ...who, from: utc(midnight + 13 * hour), to: utc(midnight + 23 * hour) })),
  );
}

function named(...names: readonly string[]) {
  return names.map((name, index) => ({ id: String(index + 1), name }));
}

function utc(at: number): string {
  return toInstantWithOffset(at, 'UTC');
}
