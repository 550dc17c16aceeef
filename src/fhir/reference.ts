import { isId } from './id.ts';

/** A literal reference to a resource of this server. `type` is missing when only an id was given. */
export interface LocalReference {
  readonly type?: string;
  readonly id: string;
}

/**
 * Reads `Practitioner/1`, `1`, `{base}/Practitioner/1` and each of them with `/_history/2` (FHIR R4 §2.3.0, §3.1.1.4.13).
 *
 * @param base address of this FHIR server, without a trailing slash; a reference to another server is not ours
 * @returns undefined when the text is no reference to this server
 */
export function parseReference(text: string, base: string): LocalReference | undefined {
  const rest = text.startsWith(`${base}/`) ? text.slice(base.length + 1) : text;
  const parts = rest.split('/');
  if (parts.length === 4 && parts[2] === '_history' && isId(parts[3])) parts.length = 2;
  const [first, second] = parts;
  if (parts.length === 1) return isId(first) && rest === text ? { id: first } : undefined;
  if (parts.length !== 2 || first === undefined || !/^[A-Z][A-Za-z]{1,40}$/.test(first) || !isId(second))
    return undefined;
  return { type: first, id: second };
}
