import type { ClinicCall, Patient } from '../tables.ts';
import type { FhirResource } from './fhir-resource.ts';
import { instantOnWire } from './instant.ts';

/** A patient with much that scheduling has no need of, as the API really sends it. */
export function patientOnWire({ clinic, settings }: ClinicCall, row: Patient): FhirResource {
  const phones = row.phones.map((value) => ({ system: 'phone', value, use: 'mobile' }));
  const emails = row.emails.map((value) => ({ system: 'email', value, use: 'home' }));
  const display = clinic.practitioners[0];
  return {
    resourceType: 'Patient',
    id: row.id,
    meta: { versionId: '1', lastUpdated: instantOnWire(row.lastUpdated, settings, row.id) },
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><p><b>Patient</b></p><p>${displayName(row)} ${row.birthDate ?? ''}</p></div>`,
    },
    extension: [
      { url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex', valueCode: 'UNK' },
    ],
    identifier: [
      {
        use: 'usual',
        type: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }],
          text: 'MRN',
        },
        system: 'urn:oid:2.16.840.1.113883.6.1000',
        value: mrnOf(row),
      },
    ],
    active: row.active,
    name: [
      { use: 'official', text: displayName(row), family: row.family, given: [...row.given] },
      ...(row.given.length > 1 ? [{ use: 'nickname', given: [row.given[0]] }] : []),
    ],
    ...(phones.length + emails.length > 0 && { telecom: [...phones, ...emails] }),
    gender: row.gender,
    ...(row.birthDate !== undefined && { birthDate: row.birthDate }),
    ...(row.deceased && { deceasedBoolean: true }),
    address: [{ use: 'home', line: ['12 Example Way'], city: 'Boston', state: 'MA', postalCode: '00000' }],
    maritalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'UNK' }],
    },
    generalPractitioner: display === undefined ? [] : [{ reference: `Practitioner/${display.id}` }],
  };
}

/** `Abernathy, Nora`. */
export function displayName({ family, given }: Patient): string {
  return `${family}, ${given.join(' ')}`;
}

/** The number on the chart. */
export function mrnOf({ id }: Patient): string {
  return `HC${id.slice(-6)}`;
}
