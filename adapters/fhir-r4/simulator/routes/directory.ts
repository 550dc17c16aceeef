import { SERVICE_TYPES } from '../clinic-plan.ts';
import {
  byCode,
  byFlag,
  byNames,
  byReference,
  byText,
  byToken,
  type Criteria,
  codingsIn,
  identifiersIn,
} from '../criteria.ts';
import { isObject, objectsOf, referenceOf, textOf } from '../json.ts';
import { notFound } from '../outcome.ts';
import { type Searched, search } from '../search.ts';
import { PLANNED_AT } from '../slot-book.ts';
import type { ClinicCall, Method } from '../tables.ts';
import { locationOnWire, practitionerOnWire, roleOnWire, serviceOnWire } from '../wire/directory.ts';
import type { FhirResource } from '../wire/fhir-resource.ts';
import { scheduleOnWire } from '../wire/schedule.ts';
import { readAnswer } from './answer.ts';

/** People, places, schedules and kinds of visits: what the API reads and never writes. */
type Directory = 'Schedule' | 'Practitioner' | 'PractitionerRole' | 'Location' | 'HealthcareService';

const isActive = ({ active }: FhirResource): boolean => active !== false;
const references = (element: string) => (resource: FhirResource) =>
  [resource[element]]
    .flat()
    .filter(isObject)
    .map((each) => referenceOf(each));

const criteria: Readonly<Record<Directory, Criteria<FhirResource>>> = {
  Schedule: {
    active: byFlag(isActive),
    actor: byReference(references('actor'), 'Practitioner', 'PractitionerRole', 'Location'),
    'service-type': byToken(({ serviceType }) => codingsIn(serviceType)),
  },
  Practitioner: {
    active: byFlag(isActive),
    identifier: byToken(({ identifier }) => identifiersIn(identifier)),
    ...byNames(({ name }) => name),
  },
  PractitionerRole: {
    active: byFlag(isActive),
    practitioner: byReference(references('practitioner'), 'Practitioner'),
    location: byReference(references('location'), 'Location'),
  },
  Location: {
    status: byCode(({ status }) => textOf(status)),
    name: byText(({ name }) => [textOf(name) ?? '']),
    'name:exact': byText(({ name }) => [textOf(name) ?? ''], true),
  },
  HealthcareService: {
    active: byFlag(isActive),
    name: byText(({ name }) => [textOf(name) ?? '']),
    'service-type': byToken(({ type }) =>
      objectsOf(type).flatMap((each) => codingsIn([each]).filter(({ system }) => system === SERVICE_TYPES)),
    ),
  },
};

/** Each with what every type has. */
export const directoryCriteria: Readonly<Record<string, Criteria<FhirResource>>> = Object.fromEntries(
  Object.entries(criteria).map(([type, own]) => [
    type,
    { _id: byCode(({ id }: FhirResource) => id), ...own },
  ]),
);

export const directoryMethods: readonly Method[] = Object.entries(directoryCriteria).flatMap(
  ([type, own]): readonly Method[] => {
    const searched: Searched<FhirResource> = {
      type,
      criteria: own,
      things: (call) => resourcesOf(call, type),
      orders: { '': ({ id }) => id },
      resource: (_, resource) => resource,
    };
    return [
      { verb: 'GET', template: `/${type}`, type, needs: 's', handle: (call) => search(call, searched) },
      {
        verb: 'POST',
        template: `/${type}/_search`,
        type,
        needs: 's',
        handle: (call) => search(call, searched),
      },
      {
        verb: 'GET',
        template: `/${type}/{id}`,
        type,
        needs: 'r',
        handle(call) {
          const resource = entryOf(call, `${type}/${call.path.id}`);
          if (resource === undefined) throw notFound();
          return readAnswer(call, resource, 1, PLANNED_AT);
        },
      },
    ];
  },
);

/** The resource of a reference to the directory. */
export function entryOf(call: ClinicCall, reference: string): FhirResource | undefined {
  const [type = '', id] = reference.split('/');
  return resourcesOf(call, type).find((resource) => resource.id === id);
}

function resourcesOf(call: ClinicCall, type: string): readonly FhirResource[] {
  const { clinic, settings } = call;
  switch (type) {
    case 'Schedule':
      return clinic.schedules.map((schedule) => scheduleOnWire(call, schedule));
    case 'Practitioner':
      return clinic.practitioners.map((person) => practitionerOnWire(settings, person));
    case 'PractitionerRole':
      return clinic.roles.map((role) => roleOnWire(settings, role));
    case 'Location':
      return clinic.locations.map((place) => locationOnWire(settings, clinic, place));
    case 'HealthcareService':
      return clinic.services.map((service) => serviceOnWire(settings, service));
    default:
      return [];
  }
}
