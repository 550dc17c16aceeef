import { randomBytes, randomUUID } from 'node:crypto';
import type { Config } from '#config';
import { agentScopes } from '#fhir/scopes.ts';
import { type AgentRegistration, registerAgent } from '#scheduling/agents.ts';
import { attemptOf, type Caller, nilAgent } from '#scheduling/caller.ts';
import { connectWithKey, syncDirectory } from '#scheduling/connect.ts';
import { rowId } from '#scheduling/ids.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import { listAgentRows } from '#store/agents.ts';
import { listConnections, moveConnection } from '#store/connections.ts';
import { listDirectory } from '#store/directory.ts';
import { insertPractice, practiceIds, readPractice } from '#store/practices.ts';
import { listVisitTypes, saveVisitType } from '#store/visit-types.ts';
import { openCore } from '../app.ts';
import { keyRingOf } from '../main.ts';
import { type Connecting, connectByConsent } from './consent.ts';
import type { DemoFile } from './demo-file.ts';
import type { DemoOffice } from './offices.ts';

/** A demo practice as it stands in the database. */
export interface SeededPractice {
  readonly id: string;
  /** This start made it. */
  readonly isNew: boolean;
  readonly office: DemoOffice;
  readonly simulatorUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
}

export interface Seeding {
  readonly config: Config;
  /** Each office with the address of its simulator, once that listens: no practice waits for another one's. */
  readonly offices: readonly { readonly office: DemoOffice; readonly simulatorUrl: Promise<string> }[];
  /** What the last start wrote: the only place that has the agents' secrets. */
  readonly remembered: DemoFile | undefined;
  /** Address of the gateway once it listens: who consents comes back to it. */
  readonly gateway: Promise<string>;
  readonly say: (line: string) => void;
}

const lifeDays = 364;
const scope = agentScopes.join(' ');

/**
 * Makes the demo practices, or finds those of the last start: each with a connection to its simulator, the EMR's
 * directory and visit types, and an agent. Every step looks first whether it was done, so a start that was broken off
 * is finished by the next one.
 */
export async function seedDemo(seeding: Seeding): Promise<SeededPractice[]> {
  const { config, offices, remembered, say } = seeding;
  const core = await openCore(config, await keyRingOf(config), () => {});
  try {
    const { scheduling } = core;
    return await Promise.all(
      offices.map(async ({ office, simulatorUrl: address }) => {
        const simulatorUrl = await address;
        const last = remembered?.practices.find(({ name }) => name === office.name);
        const found = await findPractice(scheduling, office.name, last?.id);
        const id = found ?? (await createPractice(scheduling, office));
        const caller = callerOf(id);
        if (office.access.kind === 'key')
          await connectByKey(scheduling, caller, { office, access: office.access, simulatorUrl, say });
        else {
          const consent = { ...core.consent, publicUrl: await seeding.gateway };
          await connectByConsent(consent, caller, { office, access: office.access, simulatorUrl, say });
        }
        await chooseDefault(scheduling, id, office);
        const agent =
          (await findAgent(scheduling, id, last?.agent)) ?? (await createAgent(scheduling, caller));
        return { id, isNew: found === undefined, office, simulatorUrl, scope, ...agent };
      }),
    );
  } finally {
    await core.close();
  }
}

/** By the id of the last start, otherwise by name. Sandbox practices alone: a live one of that name is somebody's. */
async function findPractice(
  { database }: Scheduling,
  name: string,
  lastId: string | undefined,
): Promise<string | undefined> {
  const isIt = async (id: string): Promise<boolean> => {
    const practice = await database.withPractice(id, readPractice);
    return practice?.mode === 'sandbox' && practice.name === name;
  };
  if (lastId !== undefined && (await isIt(lastId))) return lastId;
  for (const id of await database.withoutPractice(practiceIds)) if (await isIt(id)) return id;
  return undefined;
}

