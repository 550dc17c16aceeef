import { refuse, resourceAnswer } from '../answer.ts';
import { begins, referenceId, tokenFits } from '../filters.ts';
import { oid } from '../oid.ts';
import type { Asked } from '../parameters.ts';
import type { Department, Practitioner } from '../practice-plan.ts';
import { type RecordType, recordOf } from '../record.ts';
import { type Filter, type SearchPlan, search } from '../search.ts';
import type { EpicCall, Interaction } from '../tables.ts';
import {
  locationOnWire,
  organizationOnWire,
  practitionerOnWire,
  roleId,
  roleOnWire,
  worksAt,
} from '../wire/directory.ts';

/** Who works where: read and search of R4 Practitioner, PractitionerRole, Location and Organization. */
export const directoryReads: readonly Interaction[] = [
  ...interactions('Practitioner', (call) => search(practitioners, call)),
  ...interactions('PractitionerRole', (call) => search(roles, call)),
  ...interactions('Location', (call) => search(locations, call)),
  ...interactions('Organization', (call) => search(organizations, call)),
];

/** Read and search of one record type, search by GET and by `POST _search`. */
export function interactions(type: RecordType, find: Interaction['handle']): readonly Interaction[] {
  const template = `/api/FHIR/R4/${type}` as const;
  const searching = { effect: 'read', access: `${type}.s`, handle: find } as const;
  return [
    { verb: 'GET', template, ...searching },
    { verb: 'POST', template: `${template}/_search`, ...searching },
    {
      verb: 'GET',
      template: `${template}/{id}`,
      effect: 'read',
      access: `${type}.r`,
      handle: (call) => readRecord(type, call),
    },
  ];
}

function readRecord(type: RecordType, call: EpicCall) {
  const { id = '' } = call.path;
  const record = recordOf(call, type, id);
  if (record === undefined)
    throw refuse(call, 404, { code: '59008', diagnostics: 'The FHIR ID was not found.', element: 'id' });
  return resourceAnswer(call.request, 200, record);
}

const active: Filter<unknown> = (value) => () => value === 'true';

const practitioners: SearchPlan<Practitioner> = {
  type: 'Practitioner',
  version: 'R4',
  rows: ({ practice }) => practice.practitioners,
  filters: {
    _id: (value) => (row) => row.id === value,
    active,
    family: (value) => (row) => begins(row.family, value),
    given: (value) => (row) => begins(row.given, value),
    name: (value) => (row) => begins(row.family, value) || begins(row.given, value),
    identifier: (value) => (row) => tokenFits(value, [{ system: oid.npi, code: row.npi }]),
  },
  object: restrictedDirectory,
  onWire: ({ settings }, row) => practitionerOnWire(settings.environment, row),
};

const roles: SearchPlan<Practitioner> = {
  type: 'PractitionerRole',
  version: 'R4',
  rows: ({ practice }) => practice.practitioners,
  filters: {
    _id:
      (value, { practice }) =>
      (row) =>
        roleId(practice, row.id) === value,
    active,
    practitioner: (value) => (row) => row.id === referenceId(value, 'Practitioner'),
    location:
      (value, { practice }) =>
      (row) =>
        worksAt(practice, row.id, referenceId(value, 'Location') ?? ''),
    organization:
      (value, { practice }) =>
      () =>
        practice.organization.id === referenceId(value, 'Organization'),
  },
  object: restrictedDirectory,
  onWire: ({ practice }, row) => roleOnWire(practice, row),
};

const locations: SearchPlan<Department> = {
  type: 'Location',
  version: 'R4',
  rows: ({ practice }) => practice.locations,
  filters: {
    _id: (value) => (row) => row.id === value,
    name: (value) => (row) => begins(row.name, value),
    status: (value) => () => value === 'active',
    organization:
      (value, { practice }) =>
      () =>
        practice.organization.id === referenceId(value, 'Organization'),
    identifier:
      (value, { settings }) =>
      (row) =>
        tokenFits(value, [{ system: oid.department(settings.environment), code: row.number }]),
  },
  object: restrictedDirectory,
  onWire: ({ practice, settings }, row) => locationOnWire(practice, settings.environment, row),
};

const organizations: SearchPlan<EpicCall['practice']> = {
  type: 'Organization',
  version: 'R4',
  rows: ({ practice }) => [practice],
  filters: {
    _id: (value) => (row) => row.organization.id === value,
    name: (value) => (row) => begins(row.organization.name, value),
    active,
  },
  object: restrictedDirectory,
  onWire: (_call, row) => organizationOnWire(row),
};

/** A customer may want to hear whom you are looking for before it tells. */
function restrictedDirectory({ settings }: EpicCall, asked: Asked) {
  const free = ['_count', '_format', '_include', '_revinclude', 'active', 'status'];
  const restricted = asked.pairs.some(([name]) => !free.includes(name));
  return restricted || settings.directorySearch === 'open' ? undefined : ({ code: '4111' } as const);
}
