import {
  indexStructureDefinitionBundle,
  isDataTypeLoaded,
  isResource,
  OperationOutcomeError,
  validateResource,
} from '@medplum/core';
import type {
  Appointment,
  OperationOutcomeIssue,
  Parameters,
  Patient,
  StructureDefinition,
} from '@medplum/fhirtypes';
import { Failure } from '#domain/failure.ts';
import baseDefinitions from '../../fhir-profiles/base-r4.json' with { type: 'json' };

interface Incoming {
  readonly Appointment: Appointment;
  readonly Patient: Patient;
  readonly Parameters: Parameters;
}

/**
 * Takes a parsed JSON body as the FHIR R4 resource it should be: names, types and cardinalities are checked against the
 * base definitions, nested resources too. Invariants and codes are not: what is read from the resource is checked by
 * whoever reads it.
 *
 * @throws Failure `malformed-resource`, `missing-element`, `invalid-date` or `invalid-value`, with the element and never its value
 */
export function readResource<T extends keyof Incoming>(body: unknown, type: T): Incoming[T] {
  if (!isResource(body) || body.resourceType !== type)
    throw new Failure('malformed-resource', {
      expression: type,
      hint: `Send a resource of type ${type}.`,
    });
  if (isDeeperThan(body, 40))
    throw new Failure('malformed-resource', {
      expression: type,
      hint: 'It is nested too deeply.',
    });
  const [first, ...more] = shapeIssues(body);
  if (first !== undefined) throw failureOf(first, type, more.length);
  // validateResource has just checked the shape, and the type was compared above.
  return body as Incoming[T];
}

function shapeIssues(body: Parameters | Appointment | Patient): OperationOutcomeIssue[] {
  if (!isDataTypeLoaded('Parameters') || !isDataTypeLoaded('Appointment') || !isDataTypeLoaded('Patient'))
    // Made from FHIR R4 StructureDefinitions by test/support/make-fhir-profiles.ts.
    indexStructureDefinitionBundle(baseDefinitions as unknown as StructureDefinition[]);
  try {
    validateResource(body);
    return [];
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) return [{ severity: 'error', code: 'structure' }];
    return error.outcome.issue.filter((issue) => issue.severity === 'error' && issue.code !== 'invariant');
  }
}

function failureOf(issue: OperationOutcomeIssue, type: string, more: number): Failure {
  const text = issue.details?.text ?? '';
  const path = issue.expression?.[0] ?? type;
  const hint = more > 0 ? { hint: `${more} more like this.` } : {};
  if (text.startsWith('Missing required') || text.startsWith('Invalid number of values'))
    return new Failure('missing-element', { expression: path, ...hint });
  if (text.startsWith('Invalid additional'))
    // The name of an unknown element came from the caller and could hold anything: only its parent is named.
    return new Failure('malformed-resource', {
      expression: path.slice(0, Math.max(path.lastIndexOf('.'), 0)) || type,
      hint: 'An element there is not part of this resource in FHIR R4.',
    });
  const [, kind] = /^Invalid (\w+) (?:format|value)$/.exec(text) ?? [];
  if (kind === 'date')
    return new Failure('invalid-date', { expression: path, hint: 'Send an existing date, yyyy-MM-dd.' });
  if (kind === 'instant' || kind === 'dateTime')
    return new Failure('invalid-date', { expression: path, ...hint });
  return new Failure(kind === undefined ? 'malformed-resource' : 'invalid-value', {
    expression: path,
    ...hint,
  });
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
