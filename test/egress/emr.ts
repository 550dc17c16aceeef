import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { type RouteTable, WireFailure } from '#adapter-kit/index.ts';
import {
  type AuthorisedClientOptions,
  createAuthorisedClient,
  createResilience,
  createWall,
  type ExchangeRecord,
  type WallOptions,
} from '#egress/index.ts';
import { listenHttp } from './listeners.ts';
import { sampleRoutes } from './sample-table.ts';

export const visit = { PatNum: 1, Op: 4, AptDateTime: '2031-03-04 10:30:00' };
/** Arguments of `call`. */
export const read = ['appointment.read', { path: { AptNum: 7 } }] as const;
export const write = ['appointment.create', { body: visit }] as const;

/** Waits for a WireFailure of this kind and reason. */
export async function fails(
  call: Promise<unknown>,
  kind: WireFailure['kind'],
  reason: string,
): Promise<WireFailure> {
  const failure = await call.then(
    () => assert.fail('The call succeeded.'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof WireFailure, inspect(failure));
  assert.deepEqual([failure.kind, failure.reason], [kind, reason]);
  return failure;
}

/** The sample table with another timeout, milliseconds. */
export function hasty(timeoutMs: number): RouteTable {
  return Object.fromEntries(Object.entries(sampleRoutes).map(([id, route]) => [id, { ...route, timeoutMs }]));
}

interface Changes
  extends Partial<AuthorisedClientOptions>,
    Pick<Partial<WallOptions>, 'dial' | 'connectTimeoutMs'> {
  readonly routes?: RouteTable;
  readonly port?: number;
}

/** An EMR that answers as told, and a client of it. */
export async function emr(t: TestContext, answer: RequestListener, changes: Changes = {}) {
  const { routes = sampleRoutes, port, dial, connectTimeoutMs = 5_000, ...options } = changes;
  let requests = 0;
  const server = await listenHttp(t, (req, res) => {
    requests += 1;
    answer(req, res);
  });
  const wall = createWall({ production: false, connectTimeoutMs, ...(dial && { dial }) });
  t.after(() => wall.close());
  const base = `http://127.0.0.1:${port ?? server.port}/api/v1`;
  const records: ExchangeRecord[] = [];
  const client = createAuthorisedClient({
    wall,
    site: wall.site({ base, kind: 'simulator', routes, credentialHeaders: ['Authorization'] }),
    authorize: async () => ({ Authorization: 'ODFHIR a/b' }),
    pace: { take: async () => {} },
    resilience: createResilience({ concurrent: 2, clock: Date.now }),
    clock: Date.now,
    random: () => 0,
    sleep: async () => {},
    onExchange: (record) => records.push(record),
    ...options,
  });
  return { client, records, requests: () => requests, connections: server.connections, origin: base };
}
