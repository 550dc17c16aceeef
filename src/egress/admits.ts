import { isDeepStrictEqual } from 'node:util';
import type { Route } from '#adapter-kit/index.ts';
import { type TextTest, wholeText } from './grammar.ts';
import { headersFit, headersSuit } from './known-headers.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import type { Site } from './site.ts';

/**
 * The wall's own look at a finished request, whoever built it: may it leave? It shares nothing with the code that builds
 * addresses, so either one alone keeps the promise.
 *
 * Every legal request has exactly one spelling. The address starts with a site's base address, letter by letter; path
 * segments and query values hold unreserved characters or upper-case percent-encoded others (RFC 3986 §2), decoded once
 * and then tested against the route's grammar; nothing is given twice; the body is what `JSON.stringify` writes and
 * what the route's schema returns unchanged.
 *
 * @example admits({ method: 'GET', url: 'https://api.example.com/v1/rooms/7', headers: [], body: undefined }, [site])
 */
export function admits(request: OutgoingRequest, sites: readonly Site[]): Admission {
  let reason = 'origin';
  for (const site of sites) {
    if (!request.url.startsWith(site.base)) continue;
    const admission = admitsAt(site, request);
    if (admission.admitted) return admission;
    reason = admission.reason;
  }
  return { admitted: false, reason };
}

export type Admission =
  | { readonly admitted: true; readonly site: Site; readonly routeId: string; readonly route: Route }
  | { readonly admitted: false; readonly reason: string };

const longestUrl = 4_096;
const longestBody = 1_048_576;

function admitsAt(site: Site, request: OutgoingRequest): Admission {
  const { url } = request;
  if (url.length > longestUrl || !URL.canParse(url) || new URL(url).href !== url) return refused('url');
  const rest = url.slice(site.base.length);
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  if (!path.startsWith('/')) return refused('origin');
  const segments = path.slice(1).split('/');
  const query = mark < 0 ? new Map<string, string[]>() : readQuery(rest.slice(mark + 1));
  if (query === undefined) return refused('query');
  const fixed = fixedHeadersOf(site.routes);
  if (!headersFit(request, site.credentialHeaders, fixed)) return refused('headers');

  let reason = 'route';
  for (const pattern of patternsOf(site).get(`${request.method} ${segments.length}`) ?? []) {
    if (!pattern.segments.every((segment, index) => segmentFits(segment, segments[index] ?? ''))) continue;
    if (!queryFits(pattern, query)) reason = 'query';
    else if (!headersSuit(pattern.route, request, fixed)) reason = 'headers';
    else if (!bodyFits(pattern.route, request.body)) reason = 'body';
    else return { admitted: true, site, routeId: pattern.id, route: pattern.route };
  }
  return refused(reason);
}

interface Pattern {
  readonly id: string;
  readonly route: Route;
  readonly segments: readonly (string | TextTest)[];
  readonly query: ReadonlyMap<string, { readonly test: TextTest; readonly repeat: number }>;
  readonly required: readonly string[];
}
type Patterns = ReadonlyMap<string, readonly Pattern[]>;

const compiled = new WeakMap<Site['routes'], Patterns>();

function patternsOf(site: Site): Patterns {
  let patterns = compiled.get(site.routes);
  if (patterns === undefined) {
    patterns = Map.groupBy(
      Object.entries(site.routes).map(([id, route]) => patternOf(id, route)),
      ({ route, segments }) => `${route.method} ${segments.length}`,
    );
    compiled.set(site.routes, patterns);
  }
  return patterns;
}

const fixedHeaders = new WeakMap<Site['routes'], ReadonlySet<string>>();

/** Names of the headers that some route of the table fixes. */
function fixedHeadersOf(routes: Site['routes']): ReadonlySet<string> {
  const known = fixedHeaders.get(routes);
  if (known !== undefined) return known;
  const names = new Set(Object.values(routes).flatMap(({ headers }) => Object.keys(headers ?? {})));
  fixedHeaders.set(routes, names);
  return names;
}

function patternOf(id: string, route: Route): Pattern {
  const path = new Map(Object.entries(route.path ?? {}));
  const query = Object.entries(route.query ?? {});
  return {
    id,
    route,
    segments: route.template
      .slice(1)
      .split('/')
      .map((segment) => {
        const grammar = segment.startsWith('{') ? path.get(segment.slice(1, -1)) : undefined;
        return grammar === undefined ? segment : wholeText(grammar);
      }),
    query: new Map(
      query.map(([name, grammar]) => [name, { test: wholeText(grammar), repeat: grammar.repeat ?? 1 }]),
    ),
    required: query.filter(([, grammar]) => grammar.required === true).map(([name]) => name),
  };
}

function segmentFits(expected: string | TextTest, given: string): boolean {
  if (typeof expected === 'string') return given === expected;
  const text = decodeOnce(given);
  if (text === undefined || text === '' || text === '.' || text === '..') return false;
  // Servers differ in what they make of these once decoded, so no grammar can allow them in a path.
  return !/[/\\%;?#]/.test(text) && expected(text);
}

function queryFits(pattern: Pattern, query: ReadonlyMap<string, readonly string[]>): boolean {
  for (const [name, texts] of query) {
    const known = pattern.query.get(name);
    if (known === undefined || texts.length > known.repeat || !texts.every(known.test)) return false;
  }
  return pattern.required.every((name) => query.has(name));
}

function readQuery(text: string): Map<string, string[]> | undefined {
  const query = new Map<string, string[]>();
  let last: string | undefined;
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = equals < 1 ? undefined : decodeOnce(pair.slice(0, equals));
    const value = decodeOnce(pair.slice(equals + 1));
    // What is given twice stands together: a key that comes back later is a second spelling of the same question.
    if (name === undefined || value === undefined || (query.has(name) && name !== last)) return undefined;
    query.set(name, [...(query.get(name) ?? []), value]);
    last = name;
  }
  return query;
}

/** Decodes the one spelling a value may have; any other spelling of it is undefined. */
function decodeOnce(text: string): string | undefined {
  if (!/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/.test(text) || encodedUnreserved.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
/** `-` `.` `0`–`9` `A`–`Z` `_` `a`–`z` `~`, needlessly encoded. */
const encodedUnreserved = /%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/;

function bodyFits(route: Route, body: string | undefined): boolean {
  if (route.body === undefined || body === undefined) return route.body === undefined && body === undefined;
  if (body.length > longestBody) return false;
  if (route.contentType === 'application/x-www-form-urlencoded') return formFits(route.body, body);
  try {
    const value: unknown = JSON.parse(body);
    // A second key of the same name, or any other text two parsers could read differently, is not written this way.
    if (JSON.stringify(value) !== body) return false;
    const parsed = route.body.safeParse(value);
    return parsed.success && isDeepStrictEqual(parsed.data, value);
  } catch {
    return false;
  }
}

/** Fields in the one spelling that URLSearchParams writes (WHATWG URL §5.2), none given twice. */
function formFits(schema: NonNullable<Route['body']>, body: string): boolean {
  const fields = [...new URLSearchParams(body)];
  const value = Object.fromEntries(fields);
  if (new URLSearchParams(fields).toString() !== body || Object.keys(value).length !== fields.length)
    return false;
  const parsed = schema.safeParse(value);
  return parsed.success && isDeepStrictEqual(parsed.data, value);
}

function refused(reason: string): Admission {
  return { admitted: false, reason };
}
