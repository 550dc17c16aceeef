/**
 * Every way in which the gateway says no, in one closed table.
 *
 * `issue` is the FHIR R4 IssueType (http://hl7.org/fhir/issue-type) that tells a client what to do; `say` is the
 * sentence a caller sees, free of patient data and of the EMR's own words. `src/fhir/operation-outcome.ts` alone turns
 * a code into an HTTP status and body.
 */
export const failureTable = {
  // The request itself
  'malformed-json': { issue: 'structure', say: 'The body is not valid JSON.' },
  'malformed-resource': {
    issue: 'structure',
    say: 'The body is not the FHIR R4 resource that is expected here.',
  },
  'missing-element': {
    issue: 'required',
    say: 'An element that is needed here is missing.',
  },
  'invalid-value': {
    issue: 'value',
    say: 'A value does not have the form FHIR R4 gives it.',
  },
  'invalid-date': {
    issue: 'value',
    say: 'A date or time is not valid. Send a full instant with offset, for example 2027-03-04T10:30:00-06:00.',
  },
  'window-too-long': {
    issue: 'too-costly',
    say: 'The window is longer than 31 days. Ask for a shorter one.',
  },
  'unknown-parameter': {
    issue: 'not-supported',
    say: 'This parameter is not supported here. Remove it or check its spelling.',
  },
  'demographics-in-url': {
    issue: 'security',
    say: 'Patient data may not travel in a URL. Send the same parameters by POST to [type]/_search.',
  },
  'body-too-large': {
    issue: 'too-long',
    say: 'The body is larger than 1 MiB.',
  },
  'unsupported-media-type': {
    issue: 'not-supported',
    say: 'Send application/fhir+json (PATCH: application/json-patch+json).',
  },
  'not-acceptable': {
    issue: 'not-supported',
    say: 'Only application/fhir+json is served.',
  },
  'not-found': {
    issue: 'not-found',
    say: 'There is no such resource for this practice.',
  },
  'method-not-allowed': {
    issue: 'not-supported',
    say: 'This interaction is not supported on this resource.',
  },
  'not-supported': {
    issue: 'not-supported',
    say: 'This resource or operation is not served by a scheduling gateway.',
  },
  // Who is asking
  'no-token': {
    issue: 'login',
    say: 'Send an access token: Authorization: Bearer …',
  },
  'invalid-token': {
    issue: 'login',
    say: 'The access token is not valid any more. Ask the token endpoint for a new one.',
  },
  'agent-disabled': {
    issue: 'login',
    say: 'This agent has been disabled or has expired. Ask the practice.',
  },
  'insufficient-scope': {
    issue: 'forbidden',
    say: 'The access token does not carry the scope for this interaction.',
  },
  'practice-disabled': {
    issue: 'forbidden',
    say: 'This practice is disabled.',
  },
  'baa-required': {
    issue: 'forbidden',
    say: 'A live practice needs a recorded business associate agreement first.',
  },
  throttled: {
    issue: 'throttled',
    say: 'Too many requests. Wait as long as Retry-After says.',
  },
  // The booking
  'slot-taken': {
    issue: 'conflict',
    say: 'That time is not open any more. Offer another one.',
  },
  'stale-opening': {
    issue: 'conflict',
    say: 'That opening is not offered any more. Search again.',
  },
  'hold-expired': {
    issue: 'conflict',
    say: 'The hold on that time has expired. Search and hold again.',
  },
  'version-conflict': {
    issue: 'conflict',
    say: 'The appointment has changed since it was read. Read it again, then repeat.',
  },
  'version-required': {
    issue: 'required',
    say: 'Send If-Match with the version that was read, for example If-Match: W/"3".',
  },
  'unknown-visit-type': {
    issue: 'code-invalid',
    say: 'This visit type is not one of the practice. See HealthcareService.',
  },
  'visit-type-off': {
    issue: 'business-rule',
    say: 'This visit type is not booked by agents at this practice.',
  },
  'unknown-patient': {
    issue: 'not-found',
    say: 'The patient is not known. Use Patient/$match, or create the patient first.',
  },
  'patient-incomplete': {
    issue: 'required',
    say: 'A patient needs family name, given name and birth date.',
  },
  'patient-ambiguous': {
    issue: 'multiple-matches',
    say: 'The patient could not be told apart. The office has to help.',
  },
  'patient-not-bookable': {
    issue: 'business-rule',
    say: 'This patient cannot be booked by an agent. The office has to help.',
  },
  'business-rule': {
    issue: 'business-rule',
    say: 'The practice or its EMR does not allow this.',
  },
  'booking-off': {
    issue: 'business-rule',
    say: 'This practice does not take bookings from agents at present.',
  },
  'capability-missing': {
    issue: 'not-supported',
    say: 'This EMR cannot do that by its API. The office has to help.',
  },
  'key-reused': {
    issue: 'business-rule',
    say: 'This Idempotency-Key was used with another request. Use a new key for a new request.',
  },
  'forbidden-transition': {
    issue: 'business-rule',
    say: 'An appointment in this status cannot be changed in this way.',
  },
  // The EMR and ourselves
  'emr-away': {
    issue: 'transient',
    say: 'The office system cannot be reached. Nothing was booked. Try again later.',
  },
  'emr-refused-access': {
    issue: 'transient',
    say: 'The office system refused our access. Nothing was done. The office has to help.',
  },
  'emr-throttled': {
    issue: 'throttled',
    say: 'The office system is busy. Nothing was done. Try again later.',
  },
  'outcome-unknown': {
    issue: 'timeout',
    say: 'The office system has not confirmed yet. Ask the operation again; do not book elsewhere.',
  },
  'connection-off': {
    issue: 'transient',
    say: 'The practice is not connected to its EMR at present.',
  },
  'refused-by-wall': {
    issue: 'forbidden',
    say: 'The request would have left the scheduling allow-list and was not sent.',
  },
  'audit-unavailable': {
    issue: 'no-store',
    say: 'The access could not be recorded, so it did not happen. Try again later.',
  },
  internal: {
    issue: 'exception',
    say: 'Something failed on our side. Nothing more is known; try again later.',
  },
} as const satisfies Record<string, { issue: string; say: string }>;

export type FailureCode = keyof typeof failureTable;

export interface FailureDetails {
  /** FHIRPath of the element or name of the parameter at fault; never its value. */
  expression?: string;
  /** A second sentence that says what the caller can do. Free of patient data. */
  hint?: string;
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** A refusal with a code of {@link failureTable}. Its message never holds patient data or vendor text. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly expression: string | undefined;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: FailureCode, details: FailureDetails = {}) {
    super(failureTable[code].say, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.expression = details.expression;
    this.hint = details.hint;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
