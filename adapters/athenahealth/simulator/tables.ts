import type { Call, EmrAnswer, Scene } from '#simulator-kit/index.ts';
import type { Parameters } from './parameters.ts';
import type { PracticePlan } from './practice-plan.ts';
import type { Settings } from './settings.ts';

/** Rows of the simulated database. Times are milliseconds since the epoch unless they say otherwise. */
export type Tables = {
  /** Slots that somebody has touched, and all appointments; the others follow from the weekly template. */
  appointments: Appointment;
  notes: Note;
  patients: Patient;
  'patient-cases': PatientCase;
  subscriptions: Subscription;
  /** By client and appointment: one row each, however often it changed. */
  changes: Change;
  'processed-changes': Change;
  /** The number behind `API-` of each client. */
  'api-numbers': { readonly number: number };
};

/** An open slot and the appointment that it becomes are one record. */
export interface Appointment {
  readonly id: string;
  /** The vendor's letter; `gone` for a slot that is deleted or part of a longer appointment. */
  readonly status: 'o' | 'f' | '2' | '3' | '4' | 'x' | 'gone';
  readonly departmentId: string;
  readonly providerId: string;
  readonly localProviderId: string;
  /** `yyyy-MM-dd` and `HH:mm` on the department's clock. */
  readonly date: string;
  readonly time: string;
  /** Minutes. */
  readonly duration: number;
  readonly typeId: string;
  /** The slot that it began as. */
  readonly templateId: string;
  readonly templateTypeId: string;
  readonly templateDuration: number;
  readonly webSchedulable: boolean;
  readonly frozen: boolean;
  readonly urgent?: boolean;
  readonly patientId?: string;
  readonly reasonId?: string;
  /** Ids of the slots after it that it has taken. */
  readonly takes?: readonly string[];
  readonly scheduled?: Stamp;
  readonly lastModified?: Stamp;
  readonly cancelled?: Stamp & { readonly reasonId: string };
  readonly rescheduledTo?: string;
  readonly confirmationId?: number;
  readonly startCheckIn?: number;
  readonly stopCheckIn?: number;
}

export interface Stamp {
  readonly by: string;
  readonly at: number;
}

export interface Note {
  readonly id: string;
  readonly appointmentId: string;
  readonly text: string;
  readonly created: Stamp;
  readonly displayOnSchedule: boolean;
  readonly deleted: boolean;
}

export interface Patient {
  readonly id: string;
  readonly first: string;
  readonly last: string;
  readonly suffix?: string;
  readonly birthDate: string;
  readonly sex?: string;
  readonly homePhone?: string;
  readonly mobilePhone?: string;
  readonly workPhone?: string;
  readonly email?: string;
  readonly zip?: string;
  readonly departmentId: string;
  readonly registered: number;
}

/** Work for the clinical staff, which a booking makes unless it is told not to. */
export interface PatientCase {
  readonly id: string;
  readonly patientId: string;
  readonly appointmentId: string;
}

export interface Subscription {
  readonly clientId: string;
  readonly events: readonly string[];
  /** Missing: the whole practice. */
  readonly departments?: readonly string[];
}

export interface Change {
  readonly clientId: string;
  readonly appointmentId: string;
  /** Of the first event that nobody has read, or of the reading. */
  readonly at: number;
}

export interface AthenaScene extends Scene<Tables, Settings> {
  readonly practice: PracticePlan;
  /** Who asks; what is not asked over the API is done by `''`. */
  readonly clientId: string;
}

export interface AthenaCall extends AthenaScene, Call<Tables, Settings> {
  readonly parameters: Parameters;
}

/** An operation of the API. */
export interface Method {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly template: `/${string}`;
  /** Missing: `read` for GET, `write` for the rest. */
  readonly effect?: 'read' | 'write';
  readonly handle: (call: AthenaCall) => EmrAnswer;
}
