import { fhirId } from './fhir-id.ts';
import type { Person } from './practice-plan.ts';

/**
 * Invented people of the demo practice. The first two have no appointments; two are siblings on one phone, two share
 * name and birth date.
 */
export const juniperPatients: readonly Person[] = [
  ['Whitfield', 'Amara', 'female', '1988-04-12', '312-555-0121', '14 Example Avenue'],
  ['Petrov', 'Jonas', 'male', '1971-09-30', '312-555-0122', '208 Sample Street'],
  ['Márquez', 'Lucía', 'female', '1995-01-08', '312-555-0123', '77 Example Avenue'],
  ['Clarke', 'Desmond', 'male', '1949-06-21', '312-555-0124', '3 Placeholder Court'],
  ['Sato', 'Hana', 'female', '2012-11-15', '312-555-0125', '51 Sample Street'],
  ['Sato', 'Ren', 'male', '2014-02-02', '312-555-0125', '51 Sample Street'],
  ["O'Leary", 'Maeve', 'female', '1983-02-28', '312-555-0126', '9 Placeholder Court'],
  ["O'Leary", 'Maeve', 'female', '1983-02-28', '773-555-0126', '640 Sample Street'],
].map(([family = '', given = '', gender, birthDate = '', phone = '', street = ''], index) => ({
  id: fhirId('Patient', index + 1),
  mrn: String(203_710 + index),
  epicId: `E${4101 + index}`,
  family,
  given,
  gender: gender === 'female' ? 'female' : 'male',
  birthDate,
  phone,
  email: `${given}.${family}.${index + 1}@example.org`
    .normalize('NFD')
    .replaceAll(/[^\w.@]/g, '')
    .toLowerCase(),
  street,
}));
