import type { SeedPatient } from '../clinic-plan.ts';

/**
 * Invented people. The first two have no appointments. Among them: names that begin alike, two who share name and birth
 * date, a double name with accents, and somebody who has left.
 */
export const willowPatients: readonly SeedPatient[] = [
  person('Thornbury', ['Elise'], '1986-05-17', 'female', '907-555-0141'),
  person('Achterberg', ['Davit', 'Lee'], '1974-08-09', 'male', '907-555-0142'),
  person('Moss', ['Ida'], '1991-02-28', 'female', '907-555-0143'),
  person('Mossman', ['Idabel'], '1991-02-28', 'female', '907-555-0144'),
  person('Quill', ['Jonah'], '1959-10-01', 'male', '907-555-0145'),
  person('Quill', ['Jonah'], '1959-10-01', 'male', '907-555-0146'),
  person('Núñez-Åberg', ['Renée'], '1968-12-12', 'female', '907-555-0147'),
  { ...person('Farrow', ['Gil'], '1938-03-30', 'male', '907-555-0148'), active: false },
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
