import type { ContactPoint, HumanName, Patient } from '@medplum/fhirtypes';
import { Failure } from '#domain/failure.ts';
import { isLocalDate } from '#domain/local-time.ts';

/** The least by which a practice tells a patient from others and can call back. */
export interface Demographics {
  readonly family: string;
  readonly given: string;
  /** yyyy-MM-dd. */
  readonly birthDate: string;
  readonly gender?: 'male' | 'female' | 'other' | 'unknown';
  readonly phone?: string;
  readonly email?: string;
}

/**
 * Takes the minimum demographics out of a Patient. Everything else in it is dropped: it is neither kept nor passed on.
 *
 * @param expression FHIRPath of the Patient in the request, e.g. `Parameters.parameter[1].resource`
 * @throws Failure `patient-incomplete` (family name, first given name or full birth date is missing), `invalid-date`,
 *   `invalid-value`; never with a value
 */
export function readDemographics(patient: Patient, expression = 'Patient'): Demographics {
  const name = currentName(patient.name ?? []);
  const at = `${expression}.name`;
  const family = personName(name?.family, `${at}.family`);
  const given = personName(name?.given?.[0], `${at}.given`);
  const gender = genders.find((code) => code === patient.gender);
  if (patient.gender !== undefined && gender === undefined)
    throw new Failure('invalid-value', { expression: `${expression}.gender` });
  const phone = contact(patient.telecom ?? [], 'phone', phoneGrammar, `${expression}.telecom`);
  const email = contact(patient.telecom ?? [], 'email', emailGrammar, `${expression}.telecom`);
  return {
    family,
    given,
    birthDate: birthDate(patient.birthDate, `${expression}.birthDate`),
    ...(gender !== undefined && { gender }),
    ...(phone !== undefined && { phone }),
    ...(email !== undefined && { email }),
  };
}

/** Official before usual before whatever comes first; names of the past last. */
function currentName(names: readonly HumanName[]): HumanName | undefined {
  const rank = ({ use, period }: HumanName): number =>
    use === 'old' || period?.end !== undefined
      ? 3
      : use === 'official'
        ? 0
        : use === 'usual' || use === undefined
          ? 1
          : 2;
  return names.toSorted((one, other) => rank(one) - rank(other))[0];
}

/** The same letters that may leave towards an EMR; digits and controls are no part of a name. */
const nameGrammar = /^[\p{L}\p{M}][\p{L}\p{M} .'’-]{0,99}$/u;
const phoneGrammar = /^[+(]?[0-9][0-9 ().\-/]{3,28}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?$/i;
const emailGrammar = /^[^\s@<>"]{1,64}@[A-Za-z0-9.-]{1,185}$/;
const genders = ['male', 'female', 'other', 'unknown'] as const;

function personName(text: string | undefined, expression: string): string {
  const name = (text ?? '').normalize('NFC').replaceAll(/\s+/g, ' ').trim();
  if (name === '') throw new Failure('patient-incomplete', { expression });
  if (!nameGrammar.test(name))
    throw new Failure('invalid-value', {
      expression,
      hint: 'Send the name in letters.',
    });
  return name;
}

function birthDate(text: string | undefined, expression: string): string {
  if (text === undefined || /^\d{4}(-\d\d)?$/.test(text))
    throw new Failure('patient-incomplete', {
      expression,
      hint: 'Send the full birth date, yyyy-MM-dd.',
    });
  if (!isLocalDate(text))
    throw new Failure('invalid-date', {
      expression,
      hint: 'Send an existing date, yyyy-MM-dd.',
    });
  return text;
}

/** The one of the lowest rank; without ranks a mobile, then the first. */
function contact(
  all: readonly ContactPoint[],
  system: 'phone' | 'email',
  grammar: RegExp,
  expression: string,
): string | undefined {
  const order = ({ rank, use }: ContactPoint): number =>
    rank ?? (use === 'mobile' ? 100 : use === 'old' ? 300 : 200);
  const value = all
    .filter((one) => one.system === system && one.value !== undefined)
    .toSorted((one, other) => order(one) - order(other))[0]
    ?.value?.trim();
  if (value !== undefined && !grammar.test(value)) throw new Failure('invalid-value', { expression });
  return value;
}
