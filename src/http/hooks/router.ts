import {
  type ErrorRequestHandler,
  json,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express';
import type { ChangeHint } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import { outcomeOf } from '#fhir/operation-outcome.ts';
import { problemOf, reportInternal } from '#scheduling/consent/problem-of.ts';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import { rowId } from '#scheduling/ids.ts';
import { createHooks } from '#scheduling/open-hooks.ts';
import {
  answerAddressCheck,
  type DeliveryOutcome,
  type Hook,
  isSecretOf,
  takeDelivery,
} from '#scheduling/webhooks.ts';
import type { RateLimits } from '#store/rate-limits.ts';
import { networkOf } from '../oauth/network-address.ts';

export interface HooksRouterOptions {
  readonly services: Pick<ConsentServices, 'on' | 'seal'>;
  readonly limits: RateLimits;
  readonly report: (event: HookEvent | HookHttpEvent) => void;
}

/** What became of one call. Holds nothing that the EMR sent. */
export interface HookEvent {
  readonly event: 'hook.answered';
  readonly registration: string;
  readonly outcome: DeliveryOutcome | 'ignored' | 'wrong-secret' | 'malformed';
  readonly hints: number;
}

/** One answer, in the words of the log. */
export interface HookHttpEvent {
  readonly event: 'http.answered';
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
 * Where EMRs call when something changed: `POST /hooks/{registration}`, and `GET` for those that ask first whether the
 * address is ours. To be used at the root of the application; a hook that may not be called is left to others like any
 * address that is nobody's.
 *
 * A call is 2xx once what it hints at is committed, and also when nothing of it concerns us: an EMR repeats everything
 * else. Answers have no body, because nobody reads one.
 */
export function hooksRouter(options: HooksRouterOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const door = [counted(options), found(options)];
  router.get('/hooks/:context', ...door, answerCheck(options));
  router.post('/hooks/:context', ...door, proven(options), wanted(options), parseBody, take(options));
  router.use('/hooks', failed(options));
  return router;
}

/** Patient data is in there, so nothing of the body is read before the secret was right. */
const parseBody = json({ limit: '64kb', type: () => true });

/** Names the request and reports its end. */
function counted({ report }: HooksRouterOptions): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const requestId = rowId();
    response.locals.requestId = requestId;
    response.set({ 'X-Request-Id': requestId, 'Cache-Control': 'no-store' }).once('finish', () =>
      report({
        event: 'http.answered',
        route: 'hooks/{context}',
        method: request.method,
        status: response.statusCode,
        ms: Math.round(performance.now() - started),
        code: response.locals.code,
        request: requestId,
        practice: undefined,
        agent: undefined,
      }),
    );
    next();
  };
}

/** Costs next to nothing for an address that is held off, and the one with the secret is not held off with it. */
function found({ services, limits }: HooksRouterOptions): RequestHandler {
  const open = createHooks(services);
  return async (request, response, next) => {
    const { context } = request.params;
    const hook = typeof context === 'string' ? await open(context) : undefined;
    response.locals.hook = hook;
    if (hook !== undefined) return next();
    await limits.consume('hook-refused', networkOf(request.ip ?? ''));
    next('router');
  };
}

function answerCheck({ limits }: HooksRouterOptions): RequestHandler {
  return async (request, response, next) => {
    const hook = hookOf(response);
    const { addressCheck } = hook.webhooks;
    if (addressCheck === undefined) return next('router');
    await limits.consume('hook-check', networkOf(request.ip ?? ''));
    const { [addressCheck.query]: text } = request.query;
    const answer = answerAddressCheck(hook, text);
    if (answer === undefined) throw new Failure('invalid-value', { expression: addressCheck.query });
    response.json({ [addressCheck.answer]: answer });
  };
}

function proven({ limits, report }: HooksRouterOptions): RequestHandler {
  return async (request, response, next) => {
    const hook = hookOf(response);
    if (isSecretOf(hook, request.get(hook.webhooks.secretHeader) ?? '')) return next();
    await limits.consume('hook-refused', networkOf(request.ip ?? ''));
    report({ event: 'hook.answered', registration: hook.context, outcome: 'wrong-secret', hints: 0 });
    response.locals.code = 'wrong-secret';
    // RFC 9110 §11.6.1 wants a challenge.
    response.status(401).set('WWW-Authenticate', 'Webhook-Secret').end();
  };
}

/** What is no event of the list is done with. */
function wanted({ report }: HooksRouterOptions): RequestHandler {
  return (request, response, next) => {
    const { context, webhooks } = hookOf(response);
    if (webhooks.events.includes(request.get(webhooks.eventHeader) ?? '')) return next();
    report({ event: 'hook.answered', registration: context, outcome: 'ignored', hints: 0 });
    response.status(204).end();
  };
}

function take({ services: { on }, report }: HooksRouterOptions): RequestHandler {
  return async (request, response) => {
    const hook = hookOf(response);
    const { id, hint } = deliveryIn(hook, request);
    // From here on only the hint is left of what came.
    request.body = undefined;
    const { outcome, hints } = await takeDelivery(on, hook, id, hint);
    report({ event: 'hook.answered', registration: hook.context, outcome, hints });
    response.status(204).end();
  };
}

/** @throws Failure `missing-element`, `malformed-resource`; without anything of what came */
function deliveryIn(
  { webhooks }: Hook,
  request: Request,
): { readonly id: string; readonly hint: ChangeHint } {
  const id = request.get(webhooks.deliveryHeader) ?? '';
  if (!isLine(id)) throw new Failure('missing-element');
  const parsed = webhooks.body.safeParse(request.body);
  if (!parsed.success || !isLine(parsed.data.tenant) || !isLine(parsed.data.appointment))
    throw new Failure('malformed-resource');
  const { tenant, appointment } = parsed.data;
  return { id, hint: { tenant, appointment } };
}

function isLine(text: string): boolean {
  return /^[\x20-\x7e]{1,200}$/.test(text);
}

function failed({ services: { on }, report }: HooksRouterOptions): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const { status, headers, body } = outcomeOf(error);
    const code = body.issue[0]?.details?.coding?.[0]?.code;
    response.locals.code = code;
    const hook: Hook | undefined = response.locals.hook;
    const requestId: string = response.locals.requestId ?? '';
    // Never the text of an error: a parser quotes what it could not read.
    if (status >= 500) reportInternal(on.report, requestId, problemOf(error));
    else if (hook !== undefined && status !== 429)
      report({ event: 'hook.answered', registration: hook.context, outcome: 'malformed', hints: 0 });
    response.status(status).set(headers).end();
  };
}

function hookOf(response: Response): Hook {
  return response.locals.hook;
}
