import type { SeedPatient } from '../office-plan.ts';

/** An invented person with an address at example.org. */
export function person(
  LName: string,
  FName: string,
  Birthdate: string,
  Gender: SeedPatient['Gender'],
  WirelessPhone: string,
  PriProv: number,
  more: Partial<SeedPatient> = {},
): SeedPatient {
  const Email = `${FName}.${LName}@example.org`
    .normalize('NFD')
    .replaceAll(/[^\w.@-]/g, '')
    .toLowerCase();
  return { LName, FName, Birthdate, Gender, WirelessPhone, Email, PriProv, ...more };
}

/** PatNum of the first person of every office. */
export const FIRST_PATIENT = 3001;
