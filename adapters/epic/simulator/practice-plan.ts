/** Everything about a simulated practice that its API cannot change. Ids are FHIR ids. */
export interface Practice {
  readonly name: string;
  /** IANA zone. */
  readonly timeZone: string;
  readonly organization: { readonly id: string; readonly name: string };
  readonly practitioners: readonly Practitioner[];
  /** Departments in which visits take place. */
  readonly locations: readonly Department[];
  /** Where surgery is done; no visit is offered there. */
  readonly theatre: { readonly room: Department; readonly suite: Department };
  readonly visitTypes: readonly VisitType[];
  readonly sessions: readonly Session[];
  readonly patients: readonly Person[];
}

export interface Practitioner {
  readonly id: string;
  readonly npi: string;
  readonly family: string;
  readonly given: string;
  /** e.g. `MD`. */
  readonly degree: string;
  readonly gender: 'female' | 'male' | 'other' | 'unknown';
}

export interface Department {
  readonly id: string;
  readonly number: string;
  readonly name: string;
  readonly phone: string;
  readonly street: string;
}

export interface VisitType {
  readonly code: string;
  readonly display: string;
  readonly minutes: number;
  /** Epic ends its lines with CR LF. */
  readonly instruction: string;
}

/** A weekly template. Times are `HH:mm` on the practice's clock. */
export interface Session {
  readonly practitioner: string;
  readonly location: string;
  /** 1 Monday … 7 Sunday. */
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}

export interface Person {
  readonly id: string;
  readonly mrn: string;
  /** Epic's own id, e.g. `E4101`. */
  readonly epicId: string;
  readonly family: string;
  readonly given: string;
  readonly gender: 'female' | 'male' | 'other' | 'unknown';
  /** yyyy-MM-dd. */
  readonly birthDate: string;
  readonly phone: string;
  readonly email: string;
  readonly street: string;
}
