import type { Directory, Location, Practitioner } from '#adapter-kit/index.ts';
import type { AppointmentTypeRow, OperatoryRow, ProviderRow } from '../wire.ts';

/** Providers; one who is hidden or deleted is not active. */
export function toPractitioner(row: ProviderRow): Practitioner & { readonly id: string } {
  const named = {
    ...(row.LName !== '' && { family: row.LName }),
    ...(row.FName !== '' && { given: [row.FName] }),
  };
  return {
    resourceType: 'Practitioner',
    id: String(row.ProvNum),
    active: !row.IsHidden && row.ProvStatus !== 'Deleted',
    // US NPI, FHIR R4 NamingSystem `us-npi`.
    ...(/^\d{10}$/.test(row.NationalProvID) && {
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: row.NationalProvID }],
    }),
    name: [
      Object.keys(named).length === 0
        ? { text: row.Abbr || `Provider ${row.ProvNum}` }
        : { ...named, ...(row.Suffix !== '' && { suffix: [row.Suffix] }) },
    ],
  };
}

/** Operatories (chairs); a hidden one is inactive. */
export function toLocation(row: OperatoryRow): Location & { readonly id: string } {
  return {
    resourceType: 'Location',
    id: String(row.OperatoryNum),
    status: row.IsHidden ? 'inactive' : 'active',
    name: row.OpName || row.Abbrev || `Chair ${row.OperatoryNum}`,
    mode: 'instance',
  };
}

/** Appointment types that can be proposed: shown, and of a length that does not depend on procedures. */
export function toServices(rows: readonly AppointmentTypeRow[]): Directory['services'] {
  return rows
    .filter((row) => !row.IsHidden && row.Pattern !== '')
    .map((row) => ({
      ref: String(row.AppointmentTypeNum),
      display: row.AppointmentTypeName,
      minutes: row.Pattern.length * 5,
    }));
}
