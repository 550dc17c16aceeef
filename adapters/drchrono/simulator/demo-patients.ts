import { alder } from './practices/alder.ts';

/** The invented patients of the demo practice, so that a story can name one. The first two have no appointments. */
export const demoPatients: readonly DemoPatient[] = alder.patients.map((person, index) => ({
  id: String(alder.firstPatient + index),
  family: person.lastName,
  given: person.firstName,
  birthDate: person.birthDate,
  gender: person.gender,
  phone: person.phone,
  email: person.email,
  active: (person.status ?? 'A') === 'A',
}));

export interface DemoPatient {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd. */
  readonly birthDate: string;
  /** The vendor's word; may be empty. */
  readonly gender: string;
  readonly phone: string;
  readonly email: string;
  readonly active: boolean;
}
