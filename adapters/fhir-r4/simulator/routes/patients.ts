import { type EmrAnswer, isCalendarDate } from '#simulator-kit/index.ts';
import { FIRST_PATIENT } from '../clinic-plan.ts';
import {
  byCode,
  byContact,
  byDate,
  byFlag,
  byNames,
  byToken,
  type Criterion,
  identifiersIn,
} from '../criteria.ts';
import { objectsOf, readResource, textOf, textsOf } from '../json.ts';
import { refuse } from '../outcome.ts';
import { type Searched, search } from '../search.ts';
import type { ClinicCall, Method, Stored } from '../tables.ts';
import { storedOnWire } from '../wire/stored.ts';
import { found, readAnswer, writtenAnswer } from './answer.ts';
import { existing } from './conditional-create.ts';

const of = { type: 'Patient' } as const;

export const patientMethods: readonly Method[] = [
  { ...of, verb: 'GET', template: '/Patient', needs: 's', handle: (call) => search(call, patients) },
  { ...of, verb: 'POST', template: '/Patient/_search', needs: 's', handle: (call) => search(call, patients) },
  { ...of, verb: 'POST', template: '/Patient', needs: 'c', handle: createPatient },
  {
    ...of,
    verb: 'GET',
    template: '/Patient/{id}',
    needs: 'r',
    handle(call) {
      const row = found(call, 'Patient', call.db.table('patients').get(call.path.id ?? ''));
      return readAnswer(call, storedOnWire(row, call.settings), row.version, row.lastUpdated);
    },
  },
];

/** A year, a month or a day, which are compared as dates and in no zone. */
const birthdate: Criterion<Stored> = (call, value) => {
  const noon = byDate<Stored>(({ resource }) => {
    const own = textOf(resource.birthDate);
    return own === undefined ? undefined : Date.parse(`${own}T12:00:00Z`);
  });
  return noon({ ...call, clinic: { ...call.clinic, timeZone: 'UTC' } }, value);
};

export const patients: Searched<Stored> = {
  type: 'Patient',
  criteria: {
    _id: byCode(({ id }) => id),
    active: byFlag(({ resource }) => resource.active !== false),
    identifier: byToken(({ resource }) => identifiersIn(resource.identifier)),
    ...byNames(({ resource }: Stored) => resource.name),
    birthdate,
    gender: byCode(({ resource }) => textOf(resource.gender)),
    phone: byContact(({ resource }) => resource.telecom, 'phone'),
    email: byContact(({ resource }) => resource.telecom, 'email'),
  },
  things: ({ db }) => db.table('patients').all(),
  orders: {
    '': ({ id }) => id.padStart(15, '0'),
    family: ({ id, resource }) => `${textOf(objectsOf(resource.name)[0]?.family) ?? ''} ${id}`,
    birthdate: ({ id, resource }) => `${textOf(resource.birthDate) ?? ''} ${id}`,
  },
  resource: ({ settings }, row) => storedOnWire(row, settings),
};

/** As it is sent, if it has a name. A second one of the same name and birth date is another patient. */
function createPatient(call: ClinicCall): EmrAnswer {
  const known = existing(call, patients);
  const row = known === undefined ? undefined : call.db.table('patients').get(known);
  if (row !== undefined) return writtenAnswer(call, 200, row, storedOnWire(row, call.settings));
  const { id: _id, meta: _meta, ...resource } = readResource(call, 'Patient');
  if (!objectsOf(resource.name).some(({ family, given }) => textOf(family) && textsOf(given).length > 0))
    throw refuse(422, 'required', 'A patient has a family name and a given one.');
  const { birthDate, gender } = resource;
  if (birthDate !== undefined && !isCalendarDate(textOf(birthDate) ?? ''))
    throw refuse(400, 'value', 'birthDate is a date.');
  if (gender !== undefined && !['male', 'female', 'other', 'unknown'].includes(textOf(gender) ?? ''))
    throw refuse(422, 'code-invalid', 'gender is not of administrative-gender.');
  const id = newPatientId(call);
  const created = { id, version: 1, lastUpdated: call.now, resource };
  call.db.table('patients').put(id, created);
  call.ledger.patient(id, 'api');
  return writtenAnswer(call, 201, created, storedOnWire(created, call.settings));
}

function newPatientId({ db }: ClinicCall): string {
  return String(db.next('Patient', FIRST_PATIENT));
}
