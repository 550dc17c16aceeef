import type { AuthorisedClient, WireAnswer } from './adapter.ts';
import { type FhirRequest, routeOf } from './fhir-route.ts';
import type { RouteTable } from './route.ts';
import { WireFailure } from './wire-failure.ts';

/**
 * What `fetch` and undici take as a `dispatcher`, without a network behind it: each request is read, named as a route and
 * called through `http`; the answer is what the route's schema left of it. A request for another origin, or one that is
 * no route, ends as a WireFailure of kind `refused`, and nothing has been sent.
 *
 * `fetch` rejects with a TypeError whose `cause` is the WireFailure.
 */
export function createFhirDispatcher(
  http: AuthorisedClient,
  routes: RouteTable,
  origin: string,
): FhirDispatcher {
  return {
    dispatch: (options, handler) => {
      const answers = answersTo(handler);
      ask(http, routes, origin, options).then(answers.give, answers.fail);
      return true;
    },
  };
}

export interface FhirDispatcher {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean;
}

/** The part of undici's `Dispatcher.DispatchOptions` that `fetch` fills in. */
export interface DispatchOptions {
  readonly origin?: string | URL | undefined;
  readonly path: string;
  readonly method: string;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly query?: unknown;
  readonly upgrade?: unknown;
}

/** undici's handlers of the older kind, which the `fetch` of Node 24 hands over, and of the newer kind. */
export interface DispatchHandler {
  onConnect?(abort: (reason?: Error) => void): void;
  onHeaders?(status: number, headers: Buffer[], resume: () => void, message: string): boolean;
  onData?(chunk: Buffer): boolean;
  onComplete?(trailers: string[]): void;
  onError?(error: Error): void;
  onRequestStart?(controller: unknown, context: unknown): void;
  onResponseStart?(
    controller: unknown,
    status: number,
    headers: Record<string, string>,
    message?: string,
  ): void;
  onResponseData?(controller: unknown, chunk: Buffer): void;
  onResponseEnd?(controller: unknown, trailers: Record<string, string>): void;
  onResponseError?(controller: unknown, error: Error): void;
}

async function ask(
  http: AuthorisedClient,
  routes: RouteTable,
  origin: string,
  options: DispatchOptions,
): Promise<WireAnswer<unknown>> {
  if (options.query || options.upgrade) throw refused('request');
  if (String(options.origin).replace(/\/$/, '') !== origin) throw refused('origin');
  const request: FhirRequest = {
    method: options.method,
    target: options.path,
    headers: headersOf(options.headers),
    body: await textOf(options.body),
  };
  const choice = routeOf(request, routes);
  if ('refused' in choice) throw refused(choice.refused);
  const answer = await http.call(choice.id, choice.args);
  // fhir-kit-client hangs its request on the answer, which only an object can carry.
  if (answer.body !== undefined && (typeof answer.body !== 'object' || answer.body === null))
    throw new WireFailure('unknown', choice.id, { reason: 'not-fhir', status: answer.status });
  return answer;
}

/** Names no path: an id in it would end in a log. */
function refused(reason: string): WireFailure {
  return new WireFailure('refused', 'fhir-client', { reason });
}

function headersOf(given: unknown): ReadonlyMap<string, string> {
  const entries: readonly unknown[] =
    Array.isArray(given) && !Array.isArray(given[0]) ? pairs(given) : entriesOf(given);
  return new Map(
    entries.map((entry): [string, string] => {
      const [name, value] = Array.isArray(entry) ? entry : [];
      if (typeof name !== 'string' || typeof value !== 'string') throw refused('header');
      return [name.toLowerCase(), value];
    }),
  );
}

function pairs(flat: readonly unknown[]): unknown[] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]]] : []));
}

function entriesOf(given: unknown): unknown[] {
  if (typeof given !== 'object' || given === null) return [];
  return Symbol.iterator in given && typeof given[Symbol.iterator] === 'function'
    ? [...(given as Iterable<unknown>)] // the line above has seen that it is one
    : Object.entries(given);
}

async function textOf(body: unknown): Promise<string | undefined> {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return body;
  if (typeof body !== 'object' || !(Symbol.asyncIterator in body)) throw refused('body');
  const chunks: Uint8Array[] = [];
  // `fetch` hands a body over as an async iterable of bytes; anything else in it is refused below.
  for await (const chunk of body as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array)) throw refused('body');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

interface Answers {
  readonly give: (answer: WireAnswer<unknown>) => void;
  readonly fail: (error: Error) => void;
}

function answersTo(handler: DispatchHandler): Answers {
  let over = false;
  const fail = (error: Error): void => {
    if (over) return;
    over = true;
    handler.onError?.(error);
    handler.onResponseError?.(controller, error);
  };
  const abort = (reason?: Error): void => fail(reason ?? new Error('aborted'));
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    rawHeaders: null,
    rawTrailers: null,
    abort,
    pause: () => {},
    resume: () => {},
  };
  const isNew = handler.onRequestStart !== undefined;
  if (isNew) handler.onRequestStart?.(controller, {});
  else handler.onConnect?.(abort);

  return {
    fail,
    give: (answer) => {
      if (over) return;
      over = true;
      const bytes = answer.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(answer.body));
      const headers = headersFor(answer, bytes.length);
      if (isNew) {
        handler.onResponseStart?.(controller, answer.status, headers, '');
        if (bytes.length > 0) handler.onResponseData?.(controller, bytes);
        handler.onResponseEnd?.(controller, {});
        return;
      }
      const raw = Object.entries(headers).flatMap((pair) => pair.map((text) => Buffer.from(text)));
      handler.onHeaders?.(answer.status, raw, () => {}, '');
      if (bytes.length > 0) handler.onData?.(bytes);
      handler.onComplete?.([]);
    },
  };
}

function headersFor({ etag, location }: WireAnswer<unknown>, length: number): Record<string, string> {
  return {
    'content-length': String(length),
    ...(length > 0 && { 'content-type': 'application/fhir+json' }),
    ...(etag !== undefined && { etag }),
    ...(location !== undefined && { location }),
  };
}
