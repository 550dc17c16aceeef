import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { agentScopes } from '#fhir/scopes.ts';
import { agentServices } from '#scheduling/agent-services.ts';
import { registerAgent } from '#scheduling/agents.ts';
import { type Caller, nilAgent } from '#scheduling/caller.ts';
import { type MadeLink, makeConnectLink } from '#scheduling/consent/links.ts';
import {
  addRegistration,
  approveRegistration,
  type NewRegistration,
  type RegistrationFacts,
} from '#scheduling/consent/registrations.ts';
import { rowId } from '#scheduling/ids.ts';
import { addPractice } from '#scheduling/practices.ts';
import type { RunningSimulator } from '#simulator-kit/index.ts';
import { type Connection, listConnections } from '#store/connections.ts';
import { Secret } from '#vault/secret.ts';
import { demoPatients as ofLakeside } from '../../adapters/athenahealth/simulator/demo-patients.ts';
import { startAthena } from '../../adapters/athenahealth/simulator/start-athena.ts';
import { demoPatients as ofAlder } from '../../adapters/drchrono/simulator/demo-patients.ts';
import { startDrChrono } from '../../adapters/drchrono/simulator/start-drchrono.ts';
import { demoPatients as ofJuniper } from '../../adapters/epic/simulator/demo-patients.ts';
import { startPractice } from '../../adapters/epic/simulator/start-practice.ts';
import { demoPatients as ofWillow } from '../../adapters/fhir-r4/simulator/demo-patients.ts';
import { startClinic } from '../../adapters/fhir-r4/simulator/start-clinic.ts';
import { demoPatients as ofHarbor } from '../../adapters/oracle-health/simulator/demo-patients.ts';
import { startMillennium } from '../../adapters/oracle-health/simulator/start-millennium.ts';
import { type DemoAccess, demoOffices } from '../../src/demo/offices.ts';
import { createVisitor, type VisitedPage } from '../../src/demo/visitor.ts';
import { createTestAgent, type TestAgent } from './agent.ts';
import type { TestGateway } from './gateway.ts';
import { createTestSimulator, type TestSimulator } from './simulator.ts';
import { keepSimulatorLog } from './simulator-logs.ts';
import type { KnownPerson } from './story.ts';

export type Vendor = 'athenahealth' | 'drchrono' | 'epic' | 'fhir-r4' | 'oracle-health';

/** A practice whose EMR is connected by its consent, and that EMR in this process with an authorization server. */
export interface VendorPractice {
  readonly id: string;
  readonly name: string;
  /** What people call its EMR. */
  readonly emrTitle: string;
  /** Address of the EMR, as a connection has it. */
  readonly origin: string;
  /** IANA zone. */
  readonly timeZone: string;
  /** One that may do all that agents may. */
  readonly agent: TestAgent;
  readonly simulator: TestSimulator;
  readonly oauth: SimulatedGrants;
  readonly patients: readonly KnownPerson[];
  /** What somebody there fills in: ids that the EMR does not tell. */
  readonly settings: Readonly<Record<string, string>>;
  /** Somebody of the operator. */
  readonly caller: Caller;
  /** Our registration at its authorization server, approved. */
  readonly registration: RegistrationFacts;
  /** @param connectionId of a connection that is to be consented to again */
  link(connectionId?: string): Promise<MadeLink>;
  /** Somebody opens the link, enters code and settings, signs in at the EMR and presses a button there. */
  follow(link: MadeLink, button?: 'allow' | 'deny'): Promise<VisitedPage>;
  /** Follows a new link and insists on its success. */
  connect(connectionId?: string): Promise<Connection>;
  /** As the database has it now. */
  connection(): Promise<Connection>;
}

/** The truth about what the EMR was asked, has granted and took back; `src/simulator-kit/README.md` describes it. */
export interface SimulatedGrants {
  read(): Promise<{
    readonly tokenRequests: Readonly<Record<string, number>>;
    readonly refreshes: number;
    readonly revocations: number;
    readonly activeGrants: number;
    readonly asked: readonly { readonly outcome: string }[];
  }>;
  settings(changes: Readonly<Record<string, unknown>>): Promise<void>;
  /** Withdraws everything that was granted. */
  revokeAll(): Promise<void>;
}

/**
 * Adds a practice of the demo with its EMR, by whose front desk nothing is connected yet: `connect` does that. The
 * simulator ends with the test or the file that asked for it.
 *
 * @param changes to our registration at the EMR; `start` puts another EMR in its place
 */
