import {
  type AuthorisedClient,
  type RouteTable,
  type WireAnswer,
  WireFailure,
  type WireFailureKind,
} from '#adapter-kit/index.ts';
import { type ReadAnswer, readAnswer } from './answer.ts';
import type { Wall } from './dispatcher.ts';
import { exchange, type Outcome } from './exchange.ts';
import { NoBudget, type Pace, type Priority } from './pace.ts';
import type { Resilience } from './resilience.ts';
import { type BuiltRequest, compileRoutes, type RouteBuilder } from './route-table.ts';
import type { Site } from './site.ts';
import { WallRefusal } from './wall-refusal.ts';

/**
 * The `http` of an adapter: calls named routes of one site, with credentials the adapter never sees. Fails only with
 * WireFailure, whose `kind` says whether a byte may have left. A route of effect `write` is sent at most once; a `read`
 * is repeated up to `readRetries` times, with full jitter, after a failure that is surely transient.
 *
 * Cheap to make: one per use case, with its priority and signal. `pace` and `resilience` belong to the connection and
 * are shared.
 *
 * @example
 * const http = createAuthorisedClient({ wall, site, authorize, pace, resilience, clock, random, sleep, onExchange });
 * const { body } = await http.call('appointment.read', { path: { AptNum: 88210 } });
 */
export function createAuthorisedClient(options: AuthorisedClientOptions): AuthorisedClient {
  const { site, random, sleep, signal, readRetries = 2 } = options;
  const routes = builderOf(site.routes);
  return {
    call: async <T>(routeId: string, args = {}) => {
      const request = build(routes, site, routeId, args);
      const { effect } = request.route;
      let renewed = false;
      for (let retry = 0; ; retry += 1) {
        const result = await attempt(options, routeId, request);
        // The route's schema made the body; T is what the adapter, which wrote that schema, calls its output.
        if ('answer' in result) return result.answer as WireAnswer<T>;
        if (options.renew && !renewed && isUnauthorized(result.failure)) {
          renewed = true;
          // A write is not repeated here, but whoever tries it again does so with credentials that are good.
          const others = await options.renew().catch((cause: unknown) => {
            if (effect === 'read') throw new WireFailure('not-sent', routeId, { reason: 'authorize', cause });
            return false;
          });
          if (others && effect === 'read') continue;
        }
        const again = effect === 'read' && retry < readRetries && isTransient(result.failure);
        if (!again) throw result.failure;
        await sleep(random() * Math.min(longestBackoffMs, 200 * 2 ** retry), signal).catch(() => {
          throw result.failure;
        });
      }
    },
  };
}

export interface AuthorisedClientOptions {
  readonly wall: Pick<Wall, 'through'>;
  /** Made by `wall.site({ base, kind, routes, credentialHeaders })`. */
  readonly site: Site;
  /**
   * Headers that prove who we are; asked before each attempt's turn, and again after a long wait for it. Their names must
   * be among the site's.
   */
  authorize(): Promise<Readonly<Record<string, string>>>;
  /**
   * Asked once a call after a 401: are there other credentials now than those of the last attempt? A read is then
   * repeated with them, or fails as `not-sent`, `authorize` with the reason why there are none.
   */
  renew?(): Promise<boolean>;
  readonly pace: Pace;
  readonly resilience: Resilience;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Rejects when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Told after every attempt, for logs and metrics. Cannot change the outcome. */
  onExchange(record: ExchangeRecord): void;
  readonly priority?: Priority;
  /** Stops waiting at once; a request that is on its way ends as `unknown`, `cancelled`. */
  readonly signal?: AbortSignal;
  readonly readRetries?: number;
}

/** Names the route, never the address, and holds nothing of what was said. */
export interface ExchangeRecord {
  readonly route: string;
  readonly outcome: 'ok' | WireFailureKind;
  readonly status?: number;
  readonly reason?: string;
  /** Time spent waiting for our turn, then with the EMR. */
  readonly waitedMs: number;
  readonly ms: number;
  /** Of the answer's body. */
  readonly bytes: number;
}

const longestBackoffMs = 2_000;
/** Credentials may expire or be withdrawn during a longer wait: they are asked for again after it. */
const freshMs = 5_000;
const builders = new WeakMap<RouteTable, RouteBuilder>();

function builderOf(table: RouteTable): RouteBuilder {
  const builder = builders.get(table) ?? compileRoutes(table);
  builders.set(table, builder);
  return builder;
}

