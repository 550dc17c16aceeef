import type { Clinician, ClinicPlan, Place } from '../clinic-plan.ts';
import type { FhirResource } from './fhir-resource.ts';

export function practitionerOnWire(clinic: ClinicPlan, person: Clinician): FhirResource {
  return {
    ...head('Practitioner', person.id),
    active: true,
    name: [
      {
        use: 'usual',
        text: `${person.family}, ${person.given} ${person.suffix}`,
        family: person.family,
        given: [person.given],
        suffix: [person.suffix],
      },
    ],
    telecom: [{ system: 'phone', value: clinic.locations[0]?.phone ?? '', use: 'work' }],
  };
}

export function locationOnWire(clinic: ClinicPlan, place: Place): FhirResource {
  return {
    ...head('Location', place.id),
    status: 'active',
    name: place.name,
    mode: 'instance',
    telecom: [{ system: 'phone', value: place.phone, use: 'work' }],
    address: { use: 'work', line: [place.street], city: 'Boston', state: 'MA', postalCode: '00000' },
    physicalType: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code: 'bu' }],
      text: 'Building',
    },
    managingOrganization: {
      reference: `Organization/${clinic.organization.id}`,
      display: clinic.organization.name,
    },
  };
}

export function organizationOnWire({ organization }: ClinicPlan): FhirResource {
  return { ...head('Organization', organization.id), active: true, name: organization.name };
}

function head(resourceType: string, id: string): FhirResource & { readonly meta: object } {
  return { resourceType, id, meta: { versionId: '1', lastUpdated: '2026-01-05T13:00:00.000Z' } };
}
