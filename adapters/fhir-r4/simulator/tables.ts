import type { Call, EmrAnswer, Scene } from '#simulator-kit/index.ts';
import type { ClinicPlan } from './clinic-plan.ts';
import type { PageBook } from './page-book.ts';
import type { Caller, Interaction } from './scope.ts';
import type { Settings } from './settings.ts';

/** Rows of the simulated database. Times are milliseconds since the epoch. */
export type Tables = {
  appointments: AppointmentRow;
  patients: Stored;
  /** What was deleted: 410. */
  gone: { readonly at: number };
  touches: Touch;
};

/** JSON of a resource or a part of one. */
export type Json = Readonly<Record<string, unknown>>;

/** A resource as it was written, without `id` and `meta`. */
export interface Stored {
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: number;
  readonly resource: Json;
}

export interface AppointmentRow extends Stored {
  /** Whose time it is; empty while it has none. */
  readonly spans: readonly Span[];
}

/** A piece of a schedule's time, and with it of its practitioner's. */
export interface Span {
  /** Key of the schedule; 0 for a time that the front desk gave outside of all of them. */
  readonly schedule: number;
  readonly practitioner?: string;
  readonly location: string;
  readonly start: number;
  readonly end: number;
}

/** The last time at which a span changed hands: where versions of slots come from. */
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
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly template: `/${string}`;
  readonly type: string;
  readonly needs: Interaction;
  readonly handle: (call: ClinicCall) => EmrAnswer;
}
