import { FIRST_PATIENT } from './practice-plan.ts';
import { lakesidePatients } from './practices/lakeside-patients.ts';

/** The invented patients of the demo practice, so that a story can name one. The first three have no appointments. */
export const demoPatients: readonly DemoPatient[] = lakesidePatients.map((person, index) => ({
  id: String(FIRST_PATIENT + index),
  family: person.last,
  given: person.first,
  birthDate: person.birthDate,
  phone: person.phone,
  email: person.email,
}));

export interface DemoPatient {
  /** `patientid`. */
  readonly id: string;
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd. */
  readonly birthDate: string;
  /** Ten digits. */
  readonly phone: string;
  readonly email: string;
}
