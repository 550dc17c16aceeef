import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '#store/migrate.ts';
import {
  type AgentCredentials,
  addOffice,
  gatewayProcess,
  newInstallation,
  type Office,
  type OurProcess,
  officeProcess,
} from '#test/processes.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { acceptDuplicates } from './faults.ts';

/** Everything of the soak that runs in processes of its own. */
export interface Stage {
  readonly cluster: Cluster;
  readonly gateways: readonly OurProcess[];
  readonly offices: readonly {
    readonly name: Office;
    readonly url: string;
    readonly agents: readonly AgentCredentials[];
  }[];
  /** Folder of logs and state; gone with {@link Stage.close}, unless it is to be looked at. */
  readonly folder: string;
  /** How often a gateway ended although nobody had killed it. */
  crashes(): readonly string[];
  close(keep: boolean): Promise<void>;
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
  readonly gateways: number;
  readonly agentsPerOffice: number;
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
    const offices: Stage['offices'][number][] = [];
    for (const name of ['cedar', 'saguaro'] as const) {
      const simulator = await officeProcess(folder, name);
      await simulator.start();
      closing.push(() => simulator.stop());
      await acceptDuplicates(simulator.url);
      const agents = await addOffice(installation, {
        office: name,
        simulator: simulator.url,
        agents: options.agentsPerOffice,
      });
      offices.push({ name, url: simulator.url, agents });
    }
    const gateways: OurProcess[] = [];
    for (let number = 0; number < options.gateways; number += 1) {
      const gateway = await gatewayProcess(installation, `gateway-${number}`);
      // As a supervisor would: what ended by itself is started again, and counted.
      gateway.onCrash((why) => {
        crashes.push(why);
        if (!over) void startAgain(gateway, () => over);
      });
      closing.push(() => gateway.stop());
      await gateway.start();
      gateways.push(gateway);
    }
    return { cluster, gateways, offices, folder, crashes: () => crashes, close };
  } catch (error) {
    await close(false);
    throw error;
  }
}

/** Tries until it runs: while PostgreSQL is away a gateway cannot start. */
export async function startAgain(gateway: OurProcess, over: () => boolean): Promise<void> {
  while (!over() && !gateway.running) {
    await delay(200);
    await gateway.start().catch(() => {});
  }
}
