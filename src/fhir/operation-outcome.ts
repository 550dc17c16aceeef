import type { OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes';
import { z } from 'zod';
import { Failure, type FailureCode, failureTable } from '#domain/failure.ts';
import { codeSystem, profile } from './canonical.ts';

/** What Express sends: a status, headers and a FHIR body. */
export interface HttpOutcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: OperationOutcome;
}

/**
 * Turns anything that was thrown into a FHIR answer: the one place where a failure becomes a status and a body.
 *
 * A {@link Failure} keeps its code, sentence, hint and expression. A zod error keeps the paths of what is wrong and
 * none of its values. What Express's body parser throws becomes 400, 413 or 415. Everything else is `internal`, and
 * nothing of it is told. (FHIR R4 §3.1.0.1.2 "HTTP Status Codes", RFC 6750 §3 for `WWW-Authenticate`.)
 *
 * @example
 * const { status, headers, body } = outcomeOf(new Failure('slot-taken', { expression: 'Appointment.slot[0]' }));
 */
export function outcomeOf(error: unknown): HttpOutcome {
  const failure = asFailure(error);
  const row = answers[failure.code];
  const headers: Record<string, string> = {};
  const retryAfter = failure.retryAfterSeconds ?? row.retryAfter;
  if (retryAfter !== undefined) headers['Retry-After'] = String(Math.max(1, Math.ceil(retryAfter)));
  if (row.challenge !== undefined) headers['WWW-Authenticate'] = `Bearer realm="postern"${row.challenge}`;
  const { issue, say } = failureTable[failure.code];
  const expressions = error instanceof z.core.$ZodError ? zodExpressions(error) : expressionOf(failure);
  return {
    status: row.status,
    headers,
    body: operationOutcome({
      severity: 'error',
      code: issue,
      details: {
        coding: [{ system: codeSystem.failure, code: failure.code }],
        text: say,
      },
      ...((failure.hint ?? row.hint) && {
        diagnostics: failure.hint ?? row.hint,
      }),
      ...(expressions.length > 0 && { expression: expressions }),
    }),
  };
}

/** `pending`: the office system has not answered yet. `needs-human`: staff of the practice finish it. */
export type Progress = 'pending' | 'needs-human';

const progressSay: Readonly<Record<Progress, { say: string; hint: string }>> = {
  pending: {
    say: 'The booking has been taken on and is not confirmed yet.',
    hint: 'Ask the address in Content-Location again after Retry-After seconds. Do not book elsewhere meanwhile.',
  },
  'needs-human': {
    say: 'The office finishes this by hand. It is not confirmed yet.',
    hint: 'Tell the caller that the office will call back. The address in Content-Location tells when it is done.',
  },
};

/**
 * The answer to a write that is acknowledged and not finished: 202, an informational OperationOutcome and the address
 * to ask again by (RFC 7240 §4.1 `respond-async`). Never an Appointment: FHIR's `pending` means held.
 */
export function progressOutcome(
  progress: Progress,
  operation: { readonly url: string; readonly retryAfterSeconds: number },
): HttpOutcome {
  const { say, hint } = progressSay[progress];
  return {
    status: 202,
    headers: {
      'Content-Location': operation.url,
      'Retry-After': String(Math.max(1, Math.ceil(operation.retryAfterSeconds))),
    },
    body: operationOutcome({
      severity: 'information',
      code: 'informational',
      details: {
        coding: [{ system: codeSystem.progress, code: progress }],
        text: say,
      },
      diagnostics: hint,
    }),
  };
}

/** An informational or warning outcome, e.g. as the `outcome` entry of a searchset. Text without patient data. */
export function notice(
  severity: 'information' | 'warning',
  text: string,
  code: 'informational' | 'throttled' = 'informational',
): OperationOutcome {
  return operationOutcome({
    severity,
    code,
    details: { text },
  });
}

function operationOutcome(issue: OperationOutcomeIssue): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    meta: { profile: [profile.operationOutcome] },
    issue: [issue],
  };
}

