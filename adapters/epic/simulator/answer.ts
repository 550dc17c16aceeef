import type { EmrAnswer, EmrRequest, EmrTexts } from '#simulator-kit/index.ts';
import { Refusal } from '#simulator-kit/index.ts';
import { type Issue, operationOutcome } from './issue.ts';
import type { Settings } from './settings.ts';
import type { Resource } from './tables.ts';

/** A resource in the format that was asked for: XML unless `Accept` or `_format` says JSON. */
export function resourceAnswer(request: EmrRequest, status: number, resource: Resource): EmrAnswer {
  const type = jsonType(request);
  if (type !== undefined)
    return {
      status,
      headers: { 'content-type': `${type}; charset=utf-8` },
      body: JSON.stringify(resource),
    };
  return {
    status,
    headers: { 'content-type': 'application/xml; charset=utf-8' },
    body: xmlStub(resource),
  };
}

export function outcomeAnswer(
  request: EmrRequest,
  settings: Settings,
  status: number,
  issues: readonly Issue[],
): EmrAnswer {
  return resourceAnswer(request, status, operationOutcome(settings, issues));
}

/** To throw from a handler. */
export function refuse(
  { request, settings }: { readonly request: EmrRequest; readonly settings: Settings },
  status: number,
  ...issues: readonly Issue[]
): Refusal {
  return new Refusal(outcomeAnswer(request, settings, status, issues));
}

/** What the web server says of a path that no service has. */
export const notFoundPage: EmrAnswer = {
  status: 404,
  headers: { 'content-type': 'text/html' },
  body: [
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">',
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>404 - File or directory not found.</title></head>',
    '<body><div id="header"><h1>Server Error</h1></div>',
    '<div id="content"><h2>404 - File or directory not found.</h2>',
    '<h3>The resource you are looking for might have been removed, had its name changed, or is temporarily',
    'unavailable.</h3></div></body></html>',
  ].join('\r\n'),
};

/** A missing, wrong or expired token. */
export const unauthorized: EmrAnswer = {
  status: 401,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'www-authenticate':
      'Bearer error="invalid_token", error_description="The access token provided is not valid"',
  },
  body: '""',
};

/** An error that no handler has worded: an OperationOutcome without one of Epic's numbers. */
export function errorAnswer(status: number, text: string): EmrAnswer {
  const code = status === 429 ? 'throttled' : status === 504 ? 'timeout' : 'exception';
  return {
    status,
    headers: { 'content-type': 'application/fhir+json; charset=utf-8' },
    body: JSON.stringify({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'fatal', code, diagnostics: text }],
    }),
  };
}

export const texts: EmrTexts = {
  throttled: 'Too many requests.',
  timeout: 'The request timed out.',
  failure: 'An unexpected error has occurred.',
  lostConnectivity: 'The environment could not be reached.',
};

/** Origin as the caller sees it, e.g. `http://127.0.0.1:8201`. */
export function originOf(request: EmrRequest): string {
  return `http://${request.headers.host ?? 'localhost'}`;
}

function jsonType(request: EmrRequest): string | undefined {
  const asked = `${request.query.get('_format') ?? ''},${request.headers.accept ?? ''}`.toLowerCase();
  if (asked.includes('fhir+json')) return 'application/fhir+json';
  return asked.includes('json') ? 'application/json' : undefined;
}

/** Root, id and nothing else: enough to show who did not ask for JSON. */
function xmlStub({ resourceType, id }: Resource): string {
  const child = id === undefined ? '' : `<id value="${id}"/>`;
  return `<?xml version="1.0" encoding="utf-8"?><${resourceType} xmlns="http://hl7.org/fhir">${child}</${resourceType}>`;
}
