import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Adapter, AdapterContext } from '#adapter-kit/index.ts';
import {
  createMemo,
  type EmrUnderTest,
  type Harness,
  type LedgerAppointment,
} from '#adapter-kit/testing/index.ts';
import { createAuthorisedClient, createResilience, createWall } from '#egress/index.ts';
import { keepSimulatorLog } from './simulator-logs.ts';

export interface SimulatedEmrOptions {
  readonly adapter: Adapter;
  /** The simulator's `main.ts`, and what to say to it. */
  readonly main: string;
  readonly arguments: readonly string[];
  readonly credentials: Readonly<Record<string, string>>;
  readonly minutes: number;
  readonly settings?: AdapterContext['settings'];
  readonly waivers?: Readonly<Record<string, string>>;
  readonly unneededRoutes?: Readonly<Record<string, string>>;
  /** Somebody whom the simulator knows from the beginning, for an adapter that creates nobody. */
  readonly patient?: NonNullable<EmrUnderTest['patient']>;
  /** Asked once at the end with all that the simulator was ever sent. */
  readonly inspect?: (requests: readonly LoggedRequest[]) => void;
}
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: unknown;
  readonly status: number;
}

/**
 * A simulator as a process of its own, reached as in production: through the wall. Routes time out sooner than in the
 * table, so that a fault which never answers costs a moment; everything else about them is as declared.
 */
export function simulatedEmr(options: SimulatedEmrOptions): Harness {
  const { waivers = {}, unneededRoutes = {} } = options;
  return { start: () => startSimulated(options), waivers, unneededRoutes };
}

const timeoutMs = 1_000;
const day = 24 * 60 * 60_000;

async function startSimulated(options: SimulatedEmrOptions): Promise<EmrUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-emr-'));
  const simulator = spawn(process.execPath, [options.main, ...options.arguments], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await readyUrl(simulator);
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const json = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}/__sim${path}`, body === undefined ? { method } : json);
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  // Each of these is what the simulator kit documents for its control surface.
  const about = (await control('GET', '/')) as { readonly timeZone: string; readonly basePath: string };

  const wall = createWall({ production: false });
  const site = wall.site({
    base: url + about.basePath,
    kind: 'simulator',
    routes: Object.fromEntries(
      Object.entries(options.adapter.routes).map(([id, route]) => [id, { ...route, timeoutMs }]),
    ),
    credentialHeaders: Object.keys(options.credentials),
  });
  const connect = (now: () => number): AdapterContext => ({
    http: createAuthorisedClient({
      wall,
      site,
      authorize: async () => options.credentials,
      pace: { take: async () => {} },
      resilience: createResilience({ concurrent: 1, clock: Date.now }),
      clock: Date.now,
      random: () => 0,
      sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
      onExchange: () => {},
    }),
    base: url + about.basePath,
    timeZone: about.timeZone,
    settings: options.settings ?? {},
    now,
    memo: createMemo(now),
  });

  return {
    connect: ({ now = Date.now } = {}) => connect(now),
    window: { from: instant(Date.now() + day), to: instant(Date.now() + 8 * day) },
    minutes: options.minutes,
    ...(options.patient && { patient: options.patient }),
    staff: async (action) => ((await control('POST', '/staff', action)) as { readonly id: string }).id,
    ledger: async () =>
      (
        (await control('GET', '/ledger')) as { readonly appointments: readonly LedgerAppointment[] }
      ).appointments.filter(({ writes }) => writes[0]?.by !== 'seed'),
    fault: async (fault) => void (await control('POST', '/faults', { times: 1, ...fault })),
    reset: async () => {
      await control('DELETE', '/faults');
      await control('POST', '/reset');
    },
    stop: async () => {
      try {
        await keepSimulatorLog(url);
        options.inspect?.((await control('GET', '/requests')) as readonly LoggedRequest[]);
      } finally {
        await wall.close();
        const gone = once(simulator, 'exit');
        simulator.kill();
        await gone;
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function readyUrl({ stdout }: ChildProcess): Promise<string> {
  assert.ok(stdout);
  for await (const line of createInterface(stdout)) {
    const [, url] = /^ready (http:\/\/\S+)$/.exec(line) ?? [];
    if (url !== undefined) {
      stdout.resume();
      return url;
    }
  }
  return assert.fail('The simulator ended before it was ready.');
}

function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
