import type { Database } from './row-store.ts';

/**
 * The truth about a simulated EMR, told apart from its API: every appointment that was ever written and every patient,
 * with who wrote what and when. The same shape for every simulator.
 */
export interface LedgerReading {
  readonly appointments: readonly LedgerAppointment[];
  readonly patients: readonly LedgerPatient[];
}

export interface LedgerAppointment {
  readonly id: string;
  readonly patientId: string;
  /** Instants with the offset of the office; null where the EMR gives the record no time. */
  readonly start: string | null;
  readonly end: string | null;
  readonly practitionerId: string | null;
  readonly locationId: string | null;
  /** FHIR R4 AppointmentStatus. A deleted record is `entered-in-error`. */
  readonly status: LedgerStatus;
  /** The EMR's own word. */
  readonly nativeStatus: string;
  /** The last `GW:…` in the note. */
  readonly marker: string | null;
  readonly writes: readonly LedgerWrite[];
}

export type LedgerStatus =
  | 'proposed'
  | 'booked'
  | 'arrived'
  | 'fulfilled'
  | 'cancelled'
  | 'noshow'
  | 'entered-in-error';

export interface LedgerWrite {
  readonly at: string;
  readonly by: Writer;
  readonly action: 'book' | 'move' | 'cancel' | 'noshow' | 'delete' | 'note' | 'confirm' | 'update';
}

export interface LedgerPatient {
  readonly id: string;
  readonly createdAt: string;
  readonly by: Writer;
}

export type Writer = 'api' | 'staff' | 'seed';

/** What a simulator tells of a write; call it in the transaction that writes. */
export interface Ledger {
  appointment(state: LedgerState, write: Omit<LedgerWrite, 'at'>): void;
  patient(id: string, by: Writer): void;
}

export type LedgerState = Omit<LedgerAppointment, 'marker' | 'writes'> & {
  readonly note: string;
};

export type LedgerTables = {
  'ledger-appointments': LedgerAppointment;
  'ledger-patients': LedgerPatient;
};

/** `now`: milliseconds since the epoch, the time of the write. */
export function keepLedger(db: Database<LedgerTables>, now: number): Ledger {
  const at = new Date(now).toISOString();
  return {
    appointment({ note, ...state }, write) {
      const table = db.table('ledger-appointments');
      const writes = [...(table.get(state.id)?.writes ?? []), { at, ...write }];
      table.put(state.id, { ...state, marker: findMarker(note), writes });
    },
    patient(id, by) {
      db.table('ledger-patients').put(id, { id, createdAt: at, by });
    },
  };
}

export function readLedger(db: Database<LedgerTables>): LedgerReading {
  return {
    appointments: db.table('ledger-appointments').all(),
    patients: db.table('ledger-patients').all(),
  };
}

/** The last booking marker in a text, e.g. `GW:7K3QX9M2TA.1`, or null. */
export function findMarker(text: string): string | null {
  return text.match(/GW:[0-9A-Za-z]+(?:\.[0-9]+)?/g)?.at(-1) ?? null;
}
