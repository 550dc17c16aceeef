import type { SendResult } from '#scheduling/booking-ports.ts';
import type { EmrClass } from './profile.ts';
import type { Random } from './random.ts';
import {
  collide,
  current,
  type Facts,
  type PatientRow,
  type Place,
  type Row,
  type State,
  stateAt,
  type Write,
} from './rows.ts';
import type { VirtualTime } from './virtual-time.ts';

export type Ledger = ReturnType<typeof createLedger>;

/** Every row the EMR ever had, and what it does with a write. */
export function createLedger(emrClass: EmrClass, time: VirtualTime, random: Random, randomIds: boolean) {
  const rows: Row[] = [];
  const byId = new Map<string, Row>();
  const byPatient = new Map<string, Row[]>();
  const patients: PatientRow[] = [];
  const slotUses = new Map<string, number>();
  let lastId = 6;
  const nextId = (): string => {
    lastId += 1 + random.int(3);
    return randomIds ? `${random.int(1e9)}-${lastId}` : String(lastId);
  };

  function insert(facts: Extract<Facts, { kind: 'book' }>, note: string, by: Row['by'], id = nextId()): Row {
    const { patient, start, minutes, practitioner, location } = facts;
    const place = { start, minutes, practitioner, location };
    const at = time.now();
    const row: Row = {
      id,
      patient,
      born: note,
      created: at,
      by,
      states: [{ ...place, since: at, status: 'booked', note }],
      writes: [{ at, by, action: 'book', to: place }],
    };
    rows.push(row);
    byId.set(id, row);
    byPatient.set(patient, [...(byPatient.get(patient) ?? []), row]);
    return row;
  }

  function change(row: Row, write: Omit<Write, 'at'>, to: Partial<State>): void {
    row.states.push({ ...current(row), ...to, since: time.now() });
    row.writes.push({ ...write, at: time.now() });
  }

  function overlapping(place: Place, at: number, except?: string): boolean {
    return rows.some((row) => {
      if (row.id === except) return false;
      const state = stateAt(row, at);
      return state?.status === 'booked' && collide(state, place);
    });
  }

  function stateOf(id: string, at: number): State | undefined {
    const row = byId.get(id);
    const state = row === undefined ? undefined : stateAt(row, at);
    return state?.status === 'deleted' ? undefined : state;
  }

  /** What the EMR does with a write when it arrives. */
  function apply(facts: Facts, marker: string, altered: boolean): SendResult {
    switch (facts.kind) {
      case 'create-patient': {
        const id = nextId();
        patients.push({ id, name: facts.name, created: time.now(), by: 'gateway' });
        return { is: 'accepted', id };
      }
      case 'book': {
        if (emrClass !== 'C' && overlapping(facts, time.now())) return { is: 'refused', reason: 'taken' };
        const minutes = altered ? facts.minutes / 2 : facts.minutes;
        const id = emrClass === 'A' ? slotId(facts, lastSlotUse(facts)) : nextId();
        return { is: 'accepted', id: insert({ ...facts, minutes }, marker, 'gateway', id).id };
      }
      case 'move': {
        const row = byId.get(facts.target);
        if (row === undefined || current(row).status === 'deleted')
          return { is: 'not-done', reason: 'missing' };
        if (current(row).status !== 'booked') return { is: 'refused', reason: 'rule' };
        if (emrClass === 'B' && overlapping(facts, time.now(), row.id))
          return { is: 'refused', reason: 'taken' };
        const { start, minutes, practitioner, location } = facts;
        const to = { start, minutes, practitioner, location };
        change(row, { by: 'gateway', action: 'move', to }, to);
        return { is: 'accepted', id: row.id };
      }
      case 'cancel': {
        const row = byId.get(facts.target);
        if (row === undefined || current(row).status === 'deleted')
          return { is: 'not-done', reason: 'missing' };
        if (current(row).status !== 'booked') return { is: 'refused', reason: 'rule' };
        change(row, { by: 'gateway', action: 'cancel' }, { status: 'cancelled' });
        return { is: 'accepted', id: row.id };
      }
    }
  }

  /** A slot that was given back is a new appointment when it is booked again; its number says so. */
  function lastSlotUse(place: Place): number {
    const key = `${place.location}@${place.start}`;
    const uses = (slotUses.get(key) ?? 0) + 1;
    slotUses.set(key, uses);
    return uses;
  }

  return { emrClass, rows, byId, byPatient, patients, nextId, insert, change, overlapping, stateOf, apply };
}

function slotId(place: Place, use: number): string {
  return `${place.location}@${place.start}#${use}`;
}
