import type { Call, EmrAnswer, Scene } from '#simulator-kit/index.ts';
import type { Person, Practice } from './practice-plan.ts';
import type { Settings } from './settings.ts';

/** Rows of the simulated database. */
export type Tables = {
  appointments: Appointment;
  /** Patients who came after the practice was planned. */
  admitted: Person;
};

/** A visit or a surgery. Instants are UTC, `yyyy-MM-ddTHH:mm:ssZ`. */
export interface Appointment {
  /** FHIR id, the same for R4 and STU3. */
  readonly id: string;
  /** Contact serial number. */
  readonly csn: number;
  readonly status: AppointmentStatus;
  readonly category: 'appointment' | 'surgery';
  /** FHIR ids. */
  readonly patient: string;
  readonly practitioner: string;
  readonly location: string;
  /** Code of the visit type. */
  readonly visitType: string;
  readonly start: string;
  readonly end: string;
  /** Of a surgery not the time between start and end. */
  readonly minutes: number;
  /** yyyy-MM-dd on the practice's calendar. */
  readonly created: string;
  readonly note: string;
}

export type AppointmentStatus =
  | 'booked'
  | 'arrived'
  | 'fulfilled'
  | 'cancelled'
  | 'noshow'
  | 'entered-in-error';

export type EpicScene = Scene<Tables, Settings>;

/** A request that was let in. */
export interface EpicCall extends Call<Tables, Settings> {
  readonly practice: Practice;
  readonly bearer: Bearer;
}

/** On whose behalf a request comes. */
export interface Bearer {
  readonly scopes: ReadonlySet<string>;
  /** Set for somebody who signed in as a patient: nobody else's data are theirs. */
  readonly patient: string | undefined;
  readonly backend: boolean;
}

/** A path of the server with what a token needs for it; `open` paths ask for no token. */
export interface Interaction {
  readonly verb: 'GET' | 'POST';
  /** Below `/interconnect-fhir-oauth`. */
  readonly template: `/${string}`;
  readonly effect: 'read' | 'write';
  readonly access: Access;
  /** Not there at all unless this setting is on. */
  readonly only?: 'privateServices';
  readonly handle: (call: EpicCall) => EmrAnswer;
}

/** `r` read and `s` search of a resource type, an operation, or any good token. */
export type Access = `${string}.${'r' | 's'}` | '$find' | '$book' | 'token' | 'open';

export type FhirVersion = 'R4' | 'STU3';

export type Json = Readonly<Record<string, unknown>>;
export interface Resource extends Json {
  readonly resourceType: string;
  readonly id?: string;
}
