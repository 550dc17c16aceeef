import { type EmrAnswer, type EmrTexts, Refusal } from '#simulator-kit/index.ts';

const CONTENT_TYPE = 'application/fhir+json; charset=utf-8; fhirVersion=4.0';

/** An OperationOutcome with one issue. */
export function outcome(
  status: number,
  code: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): EmrAnswer {
  return fhir(status, outcomeOf(status >= 500 ? 'fatal' : 'error', code, text), headers);
}

export function outcomeOf(severity: string, code: string, ...texts: readonly string[]): object {
  return {
    resourceType: 'OperationOutcome',
    issue: texts.map((text) => ({ severity, code, details: { text } })),
  };
}

/** To throw from a handler. */
export function refuse(status: number, code: string, text: string): Refusal {
  return new Refusal(outcome(status, code, text));
}

export function notFound(): Refusal {
  return refuse(404, 'not-found', 'There is no such resource.');
}

export function fhir(
  status: number,
  resource: object,
  headers: Readonly<Record<string, string>> = {},
): EmrAnswer {
  return { status, headers: { 'content-type': CONTENT_TYPE, ...headers }, body: JSON.stringify(resource) };
}

/** Errors where the kit speaks for the server. */
export function errorAnswer(status: number, text: string): EmrAnswer {
  const codes: Readonly<Record<number, string>> = { 429: 'throttled', 504: 'timeout', 500: 'exception' };
  return outcome(status, codes[status] ?? 'invalid', text);
}

/** No client may rely on the words. */
export const texts: EmrTexts = {
  throttled: 'Too many requests.',
  timeout: 'The request timed out.',
  failure: 'Something went wrong.',
  lostConnectivity: 'The practice database could not be reached.',
};
