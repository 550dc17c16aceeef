import type { ContactPoint, Patient } from '@medplum/fhirtypes';
import { profile } from './canonical.ts';
import type { Demographics } from './demographics.ts';

/** A patient as `$match` and create show one: our random id and the minimum by which the caller described them. */
export function patientOf(
  id: string,
  { family, given, birthDate, gender, phone, email }: Demographics,
): Patient & { id: string } {
  const telecom: ContactPoint[] = [
    ...(phone === undefined ? [] : [{ system: 'phone' as const, value: phone }]),
    ...(email === undefined ? [] : [{ system: 'email' as const, value: email }]),
  ];
  return {
    resourceType: 'Patient',
    id,
    meta: { profile: [profile.patient] },
    name: [{ family, given: [given] }],
    ...(telecom.length > 0 && { telecom }),
    ...(gender !== undefined && { gender }),
    birthDate,
  };
}
