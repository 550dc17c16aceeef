import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openGateway } from '#app';
import { readConfig } from '#config';
import { agentScopes } from '#fhir/scopes.ts';
import { agentServices } from '#scheduling/agent-services.ts';
import { registerAgent } from '#scheduling/agents.ts';
import { type Caller, nilAgent } from '#scheduling/caller.ts';
import { connectWithKey } from '#scheduling/connect.ts';
import { rowId } from '#scheduling/ids.ts';
import { insertPractice } from '#store/practices.ts';
import { DEMO_KEY } from '../adapters/open-dental/simulator/start-office.ts';
import { connectByConsent } from '../src/demo/consent.ts';
import { demoOffices } from '../src/demo/offices.ts';
import { keyRingOf } from '../src/main.ts';
import type { LogEvent } from '../src/observe/events.ts';
import { createLog } from '../src/observe/log.ts';
import { usage } from './bursts.ts';
import { answer } from './child.ts';
import type { AgentKeys, Sent, Told } from './told.ts';

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
const sent: Sent[] = [];
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

// What the wall's client writes. In a round nothing else in this process asks anybody.
subscribe('undici:request:create', (message) => {
  if (!isKeeping) return;
  const { request } = message as { readonly request: Written }; // as undici documents it
  const { method, path, headers, body } = request;
  const pairs = Array.from({ length: headers.length / 2 }, (_, at) => headers.slice(2 * at, 2 * at + 2));
  const kept = pairs.filter(([name = '']) => name !== 'authorization' && name !== 'user-agent');
  sent.push({ method, path, headers: Object.fromEntries(kept), body: body?.toString() });
});

interface Written {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

function keep(event: LogEvent): void {
  log(event);
  if (!isKeeping) return;
  const to = performance.now();
  if (event.event === 'http.answered') requests.push({ route: event.route, from: to - event.ms, to });
  else if (event.event === 'emr.exchange') exchanges.push({ route: event.route, from: to - event.ms, to });
}

const { scheduling, database, consent } = gateway;

interface Place {
  readonly name: string;
  readonly timeZone: string;
}

/** A practice that books live, and its agent. Its EMR is connected as a real one is. */
async function addPractice(
  { name, timeZone }: Place,
  connect: (caller: Caller) => Promise<unknown>,
): Promise<AgentKeys> {
  const practiceId = rowId();
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
      name,
      timeZone,
      phone: undefined,
      mode: 'sandbox',
      bookingMode: 'live',
    }),
  );
  await connect(caller);
  const { clientId, clientSecret } = await registerAgent(agentServices(scheduling, caller), {
    practiceId,
    name: 'Agent of the bench',
    owner: 'The bench',
    authMethod: 'client_secret_basic',
    scope: agentScopes.join(' '),
    expiresAt: new Date(Date.now() + 86_400_000),
  });
  return { clientId, clientSecret: clientSecret?.reveal() };
}

/** A practice of the demo whose people consent at their EMR's own page. */
function addByConsent({ emr, simulatorUrl }: { emr: string; simulatorUrl: string }): Promise<AgentKeys> {
  const office = demoOffices.find((one) => one.emr === emr);
  if (office?.access.kind !== 'consent') throw new Error(`No practice of the demo consents at ${emr}.`);
  const { access } = office;
  return addPractice(office, (caller) =>
    connectByConsent(consent, caller, { office, access, simulatorUrl, say: () => {} }),
  );
}

const cedar = await addPractice({ name: 'Cedar Dental', timeZone: 'America/Denver' }, (caller) =>
  connectWithKey(scheduling, caller, {
    adapter: 'open-dental',
    kind: 'simulator',
    origin: `${process.env.SIMULATOR_URL}/api/v1`,
    secrets: { customerKey: DEMO_KEY.customer },
    settings: {},
  }),
);

answer(
  {
    keep: () => {
      isKeeping = true;
    },
    told: (): Told => ({
      requests: requests.splice(0),
      exchanges: exchanges.splice(0),
      sent: sent.splice(0),
    }),
    addByConsent,
    usage,
  },
  async () => {
    server.closeAllConnections();
    server.close();
    await gateway.stop().catch(() => {});
  },
);
process.send?.({ ready: true, url, ...cedar });
