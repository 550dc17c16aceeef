import { Failure } from '#domain/failure.ts';

/** `W/"3"` for version `3` (FHIR R4 §3.1.0.5: `ETag` is weak and carries `meta.versionId`). */
export function etagOf(version: string): string {
  return `W/"${version}"`;
}

/** Versions that the caller accepts; `*` is any. */
export type AcceptedVersions = '*' | readonly string[];

/**
 * Reads `If-Match` or `If-None-Match` (RFC 9110 §13.1.1): a list of ETags, weak or strong alike, or `*`. Compare with
 * {@link acceptsVersion}.
 *
 * @returns undefined when there is no header
 * @throws Failure `invalid-value`
 */
export function parseIfMatch(header: string | undefined): AcceptedVersions | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (text === '*') return '*';
  if (text.length > 1_000 || !/^(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*$/.test(text))
    throw new Failure('invalid-value', {
      expression: 'If-Match',
      hint: 'Send the ETag as it was given, for example W/"3".',
    });
  return [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
}

/** The same for an interaction that insists on a version. @throws Failure `version-required`, `invalid-value` */
export function requireIfMatch(header: string | undefined): AcceptedVersions {
  const accepted = parseIfMatch(header);
  if (accepted === undefined) throw new Failure('version-required', { expression: 'If-Match' });
  return accepted;
}

export function acceptsVersion(accepted: AcceptedVersions, version: string): boolean {
  return accepted === '*' || accepted.includes(version);
}
