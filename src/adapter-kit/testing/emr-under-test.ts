import type { AdapterContext, ConnectionSettings, Demographics, Window } from '../adapter.ts';

/** How a conformance run reaches the EMR it plays against: a simulator, or a small model in the same process. */
export interface Harness {
  start(): Promise<EmrUnderTest>;
  /** Settings of the connection that is played with, where what it can do depends on them. */
  readonly settings?: ConnectionSettings;
  /** Cases that cannot hold here, each with the reason that the adapter's README gives too. */
  readonly waivers?: Readonly<Record<string, string>>;
  /** Routes that no case needs here, each with the reason and the test that needs it. */
  readonly unneededRoutes?: Readonly<Record<string, string>>;
}

export interface EmrUnderTest {
  /** A connection as the gateway makes one, with nothing remembered. `now`: milliseconds since the epoch. */
  connect(overrides?: { readonly now?: () => number }): AdapterContext;
  /** A few working days ahead in which several visits of `minutes` find a place. */
  readonly window: Window;
  readonly minutes: number;
  /** Somebody who is known; needed where the adapter cannot create patients. */
  readonly patient?: { readonly id: string; readonly demographics: Demographics };
  /** Does what the front desk would; resolves with the appointment's id. */
  staff(action: StaffAction): Promise<string>;
  /** Every appointment ever written, as the EMR itself knows it. */
  ledger(): Promise<readonly LedgerAppointment[]>;
  /** Arranges trouble for the next matching request. */
  fault(fault: Fault): Promise<void>;
  /** Lifts every fault and brings all data back to the beginning. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export type StaffAction =
  | {
      readonly action: 'book';
      readonly patientId: string;
      readonly practitionerId: string;
      readonly locationId: string;
      readonly start: string;
      readonly minutes: number;
    }
  | { readonly action: 'move'; readonly id: string; readonly start: string }
  | { readonly action: 'note'; readonly id: string; readonly note: string }
  | { readonly action: 'cancel' | 'noshow' | 'delete'; readonly id: string };

/** Instants with offset; status is a FHIR R4 AppointmentStatus, `entered-in-error` for a deleted record. */
export interface LedgerAppointment {
  readonly id: string;
  readonly patientId: string;
  readonly start: string | null;
  readonly end: string | null;
  readonly practitionerId: string | null;
  readonly locationId: string | null;
  readonly status: string;
  readonly marker: string | null;
  readonly writes: readonly { readonly by: string; readonly action: string }[];
}

export type FaultName =
  | 'response-lost'
  | 'request-dropped'
  | 'late-commit'
  | 'error-after-commit'
  | 'slow'
  | 'hung'
  | 'throttled'
  | 'stale-read'
  | 'wrong-body'
  | 'huge-body'
  | 'hostile-body'
  | 'lost-connectivity-400';

export interface Fault {
  readonly name: FaultName;
  readonly effect: 'read' | 'write';
  readonly times?: number;
  readonly delayMs?: number;
  readonly variant?: string;
}
