import type { SeedPatient } from '../clinic-plan.ts';

/**
 * Invented people. The first two have no appointments. Among them: names that begin alike, relatives on one phone, a
 * double name with accents, and somebody who has left.
 */
export const harborPatients: readonly SeedPatient[] = [
  person('Abernathy', ['Nora'], '1988-04-12', 'female', '617-555-0121'),
  person('Ruiz', ['Mateo', 'Andrés'], '1979-09-30', 'male', '617-555-0122'),
  person('Chen', ['Mei'], '1993-01-25', 'female', '617-555-0123'),
  person('Chenoweth', ['Meinrad'], '1993-01-25', 'male', '617-555-0124'),
  person('Fitzgerald', ['Liam'], '1956-07-08', 'male', '617-555-0125'),
  person('Fitzgerald', ['Orla'], '2015-11-19', 'female', '617-555-0125'),
  person('Peña-Duarte', ['Zoë'], '1970-02-28', 'female', '617-555-0126'),
  { ...person('Holloway', ['Silas'], '1941-12-03', 'male', '617-555-0127'), active: false },
];

/** With an address at example.org. */
function person(
  family: string,
  given: readonly string[],
  birthDate: string,
  gender: SeedPatient['gender'],
  phone: string,
): SeedPatient {
  const email = `${given[0]}.${family}@example.org`
    .normalize('NFD')
    .replaceAll(/[^\w.@-]/g, '')
    .toLowerCase();
  return { family, given, birthDate, gender, phone, email };
}
