import type { RequestHandler, Response } from 'express';
import type { EmrAnswer } from '../emr-message.ts';
import type { FaultBook } from '../fault-book.ts';
import { flatHeaders, readBody, splitUrl } from '../incoming.ts';
import type { LoggedRequest, RequestLog } from '../request-log.ts';
import { type OAuthAnswer, oauthError, vendorAnswer, withoutSession } from './answer.ts';
import { type Arrival, loggedQuery, readArrival } from './arrival.ts';
import { countCall } from './call-count.ts';
import { type EndpointName, endpointOf } from './endpoint.ts';
import { issue } from './issue.ts';
import type { Issuer } from './issuer.ts';
import type { Locks } from './locks.ts';
import type { ProviderAnswer, ProviderCalls, ProviderRequest } from './provider-call.ts';
import type { Tally } from './tally.ts';
import { playToken, type TokenExchange } from './token-exchange.ts';
import type { TokenStore } from './token-store.ts';

/** What answers the requests to an authorization server. */
export interface Desk extends Issuer {
  readonly calls: ProviderCalls;
  readonly signIn: (arrival: Arrival) => Promise<OAuthAnswer>;
  readonly tally: Tally;
  readonly locks: Locks;
  readonly faults: FaultBook;
  readonly log: RequestLog;
  readonly now: () => number;
  /** Resolves after `ms`, or never when the simulator stops first. */
  readonly wait: (ms: number) => Promise<void>;
}

/** Answers the vendor's OAuth paths, logs them, and passes on all others. */
export function oauthSurface(desk: Desk): RequestHandler {
  return async (req, res, next) => {
    const [path, search] = splitUrl(req.originalUrl);
    const endpoint = endpointOf(desk.plan.paths, path);
    if (endpoint === undefined) return next();
    const { method } = req;
    const tell = desk.log.arrive({
      at: new Date(desk.now()).toISOString(),
      method,
      path: endpoint.at,
      query: loggedQuery(search),
      oauth: endpoint.name,
    });
    const body = await readBody(req);
    if (body === undefined) return;
    const raw = { method, path, search, headers: flatHeaders(req), body };
    await (answers[endpoint.name] ?? answer)(desk, readArrival(desk, endpoint, raw), {
      tell,
      send(said) {
        if (res.destroyed) return;
        tell({ status: said.status });
        send(res, said);
      },
      cut: () => void req.socket.destroy(),
    });
  };
}

/** The way back to who has asked, and to the log. */
interface Caller {
  readonly tell: (fate: Partial<Pick<LoggedRequest, 'status' | 'performed' | 'fault'>>) => void;
  readonly send: (answer: OAuthAnswer) => void;
  readonly cut: () => void;
}
type Answer = (desk: Desk, arrival: Arrival, caller: Caller) => Promise<void>;

const answers: Partial<Record<EndpointName, Answer>> = {
  token: answerToken,
  async 'sign-in'({ signIn }, arrival, { tell, send }) {
    const said = await signIn(arrival);
    tell({ performed: said.status });
    send(said);
  },
  authorize: (desk, arrival, caller) =>
    answer(desk, arrival, {
      ...caller,
      send: (said) => caller.send(withoutSession(desk.origin, said)),
    }),
};

async function answer(desk: Desk, arrival: Arrival, { tell, send }: Caller): Promise<void> {
  const done = await perform(desk, arrival);
  tell({ performed: done.status });
  noteOutcome(desk.tally, done);
  send(vendorAnswer(desk.plan, arrival, done));
}

async function answerToken(desk: Desk, arrival: Arrival, { tell, send, cut }: Caller): Promise<void> {
  const { plan, store, tally, faults, now, wait } = desk;
  const { grantType, path } = arrival.about;
  tally.tokenRequested(grantType);
  const { tokenLimit: limit } = plan;
  const calls = limit === undefined ? 0 : countCall(store, arrival.about.clientId ?? '', now());
  const answered = ({ status, headers = {}, body = '' }: EmrAnswer | OAuthAnswer): void => {
    const remaining = Math.max(0, (limit?.perMinute ?? 0) - calls);
    send({ status, headers: { ...limit?.headers(remaining), ...headers }, body });
  };
  if (limit !== undefined && calls > limit.perMinute) return answered(limit.refusal);
  const fault = faults.drawToken({ method: arrival.request.method, path, grantType });
  if (fault !== undefined) tell({ fault: fault.name });
  const exchange: TokenExchange = {
    async perform({ rescope, keepsRefreshToken = false } = {}) {
      const done = await perform(desk, arrival, { keepsRefreshToken });
      const issued = await issue(desk, vendorAnswer(plan, arrival, done), grantType, rescope);
      tell({ performed: issued.status });
      return issued;
    },
    revokeGrant: () => revokeGrantOf(store, arrival),
    error: (status, code) => oauthError(plan, arrival, status, code, undefined),
    send: answered,
    cut,
    wait,
  };
  await playToken(exchange, fault);
}

/** Lets the provider do what a request asks; a code or refresh token serves one request at a time. */
function perform(
  { calls, tally, locks }: Desk,
  { endpoint, form, about, request }: Arrival,
  changes?: Partial<ProviderRequest>,
): Promise<ProviderAnswer> {
  return locks.hold(form.get('refresh_token') ?? form.get('code'), async () => {
    const done = await calls.ask({ ...request, ...changes });
    tally.performed(endpoint.name, about.grantType, done);
    return done;
  });
}

function noteOutcome(tally: Tally, { authorizationId, failure, headers, redirectUri }: ProviderAnswer): void {
  if (authorizationId === undefined || redirectUri === undefined) return;
  if (failure?.error === 'access_denied') tally.ended(authorizationId, 'denied');
  else if (failure === undefined && String(headers.location).startsWith(redirectUri))
    tally.ended(authorizationId, 'granted');
}

function revokeGrantOf(store: TokenStore, { form }: Arrival): void {
  const row =
    store.model('RefreshToken').get(form.get('refresh_token') ?? '') ??
    store.model('AuthorizationCode').get(form.get('code') ?? '');
  if (row?.payload.grantId !== undefined) store.revoke(row.payload.grantId);
}

function send(res: Response, { status, headers, body }: OAuthAnswer): void {
  const isText = typeof body === 'string';
  const content = isText ? body : JSON.stringify(body);
  res.writeHead(status, {
    ...(isText ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...headers,
    'content-length': Buffer.byteLength(content),
  });
  res.end(content);
}
