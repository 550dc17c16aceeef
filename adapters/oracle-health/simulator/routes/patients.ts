import { type EmrAnswer, isCalendarDate } from '#simulator-kit/index.ts';
import { baseOf } from '../base.ts';
import { FIRST_PATIENT } from '../clinic-plan.ts';
import { isObject } from '../json-patch.ts';
import { created, fhir, notFound, refuse, versionHeaders } from '../outcome.ts';
import { type Query, readCount, readQuery, refuseSearch } from '../query.ts';
import { type Found, search } from '../search.ts';
import type { ClinicCall, Method, Patient } from '../tables.ts';
import { fold, matchesText } from '../text-match.ts';
import { mrnOf, patientOnWire } from '../wire/patient.ts';
import { listOf, readResource, rule } from './appointment-create.ts';
import { completeOrFail } from './incomplete.ts';

export const patientMethods: readonly Method[] = [
  { verb: 'GET', template: '/Patient', type: 'Patient', needs: 's', handle: searchPatients },
  { verb: 'POST', template: '/Patient', type: 'Patient', needs: 'c', handle: createPatient },
  { verb: 'GET', template: '/Patient/{id}', type: 'Patient', needs: 'r', handle: readPatient },
];

const NAMES = ['name', 'family', 'given', 'name:exact', 'family:exact', 'given:exact'] as const;
const CRITERIA = ['_id', 'identifier', ...NAMES, 'birthdate', 'phone', 'email'];

function searchPatients(call: ClinicCall): EmrAnswer {
  return search(call, 'Patient', findPatients);
}

/** As FHIR R4 search has it, since the vendor's own rules are not known. `gender` alone is not enough. */
function findPatients(call: ClinicCall): Found {
  const query = readQuery(call, [...CRITERIA, 'gender', '_count']);
  if (!query.names.some((name) => CRITERIA.includes(name)) && call.settings.bareSearch === 'reject400')
    throw refuseSearch(
      call,
      'at least one of _id, identifier, name, family, given, birthdate, phone, email or -pageContext must be provided',
    );
  const filters = query.names.filter((name) => name !== '_count').map((name) => filterBy(call, query, name));
  const rows = call.db
    .table('patients')
    .all()
    .filter((row) => isOwn(call, row) && filters.every((fits) => fits(row)))
    .sort((a, b) => Number(a.id) - Number(b.id));
  const matches = rows.map((row) => {
    completeOrFail(call, 'Patient', row.id);
    return { order: row.id.padStart(15, '0'), resource: patientOnWire(call, row) };
  });
  return { matches, count: readCount(call, query, { least: 1, most: 200, usual: 50 }) };
}

/** Repeated parameters all have to fit, of commas one. */
function filterBy(call: ClinicCall, query: Query, name: string): (row: Patient) => boolean {
  const rows = query.all(name).map((value) => value.split(/(?<!\\),/));
  if (rows.flat().includes('')) throw refuseSearch(call, `${name} has an empty value.`);
  const one = criterion(call, name);
  const tests = rows.map((values) =>
    values.map((value) => one(value.replaceAll(/\\([,$|\\])/g, (_, character: string) => character))),
  );
  return (row) => tests.every((any) => any.some((fits) => fits(row)));
}

type Criterion = (value: string) => (row: Patient) => boolean;

function criterion(call: ClinicCall, parameter: string): Criterion {
  const [name = '', modifier] = parameter.split(':');
  const how = modifier === 'exact' ? 'same' : call.settings.patientNames;
  const texts =
    (of: (row: Patient) => readonly string[]): Criterion =>
    (value) =>
    (row) =>
      of(row).some((text) => matchesText(text, value, how));
  const criteria: Readonly<Record<string, Criterion>> = {
    _id: (value) => (row) => row.id === value,
    identifier: (value) => (row) => mrnOf(row) === value.split('|').at(-1),
    family: texts(({ family }) => [family]),
    given: texts(({ given }) => [...given, given.join(' ')]),
    name: texts(({ family, given }) => [family, ...given, given.join(' '), `${given.join(' ')} ${family}`]),
    birthdate: (value) => birthdate(call, value),
    gender: (value) => (row) => row.gender === value,
    phone: (value) => (row) =>
      row.phones.some((phone) => phone.replaceAll(/\D/g, '') === value.replaceAll(/\D/g, '')),
    email: (value) => (row) => row.emails.some((email) => fold(email) === fold(value)),
  };
  return criteria[name] ?? (() => () => true);
}

