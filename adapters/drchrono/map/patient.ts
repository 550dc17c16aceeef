import { type Demographics, Failure, grammar, isLocalDate, type VendorPatient } from '#adapter-kit/index.ts';
import type { NewPatient, PatientRow } from '../wire.ts';

type Gender = NonNullable<Demographics['gender']>;

export function toPatient(row: PatientRow): VendorPatient {
  // `I` is inactive, `D` deceased. The summary may leave it out.
  const bookable = row.patient_status === '' || row.patient_status === 'A';
  return {
    resource: {
      resourceType: 'Patient',
      id: String(row.id),
      active: bookable,
      name: [
        {
          use: 'official',
          family: row.last_name,
          ...(row.first_name !== '' && { given: [row.first_name] }),
        },
      ],
      gender: toGender(row.gender),
      ...(isLocalDate(row.date_of_birth) && { birthDate: row.date_of_birth }),
    },
    bookable,
  };
}

/**
 * What POST patients_summary takes of a person; a gender has to be told.
 *
 * @throws Failure `invalid-value` or `invalid-date` naming the element that DrChrono, or the wall, would not take
 */
export function toNewPatient(person: Demographics, doctor: number): NewPatient {
  return { ...toSearch(person), gender: genderSent[person.gender ?? 'unknown'], doctor };
}

/** Names and birth date, trimmed and proven to be such. */
export function toSearch(
  person: Demographics,
): Pick<NewPatient, 'first_name' | 'last_name' | 'date_of_birth'> {
  if (!isLocalDate(person.birthDate)) throw new Failure('invalid-date', { expression: 'Patient.birthDate' });
  return {
    first_name: toName(person.given, 'Patient.name.given'),
    last_name: toName(person.family, 'Patient.name.family'),
    date_of_birth: person.birthDate,
  };
}

const genderSent = {
  male: 'Male',
  female: 'Female',
  other: 'Other',
  unknown: 'UNK',
} as const satisfies Record<Gender, string>;

function toGender(word: string): Gender {
  const gender = word.toLowerCase();
  return gender === 'male' || gender === 'female' || gender === 'other' ? gender : 'unknown';
}

function toName(text: string, expression: string): string {
  const name = text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
  if (name.length > grammar.personName.maxLength || !grammar.personName.pattern.test(name)) {
    const hint =
      'A name is made of letters, spaces, apostrophes, hyphens and full stops, and begins with a letter.';
    throw new Failure('invalid-value', { expression, hint });
  }
  return name;
}
