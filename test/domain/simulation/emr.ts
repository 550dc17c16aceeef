import type { Precheck, ReadBack } from '#domain/booking-protocol.ts';
import { findMarkers } from '#domain/marker.ts';
import type { FoundRow } from '#scheduling/booking-ports.ts';
import { createLedger } from './ledger.ts';
import { createNetwork } from './network.ts';
import type { EmrClass, Profile } from './profile.ts';
import type { Random } from './random.ts';
import { type Facts, type Place, samePlace } from './rows.ts';
import type { VirtualTime } from './virtual-time.ts';

export type SimulatedEmr = ReturnType<typeof simulatedEmr>;

/** An EMR of one class with its ledger, its network, and reads that lag or fail. */
export function simulatedEmr(emrClass: EmrClass, profile: Profile, time: VirtualTime, random: Random) {
  const ledger = createLedger(emrClass, time, random, random.chance(profile.randomIds));
  const { byId, byPatient, patients, overlapping, stateOf } = ledger;
  const outages = outageTable(profile, time.now(), random);
  const { wire, send } = createNetwork(ledger, profile, time, random);

  /** As of when a read sees the EMR; undefined when it cannot be read. */
  async function view(): Promise<number | undefined> {
    await time.sleep(random.between(50, 900));
    const now = time.now();
    if (random.chance(profile.unreadable) || outages.some(([from, to]) => from <= now && now < to))
      return undefined;
    return random.chance(profile.stale.rate) ? now - random.between(0, profile.stale.max) : now;
  }

  async function precheck(facts: Facts): Promise<Precheck> {
    const at = await view();
    if (at === undefined) return { is: 'unreadable' };
    switch (facts.kind) {
      case 'book':
        return { is: overlapping(facts, at) ? 'taken' : 'free' };
      case 'create-patient': {
        const [found, another] = patients.filter((each) => each.name === facts.name && each.created <= at);
        if (another !== undefined) return { is: 'several' };
        return found === undefined ? { is: 'free' } : { is: 'already', id: found.id };
      }
      case 'cancel': {
        const state = stateOf(facts.target, at);
        if (state?.status === 'booked') return { is: 'free' };
        return { is: 'already', id: facts.target, missing: state === undefined };
      }
      case 'move': {
        const state = stateOf(facts.target, at);
        if (state?.status !== 'booked') return { is: 'forbidden' };
        if (samePlace(state, facts)) return { is: 'already', id: facts.target };
        if (!samePlace(state, facts.origin)) return { is: 'forbidden' };
        return { is: overlapping(facts, at, facts.target) ? 'taken' : 'free' };
      }
    }
  }

  async function search(facts: Facts, emrRef: string | null): Promise<readonly FoundRow[] | 'unreadable'> {
    const at = await view();
    if (at === undefined) return 'unreadable';
    switch (facts.kind) {
      case 'create-patient':
        return patients
          .filter((each) => each.name === facts.name && each.created <= at)
          .map(({ id, created }) => ({ id, live: true, markers: [], equal: true, created, byUs: null }));
      case 'cancel': {
        const state = stateOf(facts.target, at);
        const live = state?.status === 'booked';
        const missing = state === undefined;
        return [{ id: facts.target, live, markers: [], equal: !live, created: null, byUs: null, missing }];
      }
      case 'move': {
        const found = foundRow(facts.target, at, facts);
        return found === undefined ? [] : [found];
      }
      case 'book': {
        const wanted = new Set((byPatient.get(facts.patient) ?? []).map((row) => row.id));
        if (emrRef !== null) wanted.add(emrRef);
        return [...wanted].flatMap((id) => foundRow(id, at, facts, facts.patient) ?? []);
      }
    }
  }

  function foundRow(id: string, at: number, place: Place, patient?: string): FoundRow | undefined {
    const row = byId.get(id);
    const state = stateOf(id, at);
    if (row === undefined || state === undefined) return undefined;
    const equal = samePlace(state, place) && (patient === undefined || row.patient === patient);
    const told =
      emrClass === 'B' ? { created: null, byUs: null } : { created: row.created, byUs: row.by === 'gateway' };
    return { id, live: state.status === 'booked', markers: findMarkers(state.note), equal, ...told };
  }

  async function readBack(facts: Facts, id: string): Promise<ReadBack> {
    const at = await view();
    if (at === undefined) return 'unreadable';
    if (facts.kind === 'create-patient')
      return patients.some((each) => each.id === id && each.created <= at) ? 'equal' : 'different';
    const state = stateOf(id, at);
    if (state === undefined) return 'missing';
    if (facts.kind === 'cancel') return state.status === 'booked' ? 'different' : 'equal';
    return state.status === 'booked' && samePlace(state, facts) ? 'equal' : 'different';
  }

  async function cancelRow(id: string): Promise<'cancelled' | 'not-cancelled' | 'missing' | 'unreadable'> {
    await send({ kind: 'cancel', target: id }, '', Number.POSITIVE_INFINITY);
    const at = await view();
    if (at === undefined) return 'unreadable';
    const state = stateOf(id, at);
    if (state === undefined) return 'missing';
    return state.status === 'booked' ? 'not-cancelled' : 'cancelled';
  }

  return { ...ledger, wire, send, precheck, search, readBack, cancelRow };
}

function outageTable(profile: Profile, start: number, random: Random): [number, number][] {
  const { outage } = profile;
  if (outage === null) return [];
  let from = start;
  return Array.from({ length: 8 }, () => {
    from += random.exponential(outage.every);
    const to = from + random.between(outage.length / 3, outage.length);
    const span: [number, number] = [from, to];
    from = to;
    return span;
  });
}
