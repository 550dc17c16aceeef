import {
  type Demographics,
  Failure,
  grammar,
  isLocalDate,
  type Patient,
  type VendorPatient,
} from '#adapter-kit/index.ts';
import { email, type NewPatient, type PatientRow, phone } from '../wire.ts';
import { toVendorDate } from './clock.ts';

/** athenaOne cuts or refuses longer ones. */
const longestName = 20;

export function toPatient(row: PatientRow): VendorPatient {
  const telecom: NonNullable<Patient['telecom']> = [
    { system: 'phone' as const, use: 'mobile' as const, value: row.mobilephone },
    { system: 'phone' as const, use: 'home' as const, value: row.homephone },
    { system: 'email' as const, value: row.email },
  ].filter(({ value }) => value !== '');
  // A search that says nothing of the status has found somebody who is there.
  const isBookable = ['', 'active', 'prospective'].includes(row.status.toLowerCase());
  const gender = genders[row.sex.toUpperCase()] ?? 'unknown';
  return {
    resource: {
      resourceType: 'Patient',
      id: row.patientid,
      active: isBookable,
      name: [{ use: 'official', family: row.lastname, given: [row.firstname] }],
      ...(telecom.length > 0 && { telecom }),
      gender,
      ...(isLocalDate(row.dob) && { birthDate: row.dob }),
    },
    bookable: isBookable,
  };
}

const genders: Readonly<Record<string, 'male' | 'female'>> = { M: 'male', F: 'female' };

/**
 * Names and birth date as GET /patients/enhancedbestmatch takes them, trimmed and proven to be such.
 *
 * @throws Failure `invalid-date`, `invalid-value` naming the element
 */
export function toSearch(person: Demographics): { firstname: string; lastname: string; dob: string } {
  if (!isLocalDate(person.birthDate)) throw new Failure('invalid-date', { expression: 'Patient.birthDate' });
  return {
    firstname: toName(person.given, 'Patient.name.given'),
    lastname: toName(person.family, 'Patient.name.family'),
    dob: toVendorDate(person.birthDate),
  };
}

/**
 * What POST /patients takes of a person.
 *
 * @throws Failure that names what athenaOne, or the wall, would not take, or what it wants besides
 */
export function toNewPatient(person: Demographics, departmentid: string): NewPatient {
  const { firstname, lastname, dob } = toSearch(person);
  for (const [name, expression] of [
    [firstname, 'Patient.name.given'],
    [lastname, 'Patient.name.family'],
  ] as const)
    if (name.length > longestName)
      throw new Failure('invalid-value', {
        expression,
        hint: `The practice's EMR keeps names of ${longestName} characters at most: its staff add this patient.`,
      });
  if (person.phone === undefined && person.email === undefined)
    throw new Failure('missing-element', {
      expression: 'Patient.telecom',
      hint: 'Give a telephone number of the United States or Canada, or an e-mail address: one of them is needed for a new patient.',
    });
  const sex = person.gender === 'male' ? 'M' : person.gender === 'female' ? 'F' : undefined;
  return {
    firstname,
    lastname,
    dob,
    ...(sex !== undefined && { sex }),
    departmentid,
    ...(person.phone !== undefined && { mobilephone: toPhone(person.phone) }),
    ...(person.email !== undefined && { email: toEmail(person.email) }),
  };
}

function toName(text: string, expression: string): string {
  // The sign that keyboards have; nobody says whether the search knows the other one.
  const name = text.normalize('NFC').replaceAll('’', "'").replaceAll(/\s+/gu, ' ').trim();
  if (name.length > grammar.personName.maxLength || !grammar.personName.pattern.test(name)) {
    const hint =
      'A name is made of letters, spaces, apostrophes, hyphens and full stops, and begins with a letter.';
    throw new Failure('invalid-value', { expression, hint });
  }
  return name;
}

/** Ten digits of the North American numbering plan. */
function toPhone(text: string): string {
  const digits = /^[0-9()+. -]{10,20}$/.test(text)
    ? text.replaceAll(/\D/g, '').replace(/^1(?=\d{10}$)/, '')
    : '';
  if (!phone.safeParse(digits).success)
    throw new Failure('invalid-value', {
      expression: 'Patient.telecom',
      hint: 'Give ten digits of a telephone number in the United States or Canada, area code first, for example 206-555-0142.',
    });
  return digits;
}

function toEmail(text: string): string {
  const parsed = email.safeParse(text);
  if (!parsed.success) throw new Failure('invalid-value', { expression: 'Patient.telecom' });
  return parsed.data;
}
