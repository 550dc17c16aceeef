import { Refusal } from '#simulator-kit/index.ts';
import { outcome, refuse } from './outcome.ts';
import type { ClinicCall } from './tables.ts';

export interface PatchOperation {
  readonly op: 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

/** A JSON Patch (RFC 6902) of adds and replaces; nothing else is documented. */
export function readPatch(call: ClinicCall): readonly PatchOperation[] {
  requireContentType(call, ['application/json-patch+json']);
  const body = parseJson(call);
  if (!Array.isArray(body) || body.length === 0) throw refuse(400, 'structure', 'The body is no JSON Patch.');
  const seen = new Set<string>();
  return body.map((item: unknown) => {
    const { op, path, value } = isObject(item) ? item : {};
    if (typeof op !== 'string' || typeof path !== 'string')
      throw refuse(400, 'structure', 'An operation needs op and path.');
    if ((op !== 'add' && op !== 'replace') || value === undefined)
      throw refuse(422, 'business-rule', 'Operations are add and replace, with a value.');
    if (seen.has(`${op} ${path}`)) throw refuse(422, 'business-rule', `${path} is patched twice.`);
    seen.add(`${op} ${path}`);
    return { op, path, value };
  });
}

/** The other way round than in FHIR: 412 without If-Match, 409 for a version that is not the last. */
export function requireVersion(call: ClinicCall, version: string): void {
  const given = call.request.headers['if-match']?.match(/^(?:W\/)?"([^"]*)"$/)?.[1];
  if (call.request.headers['if-match'] === undefined)
    throw new Refusal(outcome(412, 'conflict', 'If-Match is required.'));
  if (given !== version)
    throw new Refusal(outcome(409, 'conflict', 'The resource was changed by somebody else.'));
}

export function requireContentType(call: ClinicCall, types: readonly string[]): void {
  const [type = ''] = (call.request.headers['content-type'] ?? '').split(';');
  if (!types.includes(type.trim().toLowerCase()))
    throw refuse(415, 'not-supported', `Content-Type must be ${types[0]}.`);
}

export function parseJson(call: ClinicCall): unknown {
  try {
    return JSON.parse(call.request.body);
  } catch {
    throw refuse(400, 'structure', 'The body is not valid JSON.');
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
