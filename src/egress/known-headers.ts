import type { Route } from '#adapter-kit/index.ts';
import { wholeText } from './grammar.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

/**
 * Are the request's headers all known, each given once, each with a value of its form? Unknown ones are refused, and
 * with them every header that overrides method, host or path at some server.
 *
 * @param fixed names that some route of the site fixes; {@link headersSuit} compares their values
 */
export function headersFit(
  { headers, body }: Pick<OutgoingRequest, 'headers' | 'body'>,
  credentialHeaders: readonly string[],
  fixed: ReadonlySet<string>,
): boolean {
  const seen = new Set<string>();
  for (const [name, value] of headers) {
    const form =
      knownHeaders.get(name) ??
      (credentialHeaders.includes(name) || fixed.has(name) ? credential : undefined);
    if (form === undefined || !form.test(value) || seen.has(name)) return false;
    if (name === 'content-length' && value !== String(Buffer.byteLength(body ?? ''))) return false;
    seen.add(name);
  }
  return body === undefined || seen.has('content-type');
}

/** Do the headers say what this route says about its kind of body, `If-Match`, `If-None-Exist` and the headers it fixes? */
export function headersSuit(
  route: Route,
  { headers }: Pick<OutgoingRequest, 'headers'>,
  fixed: ReadonlySet<string>,
): boolean {
  const given = new Map(headers);
  const own = new Map(Object.entries(route.headers ?? {}));
  for (const name of fixed) if (given.get(name) !== own.get(name)) return false;
  const type = given.get('content-type')?.split(';')[0]?.toLowerCase();
  const expected = route.contentType ?? 'application/json';
  if (type !== undefined && type !== expected && !isJsonAlike(type, expected)) return false;
  if ((route.ifMatch === true) !== given.has('if-match')) return false;
  const search = given.get('if-none-exist');
  if (route.ifNoneExist === undefined || search === undefined)
    return route.ifNoneExist === undefined && search === undefined;
  return wholeText(route.ifNoneExist)(search);
}

/** FHIR servers take `application/json` and `application/fhir+json` for the same thing (FHIR R4 http.html §3.1.0.1.8). */
function isJsonAlike(type: string, expected: string): boolean {
  const alike = ['application/json', 'application/fhir+json'];
  return alike.includes(type) && alike.includes(expected);
}

/** An ETag as EMRs give it for a version of a resource. */
export const etagForm = /^(?:W\/)?"[A-Za-z0-9._-]{1,64}"$/;
/** A search by one parameter (FHIR R4 §3.1.0.8.1). */
export const ifNoneExistForm = /^[A-Za-z_-]{1,40}=[A-Za-z0-9._~:|-]{1,200}$/;
/** Visible ASCII, with spaces between only (RFC 9110 §5.5). */
export const fixedHeaderForm = /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/;
const credential = /^[\x21-\x7e](?:[\x20-\x7e]{0,8190}[\x21-\x7e])?$/;
const knownHeaders: ReadonlyMap<string, RegExp> = new Map([
  ['accept', /^(?:application\/(?:fhir\+)?json|\*\/\*)$/],
  ['accept-encoding', /^identity$/],
  ['accept-language', /^\*$/],
  ['content-length', /^(?:0|[1-9][0-9]{0,6})$/],
  [
    'content-type',
    /^application\/(?:(?:fhir\+|json-patch\+)?json|x-www-form-urlencoded)(?:; ?charset=utf-8)?$/i,
  ],
  ['if-match', etagForm],
  ['if-none-exist', ifNoneExistForm],
  ['sec-fetch-mode', /^cors$/],
  ['user-agent', /^[A-Za-z0-9./_-]{1,64}$/],
]);
