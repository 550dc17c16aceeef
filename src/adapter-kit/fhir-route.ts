import type { RouteArguments } from './adapter.ts';
import type { Grammar, Route, RouteTable } from './route.ts';

/** A request as an HTTP client would send it, before anybody has judged it. Header names are in lower case. */
export interface FhirRequest {
  readonly method: string;
  /** Path and query, e.g. `/api/FHIR/R4/Slot?status=free`. */
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | undefined;
}

/**
 * Finds the one route that says all of a request, and its arguments: method, every path segment, every query name, the
 * kind of body, `If-Match` and `If-None-Exist`. A literal segment (`/Patient/$match`) goes before one in braces
 * (`/Patient/{id}`).
 * Whether the values may leave is for the wall to judge.
 *
 * @returns the reason instead, when no route fits, or more than one.
 */
export function routeOf(request: FhirRequest, routes: RouteTable): RouteChoice | RouteRefusal {
  const strange = [...request.headers.keys()].find((name) => !knownHeaders.has(name));
  if (strange !== undefined) return { refused: 'header' };
  const address = new URL(request.target, 'https://emr.invalid');
  const fitting = Object.entries(routes)
    .filter(([, route]) => route.method === request.method && isAsked(route, address, request))
    .map(([id, route]) => ({ id, route, path: pathOf(route, address.pathname) }))
    .filter(({ path }) => path !== undefined)
    .sort((one, other) => braces(one.route) - braces(other.route));
  const [first, second] = fitting;
  if (first === undefined) return { refused: 'no-route' };
  if (second !== undefined && braces(second.route) === braces(first.route)) return { refused: 'two-routes' };
  const body = bodyOf(first.route, request.body);
  if (body === undefined) return { refused: 'body' };
  const ifMatch = request.headers.get('if-match');
  const ifNoneExist = request.headers.get('if-none-exist');
  const query = queryOf(address.searchParams);
  return {
    id: first.id,
    args: {
      ...(first.path !== undefined && { path: first.path }),
      ...(query !== undefined && { query }),
      ...(ifMatch !== undefined && { ifMatch }),
      ...(ifNoneExist !== undefined && { ifNoneExist }),
      ...body,
    },
  };
}

export interface RouteChoice {
  readonly id: string;
  readonly args: RouteArguments;
}
export interface RouteRefusal {
  readonly refused: 'header' | 'no-route' | 'two-routes' | 'body';
}

/** What `fetch` adds, and what a route can say. A header that would mean something else must not get lost in silence. */
const knownHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'if-match',
  'if-none-exist',
  'pragma',
  'sec-fetch-mode',
  'user-agent',
]);
const form = 'application/x-www-form-urlencoded';
const json = ['application/json', 'application/fhir+json'];

function isAsked(route: Route, address: URL, { headers, body }: FhirRequest): boolean {
  const names = new Set(address.searchParams.keys());
  const known = Object.entries(route.query ?? {});
  if (![...names].every((name) => Object.hasOwn(route.query ?? {}, name))) return false;
  if (!known.every(([name, grammar]) => grammar.required !== true || names.has(name))) return false;
  if ((route.ifMatch === true) !== headers.has('if-match')) return false;
  if ((route.ifNoneExist !== undefined) !== headers.has('if-none-exist')) return false;
  if ((route.body === undefined) !== (body === undefined)) return false;
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const expected = route.contentType ?? 'application/json';
  return body === undefined || type === expected || (json.includes(type) && json.includes(expected));
}

function pathOf(route: Route, pathname: string): Readonly<Record<string, string>> | undefined {
  const expected = route.template.split('/');
  const given = pathname.split('/');
  if (expected.length !== given.length) return undefined;
  const path: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const text = decoded(given[index] ?? '');
    if (text === undefined) return undefined;
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined && text !== segment) return undefined;
    if (name === undefined) continue;
    if (!isWhole(route.path?.[name], text)) return undefined;
    path[name] = text;
  }
  return path;
}

function isWhole(grammar: Grammar | undefined, text: string): boolean {
  if (grammar === undefined || text.length > grammar.maxLength) return false;
  return new RegExp(`^(?:${grammar.pattern.source})$`, grammar.pattern.flags.replaceAll(/[gmy]/g, '')).test(
    text,
  );
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function braces(route: Route): number {
  return Object.keys(route.path ?? {}).length;
}

function queryOf(params: URLSearchParams): Readonly<Record<string, string | readonly string[]>> | undefined {
  const names = [...new Set(params.keys())];
  if (names.length === 0) return undefined;
  return Object.fromEntries(
    names.map((name) => {
      const values = params.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

function bodyOf(route: Route, text: string | undefined): { body?: unknown } | undefined {
  if (text === undefined) return {};
  if (route.contentType === form) {
    const fields = [...new URLSearchParams(text)];
    const body = Object.fromEntries(fields);
    return Object.keys(body).length === fields.length ? { body } : undefined;
  }
  try {
    const body: unknown = JSON.parse(text);
    return { body };
  } catch {
    return undefined;
  }
}
