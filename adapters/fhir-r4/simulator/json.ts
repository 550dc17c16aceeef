import { basePath } from './base.ts';
import { refuse } from './outcome.ts';
import type { ClinicCall, Json } from './tables.ts';

/** The body as a resource of one type, in legal FHIR JSON; 415, 400 otherwise. */
export function readResource(call: ClinicCall, type: string): Json {
  requireContentType(call, ['application/fhir+json', 'application/json']);
  const body = parseJson(call);
  if (!isObject(body) || body.resourceType !== type)
    throw refuse(400, 'structure', `The body is no ${type}.`);
  requireLegal(body);
  return body;
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

/** Nothing empty and no null (FHIR R4 §2.6.2). */
export function requireLegal(value: unknown): void {
  const isEmpty =
    value === null ||
    value === '' ||
    (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);
  if (isEmpty) throw refuse(400, 'structure', 'A value is empty or null.');
  if (typeof value === 'object') for (const each of Object.values(value ?? {})) requireLegal(each);
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** `Type/id` of a reference, be it relative, versioned or with the address of this server. */
export function referenceOf(value: unknown): string | undefined {
  const reference = isObject(value) ? textOf(value.reference) : undefined;
  const [, target] =
    reference?.match(
      new RegExp(`^(?:https?://[^/]+${basePath}/)?([A-Z]\\w+/[A-Za-z0-9.-]{1,64})(?:/_history/\\S+)?$`),
    ) ?? [];
  return target;
}

/** Ids of the references to one type. */
export function idsOf(references: readonly (string | undefined)[], type: string): readonly string[] {
  return references.flatMap((reference) => {
    const [named, id] = reference?.split('/') ?? [];
    return named === type && id !== undefined ? [id] : [];
  });
}
