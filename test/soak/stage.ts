import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Core } from '#app';
import { listConnections } from '#store/connections.ts';
import { migrate } from '#store/migrate.ts';
import {
  type AgentCredentials,
  addConnectedPractice,
  gatewayProcess,
  newInstallation,
  type OurProcess,
  simulatorProcess,
} from '#test/processes.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { changeSettings, control } from './faults.ts';
import { type BookingClass, officesOf, type SoakOffice } from './offices.ts';
import type { NewPerson } from './people.ts';

/** Everything of the soak that runs in processes of its own. */
export interface Stage {
  readonly cluster: Cluster;
  readonly gateways: readonly OurProcess[];
  readonly offices: readonly StagedOffice[];
  /** Folder of logs and state; gone with {@link Stage.close}, unless it is to be looked at. */
  readonly folder: string;
  /** How often a gateway ended although nobody had killed it. */
  crashes(): readonly string[];
  close(keep: boolean): Promise<void>;
}

/** A practice that is connected, with its simulator running. */
export interface StagedOffice extends SoakOffice {
  readonly url: string;
  readonly agents: readonly AgentCredentials[];
  /** Missing where the EMR lets us create patients. */
  readonly admit?: (person: NewPerson) => Promise<void>;
}

/** The protocol's times for a quiet period of Q milliseconds instead of 120 s; what machines need is not shortened. */
export function scaledProtocol(quietMs: number) {
  return {
    quietMs,
    leaseMs: quietMs / 2,
    maxSendMs: quietMs / 4 - 50,
    precheckFreshMs: quietMs / 3,
    readAfterWriteMs: quietMs / 6,
    searchDelaysMs: [50, 100, 200, 400, 800],
    maxAgeMs: 60_000,
    unreadableHandoffMs: 40_000,
    precheckGiveUpMs: 4_000,
    retryDelayMs: 100,
    busyDelayMs: 100,
    sweepsMs: [1, 2, 3, 4].map((times) => quietMs * times),
    sweepRetryMs: 500,
  };
}

export async function setStage(options: {
  readonly classes: readonly BookingClass[];
  readonly gateways: number;
  readonly clients: number;
  readonly quietMs: number;
}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-soak-'));
  const closing: (() => Promise<unknown>)[] = [];
  const crashes: string[] = [];
  let over = false;
  const close = async (keep: boolean): Promise<void> => {
    over = true;
    for (const end of closing.reverse()) await end().catch(() => {});
    if (!keep) await rm(folder, { recursive: true, force: true });
  };
  try {
    const cluster = await startCluster();
    closing.push(() => cluster.stop());
    await migrate(cluster.ownerUrl, 'server');
    const installation = await newInstallation({
      databaseUrl: cluster.appUrl,
      folder,
      protocol: scaledProtocol(options.quietMs),
    });
    const plans = officesOf(options.classes);
    const simulators: OurProcess[] = [];
    for (const { name, simulator } of plans) {
      const emr = await simulatorProcess({ folder, name, ...simulator });
      closing.push(() => emr.stop());
      await emr.start();
      simulators.push(emr);
    }
    const gateways: OurProcess[] = [];
    for (let number = 0; number < options.gateways; number += 1) {
      const place = number === 0 ? 'front' : 'behind';
      const gateway = await gatewayProcess(installation, `gateway-${number}`, place);
      // As a supervisor would: what ended by itself is started again, and counted.
      gateway.onCrash((why) => {
        crashes.push(why);
        if (!over) void startAgain(gateway, () => over);
      });
      closing.push(() => gateway.stop());
      await gateway.start();
      gateways.push(gateway);
    }
    const offices: StagedOffice[] = [];
    for (const [index, plan] of plans.entries()) {
      const { url = '' } = simulators[index] ?? {};
      await changeSettings(url, plan.settings);
      const agents = await addConnectedPractice(installation, {
        name: plan.name,
        timeZone: plan.timeZone,
        agents: Math.ceil(options.clients / plans.length),
        async connect(core, caller) {
          await plan.connect(core, caller, url);
          await compareWithDeclaration(core, caller.practiceId, plan);
        },
      });
      const admit = (person: NewPerson) => admitAt(url, person);
      offices.push({ ...plan, url, agents, ...(!plan.can.createPatient && { admit }) });
    }
    return { cluster, gateways, offices, folder, crashes: () => crashes, close };
  } catch (error) {
    await close(false);
    throw error;
  }
}

/** What the people of an office are let do has to be what its adapter says; otherwise the soak would not know what to expect. */
async function compareWithDeclaration(core: Core, practiceId: string, plan: SoakOffice): Promise<void> {
  const [connection] = await core.database.withPractice(practiceId, listConnections);
  if (connection === undefined) throw new Error(`${plan.name} is not connected.`);
  const declared = core.scheduling.emr.capabilitiesOf(connection);
  const says = {
    bookingClass: declared.bookingClass,
    createPatient: declared.createPatient,
    move: declared.reschedule,
    cancel: declared.cancel,
  };
  const expected = { bookingClass: plan.bookingClass, ...plan.can };
  if (!isDeepStrictEqual(says, expected))
    throw new Error(`The adapter of ${plan.name} declares ${JSON.stringify(says)}.`);
}

async function admitAt(simulator: string, person: NewPerson): Promise<void> {
  await control(simulator, 'POST', '/staff', { action: 'admit', ...person });
}

/** Tries until it runs: while PostgreSQL is away a gateway cannot start. */
export async function startAgain(gateway: OurProcess, over: () => boolean): Promise<void> {
  while (!over() && !gateway.running) {
    await delay(200);
    await gateway.start().catch(() => {});
  }
}
