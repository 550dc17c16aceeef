import { randomUUID } from 'node:crypto';
import { type EmrAnswer, type EmrTexts, Refusal } from '#simulator-kit/index.ts';

/** An OperationOutcome with one issue, without coding and diagnostics as the vendor's are. */
export function outcome(status: number, code: string, text: string, severity = 'error'): EmrAnswer {
  const issue = [{ severity, code, details: { text } }];
  return fhir(status, { resourceType: 'OperationOutcome', issue });
}

/** To throw from a handler. */
export function refuse(status: number, code: string, text: string): Refusal {
  return new Refusal(outcome(status, code, text));
}

export function fhir(
  status: number,
  resource: object,
  headers: Readonly<Record<string, string>> = {},
): EmrAnswer {
  const type = { 'content-type': 'application/fhir+json' };
  return { status, headers: { ...type, ...common(), ...headers }, body: JSON.stringify(resource) };
}

/** Content-Length 0. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): EmrAnswer {
  return { status, headers: { ...common(), ...headers }, body: '' };
}

/** What a PATCH is answered: empty, and text/html for no reason that is documented. */
export function patched(version: string, lastUpdated: number): EmrAnswer {
  return empty(200, { 'content-type': 'text/html', ...versionHeaders(version, lastUpdated) });
}

/** 201 with the address of the new resource, without a history. */
export function created(base: string, type: string, id: string, now: number): EmrAnswer {
  return empty(201, { location: `${base}/${type}/${id}`, ...versionHeaders('0', now) });
}

export function versionHeaders(version: string, lastUpdated: number): Readonly<Record<string, string>> {
  return { etag: `W/"${version}"`, 'last-modified': new Date(lastUpdated).toUTCString() };
}

export function notFound(): Refusal {
  return refuse(404, 'not-found', 'Not Found');
}

/** Errors where the kit speaks for the EMR. */
export function errorAnswer(status: number, text: string): EmrAnswer {
  const codes: Readonly<Record<number, string>> = { 429: 'throttled', 504: 'timeout', 500: 'exception' };
  return outcome(status, codes[status] ?? 'invalid', text, status >= 500 ? 'fatal' : 'error');
}

/** Wordings and codes that are not documented; no client may rely on them. */
export const texts: EmrTexts = {
  throttled: 'Too many requests',
  timeout: 'The request timed out.',
  failure: 'An unexpected error occurred.',
  lostConnectivity: 'The Millennium domain could not be reached.',
};

function common(): Readonly<Record<string, string>> {
  const id = randomUUID();
  return {
    'opc-request-id': id,
    'x-request-id': id,
    'access-control-expose-headers': 'ETag, Location, X-Request-Id',
  };
}
