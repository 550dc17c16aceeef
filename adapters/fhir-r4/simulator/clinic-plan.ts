/** Everything about a simulated clinic that its API cannot change. Ids mean something on this server alone. */
export interface ClinicPlan {
  readonly name: string;
  /** IANA zone. On the wire instants have an offset. */
  readonly timeZone: string;
  readonly city: string;
  readonly state: string;
  readonly locations: readonly Place[];
  readonly practitioners: readonly Clinician[];
  readonly roles: readonly Role[];
  readonly services: readonly Service[];
  readonly schedules: readonly SchedulePlan[];
  /** In the order of their ids, which begin at {@link FIRST_PATIENT}. */
  readonly patients: readonly SeedPatient[];
  /** Who may sign in. */
  readonly staff: readonly [StaffMember, ...StaffMember[]];
}

export interface Place {
  readonly id: string;
  readonly name: string;
  readonly street: string;
  readonly phone: string;
}

export interface Clinician {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  readonly suffix: string;
  readonly npi: string;
  /** Default true. */
  readonly active?: boolean;
}

/** A practitioner at one place. */
export interface Role {
  readonly id: string;
  readonly practitioner: string;
  readonly location: string;
}

/** A kind of visit. FHIR R4 has no element for its length. */
export interface Service {
  readonly id: string;
  /** Of {@link SERVICE_TYPES}. */
  readonly code: string;
  readonly name: string;
}

/** Whose time the slots of a schedule are, and when there are any. */
export interface SchedulePlan {
  /** 1 … 9; a part of every slot's id. */
  readonly key: number;
  readonly id: string;
  /** Default true. */
  readonly active?: boolean;
  /** As on the wire: a practitioner with a location, a role, or a room without anybody. */
  readonly actors: readonly string[];
  readonly practitioner?: string;
  readonly location: string;
  readonly services: readonly string[];
  readonly shifts: readonly Shift[];
}

/** Bookable time that comes back every week, in local time. */
export interface Shift {
  /** 1 Monday … 7 Sunday. */
  readonly days: readonly number[];
  /** `HH:mm`. */
  readonly from: string;
  readonly to: string;
}

export interface SeedPatient {
  readonly family: string;
  readonly given: readonly string[];
  /** yyyy-MM-dd. */
  readonly birthDate: string;
  readonly gender: 'female' | 'male' | 'other' | 'unknown';
  readonly phone: string;
  readonly email: string;
  /** Default true. */
  readonly active?: boolean;
}

export interface StaffMember {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly password: string;
}

export const FIRST_PATIENT = 5_001;
export const SERVICE_TYPES = 'http://willowcreek.example/visit-types';
/** Every slot is this long, in minutes. */
export const SLOT_MINUTES = 30;
