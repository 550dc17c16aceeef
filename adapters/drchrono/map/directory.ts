import type { Directory, Location, Practitioner } from '#adapter-kit/index.ts';
import type { DoctorRow, OfficeRow, ProfileRow } from '../wire.ts';

/** @param active whether the doctor can be booked: not suspended, and of a known zone */
export function toPractitioner(row: DoctorRow, active: boolean): Practitioner & { readonly id: string } {
  const named = {
    ...(row.last_name !== '' && { family: row.last_name }),
    ...(row.first_name !== '' && { given: [row.first_name] }),
  };
  return {
    resourceType: 'Practitioner',
    id: String(row.id),
    active,
    // US NPI, FHIR R4 NamingSystem `us-npi`.
    ...(/^\d{10}$/.test(row.npi_number) && {
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: row.npi_number }],
    }),
    name: [
      Object.keys(named).length === 0
        ? { text: `Doctor ${row.id}` }
        : { ...named, ...(row.suffix !== '' && { suffix: [row.suffix] }) },
    ],
  };
}

/** Offices; an archived one is inactive. Rooms are the office's own affair. */
export function toLocation(row: OfficeRow): Location & { readonly id: string } {
  return {
    resourceType: 'Location',
    id: String(row.id),
    status: row.archived ? 'inactive' : 'active',
    name: row.name || `Office ${row.id}`,
    mode: 'instance',
  };
}

/** Profiles that can be proposed. Each is one doctor's, so where two share a name the doctor's is added. */
export function toServices(
  rows: readonly ProfileRow[],
  doctors: ReadonlyMap<number, DoctorRow>,
): Directory['services'] {
  const offered = rows.flatMap((row) =>
    row.archived || !row.duration || row.name === '' ? [] : [{ ...row, minutes: row.duration }],
  );
  return offered.map(({ id, name, minutes, doctor }) => {
    const isShared = offered.some((other) => other.id !== id && other.name === name);
    const whose = doctor === undefined ? '' : (doctors.get(doctor)?.last_name ?? '');
    return { ref: String(id), display: isShared && whose !== '' ? `${name} (${whose})` : name, minutes };
  });
}
