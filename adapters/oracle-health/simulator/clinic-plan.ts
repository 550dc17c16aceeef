/** Everything about a simulated clinic that its API cannot change. Ids mean something in this tenant alone. */
export interface ClinicPlan {
  readonly name: string;
  /** IANA zone. The API itself speaks UTC. */
  readonly timeZone: string;
  /** The tenant's id, the last segment of the base address. */
  readonly tenant: string;
  readonly organization: { readonly id: string; readonly name: string };
  readonly locations: readonly Place[];
  readonly practitioners: readonly Clinician[];
  readonly resources: readonly Resource[];
  readonly appointmentTypes: readonly AppointmentType[];
  readonly shifts: readonly Shift[];
  /** In the order of their ids, which begin at {@link FIRST_PATIENT}. */
  readonly patients: readonly SeedPatient[];
  /** Who may sign in at the provider persona's page. */
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
}

/** What a slot books: a practitioner, or a room that no other resource describes (display only). */
export interface Resource {
  /** 1 … 9; one digit of every slot id. */
  readonly key: number;
  readonly display: string;
  readonly practitioner?: string;
}

/** A resource-list based appointment type, the only kind that works by FHIR. */
export interface AppointmentType {
  /** Code set 14249. */
  readonly code: string;
  readonly display: string;
  /** What patients are shown instead. */
  readonly patientDisplay: string;
  readonly minutes: number;
  readonly snomed: { readonly code: string; readonly display: string };
}

/** Bookable time that comes back every week, in local time; more than one location makes linked slots. */
export interface Shift {
  /** 1 Monday … 7 Sunday. */
  readonly days: readonly number[];
  /** `HH:mm`. */
  readonly from: string;
  readonly to: string;
  readonly resource: number;
  readonly locations: readonly string[];
  readonly types: readonly string[];
}

export interface SeedPatient {
  readonly family: string;
  readonly given: readonly string[];
  readonly birthDate: string;
  readonly gender: 'female' | 'male' | 'other' | 'unknown';
  readonly phone: string;
  readonly email: string;
  readonly active?: boolean;
  readonly deceased?: boolean;
}

export interface StaffMember {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly password: string;
}

export const FIRST_PATIENT = 13_000_101;
