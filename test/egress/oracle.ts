import { isDeepStrictEqual } from 'node:util';
import type { Grammar, Route, RouteTable } from '#adapter-kit/index.ts';
import type { OutgoingRequest, Site } from '#egress/index.ts';

/**
 * A second opinion on what may leave: slow, byte by byte, and written without the wall's code. It says yes when the
 * address, taken apart and put together again, is the same text, and every part is what some route of the table names.
 */
export function isLegal(request: OutgoingRequest, site: Site): boolean {
  const { base } = site;
  if (request.url.slice(0, base.length) !== base || request.url[base.length] !== '/') return false;
  if (forbiddenAnywhere(request.url)) return false;
  if (!headersAreLegal(request, site)) return false;
  const [path = '', query, ...more] = request.url.slice(base.length + 1).split('?');
  if (more.length > 0) return false;
  return Object.values(site.routes as RouteTable).some(
    (route) =>
      route.method === request.method &&
      pathIsLegal(path.split('/'), route) &&
      queryIsLegal(query, route) &&
      bodyIsLegal(request.body, route) &&
      routeHeadersAreLegal(request, route) &&
      fixedHeadersAreLegal(request, route, site),
  );
}

/** Spaces, controls, non-ASCII, and all that no address of ours may hold unencoded. */
function forbiddenAnywhere(url: string): boolean {
  for (const character of url)
    if (character <= ' ' || character > '~' || '\\#@;|^`"<>{}[]!\'()*,+'.includes(character)) return true;
  return url.length > 4_096;
}

function pathIsLegal(given: readonly string[], route: Route): boolean {
  const expected = route.template.split('/').slice(1);
  if (expected.length !== given.length) return false;
  return expected.every((part, index) => {
    const raw = given[index] ?? '';
    if (!part.includes('{')) return part === raw;
    const grammar = route.path?.[part.replace('{', '').replace('}', '')];
    const text = unspell(raw);
    if (grammar === undefined || text === undefined || ['', '.', '..'].includes(text)) return false;
    return ![...'/\\%;?#'].some((character) => text.includes(character)) && fits(text, grammar);
  });
}

function queryIsLegal(query: string | undefined, route: Route): boolean {
  const known = route.query ?? {};
  const seen: string[] = [];
  for (const pair of query === undefined ? [] : query.split('&')) {
    const at = pair.indexOf('=');
    const name = at < 0 ? undefined : unspell(pair.slice(0, at));
    const text = at < 0 ? undefined : unspell(pair.slice(at + 1));
    if (name === undefined || text === undefined || !Object.hasOwn(known, name)) return false;
    const grammar = known[name];
    if (grammar === undefined || !fits(text, grammar)) return false;
    const times = seen.filter((each) => each === name).length;
    if (times >= (grammar.repeat ?? 1) || (times > 0 && seen.at(-1) !== name)) return false;
    seen.push(name);
  }
  return Object.entries(known).every(([name, { required }]) => required !== true || seen.includes(name));
}

function fits(text: string, { pattern, maxLength }: Grammar): boolean {
  if (text.length > maxLength) return false;
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)) return false;
  return new RegExp(pattern.source, pattern.flags.replace('g', '')).exec(text)?.[0] === text;
}

/** Reads a percent-encoded text by hand; undefined when it is not the one proper spelling of what it says. */
function unspell(raw: string): string | undefined {
  const bytes: number[] = [];
  for (let index = 0; index < raw.length; index += 1) {
    const character = raw.charAt(index);
    if (character !== '%') {
      if (!isUnreserved(character)) return undefined;
      bytes.push(character.charCodeAt(0));
      continue;
    }
    const hex = raw.slice(index + 1, index + 3);
    const byte = [...hex].reduce((sum, digit) => sum * 16 + '0123456789ABCDEF'.indexOf(digit), 0);
    if (hex.length < 2 || [...hex].some((digit) => !'0123456789ABCDEF'.includes(digit))) return undefined;
    if (isUnreserved(String.fromCharCode(byte))) return undefined;
    bytes.push(byte);
    index += 2;
  }
  const text = Buffer.from(bytes).toString('utf8');
  return Buffer.from(text, 'utf8').equals(Buffer.from(bytes)) ? text : undefined;
}

function isUnreserved(character: string): boolean {
  return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'.includes(character);
}

function bodyIsLegal(body: string | undefined, route: Route): boolean {
  if (route.body === undefined) return body === undefined;
  if (body === undefined) return false;
  if (route.contentType === 'application/x-www-form-urlencoded') return formIsLegal(body, route);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return false;
  }
  if (write(value) !== body) return false;
  const parsed = route.body.safeParse(value);
  return parsed.success && isDeepStrictEqual(parsed.data, value);
}

