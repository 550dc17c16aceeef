import {
  type AdapterContext,
  type Demographics,
  Failure,
  sameName,
  type VendorPatient,
} from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { toNewPatient, toPatient, toSearch } from './map/patient.ts';
import { ownSettings } from './settings.ts';

/** athenaOne gives who is likely, by its score; who is equal is picked here. */
export async function matchPatients(
  ctx: AdapterContext,
  person: Demographics,
): Promise<readonly VendorPatient[]> {
  const search = toSearch(person);
  const rows = await client.bestMatch(ctx.http, search);
  return rows
    .filter(
      (row) =>
        sameName(row.lastname, search.lastname) &&
        sameName(row.firstname, search.firstname) &&
        row.dob === person.birthDate,
    )
    .map(toPatient);
}

/**
 * POST /patients, which looks for a likely patient first and gives the id of that one: it may be somebody whose name is
 * spelled otherwise, so whoever asks has to match again before it counts.
 */
export async function createPatient(
  ctx: AdapterContext,
  person: Demographics,
): Promise<{ readonly id: string }> {
  const { newPatientDepartment } = ownSettings(ctx.settings);
  if (newPatientDepartment === '') throw new Failure('capability-missing');
  return { id: await client.createPatient(ctx.http, toNewPatient(person, newPatientDepartment)) };
}
