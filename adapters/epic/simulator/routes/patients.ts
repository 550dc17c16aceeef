import { isCalendarDate } from '#simulator-kit/index.ts';
import { maySee } from '../access.ts';
import { refuse } from '../answer.ts';
import { begins, fold, tokenFits } from '../filters.ts';
import type { Issue } from '../issue.ts';
import type { Asked } from '../parameters.ts';
import type { Person } from '../practice-plan.ts';
import { type SearchPlan, search } from '../search.ts';
import type { EpicCall, Interaction } from '../tables.ts';
import { patientIdentifiers, patientOnWire } from '../wire/patient.ts';
import { interactions } from './directory.ts';

/** Read and search of patients; there is no way to make one. */
export const patientReads: readonly Interaction[] = interactions('Patient', (call) =>
  search(patients, call),
).map((one) => ({
  ...one,
  handle(call) {
    const { id } = call.path;
    if (id !== undefined && !maySee(call.bearer, id)) throw refuse(call, 403, { code: '4118' });
    return one.handle(call);
  },
}));

const patients: SearchPlan<Person> = {
  type: 'Patient',
  version: 'R4',
  rows: ({ practice, bearer }) => practice.patients.filter(({ id }) => maySee(bearer, id)),
  filters: {
    _id: (value) => (row) => row.id === value,
    family: (value) => (row) => begins(row.family, value),
    given: (value) => (row) => begins(row.given, value),
    name: (value) => (row) => begins(row.family, value) || begins(row.given, value),
    birthdate: birthDate,
    gender: (value) => (row) => row.gender === value,
    telecom: (value) => (row) => digits(row.phone) === digits(value) || row.email === value,
    phone: (value) => (row) => digits(row.phone) === digits(value),
    email: (value) => (row) => fold(row.email) === fold(value),
    identifier: (value, call) => (row) =>
      tokenFits(
        value,
        patientIdentifiers(call.settings.environment, row).map(({ system, value: code }) => ({
          system,
          code,
        })),
      ),
  },
  object: unrestricted,
  most: ({ settings }, matches) => (matches > settings.patientLimit ? { code: '4127' } : undefined),
  onWire: ({ practice, settings }, row) => patientOnWire(practice, settings.environment, row),
};

function birthDate(value: string): ((row: Person) => boolean) | Issue {
  const date = value.replace(/^eq/, '');
  if (!isCalendarDate(date))
    return { code: '59102', diagnostics: `Invalid date: ${value}.`, element: 'birthdate' };
  return (row) => row.birthDate === date;
}

/** Everybody is never told; gender alone does not narrow it enough. */
function unrestricted({ bearer, settings }: EpicCall, { pairs }: Asked): Issue | undefined {
  if (pairs.length === 0) return { code: '4110' };
  const restricting = Object.keys(patients.filters).filter((name) => name !== 'gender');
  const restricted = bearer.patient !== undefined || pairs.some(([name]) => restricting.includes(name));
  return restricted ? undefined : { code: settings.unrestrictedSearch };
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, '').replace(/^1(?=\d{10}$)/, '');
}