interface Answer {
  readonly status: number;
  /** Seconds, where the failure itself names none. */
  readonly retryAfter?: number;
  /** What follows the realm in `WWW-Authenticate`. */
  readonly challenge?: string;
  readonly hint?: string;
}

const invalidToken = ', error="invalid_token"';

const answers: Readonly<Record<FailureCode, Answer>> = {
  'malformed-json': { status: 400 },
  'malformed-resource': { status: 400 },
  'missing-element': { status: 400 },
  'invalid-value': { status: 400 },
  'invalid-date': { status: 400 },
  'window-too-long': { status: 400 },
  'unknown-parameter': { status: 400 },
  'demographics-in-url': { status: 400 },
  'body-too-large': { status: 413 },
  'unsupported-media-type': { status: 415 },
  'not-acceptable': { status: 406 },
  'not-found': { status: 404 },
  'method-not-allowed': { status: 405 },
  'not-supported': { status: 404 },
  'no-token': { status: 401, challenge: '' },
  'invalid-token': { status: 401, challenge: invalidToken },
  'agent-disabled': { status: 401, challenge: invalidToken },
  'insufficient-scope': {
    status: 403,
    challenge: ', error="insufficient_scope"',
  },
  'practice-disabled': { status: 403 },
  'baa-required': { status: 403 },
  throttled: { status: 429, retryAfter: 1 },
  'slot-taken': { status: 409 },
  'stale-opening': { status: 409 },
  'hold-expired': { status: 409 },
  'version-conflict': { status: 412 },
  'version-required': { status: 400 },
  'unknown-visit-type': {
    status: 422,
    hint: 'GET HealthcareService lists the codes of this practice.',
  },
  'visit-type-off': { status: 422 },
  'unknown-patient': { status: 404 },
  'patient-incomplete': { status: 400 },
  'patient-ambiguous': { status: 422 },
  'patient-not-bookable': { status: 422 },
  'business-rule': { status: 422 },
  'booking-off': { status: 422 },
  'capability-missing': { status: 422 },
  'key-reused': { status: 422 },
  'forbidden-transition': { status: 422 },
  'emr-away': { status: 503, retryAfter: 30 },
  'emr-refused-access': { status: 503, retryAfter: 300 },
  'emr-throttled': { status: 503, retryAfter: 5 },
  'outcome-unknown': { status: 504, retryAfter: 5 },
  'connection-off': { status: 503, retryAfter: 300 },
  'refused-by-wall': { status: 403 },
  'audit-unavailable': { status: 503, retryAfter: 5 },
  internal: { status: 500 },
};

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof z.core.$ZodError) return new Failure('malformed-resource', { cause: error });
  if (error instanceof URIError) return new Failure('not-found', { cause: error });
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  const code = typeof type === 'string' ? bodyParserCodes.get(type) : undefined;
  return new Failure(code ?? 'internal', { cause: error });
}

/** Error types of Express's body parser (`body-parser` and `raw-body`). */
const bodyParserCodes: ReadonlyMap<string, FailureCode> = new Map([
  ['entity.parse.failed', 'malformed-json'],
  ['entity.too.large', 'body-too-large'],
  ['parameters.too.many', 'unknown-parameter'],
  ['encoding.unsupported', 'unsupported-media-type'],
  ['charset.unsupported', 'unsupported-media-type'],
  ['request.size.invalid', 'malformed-json'],
  ['request.aborted', 'malformed-json'],
]);

function expressionOf(failure: Failure): string[] {
  return failure.expression === undefined || failure.expression === '' ? [] : [failure.expression];
}

/** Names that came from the caller could hold anything, so only plain element names and indexes are repeated. */
function zodExpressions(error: z.core.$ZodError): string[] {
  const paths = error.issues.map(({ path }) =>
    path
      .map((step) =>
        typeof step === 'number'
          ? `[${step}]`
          : /^[A-Za-z]{1,40}$/.test(String(step))
            ? `.${String(step)}`
            : '',
      )
      .join('')
      .replace(/^\./, ''),
  );
  return [...new Set(paths)].filter((path) => path !== '').slice(0, 10);
}
