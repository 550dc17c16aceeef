import { readFileSync } from 'node:fs';
import { type ErrorRequestHandler, type Request, type RequestHandler, Router, urlencoded } from 'express';
import { ConsentProblem } from '#scheduling/consent/problem.ts';
import { problemOf, reportInternal } from '#scheduling/consent/problem-of.ts';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import { rowId } from '#scheduling/ids.ts';
import type { RateLimits } from '#store/rate-limits.ts';
import { networkOf } from '../oauth/network-address.ts';
import { type ConnectRoute, type Door, routes } from './actions.ts';
import { browserSession } from './browser.ts';
import type { Given } from './fields.ts';
import { rootOf, sendPage } from './page.ts';
import { problemPage } from './problem-page.ts';

export interface ConnectRouterOptions {
  readonly services: ConsentServices;
  readonly limits: RateLimits;
  /** What an adapter tells practices to prepare, as Markdown; undefined where it tells nothing. */
  readonly guideOf: (adapter: string) => Promise<string | undefined>;
  readonly report: (event: ConnectEvent) => void;
}

/** One answer, in the words of the log. Holds nothing that a browser sent. */
export interface ConnectEvent {
  readonly event: 'http.answered';
  /** As in the table of routes, e.g. `connect/{token}`. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly ms: number;
  readonly code: string | undefined;
  readonly request: string;
  readonly practice: undefined;
  readonly agent: undefined;
}

/**
 * The pages by which a practice connects its EMR, the addresses to which EMRs send people back, and the public keys of
 * our registrations. To be used at the root of the application; what is not in its table is left to others.
 */
export function connectRouter(options: ConnectRouterOptions): Router {
  const { publicUrl } = options.services;
  const door: Door = { ...options, publicUrl, root: rootOf(publicUrl), browser: browserSession(publicUrl) };
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/connect/style.css', sendStyle);
  for (const route of routes)
    router[route.method](
      route.path,
      counted(door, route, options.report),
      ...(route.method === 'post' ? [form] : []),
      answered(door, route),
      failed(door),
    );
  return router;
}

const style = readFileSync(new URL('./style.css', import.meta.url), 'utf8');
const form = urlencoded({ extended: false, limit: '64kb', parameterLimit: 100 });

const sendStyle: RequestHandler = (_request, response) => {
  response
    .set({ 'Cache-Control': 'public, max-age=3600', 'X-Content-Type-Options': 'nosniff' })
    .type('css')
    .send(style);
};

/** Names the request, reports its end, and takes it from the budget of the network that it comes from. */
function counted(
  { limits }: Door,
  { path, budget }: ConnectRoute,
  report: ConnectRouterOptions['report'],
): RequestHandler {
  const route = path.slice(1).replace(/:(\w+)/g, '{$1}');
  return async (request, response, next) => {
    const started = performance.now();
    const requestId = rowId();
    response.locals.requestId = requestId;
    response.set('X-Request-Id', requestId).once('finish', () =>
      report({
        event: 'http.answered',
        route,
        method: request.method,
        status: response.statusCode,
        ms: Math.round(performance.now() - started),
        code: textOf(response.locals.code),
        request: requestId,
        practice: undefined,
        agent: undefined,
      }),
    );
    await limits.consume(budget, networkOf(request.ip ?? ''));
    next();
  };
}

function answered(door: Door, { run }: ConnectRoute): RequestHandler {
  return async (request, response) => {
    const visit = {
      session: door.browser.of(request),
      origin: networkOf(request.ip ?? ''),
      requestId: textOf(response.locals.requestId) ?? '',
    };
    await run(door, { request, response, visit, given: givenIn(request) });
  };
}

/** What was thrown, as a page; what the form's parser threw is a form that is not one of ours. */
function failed({ root, services }: Door): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = isParserError(error) ? new ConsentProblem('form-expired') : problemOf(error);
    const { retryAfterSeconds } = problem.details;
    response.locals.code = problem.code;
    reportInternal(services.on.report, textOf(response.locals.requestId) ?? '', problem);
    if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
    sendPage(response, root, problemPage(problem, textOf(response.locals.requestId) ?? ''));
  };
}

/** Texts by name; of a field that came twice, nothing. */
function givenIn({ body }: Request): Given {
  return Object.fromEntries(
    Object.entries(Object(body)).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

function isParserError(error: unknown): boolean {
  return error instanceof Error && 'type' in error && 'status' in error && Number(error.status) < 500;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
