/** Everything about a simulated office that its API cannot change. Numbers are database keys of this office alone. */
export interface OfficePlan {
  /** Seed variant, e.g. `cedar`. */
  readonly id: string;
  readonly name: string;
  /** IANA zone of the office's server clock. */
  readonly timeZone: string;
  /** Empty: the clinics feature is off. */
  readonly clinics: readonly Clinic[];
  readonly providers: readonly Provider[];
  readonly operatories: readonly Operatory[];
  readonly definitions: readonly Definition[];
  readonly appointmentTypes: readonly AppointmentType[];
  readonly preferences: Readonly<Record<string, string>>;
  /** What the four words of PUT Confirm stand for in this office. */
  readonly confirmations: Readonly<Record<'Sent' | 'Confirmed' | 'Not Accepted' | 'Failed', number>>;
  readonly shifts: readonly WeeklyRule[];
  readonly blockouts: readonly (WeeklyRule & { readonly blockoutType: number; readonly note: string })[];
  readonly patients: readonly SeedPatient[];
}

export interface Clinic {
  readonly ClinicNum: number;
  readonly Description: string;
  readonly Abbr: string;
  readonly City: string;
  readonly State: string;
}
export interface Provider {
  readonly ProvNum: number;
  readonly Abbr: string;
  readonly LName: string;
  readonly FName: string;
  readonly Suffix: string;
  readonly NationalProvID: string;
  readonly hygienist: boolean;
  readonly hidden: boolean;
}
export interface Operatory {
  readonly OperatoryNum: number;
  readonly OpName: string;
  readonly Abbrev: string;
  readonly ProvDentist: number;
  readonly ProvHygienist: number;
  readonly ClinicNum: number;
  readonly hygiene: boolean;
  readonly hidden: boolean;
}
export interface Definition {
  readonly DefNum: number;
  readonly Category: 2 | 13 | 25 | 42 | 51;
  readonly ItemName: string;
  readonly ItemValue: string;
  readonly hidden?: boolean;
}
export interface AppointmentType {
  readonly AppointmentTypeNum: number;
  readonly AppointmentTypeName: string;
  readonly Pattern: string;
  readonly CodeStr: string;
  readonly hidden?: boolean;
}

/** Times are `HH:mm` on the office's clock. */
export interface WeeklyRule {
  /** 1 Monday … 7 Sunday. */
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
  /** 0 for a blockout. */
  readonly provider: number;
  /** Empty: not linked to chairs; the provider works where an operatory names them. */
  readonly operatories: readonly number[];
}

export interface SeedPatient {
  readonly LName: string;
  readonly FName: string;
  readonly Birthdate: string;
  readonly Gender: 'Male' | 'Female' | 'Unknown' | 'Other';
  readonly WirelessPhone: string;
  readonly Email: string;
  readonly PriProv: number;
  readonly MiddleI?: string;
  readonly Preferred?: string;
  readonly HmPhone?: string;
  readonly PatStatus?: string;
  readonly MedUrgNote?: string;
}
