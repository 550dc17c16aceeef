import { randomUUID } from 'node:crypto';
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express';
import { Failure } from '#domain/failure.ts';
import { capabilityStatement } from '#fhir/capability-statement.ts';
import { refuseDemographicsInUrl } from '#fhir/demographics-in-url.ts';
import { type Interaction, interactions } from '#fhir/interaction.ts';
import { outcomeOf } from '#fhir/operation-outcome.ts';
import { type IssuerMetadata, smartConfiguration } from '#fhir/smart-configuration.ts';
import { attemptOf, type Caller } from '#scheduling/caller.ts';
import { accountOf, type PracticeContext, practiceContext } from '#scheduling/practice-context.ts';
import { callerOf } from '../middleware/access-token.ts';
import { requireScope } from '../middleware/require-scope.ts';
import {
  book,
  cancelPending,
  createAppointment,
  hold,
  operationStatus,
  patchAppointment,
  readAppointmentById,
  searchAppointments,
} from './appointments.ts';
import { readDirectoryEntry, searchDirectory } from './directory.ts';
import type { FhirAnswer, FhirRequest, Handler, Services } from './exchange.ts';
import { create, match } from './patients.ts';
import { findAppointmentOffers, readSlotById, searchSlots } from './slots.ts';

export interface FhirRouterOptions extends Services {
  /** `{public URL}/fhir/R4`. */
  readonly base: string;
  readonly version: string;
  /** What each installed EMR can do, as a table in Markdown. */
  readonly emrs: string;
  /** When what is served last changed: FHIR dateTime. */
  readonly date: string;
  readonly issuer: IssuerMetadata;
  readonly authenticate: RequestHandler;
  /** Told of every answer: the route's name, never the address. */
  readonly observe: (event: HttpEvent) => void;
}

export interface HttpEvent {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly ms: number;
  readonly code: string | undefined;
  readonly requestId: string;
  readonly practice: string | undefined;
  readonly agent: string | undefined;
}

/** Who answers what. A key is the interaction's method and path. */
const handlers: Readonly<Record<string, Handler>> = {
  'GET /Slot': searchSlots,
  'POST /Slot/_search': searchSlots,
  'GET /Slot/:id': readSlotById,
  'GET /Appointment/$find': findAppointmentOffers,
  'POST /Appointment/$find': findAppointmentOffers,
  'POST /Appointment/$hold': hold,
  'POST /Appointment/$book': book,
  'GET /Appointment': searchAppointments,
  'POST /Appointment/_search': searchAppointments,
  'GET /Appointment/:id': readAppointmentById,
  'POST /Appointment': createAppointment,
  'PATCH /Appointment/:id': patchAppointment,
  'POST /Patient/$match': match,
  'POST /Patient': create,
};

/** The directory is served the same way for each of its types. */
function handlerOf({ method, path, interaction }: Interaction): Handler | undefined {
  const own = handlers[`${method} ${path}`];
  if (own) return own;
  if (interaction === 'search-type') return searchDirectory;
  return interaction === 'read' ? readDirectoryEntry : undefined;
}

/** The operations resource is no FHIR type; it needs what the writes need that make it. */
const operationNeeds: Interaction['needs'] = [
  { resource: 'Appointment', letter: 'c' },
  { resource: 'Appointment', letter: 'u' },
  { resource: 'Patient', letter: 'c' },
];
const operationInteractions: readonly (readonly [Interaction['method'] | 'DELETE', Handler])[] = [
  ['GET', operationStatus],
  ['DELETE', cancelPending],
];

/** FHIR R4 at `/fhir/R4`: the table of interactions, each behind its scope; everything else is 404 or 405. */
export function fhirRouter(options: FhirRouterOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(begin(options));
  router.get('/metadata', publicMetadata(options));
  router.get('/metadata', options.authenticate, practiceMetadata(options));
  router.get('/.well-known/smart-configuration', (_request, response) => {
    response.locals.route = 'GET /.well-known/smart-configuration';
    response.set('Cache-Control', 'public, max-age=300').json(smartConfiguration(options.issuer));
  });
  router.use(options.authenticate, refuseDemographics, parseBody);
  for (const interaction of interactions) {
    const handler = handlerOf(interaction);
    if (handler)
      mount(router, interaction.method, interaction.path, interaction.needs, options, handler, interaction);
  }
  for (const [method, handler] of operationInteractions)
    mount(router, method, '/operations/:id', operationNeeds, options, handler, {
      method: 'GET',
      path: '',
      needs: [],
    });
  router.use(refuseTheRest);
  router.use(fail(options));
  return router;
}

