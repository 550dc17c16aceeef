import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Core, openCore } from '#app';
import { readConfig } from '#config';
import { agentScopes } from '#fhir/scopes.ts';
import { agentServices } from '#scheduling/agent-services.ts';
import { registerAgent } from '#scheduling/agents.ts';
import { type Caller, nilAgent } from '#scheduling/caller.ts';
import { connectWithKey } from '#scheduling/connect.ts';
import { rowId } from '#scheduling/ids.ts';
import { addPractice } from '#scheduling/practices.ts';
import { newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { DEMO_KEY } from '../../adapters/open-dental/simulator/start-office.ts';
import { endProcess, launch } from '../../src/demo/child.ts';

/** A gateway or simulator in a process of its own, which can be treated as roughly as the world treats processes. */
export interface OurProcess {
  readonly url: string;
  /** True from `start` until it ends, however it ends. */
  readonly running: boolean;
  /** Resolves when it serves. */
  start(): Promise<void>;
  /** SIGKILL: no hook of it runs. Resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: it does nothing until {@link OurProcess.resume}, and does not know that time has passed. */
  pause(): void;
  resume(): void;
  /** Asks it to end. */
  stop(): Promise<void>;
  /** Called when it ended by itself. */
  onCrash(tell: (why: string) => void): void;
}

interface ProcessOptions {
  readonly name: string;
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly url: string;
  /** Folder of its log, `{name}.log`, which is appended to. */
  readonly logs: string;
}

function ourProcess({ name, file, args = [], env = {}, url, logs }: ProcessOptions): OurProcess {
  let child: ChildProcess | undefined;
  let crashed: (why: string) => void = () => {};
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    url,
    get running() {
      return isRunning();
    },
    async start() {
      const log = openSync(join(logs, `${name}.log`), 'a');
      try {
        const launched = await launch({
          name,
          file,
          args,
          // Nothing of ours is inherited: what a test runs under must not change what it tests.
          env: { PATH: process.env.PATH, NODE_ENV: 'test', ...env },
          output: log,
          errors: log,
          signal: new AbortController().signal,
        });
        const started = launched.process;
        child = started;
        started.once('exit', (code, signal) => {
          if (child === started) crashed(signal ?? `code ${code}`);
        });
        // Only when its pipes are empty: what it said last is still being written.
        started.once('close', () => closeSync(log));
      } catch (error) {
        closeSync(log);
        throw error;
      }
    },
    async kill() {
      const killed = child;
      child = undefined;
      if (!killed || killed.exitCode !== null || killed.signalCode !== null) return;
      const gone = once(killed, 'exit');
      killed.kill('SIGKILL');
      await gone;
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async stop() {
      const ending = child;
      child = undefined;
      ending?.kill('SIGCONT');
      if (ending) await endProcess(ending, 6_000);
    },
    onCrash(tell) {
      crashed = tell;
    },
  };
}

/** What all gateways of one installation share. */
export interface Installation {
  /** PostgreSQL as `postern_app`. */
  readonly databaseUrl: string;
  /** Of the state and the logs. */
  readonly folder: string;
  /** Address under which agents know them all, as behind a load balancer; nobody need listen there. */
  readonly publicUrl: string;
  readonly keys: string;
  /** As in POSTERN_PROTOCOL. Pacing is off, since the simulators do not throttle. */
  readonly protocol: Readonly<Record<string, number | readonly number[]>>;
}

export async function newInstallation(
  options: Pick<Installation, 'databaseUrl' | 'folder' | 'protocol'>,
): Promise<Installation> {
  return { ...options, publicUrl: `http://127.0.0.1:${await freePort()}`, keys: newKeyRingEntry() };
}

/**
 * One gateway of the installation on a port of its own, which it keeps when it is started again.
 *
 * @param place `front`: it listens at the installation's public address, so that practices which consent can come back
 */
export async function gatewayProcess(
  installation: Installation,
  name: string,
  place: 'front' | 'behind' = 'behind',
): Promise<OurProcess> {
  const port = place === 'front' ? Number(new URL(installation.publicUrl).port) : await freePort();
  return ourProcess({
    name,
    file: join(root, 'src/start.js'),
    args: ['gateway'],
    env: { ...environmentOf(installation), PORT: String(port), OPERATOR_PORT: '0' },
    url: `http://127.0.0.1:${port}`,
    logs: installation.folder,
  });
}

/** A simulated EMR on a port that it keeps; `env` is what its README names, and the folder has its state and its log. */
export async function simulatorProcess({
  folder,
  name,
  file,
  env = {},
}: {
  readonly folder: string;
  readonly name: string;
  readonly file: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<OurProcess> {
  const port = await freePort();
  return ourProcess({
    name,
    file,
    env: { ...env, SIM_PORT: String(port), SIM_STATE_DIR: folder },
    url: `http://127.0.0.1:${port}`,
    logs: folder,
  });
}

/** An Open Dental office that does not throttle. */
export function officeProcess(folder: string, office: Office): Promise<OurProcess> {
  const file = join(root, 'adapters/open-dental/simulator/main.ts');
  return simulatorProcess({ folder, name: office, file, env: { SIM_OFFICE: office, SIM_THROTTLE: 'off' } });
}

export type Office = 'cedar' | 'saguaro';
const zones = { cedar: 'America/Denver', saguaro: 'America/Phoenix' } as const;

export interface AgentCredentials {
  readonly id: string;
  readonly clientId: string;
  readonly secret: string;
}

/** A practice connected to a simulated Open Dental office, and its agents. */
export function addOffice(
  installation: Installation,
  { office, simulator, agents }: { office: Office; simulator: string; agents: number },
): Promise<AgentCredentials[]> {
  return addConnectedPractice(installation, {
    name: office,
    timeZone: zones[office],
    agents,
    connect: ({ scheduling }, caller) => connectByKey(scheduling, caller, simulator),
  });
}

/** Connects a practice to a simulated Open Dental office. */
export async function connectByKey(
  scheduling: Core['scheduling'],
  caller: Caller,
  simulator: string,
): Promise<void> {
  await connectWithKey(scheduling, caller, {
    adapter: 'open-dental',
    kind: 'simulator',
    origin: `${simulator}/api/v1`,
    secrets: { customerKey: DEMO_KEY.customer },
    settings: {},
  });
}

/** A practice, however it is connected, and its agents, each of which may do all that agents may. */
export async function addConnectedPractice(
  installation: Installation,
  practice: {
    readonly name: string;
    /** IANA zone. */
    readonly timeZone: string;
    readonly agents: number;
    readonly connect: (core: Core, caller: Caller) => Promise<void>;
  },
): Promise<AgentCredentials[]> {
  const { name, timeZone, agents, connect } = practice;
  const config = readConfig({ NODE_ENV: 'test', ...environmentOf(installation) });
  const core = await openCore(config, parseKeyRing(installation.keys), () => {});
  try {
    const { scheduling } = core;
    const operator = {
      agentId: nilAgent,
      actor: 'operator:test',
      requestId: rowId(),
      origin: 'cli',
    } as const;
    const asked = { name, timeZone, phone: undefined, bookingMode: 'live' } as const;
    const practiceId = await addPractice(scheduling, operator, asked);
    const caller = { ...operator, practiceId };
    await connect(core, caller);
    const registered: AgentCredentials[] = [];
    for (let number = 0; number < agents; number += 1) {
      const { agentId, clientId, clientSecret } = await registerAgent(agentServices(scheduling, caller), {
        practiceId,
        name: `Voice agent ${number}`,
        owner: 'Voice Company',
        authMethod: 'client_secret_basic',
        scope: agentScopes.join(' '),
        expiresAt: new Date(Date.now() + 30 * 86_400_000),
      });
      registered.push({ id: agentId, clientId, secret: clientSecret?.reveal() ?? '' });
    }
    return registered;
  } finally {
    await core.close();
  }
}

function environmentOf({ databaseUrl, folder, publicUrl, keys, protocol }: Installation) {
  return {
    DATABASE_URL: databaseUrl,
    POSTERN_STATE_DIR: folder,
    POSTERN_KEYS: keys,
    POSTERN_SIMULATORS: 'on',
    POSTERN_PROTOCOL: JSON.stringify({ paceGapMs: 0, ...protocol }),
    OPEN_DENTAL_DEVELOPER_KEY: DEMO_KEY.developer,
    PUBLIC_URL: publicUrl,
    LOG_LEVEL: 'info',
  };
}

const root = join(import.meta.dirname, '../..');

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A listener on a port has a port.');
  return address.port;
}
