import {
  type Demographics,
  Failure,
  grammar,
  isLocalDate,
  type Patient,
  sameName,
  type VendorPatient,
} from '#adapter-kit/index.ts';
import type { PatientResource } from '../wire/resources.ts';
import { type NewPatient, newPatient } from '../wire/sent.ts';

/** Minimum demographics. Somebody inactive or deceased is not bookable. */
export function toPatient(wire: PatientResource): VendorPatient {
  const isDeceased = wire.deceasedBoolean === true || wire.deceasedDateTime === true;
  const telecom = (wire.telecom ?? []).flatMap(toContact);
  return {
    resource: {
      resourceType: 'Patient',
      id: wire.id,
      active: wire.active !== false,
      name: namesOf(wire).map(({ use, family, given }) => ({
        ...(isUse(use) && { use }),
        ...(family !== undefined && { family }),
        ...(given !== undefined && given.length > 0 && { given: [...given] }),
      })),
      ...(telecom.length > 0 && { telecom }),
      ...(wire.gender !== undefined && { gender: wire.gender }),
      ...(wire.birthDate !== undefined && isLocalDate(wire.birthDate) && { birthDate: wire.birthDate }),
      ...(isDeceased && { deceasedBoolean: true }),
    },
    bookable: wire.active !== false && !isDeceased,
  };
}

/**
 * Is this the person? The birth date to the day, and one of the names that are still borne: the family name, and the
 * first of the given names or all of them.
 */
export function isPerson(wire: PatientResource, { family, given, birthDate }: Demographics): boolean {
  return (
    wire.birthDate === birthDate &&
    namesOf(wire).some(
      (name) =>
        sameName(name.family ?? '', family) &&
        [name.given?.[0] ?? '', (name.given ?? []).join(' ')].some((each) => sameName(each, given)),
    )
  );
}

/** @throws Failure `unknown-patient` for what cannot be an id, e.g. a path */
export function requirePatientId(id: string): void {
  const { pattern, maxLength } = grammar.fhirId;
  if (id.length > maxLength || !pattern.test(id)) throw new Failure('unknown-patient');
}

/**
 * Names and birth date, trimmed and proven to be such.
 *
 * @throws Failure `invalid-value` or `invalid-date`
 */
export function toPerson(person: Demographics): Demographics {
  if (!isLocalDate(person.birthDate)) throw new Failure('invalid-date', { expression: 'Patient.birthDate' });
  return {
    ...person,
    family: toName(person.family, 'Patient.name.family'),
    given: toName(person.given, 'Patient.name.given'),
  };
}

/** The first word of a name: servers compare the beginning (FHIR R4 §3.1.1.4.9); the whole is compared here. */
export function firstWord(name: string): string {
  return name.split(' ')[0] ?? name;
}

/** @throws Failure `invalid-value` naming the element that would not be let out */
export function toNewPatient(person: Demographics): NewPatient {
  const { family, given, birthDate, gender, phone, email } = toPerson(person);
  const telecom = [
    ...(phone === undefined ? [] : [{ system: 'phone' as const, value: phone, use: 'mobile' as const }]),
    ...(email === undefined ? [] : [{ system: 'email' as const, value: email }]),
  ];
  const parsed = newPatient.safeParse({
    resourceType: 'Patient',
    active: true,
    name: [{ use: 'official', family, given: [given] }],
    ...(telecom.length > 0 && { telecom }),
    ...(gender !== undefined && { gender }),
    birthDate,
  });
  if (!parsed.success) throw new Failure('invalid-value', { expression: 'Patient.telecom' });
  return parsed.data;
}

/** Names that are not given up; `maiden` is one that papers may still have. */
function namesOf({ name = [] }: PatientResource) {
  return name.filter(({ use }) => use !== 'old' && use !== 'anonymous');
}

function toContact(
  contact: NonNullable<PatientResource['telecom']>[number],
): NonNullable<Patient['telecom']> {
  const { system, use, value } = contact;
  if (value === undefined || (system !== 'phone' && system !== 'email')) return [];
  return [{ system, ...((use === 'home' || use === 'work' || use === 'mobile') && { use }), value }];
}

function isUse(use: string | undefined): use is 'usual' | 'official' | 'temp' | 'nickname' | 'maiden' {
  return use !== undefined && ['usual', 'official', 'temp', 'nickname', 'maiden'].includes(use);
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
