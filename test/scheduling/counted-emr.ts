import { AsyncLocalStorage } from 'node:async_hooks';
import type { Dispatcher } from 'undici';
import { type Adapter, type AdapterContext, defineAdapter, type Quota } from '#adapter-kit/adapter.ts';
import { type RouteTable, z } from '#adapter-kit/index.ts';
import type { Priority, Site, Wall } from '#egress/index.ts';
import type { Emr } from '#scheduling/emr-access.ts';
import type { SchedulingEvent } from '#scheduling/report.ts';
import { type Database, openDatabase } from '#store/database.ts';
import { memory } from '../../adapters/memory/index.ts';
import type { Installed } from './application.ts';
import { contextOf, oneProcess } from './one-process.ts';

/** A request that left, as the EMR's log has it, and whose it was. */
export interface Left {
  readonly at: number;
  readonly practice: string;
  readonly priority: Priority;
}

/** What an operation of the toy EMR costs; as many as the same would take at a real one. */
export const costs = { openings: 3, verify: 1, book: 2, read: 1, appointmentsOf: 1, changes: 2 } as const;
export type Costed = keyof typeof costs;

/** An EMR that counts, seen by several processes over one database, on one clock that does not run by itself. */
export interface CountedEmr {
  readonly left: readonly Left[];
  readonly told: readonly SchedulingEvent[];
  now(): number;
  /** Later by then; never earlier. */
  passTo(instant: number): void;
  /** Answers the next requests with 429 and this text. */
  refuseNext(times: number, retryAfter?: number): void;
  /** One operation; false where it found no budget. */
  run(process: number, who: Installed, priority: Priority, operation: Costed): Promise<boolean>;
  close(): Promise<void>;
}

export function countedEmr(options: {
  readonly quota: Quota;
  readonly start: number;
  readonly processes: number;
  readonly database: { readonly url: string; readonly kind: Database['kind'] };
}): CountedEmr {
  const { quota, start, processes, database } = options;
  let now = start;
  const passTo = (instant: number) => {
    now = Math.max(now, instant);
  };
  let refusals: { times: number; retryAfter: number | undefined } = { times: 0, retryAfter: undefined };
  const left: Left[] = [];
  const told: SchedulingEvent[] = [];
  const asking = new AsyncLocalStorage<Omit<Left, 'at'>>();
  const wire = dispatcherOf(() => {
    const whose = asking.getStore();
    if (whose) left.push({ at: now, ...whose });
    if (refusals.times === 0) return undefined;
    refusals.times -= 1;
    return { retryAfter: refusals.retryAfter };
  });
  const clock = {
    now: () => now,
    sleep: async (ms: number) => passTo(now + ms),
  };
  const opened = Array.from({ length: processes }, () => {
    const pool = openDatabase({ ...database, poolSize: 3 });
    const access = oneProcess({
      database: pool,
      adapter: toy(quota),
      wall: wallTo(wire),
      clock,
      report: (event) => told.push(event),
      tokenOf: () => 'token',
    });
    return { pool, access };
  });
  return {
    left,
    told,
    now: clock.now,
    passTo,
    refuseNext: (times, retryAfter) => {
      refusals = { times, retryAfter };
    },
    run: (index, who, priority, operation) =>
      asking.run({ practice: who.practiceId, priority }, async () => {
        const emr = opened[index]?.access.open(contextOf(who, 'America/New_York'), who.connection, priority);
        if (!emr) throw new Error('There is no such process.');
        try {
          await operate(emr, operation);
          return true;
        } catch (error) {
          if (isWithoutBudget(error)) return false;
          throw error;
        }
      }),
    close: async () => {
      await Promise.all(opened.map(({ pool }) => pool.close()));
    },
  };
}

/** What it asks for does not matter: the toy asks the same whatever it is. */
function operate(emr: Emr, operation: Costed): Promise<unknown> {
  const run = emr.run as (name: Costed, ...asked: readonly object[]) => Promise<unknown>;
  return run(operation, {}, {});
}

export function isWithoutBudget(error: unknown): boolean {
  const wire = error instanceof Error && error.name === 'Failure' ? error.cause : error;
  return wire instanceof Error && 'reason' in wire && wire.reason === 'no-budget';
}

function toy(quota: Quota): Adapter {
  const costly = (operation: Costed) => async (ctx: AdapterContext) => {
    for (let call = 0; call < costs[operation]; call += 1) await ctx.http.call('thing');
    return [] as never;
  };
  return defineAdapter({
    ...memory,
    id: 'toy',
    authorization: {
      kind: 'oauth2',
      fhirBase: '',
      metadata: 'smart-configuration',
      pkce: 'S256',
      grantTypes: ['authorization_code'],
      clientAuthentication: ['none'],
      audience: 'none',
      scopes: {
        ask: { plain: [] },
        requiredReads: () => [],
        writes: () => [],
        tolerated: [],
        inWords: { asked: [], never: [] },
      },
      refreshTokens: 'reused',
    },
    capabilities: {
      ...memory.capabilities,
      changes: { everyMinutes: 5 },
      pace: { gapMs: 0, concurrent: 8 },
      quota,
    },
    routes,
    operations: {
      ...memory.operations,
      openings: costly('openings'),
      verify: costly('verify'),
      book: costly('book'),
      read: costly('read'),
      appointmentsOf: costly('appointmentsOf'),
      changes: costly('changes'),
    },
  });
}

const routes = {
  thing: {
    method: 'GET',
    template: '/thing',
    ok: [200],
    timeoutMs: 5_000,
    maxResponseBytes: 1_024,
    effect: 'read',
    response: z.object({}),
  },
} as const satisfies RouteTable;

function wallTo(wire: Dispatcher): Wall {
  return {
    site: (site) => ({ ...site, origin: new URL(site.base).origin }) satisfies Site,
    through: () => wire,
    fetch: () => {
      throw new Error('Nobody fetches here.');
    },
    close: async () => {},
  };
}

/** Answers at once, and only ever what it is told to. */
function dispatcherOf(answer: () => { retryAfter: number | undefined } | undefined): Dispatcher {
  const dispatch: Dispatcher['dispatch'] = (_, handler) => {
    const controller = { abort: () => {} } as unknown as Dispatcher.DispatchController;
    handler.onRequestStart?.(controller, {});
    const no = answer();
    const headers = no?.retryAfter === undefined ? {} : { 'retry-after': String(no.retryAfter) };
    handler.onResponseStart?.(controller, no ? 429 : 200, headers, '');
    handler.onResponseData?.(controller, Buffer.from('{}'));
    handler.onResponseEnd?.(controller, {});
    return true;
  };
  return { dispatch } as unknown as Dispatcher;
}
