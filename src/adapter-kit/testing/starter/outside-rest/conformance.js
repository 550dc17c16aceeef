import createAdapter from './index.js';

/** @typedef {import('postern/test-kit').TestKit} TestKit */
/** @typedef {{ id: string, patient: string, provider: string, room: string, start: string, minutes: number, cancelled: boolean, state: string, writes: { by: string, action: string }[] }} Visit */
/** @typedef {{ visits: Visit[] }} State */

/**
 * The EMR that `npm run adapter:check` plays against: a small model of it in a variable. Write it from the vendor's pages
 * and not from your adapter, or it will repeat what you got wrong. Lost and late answers are done to it by the kit.
 *
 * @param {TestKit} kit
 */
export default (kit) => {
  const { instantOf, testing, toInstantWithOffset } = kit;
  const utc = (/** @type {number} */ at) => toInstantWithOffset(at, 'UTC');

  /** Every day from 13:00 to 23:00 UTC. @param {number} from @param {number} to */
  const hoursIn = (from, to) => {
    const hours = [];
    for (let midnight = Math.floor(from / day) * day; midnight < to; midnight += day)
      for (const { provider, room } of rota)
        hours.push({ provider, room, from: utc(midnight + 13 * hour), to: utc(midnight + 23 * hour) });
    return hours;
  };

  return testing.modelEmr(createAdapter(kit).routes, {
    timeZone: 'America/Denver',
    patient: { id: '1', demographics: { family: 'Resident', given: 'Rae', birthDate: '1950-01-01' } },
    opened: () => /** @type {State} */ ({ visits: [] }),
    answer: ({ visits }, { route, query }) => {
      const [from, to] = [instantOf(query.from ?? utc(0)), instantOf(query.to ?? utc(0))];
      if (route === 'status') return { status: 200, body: { version: '1.0' } };
      if (route === 'providers') return { status: 200, body: named('Ada', 'Ben') };
      if (route === 'rooms') return { status: 200, body: named('Garden', 'Street') };
      if (route === 'hours') return { status: 200, body: hoursIn(from, to) };
      if (route === 'visits') {
        const isIn = (/** @type {Visit} */ { start }) => from <= instantOf(start) && instantOf(start) < to;
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
};

const hour = 60 * 60_000;
const day = 24 * hour;
/** Who works where. */
const rota = [
  { provider: '1', room: '1' },
  { provider: '2', room: '2' },
];

/** @param {string[]} names */
const named = (...names) => names.map((name, index) => ({ id: String(index + 1), name }));
