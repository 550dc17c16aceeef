import {
  type Adapter,
  type AdapterContext,
  type ApiKeyAuthorization,
  type Capabilities,
  capabilitiesOf,
  type Operations,
} from '#adapter-kit/adapter.ts';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { WireFailure } from '#adapter-kit/wire-failure.ts';
import { Failure } from '#domain/failure.ts';
import {
  createAuthorisedClient,
  createBudgetPace,
  createPace,
  createResilience,
  type Pace,
  type Priority,
  type Resilience,
  type Site,
  type Wall,
  WallRefusal,
} from '#egress/index.ts';
import { type Connection, listConnections, reservePace, restPace } from '#store/connections.ts';
import type { Database } from '#store/database.ts';
import type { Vault } from '#vault/practice-vault.ts';
import { TokenUnavailable } from '#vault/token-unavailable.ts';
import type { TokenVault } from '#vault/token-vault.ts';
import type { AvailabilityCache } from './availability-cache.ts';
import { createCallBudgets } from './call-budgets.ts';
import type { Clock } from './clock.ts';
import type { ConnectionHealth } from './connection-health.ts';
import { type EvidentState, noteConnectionState } from './connection-state.ts';
import { choicesLacking } from './consent/chosen-scopes.ts';
import type { PracticeContext } from './practice-context.ts';
import type { Report } from './report.ts';

/** The way to the EMRs: an adapter's operations, bound to one connection's wall, credentials, pace and breaker. */
export interface EmrAccess {
  /** @throws Failure `invalid-value` for an adapter that is not installed */
  adapterOf(id: string): Adapter;
  /** What this connection can do: the adapter's abilities, less what the practice's consent leaves out. */
  capabilitiesOf(connection: Connection): Capabilities;
  /** @throws Failure `refused-by-wall` when the connection's address is not one the wall may talk to */
  open(context: PracticeContext, connection: Connection, priority: Priority, signal?: AbortSignal): Emr;
}

export interface Emr {
  readonly adapter: Adapter;
  readonly connection: Connection;
  readonly capabilities: Capabilities;
  /**
   * Runs one operation that the adapter declares. Reads fail as a {@link Failure} that says what the caller can do;
   * the writes (`hold`, `release`, `book`, `move`, `cancel`, `createPatient`) fail as the WireFailure itself, for the protocol to weigh.
   *
   * @throws Failure `capability-missing` for what the adapter declares it cannot do
   */
  run<Name extends keyof Operations>(
    operation: Name,
    ...args: ArgumentsOf<Name>
  ): ReturnType<Operations[Name]>;
}

type ArgumentsOf<Name extends keyof Operations> =
  Parameters<Operations[Name]> extends [AdapterContext, ...infer Rest] ? Rest : never;

export interface EmrAccessOptions {
  readonly adapters: readonly Adapter[];
  readonly wall: Wall;
  readonly database: Database;
  readonly vault: Vault;
  readonly tokens: Pick<TokenVault, 'access' | 'rejected'>;
  readonly health: ConnectionHealth;
  readonly cache: AvailabilityCache;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: Report;
  /** Secrets of the operator, by adapter id and name, e.g. a developer key. */
  readonly operatorSecret: (adapter: string, name: string) => string | undefined;
  /** By which the windows of applications begin and end, milliseconds; the database's clock when absent. */
  readonly windowClock?: () => number;
}

/** How long a caller's request may wait for its turn at a paced EMR, milliseconds. */
const longestWaitMs = 30_000;

/** What an EMR says about when to come back to one connection is obeyed within reason. */
const longestRestMs = 120_000;

