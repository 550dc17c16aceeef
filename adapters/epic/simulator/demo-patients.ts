import { juniperPatients } from './juniper-patients.ts';
import type { Person } from './practice-plan.ts';

/**
 * The invented patients of the demo practice, so that a story can name one. `demoPatients.juniper[0]` (Amara Whitfield)
 * and `[1]` (Jonas Petrov) have no appointments.
 */
export const demoPatients: { readonly juniper: readonly DemoPatient[] } = { juniper: juniperPatients };

/** `id` is the FHIR id of R4 and STU3, `birthDate` yyyy-MM-dd. */
export type DemoPatient = Pick<
  Person,
  'id' | 'mrn' | 'family' | 'given' | 'gender' | 'birthDate' | 'phone' | 'email'
>;