/** A year, a month or a day, with a prefix or without. */
function birthdate(call: ClinicCall, value: string): (row: Patient) => boolean {
  const [, prefix = 'eq', date = ''] =
    value.match(/^(eq|ne|gt|lt|ge|le)?(\d{4}(?:-\d{2}(?:-\d{2})?)?)$/) ?? [];
  if (date === '' || !isCalendarDate(`${date}-01-01`.slice(0, 10)))
    throw refuseSearch(call, 'birthdate is a date.');
  return (row) => {
    const own = row.birthDate?.slice(0, date.length);
    if (own === undefined) return false;
    if (prefix === 'ne') return own !== date;
    const equal = own === date && (prefix === 'eq' || prefix === 'ge' || prefix === 'le');
    return equal || (own > date && prefix.startsWith('g')) || (own < date && prefix.startsWith('l'));
  };
}

function isOwn({ caller }: ClinicCall, { id }: Patient): boolean {
  return caller.persona !== 'patient' || caller.patient === id;
}

function readPatient(call: ClinicCall): EmrAnswer {
  const row = call.db.table('patients').get(call.path.id ?? '');
  if (row === undefined) throw notFound();
  if (!isOwn(call, row)) throw refuse(403, 'forbidden', 'Forbidden');
  completeOrFail(call, 'Patient', row.id);
  return fhir(200, patientOnWire(call, row), versionHeaders('1', row.lastUpdated));
}

/** Family and given name are needed; of the rest the demographics are kept. */
function createPatient(call: ClinicCall): EmrAnswer {
  const body = readResource(call, 'Patient');
  const row = { ...readPerson(body), lastUpdated: call.now };
  const isTwin = (other: Patient): boolean =>
    fold(other.family) === fold(row.family) &&
    fold(other.given.join(' ')) === fold(row.given.join(' ')) &&
    other.birthDate === row.birthDate;
  if (call.settings.duplicatePatient === 'reject422' && call.db.table('patients').all().some(isTwin))
    throw rule('The patient exists already.');
  const id = String(call.db.next('Patient', FIRST_PATIENT));
  call.db.table('patients').put(id, { id, ...row });
  call.ledger.patient(id, 'api');
  return created(baseOf(call), 'Patient', id, call.now);
}

function readPerson(body: Readonly<Record<string, unknown>>): Omit<Patient, 'id' | 'lastUpdated'> {
  const [name] = listOf(body.name).filter(isObject);
  const given = listOf(name?.given).filter((each) => typeof each === 'string' && each !== '');
  const family = name?.family;
  if (typeof family !== 'string' || family === '' || given.length === 0)
    throw rule('name needs family and given.');
  const { birthDate, gender = 'unknown' } = body;
  if (birthDate !== undefined && (typeof birthDate !== 'string' || !isCalendarDate(birthDate)))
    throw rule('birthDate is a date.');
  if (gender !== 'female' && gender !== 'male' && gender !== 'other' && gender !== 'unknown')
    throw rule('gender is not of http://hl7.org/fhir/administrative-gender');
  const telecom = (system: string): string[] =>
    listOf(body.telecom)
      .filter(isObject)
      .flatMap((each) => (each.system === system && typeof each.value === 'string' ? [each.value] : []));
  return {
    active: body.active !== false,
    deceased: false,
    family,
    given: given.map(String),
    ...(birthDate !== undefined && { birthDate }),
    gender,
    phones: telecom('phone'),
    emails: telecom('email'),
  };
}
