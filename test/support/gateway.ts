import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { adapters } from '#adapters';
import { type Gateway, openGateway, type World } from '#app';
import { type Config, readConfig } from '#config';
import { newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { DEMO_KEY } from '../../adapters/open-dental/simulator/start-office.ts';
import type { LogEvent } from '../../src/observe/events.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { addPractice, type TestPractice } from './practice.ts';
import { type RowsByTable, rowsOf } from './rows.ts';

export interface TestGateway {
  readonly url: string;
  /** `{url}/fhir/R4`. */
  readonly base: string;
  readonly gateway: Gateway;
  readonly database: TestDatabase;
  /** State of the gateway and, beside it, of the simulators. */
  readonly folder: string;
  /** Its key ring, as in POSTERN_KEYS: for another process on the same database. */
  readonly keys: string;
  /** Denver. Its patients have the same numbers as saguaro's. */
  readonly cedar: TestPractice;
  /** Phoenix, where clocks never change. */
  readonly saguaro: TestPractice;
  /** Everything that was reported, log events in the order of their happening. */
  readonly events: readonly LogEvent[];
  now(): number;
  /**
   * Moves the clock of gateway and simulators on. Not by ten minutes or more in all: the authorization server dates its
   * tokens by the machine's clock, so that none would be good any more.
   */
  advance(ms: number): void;
  /** What must not change when a request is refused: every row of every table but the trail, and both EMRs' books. */
  state(): Promise<{ readonly rows: RowsByTable; readonly ledgers: readonly unknown[] }>;
}

export interface TestGatewayOptions {
  /** Times of the booking protocol, milliseconds by name, as in POSTERN_PROTOCOL. */
  readonly protocol?: Config['protocol'];
  readonly budgets?: World['budgets'];
  /** In the place of those of the project; not paced either. */
  readonly adapters?: World['adapters'];
}

/**
 * A gateway in this process, listening, on a fresh database, with two practices that are connected to Open Dental
 * simulators in this process. Neither gateway nor simulators pace, so that a test waits for nothing but work. It all
 * goes when the file ends.
 */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const closing: (() => Promise<unknown>)[] = [];
  // Registered before the database's own hook: hooks run in this order, and the gateway needs its database to stop.
  after(async () => {
    for (const close of closing.reverse()) await close();
  });
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'postern-gateway-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));

  let ahead = 0;
  const now = () => Date.now() + ahead;
  const events: LogEvent[] = [];
  // Longer than any pause between two requests of a test: a connection must not close under one that is being sent.
  const server = createServer({ keepAliveTimeout: 120_000 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, so this is its address
  const url = `http://127.0.0.1:${port}`;
  const keys = newKeyRingEntry();
  const gateway = await openGateway(
    configOf(database, folder, options.protocol ?? {}),
    parseKeyRing(keys),
    url,
    (event) => events.push(event),
    {
      adapters: unpaced(options.adapters ?? adapters),
      clock: { now, sleep: (ms) => delay(ms) },
      budgets: { 'token-client': { points: 10_000, seconds: 60 }, ...options.budgets },
    },
  );
  server.on('request', gateway.agents);
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await gateway.stop();
  });

  const [cedar, saguaro] = await Promise.all(
    (['cedar', 'saguaro'] as const).map(async (office) => {
      const { practice, stop } = await addPractice({ gateway, url, office, stateDir: folder, now });
      closing.push(stop);
      return practice;
    }),
  );
  if (!cedar || !saguaro) throw new Error('There are two offices.');
  return {
    url,
    base: `${url}/fhir/R4`,
    gateway,
    database,
    folder,
    keys,
    cedar,
    saguaro,
    events,
    now,
    advance(ms) {
      ahead += ms;
    },
    state: async () => ({
      rows: await rowsOf(database),
      ledgers: [await cedar.simulator.ledger(), await saguaro.simulator.ledger()],
    }),
  };
}

function unpaced(adapters: World['adapters']): World['adapters'] {
  return adapters.map((adapter) => ({
    ...adapter,
    capabilities: { ...adapter.capabilities, pace: { gapMs: 0, concurrent: 8 } },
  }));
}

/** The settings of a gateway of tests on this database. */
export function configOf(database: TestDatabase, folder: string, protocol: Config['protocol']): Config {
  const config = readConfig({
    NODE_ENV: 'test',
    POSTERN_STATE_DIR: folder,
    OPEN_DENTAL_DEVELOPER_KEY: DEMO_KEY.developer,
    POSTERN_PROTOCOL: JSON.stringify(protocol),
    ...(database.kind === 'server' && { DATABASE_URL: database.url }),
  });
  if (database.kind === 'server') return config;
  // The embedded database's address is its folder.
  const own = decodeURIComponent(new URL(database.url).hostname);
  return { ...config, database: { kind: 'embedded', folder: own } };
}