async function createPractice({ database, audit }: Scheduling, office: DemoOffice): Promise<string> {
  const practiceId = rowId();
  const { name, timeZone, phone } = office;
  await database.withPractice(practiceId, async (tx) => {
    await insertPractice(tx, { practiceId, name, timeZone, phone, mode: 'sandbox', bookingMode: 'live' });
    await audit.record(tx, practiceId, {
      ...attemptOf(callerOf(practiceId), { action: 'practice.create', resourceId: practiceId }),
      outcome: 'success',
    });
  });
  return practiceId;
}

/** Connects by the use case that connects a real practice; later starts only follow a simulator that has moved. */
async function connectByKey(
  scheduling: Scheduling,
  caller: Caller,
  { office, access, simulatorUrl, say }: Connecting<'key'>,
): Promise<void> {
  const { database, audit } = scheduling;
  const { practiceId } = caller;
  const origin = `${simulatorUrl}${office.apiPath}`;
  const [connection] = await database.withPractice(practiceId, listConnections);
  if (connection === undefined) {
    say(
      `Connecting ${office.name} to its ${office.emrTitle}, which answers once a second like the real one …`,
    );
    await connectWithKey(scheduling, caller, {
      adapter: office.emr,
      kind: 'simulator',
      origin,
      secrets: access.keys,
      settings: {},
    });
  } else if (connection.origin !== origin) {
    await database.withPractice(practiceId, async (tx) => {
      await moveConnection(tx, connection.connectionId, origin);
      await audit.record(tx, practiceId, {
        ...attemptOf(caller, { action: 'connection.change', resourceId: connection.connectionId }),
        outcome: 'success',
      });
    });
  }
  if ((await database.withPractice(practiceId, listDirectory)).length === 0)
    await syncDirectory(scheduling, practiceId);
}

/** What a caller most likely means who names no kind of visit; whoever has chosen another one keeps it. */
async function chooseDefault(
  { database }: Scheduling,
  practiceId: string,
  { visitType }: DemoOffice,
): Promise<void> {
  await database.withPractice(practiceId, async (tx) => {
    const types = await listVisitTypes(tx);
    const type = types.find(({ code }) => code === visitType);
    const isFresh = types.find(({ isDefault }) => isDefault) === types[0];
    if (type && isFresh) await saveVisitType(tx, practiceId, { ...type, isDefault: true });
  });
}

/** The agent of the last start, if its secret is known and it may still call. */
async function findAgent(
  { database, clock }: Scheduling,
  practiceId: string,
  last: DemoFile['practices'][number]['agent'] | undefined,
): Promise<{ clientId: string; clientSecret: string } | undefined> {
  if (last === undefined) return undefined;
  const agents = await database.withPractice(practiceId, listAgentRows);
  const agent = agents.find(({ clientId }) => clientId === last.client_id);
  if (!agent || agent.disabledAt || agent.expiresAt.getTime() <= clock.now()) return undefined;
  return { clientId: last.client_id, clientSecret: last.client_secret };
}

async function createAgent(
  scheduling: Scheduling,
  caller: Caller,
): Promise<{ clientId: string; clientSecret: string }> {
  const { practiceId } = caller;
  const registration: AgentRegistration = {
    practiceId,
    name: 'Demo voice agent',
    owner: 'Whoever started this demo',
    authMethod: 'client_secret_basic',
    scope,
    expiresAt: new Date(scheduling.clock.now() + lifeDays * 86_400_000),
  };
  const { clientId, clientSecret } = await registerAgent(
    {
      database: scheduling.database,
      clock: () => new Date(scheduling.clock.now()),
      random: randomBytes,
      audit: (tx, { action, agentId }) =>
        scheduling.audit.record(tx, practiceId, {
          ...attemptOf(caller, { action, resourceId: agentId }),
          outcome: 'success',
        }),
    },
    registration,
  );
  if (clientSecret === undefined) throw new Error('The demo agent was given no secret.');
  return { clientId, clientSecret: clientSecret.reveal() };
}

function callerOf(practiceId: string): Caller {
  return { practiceId, agentId: nilAgent, actor: 'system:demo', requestId: randomUUID(), origin: 'cli' };
}
