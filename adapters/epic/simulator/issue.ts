import { oid } from './oid.ts';
import type { Settings } from './settings.ts';
import type { Resource } from './tables.ts';

/** One thing to say about a request, by Epic's number. */
export interface Issue {
  readonly code: IssueCode;
  readonly diagnostics?: string;
  /** Name of the parameter or element. */
  readonly element?: string;
}

export type IssueCode = keyof typeof codes;

/** An OperationOutcome with every issue, in the order in which they came up. */
export function operationOutcome(settings: Settings, issues: readonly Issue[]): Resource {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ code, diagnostics, element }) => {
      const [severity, type, text] = codes[code];
      const coding = [{ system: oid.outcome(settings.environment), code, display: text }];
      return {
        severity,
        code: type,
        details: { coding, text },
        ...(diagnostics === undefined ? {} : { diagnostics }),
        ...(element === undefined ? {} : { location: [`/f:${element}`], expression: [element] }),
      };
    }),
  };
}

/** Is there an issue among them for which the request is refused? */
export function isFatal(issues: readonly Issue[]): boolean {
  return issues.some(({ code }) => codes[code][0] === 'fatal');
}

export function unknownParameter(name: string): Issue {
  const diagnostics = `Unknown parameter: ${name.toUpperCase()}. Parameter has been ignored.`;
  return { code: '59100', diagnostics, element: name };
}

/** As in Epic's published registry; severities and types of 4101, 59008, 59100, 59134, 59144, 59200 were seen on the wire. */
const codes = {
  '4100': ['fatal', 'invalid', 'The resource request contained an invalid parameter.'],
  '4101': ['warning', 'processing', 'Resource request returns no results.'],
  '4102': ['fatal', 'not-found', 'The read resource request contained an invalid resource ID.'],
  '4103': ['fatal', 'deleted', 'The resource request is for a deleted record.'],
  '4110': ['fatal', 'required', 'No parameters are provided in the search request.'],
  '4111': ['fatal', 'required', 'A required search parameter is missing.'],
  '4113': ['fatal', 'processing', 'The paging session has expired.'],
  '4118': ['fatal', 'forbidden', 'User not authorized for the request.'],
  '4119': ['warning', 'incomplete', 'Additional data may exist.'],
  '4127': ['fatal', 'too-costly', 'Too many patients match the search.'],
  '59008': ['fatal', 'not-found', 'The FHIR ID provided was not found.'],
  '59100': ['information', 'invalid', 'Content invalid against the specification or a profile.'],
  '59102': ['fatal', 'invalid', 'Content invalid against the specification or a profile.'],
  '59105': ['fatal', 'structure', 'A structural issue in the content.'],
  '59108': ['fatal', 'required', 'A required element is missing.'],
  '59109': ['information', 'value', 'An optional element is invalid and has been ignored.'],
  '59111': ['fatal', 'value', 'A required element is invalid.'],
  '59134': ['warning', 'processing', 'Processing issues.'],
  '59144': ['fatal', 'not-found', 'A reference was not found.'],
  '59159': ['fatal', 'business-rule', 'A business rule was violated.'],
  '59177': ['fatal', 'exception', 'An internal error occurred.'],
  '59200': ['warning', 'not-found', 'The decision tree could not determine a visit type.'],
  '59204': ['warning', 'suppressed', 'Client not authorized for data of this type.'],
} as const;
