import { oid } from '../oid.ts';
import type { Person, Practice } from '../practice-plan.ts';
import type { Resource } from '../tables.ts';

/** A patient with all that Epic tells, which is more than a scheduler needs. */
export function patientOnWire(practice: Practice, environment: string, row: Person): Resource {
  const { family, given } = row;
  const [physician] = practice.practitioners;
  return {
    resourceType: 'Patient',
    id: row.id,
    extension: [
      {
        extension: [{ url: 'text', valueString: 'Unknown' }],
        url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity',
      },
    ],
    identifier: patientIdentifiers(environment, row),
    active: true,
    name: [
      { use: 'official', text: `${given} ${family}`, family, given: [given] },
      { use: 'usual', text: `${given} ${family}`, family, given: [given] },
    ],
    telecom: [
      { system: 'phone', value: row.phone, use: 'home' },
      { system: 'email', value: row.email, rank: 1 },
    ],
    gender: row.gender,
    birthDate: row.birthDate,
    deceasedBoolean: false,
    address: [
      {
        use: 'home',
        line: [row.street],
        city: 'Chicago',
        state: 'IL',
        postalCode: '60600',
        country: 'US',
      },
    ],
    maritalStatus: { text: 'Unknown' },
    communication: [{ language: { text: 'English' }, preferred: true }],
    generalPractitioner: physician === undefined ? [] : [{ reference: `Practitioner/${physician.id}` }],
    managingOrganization: { reference: `Organization/${practice.organization.id}` },
  };
}

export function patientIdentifiers(environment: string, row: Person): readonly PatientIdentifier[] {
  return [
    { use: 'usual', type: { text: 'EPIC' }, system: oid.epicPatient, value: row.epicId },
    { use: 'usual', type: { text: 'MRN' }, system: oid.mrn(environment), value: row.mrn },
  ];
}

export interface PatientIdentifier {
  readonly use: 'usual';
  readonly type: { readonly text: string };
  readonly system: string;
  readonly value: string;
}

export function nameOf({ family, given }: Person): string {
  return `${family}, ${given}`;
}
