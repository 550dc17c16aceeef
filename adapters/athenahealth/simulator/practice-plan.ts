/** Everything about a simulated practice that its API cannot change. Ids mean something in this practice alone. */
export interface PracticePlan {
  readonly name: string;
  /** IANA zone of every department. */
  readonly timeZone: string;
  /** Segment of every path, e.g. `195900`. */
  readonly practiceId: string;
  readonly departments: readonly Department[];
  readonly providers: readonly Provider[];
  readonly appointmentTypes: readonly AppointmentType[];
  readonly reasons: readonly Reason[];
  readonly cancelReasons: readonly CancelReason[];
  readonly confirmations: readonly { readonly id: number; readonly name: string }[];
  readonly shifts: readonly Shift[];
  /** In the order of their ids, which begin at {@link FIRST_PATIENT}. */
  readonly patients: readonly SeedPatient[];
  /** Who may sign in. */
  readonly staff: readonly [StaffMember, ...StaffMember[]];
}

export interface Department {
  readonly id: string;
  readonly name: string;
  /** What patients are shown. */
  readonly patientName: string;
  readonly address: string;
  readonly city: string;
  readonly state: string;
  readonly zip?: string;
  readonly phone?: string;
  /** Hidden in the portal: left out of lists that do not ask for all. */
  readonly hidden: boolean;
}

export interface Provider {
  readonly id: string;
  readonly first: string;
  readonly last: string;
  readonly type: string;
  readonly npi?: number;
  readonly specialty: string;
  readonly person: boolean;
}

export interface AppointmentType {
  readonly id: string;
  readonly name: string;
  readonly shortName: string;
  /** What patients are shown. */
  readonly patientName: string;
  readonly minutes: number;
  /** Its slots can be booked with any type. */
  readonly generic: boolean;
  /** The patient has to be there; false: for staff only. */
  readonly patient: boolean;
  /** Builds templates and cannot be what is booked. */
  readonly templateOnly: boolean;
}

export interface Reason {
  readonly id: string;
  readonly name: string;
  readonly kind: 'new' | 'existing' | 'all';
  /** The type that it books. */
  readonly typeId: string;
  readonly minHours: number;
  readonly maxDays: number;
  /** Departments and providers that offer it. */
  readonly departments: readonly string[];
  readonly providers: readonly string[];
}

export interface CancelReason {
  readonly id: string;
  readonly name: string;
  readonly noShow: boolean;
  readonly patientRescheduled: boolean;
  readonly providerUnavailable: boolean;
  /** Cancelling with it makes a new open slot. */
  readonly slotAvailable: boolean;
}

/** Slots that come back every week, on the department's clock. */
export interface Shift {
  /** 1 Monday … 7 Sunday. */
  readonly days: readonly number[];
  /** `HH:mm`. */
  readonly from: string;
  readonly to: string;
  readonly department: string;
  readonly provider: string;
  /** Another record of the same provider; missing: the provider's own. */
  readonly localProvider?: string;
  readonly typeId: string;
  /** Slots at each time. */
  readonly at: 1 | 2;
  readonly webSchedulable: boolean;
}

export interface SeedPatient {
  readonly first: string;
  readonly last: string;
  readonly birthDate: string;
  readonly sex: 'F' | 'M';
  readonly phone: string;
  readonly email: string;
}

export interface StaffMember {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly password: string;
}

export const FIRST_PATIENT = 4471;
