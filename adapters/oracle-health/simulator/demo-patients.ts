import { FIRST_PATIENT } from './clinic-plan.ts';
import { harborPatients } from './clinics/harbor-patients.ts';

/** The invented patients of the demo clinic, so that a story can name one. The first two have no appointments. */
export const demoPatients: readonly DemoPatient[] = harborPatients.map((person, index) => ({
  id: String(FIRST_PATIENT + index),
  family: person.family,
  given: person.given[0] ?? '',
  birthDate: person.birthDate,
  phone: person.phone,
  email: person.email,
  active: person.active ?? true,
}));

export interface DemoPatient {
  /** Id of the Patient resource. */
  readonly id: string;
  readonly family: string;
  /** The first given name. */
  readonly given: string;
  /** yyyy-MM-dd. */
  readonly birthDate: string;
  readonly phone: string;
  readonly email: string;
  readonly active: boolean;
}