export function createEmrAccess(options: EmrAccessOptions): EmrAccess {
  const { wall, database, clock, random, report, cache, tokens, health } = options;
  const budgets = createCallBudgets({ database, report, clock: options.windowClock });
  const adapters = new Map(options.adapters.map((adapter) => [adapter.id, adapter]));
  /** What belongs to a connection for the life of the process: its place at the wall, its breaker. */
  const lines = new Map<string, Line>();

  function adapterOf(id: string): Adapter {
    const adapter = adapters.get(id);
    if (!adapter)
      throw new Failure('invalid-value', {
        expression: 'adapter',
        hint: `Installed adapters: ${[...adapters.keys()].join(', ')}.`,
      });
    return adapter;
  }

  function capabilitiesOfConnection(connection: Connection): Capabilities {
    const adapter = adapterOf(connection.adapter);
    const lacking = choicesLacking(adapter.authorization, connection.granted);
    const can: Capabilities = {
      ...capabilitiesOf(adapter, connection.settings),
      ...Object.fromEntries(lacking.map(({ ability }) => [ability, false])),
    };
    return connection.canWrite ? can : { ...can, ...readOnly };
  }

  function lineOf(practiceId: string, connection: Connection, adapter: Adapter): Line {
    const key = `${connection.connectionId}|${connection.origin}`;
    const known = lines.get(key);
    if (known) return known;
    const line: Line = {
      site: siteOf(wall, connection, adapter),
      pace: paceOf(practiceId, connection, adapter),
      resilience: createResilience({
        concurrent: capabilitiesOfConnection(connection).pace.concurrent,
        clock: clock.now,
        maxWaitMs: longestWaitMs,
      }),
    };
    lines.set(key, line);
    return line;
  }

  function paceOf(practiceId: string, connection: Connection, adapter: Adapter): Pace {
    const { connectionId } = connection;
    const { pace, quota, refusals } = capabilitiesOfConnection(connection);
    const { gapMs } = pace;
    const within = <T>(work: Parameters<typeof database.withPractice<T>>[1]) =>
      database.withPractice(practiceId, work);
    const rest = (ms: number) => within((tx) => restPace(tx, connectionId, ms));
    const waiting = { sleep: (ms: number) => clock.sleep(ms), maxWaitMs: longestWaitMs };
    // A key of the practice's own is no application of ours.
    if (quota !== undefined && adapter.authorization.kind === 'oauth2') {
      const line = { practiceId, connectionId, quota, gapMs };
      return createBudgetPace({
        ...waiting,
        clock: clock.now,
        take: (ask) => budgets.take(line, ask),
        answered: async (failure) => {
          if (!isThrottled(failure, refusals)) return;
          const { retryAfterSeconds } = failure;
          await budgets.close(line, retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1_000);
        },
        ...(gapMs > 0 && { rest: (ms: number) => rest(Math.min(ms, longestRestMs)) }),
      });
    }
    if (gapMs === 0) return { take: async () => {} };
    return createPace({
      ...waiting,
      reserve: (withinMs) => within((tx) => reservePace(tx, connectionId, gapMs, withinMs)),
      rest,
    });
  }

  /** The headers that prove who we are, and what to do when they are refused. */
  function credentialsOf(practiceId: string, { connectionId }: Connection, { authorization, id }: Adapter) {
    if (authorization.kind === 'api-key')
      return { authorize: () => keyHeader(practiceId, connectionId, id, authorization) };
    let version: number | undefined;
    const bearer = async (asked: ReturnType<TokenVault['access']>): Promise<Record<string, string>> => {
      const found = await asked;
      version = found.version;
      return { authorization: `Bearer ${found.token.reveal()}` };
    };
    return {
      authorize: () => bearer(tokens.access(practiceId, connectionId)),
      renew: async () => {
        if (version === undefined) return false;
        const refused = version;
        await bearer(tokens.rejected(practiceId, connectionId, refused));
        return version !== refused;
      },
    };
  }

  /** Reads, opens and forgets: the header exists for the length of one request. */
  async function keyHeader(
    practiceId: string,
    connectionId: string,
    adapterId: string,
    { format, header }: ApiKeyAuthorization,
  ): Promise<Record<string, string>> {
    return database.withPractice(practiceId, async (tx) => {
      const connection = (await listConnections(tx)).find((one) => one.connectionId === connectionId);
      if (!connection?.secrets || connection.disabledAt) throw new Error('The connection was closed.');
      const context = { row: connectionId, kind: 'credentials', version: connection.secretsVersion };
      const sealed = (await options.vault.forPractice(tx, practiceId)).open(context, connection.secrets);
      // We sealed this object ourselves, in connect.ts.
      const secrets = JSON.parse(sealed.reveal()) as Record<string, string>;
      const value = format.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        const secret = secrets[name] ?? options.operatorSecret(adapterId, name);
        if (!secret) throw new Error(`A credential is missing: ${name}.`);
        return secret;
      });
      return { [header]: value };
    });
  }

  async function setState(
    practiceId: string,
    connection: Connection,
    state: EvidentState,
    reason: string | undefined,
  ): Promise<void> {
    const changed = await database.withPractice(practiceId, (tx) =>
      noteConnectionState(tx, practiceId, connection.connectionId, { state, reason }, clock.now()),
    );
    if (!changed) return;
    cache.forget(`practice/${practiceId}`);
    report({ event: 'connection.state', connection: connection.connectionId, state, reason });
  }

  return {
    adapterOf,
    capabilitiesOf: capabilitiesOfConnection,
    open(context, connection, priority, signal) {
      const { practiceId, timeZone } = context.practice;
      const adapter = adapterOf(connection.adapter);
      const line = lineOf(practiceId, connection, adapter);
      const capabilities = capabilitiesOfConnection(connection);
      const httpOf = (pace: Pace) =>
        createAuthorisedClient({
          wall,
          ...line,
          pace,
          ...credentialsOf(practiceId, connection, adapter),
          clock: clock.now,
          random,
          sleep: (ms) => clock.sleep(ms),
          onExchange: (record) => {
            health.note(practiceId, connection.connectionId, record);
            report({
              event: 'emr.exchange',
              connection: connection.connectionId,
              route: `${adapter.id}/${record.route}`,
              status:
                record.outcome === 'ok'
                  ? String(record.status)
                  : `${record.outcome}:${record.status ?? record.reason}`,
              ms: record.ms,
            });
          },
          priority,
          ...(signal && { signal }),
        });
      const contextOf = (pace: Pace): AdapterContext => ({
        http: httpOf(pace),
        base: connection.origin,
        timeZone,
        settings: connection.settings,
        now: clock.now,
        memo: (key, ttlMs, load) => cache.get(`memo/${connection.connectionId}/${key}`, ttlMs, load),
      });

      return {
        adapter,
        connection,
        capabilities,
        // The table of operations and the arguments are of the same operation, which the compiler cannot follow.
        run: (async (operation: keyof Operations, ...args: unknown[]) => {
          refuseUndeclared(capabilities, operation);
          const run = adapter.operations[operation] as (
            ctx: AdapterContext,
            ...rest: unknown[]
          ) => Promise<unknown>;
          try {
            const result = await run(contextOf(line.pace.forOperation?.() ?? line.pace), ...args);
            if (connection.state !== 'connected')
              await setState(practiceId, connection, 'connected', undefined).catch(() => {});
            return result;
          } catch (error) {
            if (error instanceof WireFailure) {
              const seen = evidenceOf(error, operation);
              if (seen) await setState(practiceId, connection, seen.state, seen.reason).catch(() => {});
              if (!writes.has(operation)) throw readFailure(error, capabilities);
            }
            throw error;
          }
        }) as Emr['run'],
      };
    },
  };
}