function mount(
  router: Router,
  method: Interaction['method'] | 'DELETE',
  path: string,
  needs: Interaction['needs'],
  options: FhirRouterOptions,
  handler: Handler,
  interaction: Interaction,
): void {
  const name: RequestHandler = (_request, response, next) => {
    response.locals.route = `${method} ${path}`;
    next();
  };
  router[expressVerbs[method]](path, name, requireScope(...needs), async (request, response) => {
    send(response, await handler(options, await fhirRequest(options, request, response), interaction));
  });
}

const expressVerbs = { GET: 'get', POST: 'post', PATCH: 'patch', DELETE: 'delete' } as const;

/** Names the request, and tells of its answer when it is sent. */
function begin({ observe }: FhirRouterOptions): RequestHandler {
  return (request, response, next) => {
    const requestId = randomUUID();
    const begun = performance.now();
    response.locals.requestId = requestId;
    response.set({ 'X-Request-Id': requestId, 'Cache-Control': 'no-store' });
    response.on('finish', () => {
      const caller: { practiceId?: string; agentId?: string } | undefined = response.locals.caller;
      observe({
        route: response.locals.route ?? 'other',
        method: request.method,
        status: response.statusCode,
        ms: performance.now() - begun,
        code: response.locals.code,
        requestId,
        practice: caller?.practiceId,
        agent: caller?.agentId,
      });
    });
    next();
  };
}

/** Whatever is asked for: addresses are written into logs everywhere on the way. */
const refuseDemographics: RequestHandler = (request, _response, next) => {
  const { pathname, searchParams } = new URL(request.url, 'http://gateway');
  refuseDemographicsInUrl(pathname.split('/')[1], searchParams);
  next();
};

const readJson = express.json({
  limit: '1mb',
  strict: false,
  type: ['application/fhir+json', 'application/json', 'application/json-patch+json', 'text/json'],
});
const readForm = express.text({ limit: '64kb', type: 'application/x-www-form-urlencoded' });

/** JSON for resources and patches, a form for `_search`; anything else is 415 before it is read. */
const parseBody: RequestHandler = (request, response, next) => {
  const length = request.headers['content-length'];
  if (
    request.method === 'GET' ||
    request.method === 'DELETE' ||
    (length === '0' && !request.headers['transfer-encoding'])
  )
    return next();
  const isSearch = request.path.endsWith('/_search');
  const [type = ''] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const expected = isSearch
    ? ['application/x-www-form-urlencoded']
    : request.method === 'PATCH'
      ? ['application/json-patch+json']
      : ['application/fhir+json', 'application/json', 'text/json'];
  if (!expected.includes(type.trim()))
    throw new Failure('unsupported-media-type', { hint: `Send ${expected[0]}.` });
  return (isSearch ? readForm : readJson)(request, response, next);
};

async function fhirRequest(
  options: FhirRouterOptions,
  request: Request,
  response: Response,
): Promise<FhirRequest> {
  const known = callerOf(response);
  const { scheduling, base } = options;
  const caller: Caller = {
    practiceId: known.practiceId,
    agentId: known.agentId,
    actor: `agent:${known.agentId}`,
    requestId: response.locals.requestId,
    origin: request.ip ?? 'unknown',
  };
  const context = await practiceContext(scheduling.database, scheduling.cache, caller.practiceId);
  const isForm = request.path.endsWith('/_search') && typeof request.body === 'string';
  const { id } = request.params;
  return {
    caller,
    scope: known.scope,
    context,
    zone: context.practice.timeZone,
    base,
    url: new URL(request.originalUrl, 'http://gateway').searchParams,
    form: isForm ? new URLSearchParams(request.body) : undefined,
    body: isForm ? undefined : request.body,
    id: typeof id === 'string' ? id : '',
    header: (name) => request.get(name),
  };
}

function send(response: Response, { status, headers, body, bytes }: FhirAnswer): void {
  response.status(status);
  if (headers) response.set(headers);
  const sent = bytes ?? (body && JSON.stringify(body));
  if (sent === undefined) response.end();
  else response.set('Content-Type', 'application/fhir+json; charset=utf-8').send(sent);
}

