import { type AdapterContext, type Demographics, sameName, type VendorPatient } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { longestWord, toNewPatient, toPatient, toSearch } from './map/patient.ts';
import { settingsOf } from './settings.ts';

/** The server matches parts of names; equal names are picked here. */
export async function matchPatients(
  ctx: AdapterContext,
  person: Demographics,
): Promise<readonly VendorPatient[]> {
  const { LName, FName, Birthdate } = toSearch(person);
  const query = {
    LName: longestWord(LName),
    FName: longestWord(FName),
    Birthdate,
  };
  const rows = await client.searchPatients(ctx.http, query);
  return rows.filter((row) => sameName(row.LName, LName) && sameName(row.FName, FName)).map(toPatient);
}

export async function createPatient(
  ctx: AdapterContext,
  person: Demographics,
): Promise<{ readonly id: string }> {
  const body = toNewPatient(person, settingsOf(ctx).clinicNum);
  return { id: String(await client.createPatient(ctx.http, body)) };
}
