import type { SeedPatient } from './office-plan.ts';
import { cedarPatients } from './offices/cedar-patients.ts';
import { FIRST_PATIENT } from './offices/person.ts';
import { saguaroPatients } from './offices/saguaro-patients.ts';

/**
 * The invented patients of the demo offices, so that a story can name one. `demoPatients.cedar[0]` is an active patient
 * without appointments (Ada Okafor); `demoPatients.saguaro[0]` is another person of the same number (Ruth Brennan).
 */
export const demoPatients = { cedar: listed(cedarPatients), saguaro: listed(saguaroPatients) } as const;

export interface DemoPatient {
  /** PatNum; the same numbers mean other people in the other office. */
  readonly id: number;
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd; 0001-01-01 is unknown. */
  readonly birthDate: string;
  readonly phone: string;
  readonly email: string;
  /** Open Dental's PatStatus. */
  readonly status: string;
}

function listed(people: readonly SeedPatient[]): readonly DemoPatient[] {
  return people.map((person, index) => ({
    id: FIRST_PATIENT + index,
    family: person.LName,
    given: person.FName,
    birthDate: person.Birthdate,
    phone: person.WirelessPhone,
    email: person.Email,
    status: person.PatStatus ?? 'Patient',
  }));
}
