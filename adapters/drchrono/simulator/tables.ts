import type { Call, EmrAnswer, Scene } from '#simulator-kit/index.ts';
import type { Memory } from './memory.ts';
import type { PracticePlan, User } from './practice-plan.ts';
import type { Settings } from './settings.ts';

/** Rows of the simulated database. Local times are `yyyy-MM-ddTHH:mm:ss` of the doctor's clock. */
export type Tables = {
  appointments: Appointment;
  patients: Patient;
  blocks: Block;
  deliveries: Delivery;
  handshake: Handshake;
};

/** A row with the versions that lists may still show. */
export interface Versioned<Row> {
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
  readonly before: Row | null;
}

export interface Appointment extends Versioned<Appointment> {
  readonly id: string;
  readonly practice: number;
  readonly doctor: number;
  readonly office: number;
  /** From 1; 0: a break that was made in the app. */
  readonly examRoom: number;
  /** Null: a break. */
  readonly patient: number | null;
  readonly scheduledTime: string;
  readonly duration: number;
  readonly profile: number | null;
  readonly color: string;
  readonly reason: string;
  readonly notes: string;
  readonly status: string;
  readonly customStatus: string | null;
  readonly isWalkIn: boolean;
  readonly allowOverlapping: boolean;
  readonly reminderProfile: string | null;
  readonly deleted: boolean;
  readonly createdBy: string;
  readonly createdAt: number;
  /** Of the first row of a series. */
  readonly series: Series | null;
  /** Of a row that was made from an instance of a series: the series, and the date on which the instance was. */
  readonly instanceOf: { readonly base: string; readonly date: string } | null;
}

export interface Series {
  /** 0 Monday … 6 Sunday. */
  readonly weekDays: readonly number[];
  readonly everyWeeks: number;
  readonly from: string;
  /** The last day. */
  readonly to: string;
  /** Dates whose instance is a row of its own or was deleted. */
  readonly without: readonly string[];
}

export interface Patient extends Versioned<Patient> {
  readonly id: number;
  readonly practice: number;
  readonly doctor: number;
  readonly chartId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly birthDate: string | null;
  readonly gender: string;
  readonly phone: string;
  readonly email: string;
  readonly status: string;
}

/** Blocked time of a doctor. */
export interface Block {
  readonly id: number;
  readonly practice: number;
  readonly doctor: number;
  readonly office: number;
  readonly room: number | null;
  readonly start: string;
  readonly end: string;
  readonly description: string;
  /** The appointment that the same break is too. */
  readonly break: string | null;
}

/** A webhook that has not arrived. */
export interface Delivery {
  readonly id: string;
  readonly url: string;
  readonly event: string;
  /** What the body says, as JSON. */
  readonly body: string;
  readonly at: number;
  readonly attempts: number;
  /** When it is sent next; null: never again. */
  readonly dueAt: number | null;
}

/** What is known of the callback's owner. */
export interface Handshake {
  readonly asked: string;
  readonly verified: boolean;
}

/** Who calls: an application, for a person of one practice. */
export interface Caller {
  readonly clientId: string;
  readonly user: User;
  readonly practice: PracticePlan;
  readonly scopes: ReadonlySet<string>;
}

export interface AccountScene extends Scene<Tables, Settings> {
  readonly practices: readonly PracticePlan[];
  readonly memory: Memory;
}

export interface PracticeCall extends AccountScene, Call<Tables, Settings> {
  readonly caller: Caller;
  /** The practice of the caller; nothing of another is ever seen. */
  readonly practice: PracticePlan;
  readonly version: ApiVersion;
}

export type ApiVersion = 'v2' | 'v3' | 'v4';

/** An operation of the API with what it needs. */
export interface Method {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly template: `/${string}`;
  /** Missing: a write, unless it is a GET. */
  readonly effect?: 'read' | 'write';
  readonly scopes: (settings: Settings) => readonly string[];
  readonly permissions: readonly Permission[];
  readonly handle: (call: PracticeCall) => EmrAnswer;
}

export type Permission = 'scheduling' | 'clinical-notes' | 'calendar' | 'settings' | 'manage-patients';
