import {
  type AdapterContext,
  type Demographics,
  Failure,
  sameName,
  type VendorPatient,
} from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { toNewPatient, toPatient, toSearch } from './map/patient.ts';
import { readDoctors } from './office.ts';
import { settingsOf } from './settings.ts';

/**
 * How the server compares names is not documented, and whom it misses would be made a second time. So it is asked for
 * everybody of the birth date, and equal names are picked here.
 */
export async function matchPatients(
  ctx: AdapterContext,
  person: Demographics,
): Promise<readonly VendorPatient[]> {
  const sought = toSearch(person);
  const rows = await client.searchPatients(ctx.http, sought.date_of_birth);
  return rows
    .filter(
      (row) =>
        row.date_of_birth === sought.date_of_birth &&
        sameName(row.last_name, sought.last_name) &&
        sameName(row.first_name, sought.first_name),
    )
    .map(toPatient);
}

/** By the door that takes the least, patients_summary. A duplicate that the practice guards against stays refused. */
export async function createPatient(
  ctx: AdapterContext,
  person: Demographics,
): Promise<{ readonly id: string }> {
  toSearch(person);
  const body = toNewPatient(person, await doctorOfNewPatients(ctx));
  return { id: String(await client.createPatient(ctx.http, body)) };
}

/** @throws Failure `business-rule` where nobody has said whose patients new ones become */
async function doctorOfNewPatients(ctx: AdapterContext): Promise<number> {
  const { newPatientDoctor, userDoctor } = settingsOf(ctx);
  const said = newPatientDoctor || userDoctor;
  if (said !== '') return Number(said);
  const [only, ...others] = [...(await readDoctors(ctx)).values()].filter((row) => !row.is_account_suspended);
  if (only === undefined || others.length > 0)
    throw new Failure('business-rule', { hint: 'Somebody has to set whose patients new ones become.' });
  return only.id;
}
