import { FIRST_PATIENT } from './clinic-plan.ts';
import { willowPatients } from './clinics/willow-patients.ts';

/** The invented patients of each demo clinic, so that a story can name one. The first two have no appointments. */
export const demoPatients: Readonly<Record<'willow', readonly DemoPatient[]>> = {
  willow: willowPatients.map((person, index) => ({
    id: String(FIRST_PATIENT + index),
    family: person.family,
    given: person.given[0] ?? '',
    birthDate: person.birthDate,
    active: person.active ?? true,
  })),
};

export interface DemoPatient {
  /** Id of the Patient resource. */
  readonly id: string;
  readonly family: string;
  /** The first given name. */
  readonly given: string;
  /** yyyy-MM-dd. */
  readonly birthDate: string;
  readonly active: boolean;
}
