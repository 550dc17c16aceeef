import { Failure, type FailureCode } from '#domain/failure.ts';
import { OAuthFailure } from '#oauth/oauth-failure.ts';
import type { Report } from '../report.ts';
import { ConsentProblem, type ProblemCode } from './problem.ts';

/** What a failure of the parts below means to the person at the connect page. Everything unknown is `internal`. */
export function problemOf(error: unknown): ConsentProblem {
  if (error instanceof ConsentProblem) return error;
  if (error instanceof OAuthFailure) return new ConsentProblem(ofOAuth(error), { cause: error });
  if (error instanceof Failure) {
    const { retryAfterSeconds, expression } = error;
    return new ConsentProblem(ofFailure[error.code] ?? 'internal', {
      cause: error,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      ...(expression !== undefined && { fields: expression.split(', ') }),
    });
  }
  return new ConsentProblem('internal', { cause: error });
}

/** Tells the operator what stands behind an `internal` problem: class and code of the cause, nothing of its message. */
export function reportInternal(report: Report, request: string, problem: ConsentProblem): void {
  if (problem.code !== 'internal') return;
  const cause = problem.cause ?? problem;
  const name = cause instanceof Error ? cause.name : 'thrown';
  const code =
    cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` ${cause.code}` : '';
  report({ event: 'request.failed', request, error: `${name}${code}` });
}

function ofOAuth({ kind, code }: OAuthFailure): ProblemCode {
  if (code === 'server-changed') return 'server-changed';
  return ofKind[kind];
}

const ofKind: Readonly<Record<OAuthFailure['kind'], ProblemCode>> = {
  denied: 'denied',
  'our-fault': 'our-registration',
  busy: 'emr-busy',
  // A code that was not taken: it was too old, used, or another client's.
  'invalid-grant': 'emr-unclear',
  unknown: 'emr-unclear',
  refused: 'callback-refused',
};

const ofFailure: Readonly<Partial<Record<FailureCode, ProblemCode>>> = {
  'practice-disabled': 'practice-closed',
  'baa-required': 'practice-closed',
  'connection-off': 'practice-mode',
  'business-rule': 'second-connection',
  'invalid-value': 'settings',
  'missing-element': 'key-missing',
  'refused-by-wall': 'address-refused',
  'emr-refused-access': 'emr-refused-access',
  'emr-away': 'emr-away',
  'emr-throttled': 'emr-away',
  throttled: 'throttled',
};
