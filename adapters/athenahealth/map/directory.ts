import type { Directory, Location, Practitioner } from '#adapter-kit/index.ts';
import type { VisitType } from '../settings.ts';
import type { DepartmentRow, ProviderRow } from '../wire.ts';

/** Providers; rooms and machines that are booked as such (`Non-Person`) have their name as text. */
export function toPractitioner(row: ProviderRow): Practitioner & { readonly id: string } {
  const isPerson = row.entitytype.toLowerCase() !== 'non-person' && row.lastname !== '';
  const text = row.displayname || row.lastname || `Provider ${row.providerid}`;
  return {
    resourceType: 'Practitioner',
    id: row.providerid,
    active: true,
    // US NPI, FHIR R4 NamingSystem `us-npi`.
    ...(/^\d{10}$/.test(row.npi ?? '') && {
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: row.npi ?? '' }],
    }),
    name: [
      isPerson
        ? { text, family: row.lastname, ...(row.firstname !== '' && { given: [row.firstname] }) }
        : { text },
    ],
  };
}

/** Departments, by the name that patients know. */
export function toLocation(row: DepartmentRow): Location & { readonly id: string } {
  return {
    resourceType: 'Location',
    id: row.departmentid,
    status: 'active',
    name: row.patientdepartmentname || row.name || `Department ${row.departmentid}`,
    mode: 'instance',
  };
}

/** What the practice has named: athenaOne tells no length of a reason. */
export function toServices(visitTypes: readonly VisitType[]): Directory['services'] {
  return visitTypes.map(({ ref, display, minutes }) => ({ ref, display, minutes }));
}
