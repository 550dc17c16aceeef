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
      bodyIsLegal(request.body, route),
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
    if (name === undefined || text === undefined || seen.includes(name) || !Object.hasOwn(known, name))
      return false;
    const grammar = known[name];
    if (grammar === undefined || !fits(text, grammar)) return false;
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

/** JSON without spaces, keys in the order given. */
function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${write(inner)}`)
    .join(',')}}`;
}

const json = ['application/json', 'application/fhir+json', 'application/json-patch+json'];
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
        return json.includes(value.split(';')[0] ?? '');
      case 'content-length':
        return value === String(Buffer.byteLength(body ?? ''));
      case 'user-agent':
        return value === 'postern';
      default:
        return site.credentialHeaders.includes(name);
    }
  });
}
