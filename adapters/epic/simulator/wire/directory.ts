import { fhirId } from '../fhir-id.ts';
import { oid } from '../oid.ts';
import type { Department, Practice, Practitioner } from '../practice-plan.ts';
import type { Resource } from '../tables.ts';

export function practitionerOnWire(environment: string, row: Practitioner): Resource {
  const { family, given, degree } = row;
  return {
    resourceType: 'Practitioner',
    id: row.id,
    identifier: [
      { use: 'usual', type: { text: 'NPI' }, system: oid.npi, value: row.npi },
      {
        use: 'usual',
        type: { text: 'INTERNAL' },
        system: oid.provider(environment),
        value: `E${row.npi.slice(-4)}`,
      },
    ],
    active: true,
    name: [{ use: 'usual', text: `${given} ${family}, ${degree}`, family, given: [given], suffix: [degree] }],
    gender: row.gender,
    qualification: [{ code: { text: degree } }],
  };
}

export function displayOf({ family, given, degree }: Practitioner): string {
  return `${given} ${family}, ${degree}`;
}

/** One role for each practitioner, with every department where they have sessions. */
export function roleOnWire(practice: Practice, row: Practitioner): Resource {
  const places = practice.locations.filter((department) => worksAt(practice, row.id, department.id));
  return {
    resourceType: 'PractitionerRole',
    id: roleId(practice, row.id),
    active: true,
    practitioner: { reference: `Practitioner/${row.id}`, display: displayOf(row) },
    organization: {
      reference: `Organization/${practice.organization.id}`,
      display: practice.organization.name,
    },
    specialty: [{ text: 'Family Medicine' }],
    location: places.map(({ id, name }) => ({ reference: `Location/${id}`, display: name })),
  };
}

export function roleId(practice: Practice, practitioner: string): string {
  return fhirId('PractitionerRole', practice.practitioners.findIndex(({ id }) => id === practitioner) + 1);
}

export function worksAt(practice: Practice, practitioner: string, location: string): boolean {
  return practice.sessions.some(
    (session) => session.practitioner === practitioner && session.location === location,
  );
}

export function locationOnWire(practice: Practice, environment: string, row: Department): Resource {
  const { id, name } = practice.organization;
  return {
    resourceType: 'Location',
    id: row.id,
    identifier: [{ use: 'usual', system: oid.department(environment), value: row.number }],
    status: 'active',
    name: row.name,
    mode: 'instance',
    telecom: [{ system: 'phone', value: row.phone }],
    address: { line: [row.street], city: 'Chicago', state: 'IL', postalCode: '60600', country: 'USA' },
    managingOrganization: { reference: `Organization/${id}`, display: name },
  };
}

export function organizationOnWire({ organization }: Practice): Resource {
  return { resourceType: 'Organization', id: organization.id, active: true, name: organization.name };
}
