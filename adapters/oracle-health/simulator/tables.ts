import type { Call, EmrAnswer, Scene } from '#simulator-kit/index.ts';
import type { ClinicPlan } from './clinic-plan.ts';
import type { PageBook } from './page-context.ts';
import type { Caller, Interaction } from './scope.ts';
import type { Settings } from './settings.ts';

/** Rows of the simulated database. Times are milliseconds since the epoch. */
export type Tables = {
  appointments: Appointment;
  patients: Patient;
  holds: Hold;
  touches: Touch;
  blocks: Span;
};

/** A piece of a resource's time at a location. */
export interface Span {
  /** Key of the resource in the plan. */
  readonly resource: number;
  readonly location: string;
  readonly start: number;
  readonly end: number;
}

export type AppointmentStatus =
  | 'proposed'
  | 'booked'
  | 'arrived'
  | 'checked-in'
  | 'fulfilled'
  | 'cancelled'
  | 'noshow';

export interface Appointment {
  readonly id: string;
  /** Opaque: `0`, `2`, `2-1`. */
  readonly version: string;
  readonly lastUpdated: number;
  readonly status: AppointmentStatus;
  readonly patientId: string;
  readonly patientStatus: 'accepted' | 'tentative' | 'needs-action';
  /** Code of the appointment type; of a request perhaps a standard code. */
  readonly type: string;
  /** Undefined while only requested. */
  readonly place?: Span;
  readonly slotId?: string;
  /** Of a request. */
  readonly requested?: {
    readonly locations: readonly string[];
    readonly start: string;
    readonly end: string;
    readonly serviceType: object;
  };
  readonly reasonText?: string;
  readonly comment?: string;
  readonly cancelationReason?: Coding;
  readonly actionComment?: string;
  readonly rescheduleReason?: object;
  readonly sensitive?: boolean;
  readonly video?: boolean;
  /** Part of a group visit: may not be cancelled or moved by the API. */
  readonly group?: string;
}

export interface Coding {
  readonly system: string;
  readonly code: string;
}

export interface Patient {
  readonly id: string;
  readonly active: boolean;
  readonly deceased: boolean;
  readonly family: string;
  readonly given: readonly string[];
  readonly birthDate?: string;
  readonly gender: string;
  readonly phones: readonly string[];
  readonly emails: readonly string[];
  readonly lastUpdated: number;
}

/** A slot that is busy-tentative. It does not expire. */
export interface Hold extends Span {
  readonly slotId: string;
  readonly clientId: string;
}

/** The last time at which a piece of a resource's time changed hands: where versions of slots come from. */
export interface Touch extends Span {
  readonly sequence: number;
  readonly at: number;
}

export interface ClinicScene extends Scene<Tables, Settings> {
  readonly clinic: ClinicPlan;
}

export interface ClinicCall extends ClinicScene, Call<Tables, Settings> {
  readonly caller: Caller;
  readonly pages: PageBook;
}

/** An interaction of the API with what its scope has to allow. */
export interface Method {
  readonly verb: 'GET' | 'POST' | 'PATCH';
  readonly template: `/${string}`;
  readonly type: string;
  readonly needs: Interaction;
  readonly handle: (call: ClinicCall) => EmrAnswer;
}
