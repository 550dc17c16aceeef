import type { OutgoingRequest } from './outgoing-request.ts';

/**
 * Are the request's headers all known, each given once, each with a value of its form? Unknown ones are refused, and
 * with them every header that overrides method, host or path at some server.
 */
export function headersFit(
  { headers, body }: Pick<OutgoingRequest, 'headers' | 'body'>,
  credentialHeaders: readonly string[],
): boolean {
  const seen = new Set<string>();
  for (const [name, value] of headers) {
    const form = knownHeaders.get(name) ?? (credentialHeaders.includes(name) ? credential : undefined);
    if (form === undefined || !form.test(value) || seen.has(name)) return false;
    if (name === 'content-length' && value !== String(Buffer.byteLength(body ?? ''))) return false;
    seen.add(name);
  }
  return body === undefined || seen.has('content-type');
}

const credential = /^[\x21-\x7e](?:[\x20-\x7e]{0,8190}[\x21-\x7e])?$/;
const knownHeaders: ReadonlyMap<string, RegExp> = new Map([
  ['accept', /^(?:application\/(?:fhir\+)?json|\*\/\*)$/],
  ['accept-encoding', /^identity$/],
  ['accept-language', /^\*$/],
  ['content-length', /^(?:0|[1-9][0-9]{0,6})$/],
  ['content-type', /^application\/(?:fhir\+|json-patch\+)?json(?:; ?charset=utf-8)?$/],
  ['if-match', /^W\/"[A-Za-z0-9._-]{1,64}"$/],
  ['sec-fetch-mode', /^cors$/],
  ['user-agent', /^[A-Za-z0-9./_-]{1,64}$/],
]);