/** What is served, told to everybody; who sends a token asks for a practice. */
function publicMetadata(options: FhirRouterOptions): RequestHandler {
  return (request, response, next) => {
    response.locals.route = 'GET /metadata';
    if (request.headers.authorization !== undefined) return next();
    send(response, { status: 200, body: capabilityStatement(serverOf(options), interactions) });
  };
}

/** The practice's own abilities and modes. */
function practiceMetadata(options: FhirRouterOptions): RequestHandler {
  return async (_request, response) => {
    const { database, cache } = options.scheduling;
    const context = await practiceContext(database, cache, callerOf(response).practiceId);
    const body = capabilityStatement(serverOf(options), interactions, abilities(options, context));
    send(response, { status: 200, body });
  };
}

function serverOf({ version, base, issuer, date, emrs }: FhirRouterOptions) {
  return { version, base, tokenEndpoint: issuer.tokenEndpoint, date, emrs };
}

function abilities({ scheduling }: FhirRouterOptions, context: PracticeContext) {
  const { practice } = context;
  const capabilities = scheduling.emr.capabilitiesOf(accountOf(context));
  const open = practice.bookingMode !== 'off';
  return {
    title: practice.name,
    mode: practice.mode,
    bookingMode: practice.bookingMode,
    book: open && capabilities.book,
    cancel: open && capabilities.cancel,
    matchPatient: capabilities.matchPatient,
    createPatient: open && capabilities.createPatient,
  };
}

/** A known path with another method is 405; anything else is 404 (FHIR R4 §3.1.0.1.2). */
const refuseTheRest: RequestHandler = (request, response) => {
  const allowed = interactions
    .filter(({ path }) => matchesPath(path, request.path))
    .map(({ method }) => method as string);
  if (matchesPath('/operations/:id', request.path)) allowed.push('GET', 'DELETE');
  if (allowed.length === 0) throw new Failure(/^\/[A-Z]/.test(request.path) ? 'not-supported' : 'not-found');
  response.set('Allow', [...new Set(allowed)].join(', '));
  throw new Failure('method-not-allowed');
};

function matchesPath(path: string, actual: string): boolean {
  const parts = path.split('/');
  const there = actual.split('/');
  return (
    parts.length === there.length &&
    parts.every((part, index) => (part === ':id' ? !there[index]?.startsWith('$') : part === there[index]))
  );
}

function fail({ scheduling }: FhirRouterOptions): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const { status, headers, body } = outcomeOf(error);
    const code = body.issue[0]?.details?.coding?.[0]?.code;
    response.locals.code = code;
    if (code === 'internal')
      scheduling.report({
        event: 'request.failed',
        request: response.locals.requestId,
        error: describe(error),
      });
    await recordRefusal(scheduling, request, response, error);
    send(response, { status, headers, body });
  };
}

/** Writes that were refused, and whatever lacked the right, leave an audit event of their own. */
async function recordRefusal(
  scheduling: Services['scheduling'],
  request: Request,
  response: Response,
  error: unknown,
): Promise<void> {
  const known: { practiceId: string; agentId: string } | undefined = response.locals.caller;
  if (!known || !(error instanceof Failure) || error.code === 'audit-unavailable') return;
  if (request.method === 'GET' && error.code !== 'insufficient-scope') return;
  const caller: Caller = {
    ...known,
    actor: `agent:${known.agentId}`,
    requestId: response.locals.requestId,
    origin: request.ip ?? 'unknown',
  };
  const attempt = attemptOf(caller, { action: 'request.refuse', resourceId: known.agentId });
  // Nothing was given out, so a refusal that cannot be recorded is still a refusal; the alert has been raised.
  await scheduling.audit
    .write(known.practiceId, { ...attempt, outcome: 'refused', reason: error.code })
    .catch(() => {});
}

/** Class and place of an unexpected error; its message may hold anything. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown';
  const place = /\(?((?:file:\/\/)?[^\s()]+):(\d+):\d+\)?/.exec(error.stack?.split('\n')[1] ?? '');
  const file = place?.[1]?.split('/').slice(-2).join('/');
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error.name}${code}${file ? ` at ${file}:${place?.[2]}` : ''}`;
}