export async function addVendorPractice(
  gateway: TestGateway,
  vendor: Vendor,
  changes: Partial<Pick<NewRegistration, 'scopeDialect'>> & { readonly start?: StartEmr } = {},
): Promise<VendorPractice> {
  const { start = starters[vendor], ...registering } = changes;
  const { gateway: opened, url, now } = gateway;
  const { consent, scheduling, database } = opened;
  const { office, access } = demoOffice(vendor);
  // Not in the gateway's folder, which goes first.
  const stateDir = await mkdtemp(join(tmpdir(), `postern-${vendor}-`));
  const running: RunningSimulator = await start({ stateDir, now });
  after(async () => {
    await keepSimulatorLog(running.url);
    await running.stop();
    await rm(stateDir, { recursive: true, force: true });
  });
  const simulator = createTestSimulator(running.url);
  const origin = `${running.url}${office.apiPath}`;

  const operator = { agentId: nilAgent, actor: 'operator:test', requestId: rowId(), origin: 'cli' } as const;
  const { name, timeZone } = office;
  const asked = { name, timeZone, phone: undefined, bookingMode: 'live' } as const;
  const id = await addPractice(scheduling, operator, asked);
  const caller: Caller = { ...operator, practiceId: id };
  const { agentId, clientId, clientSecret } = await registerAgent(agentServices(scheduling, caller), {
    practiceId: id,
    name: 'Voice agent',
    owner: 'Voice Company',
    authMethod: 'client_secret_basic',
    scope: agentScopes.join(' '),
    expiresAt: new Date(now() + 30 * 86_400_000),
  });

  const by = { person: 'Test', reason: 'A simulator in this process.' };
  const { context } = await addRegistration(consent, by, {
    context: `${access.context}-${++registered}`,
    adapter: vendor,
    kind: 'simulator',
    origin,
    grantType: 'authorization_code',
    clientId: access.clientId,
    clientAuthentication: access.clientAuthentication,
    clientSecret: new Secret(secret),
    algorithm: 'ES384',
    scopeDialect: access.scopeDialect,
    ...registering,
  });
  const registration = await approveRegistration(consent, by, context);
  await registerAtSimulator(running.url, registration);

  const { settings, known } = access;
  const link: VendorPractice['link'] = (connectionId) =>
    makeConnectLink(consent, caller, by.person, {
      emr: context,
      connectionId,
      kind: 'simulator',
      ...(connectionId === undefined && known !== undefined && { settings: known }),
    });
  const follow: VendorPractice['follow'] = (made, button) => followLink(made, settings, button);
  const connection = async (): Promise<Connection> => {
    const [only, ...others] = await database.withPractice(id, listConnections);
    assert.ok(only && others.length === 0, 'The practice has one connection.');
    return only;
  };
  return {
    id,
    name,
    emrTitle: office.emrTitle,
    origin,
    timeZone,
    agent: createTestAgent({ url, id: agentId, clientId, secret: clientSecret?.reveal() ?? '' }),
    simulator,
    oauth: grantsOf(running.url),
    patients: peopleOf[vendor],
    settings,
    caller,
    registration,
    link,
    follow,
    async connect(connectionId) {
      const made = await link(connectionId);
      const page = await follow(made);
      assert.match(page.html, /is connected<\/h1>/);
      const connected = await connection();
      assert.equal(connected.connectionId, made.connectionId);
      return connected;
    },
    connection,
  };
}

export type StartEmr = (options: {
  readonly stateDir: string;
  readonly now: () => number;
}) => Promise<RunningSimulator>;

const starters: Readonly<Record<Vendor, StartEmr>> = {
  athenahealth: (options) => startAthena({ ...options, environment: 'production' }),
  drchrono: (options) => startDrChrono({ ...options, settings: calmAccount }),
  epic: startPractice,
  'fhir-r4': startClinic,
  'oracle-health': startMillennium,
};
/** An account whose appointments open by the scopes of scheduling alone, and that counts nothing. */
export const calmAccount = {
  appointmentsNeedClinicalScope: false,
  hourlyLimit: 0,
  burstPerSecond: 0,
} as const;
const peopleOf: Readonly<Record<Vendor, readonly KnownPerson[]>> = {
  athenahealth: ofLakeside,
  drchrono: ofAlder,
  epic: ofJuniper.juniper,
  'fhir-r4': ofWillow.willow,
  'oracle-health': ofHarbor,
};

/** A name is never given twice. */
let registered = 0;

/** Opens nothing but a simulator in this process. */
const secret = 'test-secret';

function demoOffice(vendor: Vendor) {
  const office = demoOffices.find(({ emr }) => emr === vendor);
  assert.ok(office?.access.kind === 'consent');
  const access: Extract<DemoAccess, { kind: 'consent' }> = office.access;
  return { office, access };
}

/** What a developer does at the vendor's portal. */
async function registerAtSimulator(
  url: string,
  { clientId, clientAuthentication, redirectUri, jwksUri }: RegistrationFacts,
): Promise<void> {
  await control(url, 'PUT', `/clients/${clientId}`, {
    client_name: 'Postern',
    token_endpoint_auth_method: clientAuthentication,
    redirect_uris: [redirectUri],
    ...(jwksUri === undefined ? { client_secret: secret } : { jwks_uri: jwksUri }),
  });
}

async function followLink(
  link: MadeLink,
  settings: Readonly<Record<string, string>>,
  button: 'allow' | 'deny' = 'allow',
): Promise<VisitedPage> {
  const visitor = createVisitor();
  const ours = new URL(link.url).origin;
  let page = await visitor.open(link.url);
  for (let pages = 0; pages < 8; pages += 1) {
    const { origin, pathname } = new URL(page.url);
    if (page.status >= 400 || page.form === undefined || pathname.endsWith('/connect/result')) return page;
    const { fields, buttons } = page.form;
    const filled: Readonly<Record<string, string>> = origin === ours ? { code: link.code, ...settings } : {};
    const known = Object.entries(filled).filter(([name]) => Object.hasOwn(fields, name));
    const pressed = buttons.some(({ value }) => value === button) ? button : undefined;
    page = await visitor.send(page, Object.fromEntries(known), pressed);
  }
  return assert.fail('The pages of consent do not end.');
}

function grantsOf(url: string): SimulatedGrants {
  return {
    // As the control surface is documented.
    read: async () => (await control(url, 'GET', '')) as Awaited<ReturnType<SimulatedGrants['read']>>,
    settings: async (changes) => void (await control(url, 'PUT', '/settings', changes)),
    revokeAll: async () => void (await control(url, 'POST', '/revoke-all')),
  };
}

async function control(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${url}/__sim/oauth${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
