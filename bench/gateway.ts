import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openGateway } from '#app';
import { readConfig } from '#config';
import { agentScopes } from '#fhir/scopes.ts';
import { registerAgent } from '#scheduling/agents.ts';
import { attemptOf, type Caller, nilAgent } from '#scheduling/caller.ts';
import { connectWithKey } from '#scheduling/connect.ts';
import { rowId } from '#scheduling/ids.ts';
import { insertPractice } from '#store/practices.ts';
import { DEMO_KEY } from '../adapters/open-dental/simulator/start-office.ts';
import { keyRingOf } from '../src/main.ts';
import type { LogEvent } from '../src/observe/events.ts';
import { createLog } from '../src/observe/log.ts';
import { usage } from './bursts.ts';
import { answer } from './child.ts';

/** What the gateway told of one request of an agent, and of what it asked the EMR, on one clock. */
export interface Told {
  readonly requests: readonly { readonly route: string; readonly from: number; readonly to: number }[];
  readonly exchanges: readonly { readonly route: string; readonly from: number; readonly to: number }[];
}

/**
 * A gateway as `npm run gateway` puts it together, with one practice connected to the simulator of SIMULATOR_URL. Two
 * things differ: the rate budgets are out of the way, and every event is kept as well as logged.
 */
const config = readConfig(process.env);
const server = createServer({ keepAliveTimeout: 30_000 }).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo; // it listens on a port, so this is its address
const url = `http://127.0.0.1:${port}`;

const requests: Told['requests'][number][] = [];
const exchanges: Told['exchanges'][number][] = [];
const log = createLog({ level: config.logLevel });
let isKeeping = false;
const plenty = { points: 1_000_000, seconds: 60 };
const gateway = await openGateway(config, await keyRingOf(config), url, keep, {
  budgets: {
    'token-address': plenty,
    'token-client': plenty,
    'match-agent': plenty,
    'match-patient': plenty,
    'write-agent': plenty,
  },
});
server.on('request', gateway.agents);

function keep(event: LogEvent): void {
  log(event);
  if (!isKeeping) return;
  const to = performance.now();
  if (event.event === 'http.answered') requests.push({ route: event.route, from: to - event.ms, to });
  else if (event.event === 'emr.exchange') exchanges.push({ route: event.route, from: to - event.ms, to });
}

const practiceId = rowId();
const { scheduling, database } = gateway;
const caller: Caller = {
  practiceId,
  agentId: nilAgent,
  actor: 'operator:bench',
  requestId: rowId(),
  origin: 'cli',
};
await database.withPractice(practiceId, (tx) =>
  insertPractice(tx, {
    practiceId,
    name: 'Cedar Dental',
    timeZone: 'America/Denver',
    phone: undefined,
    mode: 'sandbox',
    bookingMode: 'live',
  }),
);
await connectWithKey(scheduling, caller, {
  adapter: 'open-dental',
  kind: 'simulator',
  origin: `${process.env.SIMULATOR_URL}/api/v1`,
  secrets: { customerKey: DEMO_KEY.customer },
  settings: {},
});
const { clientId, clientSecret } = await registerAgent(
  {
    database,
    clock: () => new Date(),
    random: randomBytes,
    audit: (tx, { action, agentId }) =>
      scheduling.audit.record(tx, practiceId, {
        ...attemptOf(caller, { action, resourceId: agentId }),
        outcome: 'success',
      }),
  },
  {
    practiceId,
    name: 'Agent of the bench',
    owner: 'The bench',
    authMethod: 'client_secret_basic',
    scope: agentScopes.join(' '),
    expiresAt: new Date(Date.now() + 86_400_000),
  },
);

answer(
  {
    keep: () => {
      isKeeping = true;
    },
    told: (): Told => ({ requests: requests.splice(0), exchanges: exchanges.splice(0) }),
    usage,
  },
  async () => {
    server.closeAllConnections();
    server.close();
    await gateway.stop().catch(() => {});
  },
);
process.send?.({ ready: true, url, clientId, clientSecret: clientSecret?.reveal() });
