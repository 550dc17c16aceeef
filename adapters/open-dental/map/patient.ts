import {
  type Demographics,
  Failure,
  grammar,
  isLocalDate,
  type Patient,
  type VendorPatient,
} from '#adapter-kit/index.ts';
import { email, type NewPatient, type PatientRow } from '../wire.ts';

/** People in these states may be given a visit; inactive, archived and deceased ones may not. */
const bookable: readonly string[] = ['Patient', 'Prospective', 'NonPatient'];

export function toPatient(row: PatientRow): VendorPatient {
  const telecom: NonNullable<Patient['telecom']> = [
    {
      system: 'phone' as const,
      use: 'mobile' as const,
      value: row.WirelessPhone,
    },
    { system: 'phone' as const, use: 'home' as const, value: row.HmPhone },
    { system: 'phone' as const, use: 'work' as const, value: row.WkPhone },
    { system: 'email' as const, value: row.Email },
  ].filter(({ value }) => value !== '');
  const isBookable = bookable.includes(row.PatStatus);
  return {
    resource: {
      resourceType: 'Patient',
      id: String(row.PatNum),
      active: isBookable,
      name: [
        {
          use: 'official',
          family: row.LName,
          ...(row.FName !== '' && { given: [row.FName] }),
        },
      ],
      ...(telecom.length > 0 && { telecom }),
      gender: toGender(row.Gender),
      ...(isLocalDate(row.Birthdate) && { birthDate: row.Birthdate }),
      ...(row.PatStatus === 'Deceased' && { deceasedBoolean: true }),
    },
    bookable: isBookable,
  };
}

/**
 * What POST /patients takes of a person.
 *
 * @throws Failure `invalid-value` or `invalid-date` naming the element that Open Dental, or the wall, would not take
 */
export function toNewPatient(person: Demographics, clinicNum: number): NewPatient {
  return {
    ...toSearch(person),
    ...(person.gender !== undefined && { Gender: genderSent[person.gender] }),
    ...(person.phone !== undefined && { WirelessPhone: toPhone(person.phone) }),
    ...(person.email !== undefined && { Email: toEmail(person.email) }),
    ...(clinicNum > 0 && { ClinicNum: clinicNum }),
  };
}

/** Names and birth date, trimmed and proven to be such. */
export function toSearch(person: Demographics): {
  LName: string;
  FName: string;
  Birthdate: string;
} {
  if (!isLocalDate(person.birthDate)) throw new Failure('invalid-date', { expression: 'Patient.birthDate' });
  return {
    LName: toName(person.family, 'Patient.name.family'),
    FName: toName(person.given, 'Patient.name.given'),
    Birthdate: person.birthDate,
  };
}

/**
 * The longest word of a name. The server looks for a part of a name and takes spaces literally, so this finds whatever
 * the whole name would find and also the same name typed with two spaces; the rest is compared here.
 */
export function longestWord(name: string): string {
  return name.split(' ').reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}

const genderSent = {
  male: 'Male',
  female: 'Female',
  other: 'Unknown',
  unknown: 'Unknown',
} as const;

function toGender(word: string): 'male' | 'female' | 'other' | 'unknown' {
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

/** What the route's own schema lets out, said here in words that the caller can use. */
function toEmail(text: string): string {
  const parsed = email.safeParse(text);
  if (!parsed.success) throw new Failure('invalid-value', { expression: 'Patient.telecom' });
  return parsed.data;
}

/** Ten digits in the form that Open Dental writes itself, anything else as it came. */
function toPhone(text: string): string {
  const [, area, exchange, line] = /^(?:1)?(\d{3})(\d{3})(\d{4})$/.exec(text.replaceAll(/\D/g, '')) ?? [];
  if (area !== undefined) return `(${area})${exchange}-${line}`;
  if (!/^[0-9()+. -]{7,20}$/.test(text))
    throw new Failure('invalid-value', { expression: 'Patient.telecom' });
  return text;
}