interface Line {
  readonly site: Site;
  readonly pace: Pace;
  readonly resilience: Resilience;
}

function siteOf(wall: Wall, { origin, kind }: Connection, adapter: Adapter): Site {
  try {
    return wall.site({
      base: origin,
      kind: kind === 'simulator' ? 'simulator' : 'vendor',
      routes: adapter.routes,
      credentialHeaders: [
        adapter.authorization.kind === 'api-key' ? adapter.authorization.header : 'authorization',
      ],
    });
  } catch (cause) {
    if (!(cause instanceof WallRefusal)) throw cause;
    throw new Failure('refused-by-wall', {
      cause,
      hint: 'A vendor has an https address on port 443 under a public name; a simulator an http one on loopback.',
    });
  }
}

/** What a grant that reads only leaves of an EMR's abilities. */
const readOnly = {
  hold: 'gateway',
  book: false,
  cancel: false,
  createPatient: false,
  reschedule: 'unsupported',
} as const;

const writes: ReadonlySet<keyof Operations> = new Set([
  'hold',
  'release',
  'book',
  'move',
  'cancel',
  'createPatient',
]);

function refuseUndeclared(can: Capabilities, operation: keyof Operations): void {
  const declared: Partial<Record<keyof Operations, boolean>> = {
    openings: can.find,
    verify: can.find,
    hold: can.hold === 'native',
    release: can.hold === 'native',
    book: can.book,
    move: can.reschedule !== 'unsupported',
    cancel: can.cancel,
    matchPatients: can.matchPatient,
    createPatient: can.createPatient,
    changes: can.changes !== undefined,
  };
  if (declared[operation] === false) throw new Failure('capability-missing');
}

