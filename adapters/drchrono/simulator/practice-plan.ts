/** Everything about a simulated practice that this simulator's API cannot change. Ids are unique in the simulator. */
export interface PracticePlan {
  /** `practice_group`. */
  readonly id: number;
  readonly name: string;
  readonly users: readonly [User, ...User[]];
  readonly doctors: readonly [Doctor, ...Doctor[]];
  readonly offices: readonly [Office, ...Office[]];
  readonly profiles: readonly [Profile, ...Profile[]];
  readonly templates: readonly Template[];
  readonly blocks: readonly BlockRule[];
  readonly reminderProfiles: readonly ReminderProfile[];
  /** In the order of their ids, which begin at `firstPatient`. The first two have no appointments. */
  readonly patients: readonly SeedPatient[];
  readonly firstPatient: number;
}

/** Somebody who signs in. */
export interface User {
  readonly id: number;
  readonly username: string;
  readonly password: string;
  readonly name: string;
  /** The own id of a doctor, the primary physician of anybody else. */
  readonly doctor: number;
  readonly isDoctor: boolean;
}

export interface Doctor {
  readonly id: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly suffix: string;
  readonly specialty: string;
  /** IANA zone, of the old kind too (`US/Pacific`). */
  readonly timezone: string;
  /** The office of the work schedule. */
  readonly office: number;
  readonly week: Week;
  readonly suspended?: boolean;
}

export interface Office {
  readonly id: number;
  readonly name: string;
  readonly doctor: number;
  readonly address: string;
  readonly city: string;
  readonly state: string;
  readonly zip: string;
  readonly phone: string;
  /** `09:00:00`; the end may be `24:00`. */
  readonly start: string;
  readonly end: string;
  readonly rooms: readonly Room[];
  readonly archived?: boolean;
}

export interface Room {
  /** From 1. */
  readonly index: number;
  readonly name: string;
  readonly online: boolean;
}

export interface Profile {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly minutes: number;
  readonly reason: string;
  readonly online: boolean;
  readonly doctor: number;
  readonly archived?: boolean;
}

/** A time of the week in which a doctor usually sees one profile. */
export interface Template {
  readonly id: number;
  readonly doctor: number;
  readonly office: number;
  readonly room: number;
  readonly profile: number;
  /** 0 Monday … 6 Sunday. */
  readonly weekDays: readonly number[];
  /** `HH:MM`. */
  readonly start: string;
  readonly minutes: number;
}

/** Blocked time that comes back every week. */
export interface BlockRule {
  readonly doctor: number;
  readonly office: number;
  readonly room?: number;
  /** 0 Monday … 6 Sunday. */
  readonly weekDays: readonly number[];
  readonly from: string;
  readonly to: string;
  readonly description: string;
}

/** Hours by weekday, 0 Monday … 6 Sunday; a day without hours is not worked. */
export type Week = Readonly<Partial<Record<number, readonly Hours[]>>>;

export interface Hours {
  /** `HH:MM`. */
  readonly from: string;
  readonly to: string;
  /** Told, and not worked. */
  readonly off?: boolean;
}

export interface ReminderProfile {
  readonly id: number;
  readonly name: string;
  readonly doctor: number;
}

export interface SeedPatient {
  readonly firstName: string;
  readonly lastName: string;
  readonly birthDate: string;
  readonly gender: '' | 'Male' | 'Female' | 'Other' | 'UNK' | 'ASKU';
  readonly phone: string;
  readonly email: string;
  readonly status?: 'A' | 'I' | 'D';
}
