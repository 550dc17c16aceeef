import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Adapter } from '#adapter-kit/adapter.ts';
import { adapters } from '#adapters';
import { type Gateway, openGateway, type World } from '#app';
import { type Config, readConfig } from '#config';
import { nilAgent } from '#scheduling/caller.ts';
import { type MadeLink, makeConnectLink, type NewLink } from '#scheduling/consent/links.ts';
import {
  addRegistration,
  approveRegistration,
  type NewRegistration,
} from '#scheduling/consent/registrations.ts';
import { rowId } from '#scheduling/ids.ts';
import { addPractice as addPracticeRow } from '#scheduling/practices.ts';
import { createTestDatabase, type TestDatabase } from '#test/database.ts';
import { newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { Secret } from '#vault/secret.ts';
import { DEMO_KEY } from '../../../adapters/open-dental/simulator/start-office.ts';
import type { LogEvent } from '../../../src/observe/events.ts';
import { clientId, clientSecret, type ToyEmr, toy } from './toy-emr.ts';

export interface ConnectGateway {
  readonly url: string;
  readonly gateway: Gateway;
  readonly database: TestDatabase;
  readonly events: readonly LogEvent[];
  /** Moves the gateway's clock on. */
  advance(ms: number): void;
  /** A sandbox practice. */
  addPractice(name?: string): Promise<string>;
  /** A link as Kim Lee makes it. */
  link(practiceId: string, asked?: Partial<NewLink>): Promise<MadeLink>;
  /** Our registration at an EMR, the toy one if nothing else is said, approved, and ours at the EMR. */
  register(emr: Pick<ToyEmr, 'origin' | 'register'>, changes?: Partial<NewRegistration>): Promise<string>;
  /** The trail of a practice, as `action outcome`. */
  trail(practiceId: string): Promise<string[]>;
}

export interface ConnectGatewayOptions {
  readonly adapters?: readonly Adapter[];
  /** Folders of those that are not built in. */
  readonly folders?: World['folders'];
  readonly budgets?: World['budgets'];
  /** Under which browsers know it, where that is not the address it listens on: as behind a proxy. */
  readonly publicUrl?: string;
}

/** As many tries as tests make. */
const generous: World['budgets'] = {
  'connect-address': { points: 100_000, seconds: 60 },
  'connect-code': { points: 100_000, seconds: 60 },
  'connect-callback': { points: 100_000, seconds: 60 },
  'connect-link': { points: 100_000, seconds: 60 },
};

/** A gateway in this process, listening on loopback, with a fresh database and no practice. It goes when the file ends. */
export async function startConnectGateway(options: ConnectGatewayOptions = {}): Promise<ConnectGateway> {
  const closing: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const close of closing.reverse()) await close();
  });
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'postern-connect-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const events: LogEvent[] = [];
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, so this is its address
  const url = `http://127.0.0.1:${port}`;
  const gateway = await openGateway(
    configOf(database, folder),
    parseKeyRing(newKeyRingEntry()),
    options.publicUrl ?? url,
    (event) => events.push(event),
    {
      adapters: [...(options.adapters ?? [toy]), ...adapters.filter(({ id }) => id === 'open-dental')],
      ...(options.folders && { folders: options.folders }),
      clock: { now, sleep: (ms) => delay(ms) },
      budgets: { ...generous, ...options.budgets },
    },
  );
  server.on('request', gateway.agents);
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await gateway.stop();
  });
  const { consent, scheduling } = gateway;
  const operator = {
    agentId: nilAgent,
    actor: 'operator:Kim Lee',
    requestId: rowId(),
    origin: 'cli',
  } as const;
  return {
    url,
    gateway,
    database,
    events,
    advance(ms) {
      ahead += ms;
    },
    addPractice: (name = 'Harbor Clinic') =>
      addPracticeRow(scheduling, operator, {
        name,
        timeZone: 'America/Denver',
        phone: undefined,
        bookingMode: 'live',
      }),
    link: (practiceId, asked = {}) =>
      makeConnectLink(consent, { ...operator, practiceId }, 'Kim Lee', { emr: 'toy-east', ...asked }),
    async register(emr, changes = {}) {
      const by = { person: 'Kim Lee', reason: 'a test' };
      const added = await addRegistration(consent, by, {
        context: 'toy-east',
        adapter: 'toy',
        kind: 'simulator',
        origin: emr.origin,
        grantType: 'authorization_code',
        clientId,
        clientAuthentication: 'client_secret_basic',
        scopeDialect: 'v2',
        clientSecret: new Secret(clientSecret),
        algorithm: 'ES384',
        ...changes,
      });
      await emr.register({ redirect_uris: [added.redirectUri] });
      await approveRegistration(consent, by, added.context);
      return added.context;
    },
    async trail(practiceId) {
      const { rows } = await database.asOwner(
        "select action || ' ' || outcome as what from audit_event where practice_id = $1 order by seq",
        [practiceId],
      );
      return rows.map(({ what }) => what);
    },
  };
}

export function stopAfter(...emrs: readonly ToyEmr[]): void {
  after(async () => {
    for (const emr of emrs) await emr.stop();
  });
}

function configOf(database: TestDatabase, folder: string): Config {
  const config = readConfig({
    NODE_ENV: 'test',
    POSTERN_STATE_DIR: folder,
    OPEN_DENTAL_DEVELOPER_KEY: DEMO_KEY.developer,
    ...(database.kind === 'server' && { DATABASE_URL: database.url }),
  });
  if (database.kind === 'server') return config;
  // The embedded database's address is its folder.
  const own = decodeURIComponent(new URL(database.url).hostname);
  return { ...config, database: { kind: 'embedded', folder: own } };
}