function build(
  routes: RouteBuilder,
  site: Site,
  routeId: string,
  args: Parameters<RouteBuilder['build']>[2],
) {
  try {
    return routes.build(site.base, routeId, args);
  } catch (error) {
    if (error instanceof WallRefusal) throw new WireFailure('refused', routeId, { reason: error.reason });
    throw error;
  }
}

async function attempt(
  options: AuthorisedClientOptions,
  routeId: string,
  request: BuiltRequest,
): Promise<ReadAnswer> {
  const { wall, site, pace, resilience, clock, priority = 'call', signal } = options;
  const begun = clock();
  let sent: number | undefined;
  let stage = 'pace';

  const inTurn = async (): Promise<Outcome> => {
    // Before the pace, so that an EMR which is away does not use up places.
    if (resilience.isOpen()) return { kind: 'not-sent', reason: 'breaker-open', bytes: 0 };
    // Before the turn as well: a call that waits for a token after it would leave with those whose turn is later.
    stage = 'authorize';
    let credentials = await options.authorize();
    signal?.throwIfAborted();
    const authorised = clock();
    stage = 'pace';
    await pace.take(priority, signal);
    signal?.throwIfAborted();
    if (clock() >= authorised + freshMs) {
      stage = 'authorize';
      credentials = await options.authorize();
      signal?.throwIfAborted();
    }
    stage = 'breaker';
    return resilience.watch(() => {
      sent = clock();
      return exchange(wall.through(site), onTheWire(site, request, credentials), {
        timeoutMs: request.route.timeoutMs,
        maxBytes: request.route.maxResponseBytes,
        signal,
      });
    });
  };

  let outcome: Outcome;
  try {
    signal?.throwIfAborted();
    outcome = await resilience.inTurn(priority, inTurn, signal);
  } catch (error) {
    const isLate = error instanceof NoBudget;
    const reason = isLate ? 'no-budget' : signal?.aborted ? 'cancelled' : stage;
    const cause = error instanceof Error && !isLate ? { cause: error } : {};
    const again = isLate && error.retryMs !== undefined ? { retryAfterMs: error.retryMs } : {};
    outcome = { kind: sent === undefined ? 'not-sent' : 'unknown', reason, bytes: 0, ...cause, ...again };
  }
  const ended = clock();
  const result = readAnswer(routeId, request.route, outcome, ended);
  if ('failure' in result && result.failure.kind === 'answered') await obey(pace, result.failure);
  tell(options, routeId, result, {
    waitedMs: (sent ?? ended) - begun,
    ms: ended - (sent ?? ended),
    bytes: outcome.bytes,
  });
  return result;
}

/** Only a courtesy to the EMR: the outcome is known, and stays what it is. */
async function obey(pace: Pace, failure: WireFailure): Promise<void> {
  const { retryAfterSeconds } = failure;
  if (retryAfterSeconds !== undefined) await pace.rest?.(retryAfterSeconds * 1_000).catch(() => {});
  await pace.answered?.(failure).catch(() => {});
}

function onTheWire(site: Site, request: BuiltRequest, credentials: Readonly<Record<string, string>>) {
  return {
    origin: site.origin,
    path: request.url.slice(site.origin.length),
    method: request.method,
    headers: {
      ...request.route.headers,
      ...credentials,
      accept: request.route.accept ?? 'application/json',
      'accept-encoding': 'identity',
      // Some EMRs want it on every request, also on those without a body.
      'content-type': request.route.contentType ?? 'application/json',
      ...(request.ifMatch !== undefined && { 'if-match': request.ifMatch }),
      ...(request.ifNoneExist !== undefined && { 'if-none-exist': request.ifNoneExist }),
      'user-agent': 'postern',
    },
    body: request.body ?? null,
  };
}

function tell(
  { onExchange }: AuthorisedClientOptions,
  route: string,
  result: ReadAnswer,
  measured: Pick<ExchangeRecord, 'waitedMs' | 'ms' | 'bytes'>,
): void {
  const { kind, status, reason } = 'failure' in result ? result.failure : {};
  try {
    onExchange({
      route,
      outcome: kind ?? 'ok',
      ...('answer' in result ? { status: result.answer.status } : status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
      ...measured,
    });
  } catch {
    // A log that fails must not turn a booking that was made into one that was not.
  }
}

function isUnauthorized({ kind, status }: WireFailure): boolean {
  return kind === 'answered' && status === 401;
}

/** Nothing was sent, or the line or a proxy failed; the same read may well succeed now. */
function isTransient({ kind, reason, status }: WireFailure): boolean {
  if (kind === 'answered') return status === 502 || status === 503 || status === 504;
  return kind === 'not-sent'
    ? reason === 'dns' || reason === 'connect'
    : kind === 'unknown' && reason === 'reset';
}
