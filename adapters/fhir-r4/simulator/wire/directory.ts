import {
  type Clinician,
  type ClinicPlan,
  type Place,
  type Role,
  SERVICE_TYPES,
  type Service,
} from '../clinic-plan.ts';
import type { Settings } from '../settings.ts';
import { PLANNED_AT } from '../slot-book.ts';
import type { FhirResource } from './fhir-resource.ts';
import { metaOf } from './version.ts';

export function practitionerOnWire(settings: Settings, person: Clinician): FhirResource {
  const { id, family, given, suffix, npi, active = true } = person;
  return {
    ...head(settings, 'Practitioner', id),
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: npi }],
    active,
    name: [
      { use: 'official', text: `${given} ${family}, ${suffix}`, family, given: [given], suffix: [suffix] },
    ],
    qualification: [{ code: { text: suffix } }],
  };
}

export function roleOnWire(settings: Settings, { id, practitioner, location }: Role): FhirResource {
  return {
    ...head(settings, 'PractitionerRole', id),
    active: true,
    practitioner: { reference: `Practitioner/${practitioner}` },
    location: [{ reference: `Location/${location}` }],
  };
}

export function locationOnWire(settings: Settings, clinic: ClinicPlan, place: Place): FhirResource {
  const { id, name, street, phone } = place;
  return {
    ...head(settings, 'Location', id),
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/timezone', valueCode: clinic.timeZone }],
    status: 'active',
    name,
    mode: 'instance',
    telecom: [{ system: 'phone', value: phone, use: 'work' }],
    address: { use: 'work', line: [street], city: clinic.city, state: clinic.state, country: 'US' },
  };
}

export function serviceOnWire(settings: Settings, { id, code, name }: Service): FhirResource {
  return {
    ...head(settings, 'HealthcareService', id),
    active: true,
    type: [{ coding: [{ system: SERVICE_TYPES, code, display: name }], text: name }],
    name,
  };
}

function head(settings: Settings, resourceType: string, id: string): FhirResource {
  return { resourceType, id, meta: metaOf(1, PLANNED_AT, settings) };
}