/** `name=value` pairs as a browser writes them: unreserved characters but `~`, `*`, `+` for a space, the rest encoded. */
function formIsLegal(body: string, route: Route): boolean {
  const fields = new Map<string, string>();
  for (const pair of body === '' ? [] : body.split('&')) {
    const [name = '', value, ...more] = pair.split('=').map(unspellForm);
    if (value === undefined || more.length > 0 || fields.has(name)) return false;
    fields.set(name, value);
  }
  const value = Object.fromEntries(fields);
  const parsed = route.body?.safeParse(value);
  return parsed?.success === true && isDeepStrictEqual(parsed.data, value);
}

function unspellForm(raw: string): string | undefined {
  if (!/^(?:[A-Za-z0-9*._+-]|%[0-9A-F]{2})*$/.test(raw)) return undefined;
  const text = Buffer.from(
    raw
      .replaceAll('+', '%20')
      .replaceAll(/%([0-9A-F]{2})|[^%]/g, (part, hex: string | undefined) =>
        String.fromCharCode(hex === undefined ? part.charCodeAt(0) : Number.parseInt(hex, 16)),
      ),
    'latin1',
  ).toString('utf8');
  const again = [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (character === ' ') return '+';
      return /[A-Za-z0-9*._-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  return again === raw ? text : undefined;
}

/** What a route says of its own headers: kind of body, and If-Match and If-None-Exist there exactly where declared. */
function routeHeadersAreLegal({ headers }: OutgoingRequest, route: Route): boolean {
  const type = headers
    .find(([name]) => name === 'content-type')?.[1]
    .split(';')[0]
    ?.toLowerCase();
  const plain = ['application/json', 'application/fhir+json'];
  const declared = route.contentType ?? 'application/json';
  const types = plain.includes(declared) ? plain : [declared];
  if (type !== undefined && !types.includes(type)) return false;
  if (headers.some(([name]) => name === 'if-match') !== (route.ifMatch === true)) return false;
  const search = headers.find(([name]) => name === 'if-none-exist')?.[1];
  if (route.ifNoneExist === undefined || search === undefined) return route.ifNoneExist === search;
  const { pattern, maxLength } = route.ifNoneExist;
  return search.length <= maxLength && search.match(pattern)?.[0] === search;
}

/** All x- headers, those that prove who we are aside, are what this route fixes: no more, no fewer, letter by letter. */
function fixedHeadersAreLegal({ headers }: OutgoingRequest, route: Route, site: Site): boolean {
  const given = headers.filter(([name]) => /^x-/i.test(name) && !site.credentialHeaders.includes(name));
  const said = (pairs: readonly (readonly [string, string])[]) => pairs.map((pair) => pair.join(': ')).sort();
  return isDeepStrictEqual(said(given), said(Object.entries(route.headers ?? {})));
}

/** JSON without spaces, keys in the order given. */
function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${write(inner)}`)
    .join(',')}}`;
}

const bodies = [
  'application/json',
  'application/fhir+json',
  'application/json-patch+json',
  'application/x-www-form-urlencoded',
];
function headersAreLegal({ headers, body }: OutgoingRequest, site: Site): boolean {
  const names = headers.map(([name]) => name);
  if (new Set(names).size !== names.length) return false;
  if (body !== undefined && !names.includes('content-type')) return false;
  return headers.every(([name, value]) => {
    if (/[^\x20-\x7e]/.test(value) || value.trim() !== value || value === '') return false;
    switch (name) {
      case 'accept':
        return ['application/json', 'application/fhir+json', '*/*'].includes(value);
      case 'accept-encoding':
        return value === 'identity';
      case 'accept-language':
        return value === '*';
      case 'sec-fetch-mode':
        return value === 'cors';
      case 'content-type':
        return bodies.includes((value.split(';')[0] ?? '').toLowerCase());
      case 'if-match':
        return /^(W\/)?"[A-Za-z0-9._-]{1,64}"$/.test(value);
      case 'if-none-exist':
        return /^[A-Za-z_-]+=[A-Za-z0-9._~:|-]+$/.test(value);
      case 'content-length':
        return value === String(Buffer.byteLength(body ?? ''));
      case 'user-agent':
        return value === 'postern';
      default:
        // Which x- headers they are is asked of each route.
        return site.credentialHeaders.includes(name) || name.startsWith('x-');
    }
  });
}
