import { createHash } from 'node:crypto';

/**
 * The FHIR id of a record in Epic's manner: opaque, case-sensitive, 24 characters of `A-Z a-z 0-9 . -`, the first `e` and
 * the last `3`. The same record has the same id in every simulated practice that numbers it so.
 */
export function fhirId(type: string, number: number): string {
  const digest = createHash('sha256').update(`${type}/${number}`).digest('base64url');
  return `e${digest.slice(0, 22).replaceAll('_', '.')}3`;
}

/** Could this be an id at all (FHIR R4 §2.24, type `id`)? */
export function isFhirId(text: string): boolean {
  return /^[A-Za-z0-9.-]{1,64}$/.test(text);
}
