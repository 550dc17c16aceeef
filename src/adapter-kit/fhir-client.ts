import { type FhirResource, Client as KitClient, type OpPatch, type RequestOptions } from 'fhir-kit-client';
import type { AuthorisedClient, QueryValue, WireAnswer } from './adapter.ts';
import { createFhirDispatcher } from './fhir-dispatcher.ts';
import { nextPageOf, type PageLink } from './fhir-paging.ts';
import type { RouteTable } from './route.ts';
import { WireFailure } from './wire-failure.ts';

/**
 * fhir-kit-client, unmodified, for adapters of FHIR servers. It writes requests the FHIR way; what becomes of them is
 * decided by the route table alone: each is turned into `http.call` of the one route that says all of it, and refused
 * when there is none. It has no network, no token and no address of its own.
 *
 * Every method resolves with what `http.call` would give for that route (`body` is `undefined` where the answer had
 * none) and rejects with the very WireFailure of `http.call`, or with one of kind `refused` when nothing fitted.
 * Time-outs, repeats, pace and which fields are left of an answer are the route's.
 *
 * @example
 * const fhir = createFhirClient(ctx.http, routes, { base: '/api/FHIR/R4' });
 * const { body } = await fhir.search<Bundle>('Slot', { schedule: 'Schedule/7', start: ['ge2031-03-04T…', 'lt…'] });
 */
export function createFhirClient(
  http: AuthorisedClient,
  routes: RouteTable,
  { base = '' }: FhirClientOptions = {},
): FhirClient {
  const client = createFhirKitClient(http, routes, base);
  return {
    capabilityStatement: () => answered(client.capabilityStatement()),
    read: (resourceType, id) => answered(client.read({ resourceType, id: encodeURIComponent(id) })),
    search: (resourceType, params = {}, { post = false } = {}) =>
      answered(client.search({ resourceType, searchParams: given(params), options: { postSearch: post } })),
    nextPage: async (bundle) => {
      const page = nextPageOf(bundle, client.baseUrl);
      return page === undefined ? undefined : answered(nextOf(client, page));
    },
    create: (body, ifNoneExist) =>
      answered(
        client.create({
          resourceType: body.resourceType,
          body,
          ...(ifNoneExist !== undefined && { options: { headers: { 'if-none-exist': ifNoneExist } } }),
        }),
      ),
    patch: (resourceType, id, jsonPatch, ifMatch) =>
      answered(
        client.patch({
          resourceType,
          id: encodeURIComponent(id),
          jsonPatch: [...jsonPatch],
          options: only(ifMatch),
        }),
      ),
    update: (body, ifMatch) =>
      answered(
        client.update({
          resourceType: body.resourceType,
          id: encodeURIComponent(body.id),
          body,
          options: only(ifMatch),
        }),
      ),
    operation: (name, { resourceType, id, input } = {}) =>
      answered(
        client.operation({
          name,
          ...(resourceType !== undefined && { resourceType }),
          ...(id !== undefined && { id: encodeURIComponent(id) }),
          ...(input !== undefined && { input }),
        }),
      ),
  };
}

export interface FhirClientOptions {
  /** Path of the FHIR base below the connection's origin, as the routes' templates begin. `''` when absent. */
  readonly base?: '' | `/${string}`;
}

/** `T` is what the route's response schema makes of an answer, after a turn through JSON. */
export interface FhirClient {
  /** GET metadata. */
  capabilityStatement<T = unknown>(): Promise<WireAnswer<T>>;
  /** GET [type]/[id]. */
  read<T = unknown>(resourceType: string, id: string): Promise<WireAnswer<T>>;
  /** GET [type]?params, or POST [type]/_search with `post`. */
  search<T = unknown>(
    resourceType: string,
    params?: SearchParams,
    how?: { post?: boolean },
  ): Promise<WireAnswer<T>>;
  /**
   * The page after a bundle that one of these methods gave, `undefined` after the last one. The link is followed only
   * when it stands on the same server as the bundle's `self` link; whatever host that is, only the connection's own is
   * asked. Rejects with `refused` otherwise.
   */
  nextPage<T = unknown>(bundle: unknown): Promise<WireAnswer<T> | undefined>;
  /** POST [type], with `If-None-Exist` where a search is given. */
  create<T = unknown>(body: FhirResource, ifNoneExist?: string): Promise<WireAnswer<T>>;
  /** PATCH [type]/[id] with JSON Patch (RFC 6902), and `If-Match` where an ETag is given. */
  patch<T = unknown>(
    resourceType: string,
    id: string,
    operations: readonly OpPatch[],
    ifMatch?: string,
  ): Promise<WireAnswer<T>>;
  /** PUT [type]/[id]. */
  update<T = unknown>(body: FhirResource & { id: string }, ifMatch?: string): Promise<WireAnswer<T>>;
  /** POST [type]/[id]/$name with a Parameters resource. */
  operation<T = unknown>(
    name: `$${string}`,
    on?: { resourceType?: string; id?: string; input?: FhirResource },
  ): Promise<WireAnswer<T>>;
}
export type SearchParams = Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>;

/**
 * The library's own client. Adapters get the methods above instead: its `resolve` of a foreign reference makes a new
 * client that knows no dispatcher.
 */
export function createFhirKitClient(http: AuthorisedClient, routes: RouteTable, base: string): KitClient {
  const dispatcher = createFhirDispatcher(http, routes, origin);
  return new KitClient({ baseUrl: `${origin}${base}`, requestOptions: { dispatcher, redirect: 'error' } });
}

/** The WireFailure behind an error of fhir-kit-client, which `fetch` wraps. */
export function wireFailureOf(error: unknown): WireFailure | undefined {
  if (error instanceof WireFailure) return error;
  return error instanceof Error ? wireFailureOf(error.cause) : undefined;
}

/** RFC 6761 §6.4: a name that never resolves. */
const origin = 'https://emr.invalid';

async function answered<T>(asked: Promise<FhirResource>): Promise<WireAnswer<T>> {
  let resource: FhirResource | undefined;
  let response: { status: number; headers: Headers } | undefined;
  try {
    resource = await asked;
    response = KitClient.httpFor(resource).response;
  } catch (error) {
    // A status that the route calls a success and fhir-kit-client does not (304): the dispatcher answers with no others.
    response = responseOf(error);
    if (response === undefined) throw wireFailureOf(error) ?? error;
  }
  if (response === undefined) throw new TypeError('fhir-kit-client gave no response.');
  const { status, headers } = response;
  const etag = headers.get('etag');
  const location = headers.get('location');
  return {
    status,
    // T is what the adapter, which wrote the route's schema, calls its output.
    body: (headers.get('content-length') === '0' ? undefined : resource) as T,
    ...(etag !== null && { etag }),
    ...(location !== null && { location }),
  };
}

function nextOf(client: KitClient, bundle: PageLink): Promise<FhirResource> {
  const asked = client.nextPage({ bundle });
  if (asked === undefined) throw new TypeError('A page link without a link.');
  return asked;
}

function responseOf(error: unknown): { status: number; headers: Headers } | undefined {
  if (!(error instanceof Error) || !('response' in error) || !('config' in error)) return undefined;
  const { response, config } = error as { response: { status: number }; config: { headers: Headers } }; // as fhir-kit-client's http-client.js builds it
  return { status: response.status, headers: config.headers };
}

function given(params: SearchParams): Record<string, QueryValue | QueryValue[]> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name, typeof value === 'object' ? [...value] : value]];
    }),
  );
}

function only(ifMatch: string | undefined): RequestOptions {
  return ifMatch === undefined ? {} : { headers: { 'if-match': ifMatch } };
}