/** What a failed read means for the one who asked. */
function readFailure(failure: WireFailure, { refusals }: Pick<Capabilities, 'refusals'>): Failure {
  const { kind, reason, status, retryAfterSeconds } = failure;
  const details = { cause: failure, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  if (kind === 'refused') return new Failure('refused-by-wall', details);
  if (reason === 'authorize')
    return new Failure(isForAWhile(failure) ? 'emr-away' : 'connection-off', details);
  if (isThrottled(failure, refusals) || reason === 'no-budget') return new Failure('emr-throttled', details);
  if (status === 401 || status === 403) return new Failure('emr-refused-access', details);
  return new Failure('emr-away', details);
}

/** Some EMRs throttle by another status than 429; their adapter tells it by the text. */
function isThrottled(failure: WireFailure, refusals: Capabilities['refusals']): boolean {
  if (failure.kind !== 'answered') return false;
  return failure.status === 429 || classifyWrite(failure, refusals).reason === 'throttled';
}

/** Is an access token likely to be had again without anybody's doing? */
function isForAWhile({ cause }: WireFailure): boolean {
  return cause instanceof TokenUnavailable && ['busy', 'database', 'spill'].includes(cause.reason);
}

/** Whether a read failed because a person of the practice has to consent first. */
export function needsReconsent(error: unknown): boolean {
  const failure = error instanceof Failure ? error.cause : error;
  if (!(failure instanceof WireFailure && failure.cause instanceof TokenUnavailable)) return false;
  return failure.cause.reason === 'needs-reconsent' || failure.cause.reason === 'no-grant';
}

/** Whether a read or a write failed because nothing is left of what the EMR lets our application ask. */
export function lacksBudget(error: unknown, { quota, refusals }: Capabilities): boolean {
  if (quota === undefined) return false;
  if (error instanceof Failure) return error.code === 'emr-throttled';
  return error instanceof WireFailure && (error.reason === 'no-budget' || isThrottled(error, refusals));
}

/** What a failure proves about the connection; most prove nothing. */
function evidenceOf(
  { kind, status, reason }: WireFailure,
  operation: keyof Operations,
): { state: EvidentState; reason: string } | undefined {
  // A practice need not let us keep times in its EMR; everything else goes on.
  if (status === 403 && (operation === 'hold' || operation === 'release')) return undefined;
  if (kind === 'answered' && (status === 401 || status === 403))
    return { state: 'degraded', reason: 'unauthorized' };
  if (kind === 'answered' && (status ?? 0) >= 500) return { state: 'degraded', reason: 'emr-error' };
  if (kind === 'not-sent' && ['dns', 'connect', 'connect-timeout', 'tls', 'breaker-open'].includes(reason))
    return { state: 'degraded', reason };
  if (kind === 'unknown' && (reason === 'timeout' || reason === 'reset'))
    return { state: 'degraded', reason };
  return undefined;
}
