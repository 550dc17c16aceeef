import type { Route, RouteArguments, RouteTable } from '#adapter-kit/index.ts';
import { type TextTest, wholeText } from './grammar.ts';
import { etagForm, fixedHeaderForm, ifNoneExistForm } from './known-headers.ts';
import { WallRefusal } from './wall-refusal.ts';

/**
 * Compiles an adapter's table once. The result builds requests by route name; there is no other way to name an address.
 *
 * @throws TypeError for a table that is itself wrong: a template that is not plain segments, or whose braces and path
 * grammars differ, or a fixed header that could never be sent.
 */
export function compileRoutes(table: RouteTable): RouteBuilder {
  const compiled = new Map(Object.entries(table).map(([id, route]) => [id, compile(id, route)]));
  return Object.freeze({
    route: (id: string) => compiled.get(id)?.route,
    build: (base: string, id: string, args: RouteArguments = {}) => {
      const route = compiled.get(id);
      if (route === undefined) throw new WallRefusal('unknown-route');
      return build(base, route, args);
    },
  });
}

export interface RouteBuilder {
  route(id: string): Route | undefined;
  /** @throws WallRefusal for anything that the table does not name. Nothing has been sent then. */
  build(base: string, id: string, args?: RouteArguments): BuiltRequest;
}
export interface BuiltRequest {
  readonly route: Route;
  readonly method: Route['method'];
  readonly url: string;
  readonly ifMatch: string | undefined;
  readonly ifNoneExist: string | undefined;
  /** Text, serialised here from what the route's schema let through. */
  readonly body: string | undefined;
}

interface CompiledRoute {
  readonly route: Route;
  readonly segments: readonly Segment[];
  readonly query: ReadonlyMap<string, { test: TextTest; required: boolean; repeat: number }>;
}
type Segment = { readonly literal: string } | { readonly name: string; readonly test: TextTest };

function compile(id: string, route: Route): CompiledRoute {
  for (const [name, value] of Object.entries(route.headers ?? {}))
    if (!fixedHeaderForm.test(value))
      throw new TypeError(`Route ${id}: what it fixes as ${name} is no header value.`);
  const grammars = new Map(Object.entries(route.path ?? {}));
  const segments = route.template
    .slice(1)
    .split('/')
    .map((text): Segment => {
      const name = /^\{(\w+)\}$/.exec(text)?.[1];
      if (name === undefined) {
        if (text !== '.well-known' && !/^[A-Za-z0-9_~$-][A-Za-z0-9._~$-]*$/.test(text))
          throw new TypeError(`Route ${id}: "${text}" is no plain path segment.`);
        return { literal: text };
      }
      const grammar = grammars.get(name);
      if (grammar === undefined || !grammars.delete(name))
        throw new TypeError(`Route ${id}: {${name}} has no grammar of its own.`);
      return { name, test: wholeText(grammar) };
    });
  if (grammars.size > 0) throw new TypeError(`Route ${id}: a path grammar is not named in the template.`);
  const query = new Map(
    Object.entries(route.query ?? {}).map(([name, grammar]) => [
      name,
      { test: wholeText(grammar), required: grammar.required === true, repeat: grammar.repeat ?? 1 },
    ]),
  );
  return Object.freeze({ route, segments, query });
}

function build(base: string, compiled: CompiledRoute, args: RouteArguments): BuiltRequest {
  const path = buildPath(compiled.segments, args.path ?? {});
  const query = buildQuery(compiled.query, args.query ?? {});
  const url = `${base}${path}${query === '' ? '' : `?${query}`}`;
  confirm(url, base, path, query);
  return {
    route: compiled.route,
    method: compiled.route.method,
    url,
    ifMatch: buildIfMatch(compiled.route, args.ifMatch),
    ifNoneExist: buildIfNoneExist(compiled.route, args.ifNoneExist),
    body: buildBody(compiled.route, args.body),
  };
}

function buildPath(segments: readonly Segment[], values: Readonly<Record<string, unknown>>): string {
  const left = new Map(Object.entries(values));
  const path = segments.map((segment) => {
    if ('literal' in segment) return segment.literal;
    const text = textOf(left.get(segment.name));
    left.delete(segment.name);
    if (text === undefined) throw new WallRefusal('path-missing');
    if (text === '' || text === '.' || text === '..' || /[/\\%;?#]/.test(text))
      throw new WallRefusal('path-value');
    if (!segment.test(text)) throw new WallRefusal('path-value');
    return encodeComponent(text);
  });
  if (left.size > 0) throw new WallRefusal('path-unknown');
  return `/${path.join('/')}`;
}

function buildQuery(grammars: CompiledRoute['query'], values: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  for (const [name, { required }] of grammars)
    if (required && !given.some(([key]) => key === name)) throw new WallRefusal('query-missing');
  return given
    .flatMap(([name, value]) => {
      const grammar = grammars.get(name);
      if (grammar === undefined) throw new WallRefusal('query-unknown');
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      if (values.length === 0 || values.length > grammar.repeat) throw new WallRefusal('query-repeated');
      return values.map((each) => {
        const text = textOf(each);
        if (text === undefined || !grammar.test(text)) throw new WallRefusal('query-value');
        return `${encodeComponent(name)}=${encodeComponent(text)}`;
      });
    })
    .join('&');
}

function buildBody(route: Route, body: unknown): string | undefined {
  if (route.body === undefined) {
    if (body !== undefined) throw new WallRefusal('body-unknown');
    return undefined;
  }
  const parsed = route.body.safeParse(body);
  if (!parsed.success) throw new WallRefusal('body');
  if (route.contentType === 'application/x-www-form-urlencoded') return formText(parsed.data);
  const text: unknown = JSON.stringify(parsed.data);
  if (typeof text !== 'string') throw new WallRefusal('body');
  return text;
}

function formText(fields: unknown): string {
  const texts = Object.entries(Object(fields)).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') throw new WallRefusal('body');
    return [name, value];
  });
  return new URLSearchParams(texts).toString();
}

function buildIfMatch(route: Route, etag: string | undefined): string | undefined {
  if ((route.ifMatch === true) !== (etag !== undefined)) throw new WallRefusal('if-match');
  if (etag !== undefined && !etagForm.test(etag)) throw new WallRefusal('if-match');
  return etag;
}

function buildIfNoneExist({ ifNoneExist }: Route, search: string | undefined): string | undefined {
  if ((ifNoneExist === undefined) !== (search === undefined)) throw new WallRefusal('if-none-exist');
  const fits =
    ifNoneExist === undefined || (ifNoneExistForm.test(search ?? '') && wholeText(ifNoneExist)(search ?? ''));
  if (!fits) throw new WallRefusal('if-none-exist');
  return search;
}

/** Reads the finished address again as the platform does: it must say what the template said, and nothing else. */
function confirm(url: string, base: string, path: string, query: string): void {
  const read = new URL(url);
  const site = new URL(base);
  const basePath = site.pathname === '/' ? '' : site.pathname;
  const same =
    read.href === url &&
    read.origin === site.origin &&
    read.pathname === basePath + path &&
    read.search === (query === '' ? '' : `?${query}`) &&
    read.hash === '' &&
    read.username === '' &&
    read.password === '';
  if (!same) throw new WallRefusal('url-reads-differently');
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/** Percent-encodes all but unreserved characters (RFC 3986 §2.3), so that every value has exactly one spelling. */
function encodeComponent(text: string): string {
  if (!text.isWellFormed()) throw new WallRefusal('not-unicode');
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
