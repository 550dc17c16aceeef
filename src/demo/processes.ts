import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Config } from '#config';
import { type Launch, type Launched, launch } from './child.ts';
import type { DemoOffice } from './offices.ts';

/** What all processes of a start have in common. */
export type Common = Pick<Launch, 'errors' | 'signal' | 'compileCache'>;
type Environment = Readonly<Record<string, string | undefined>>;

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * The embedded database. Where a start was killed a moment ago, its database is still on its way out: it is waited for.
 */
export async function startDatabase(
  common: Common,
  environment: Environment,
  folder: string,
): Promise<Launched> {
  for (const begun = Date.now(); ; await delay(250)) {
    try {
      return await launch({
        ...common,
        name: 'The database',
        file: fileOf('../store/embedded/server.ts'),
        args: [folder],
        env: { PATH: environment.PATH },
        output: 'ignore',
      });
    } catch (error) {
      const isBusy = error instanceof Error && /is in use by process|already serves/.test(error.message);
      if (!isBusy || Date.now() - begun > 6_000 || common.signal.aborted) throw error;
    }
  }
}

export function isFirstStart(databaseFolder: string): boolean {
  return !existsSync(join(databaseFolder, 'pgdata'));
}

/** A simulated EMR. It gets nothing of our environment. */
export function startSimulator(
  common: Common,
  environment: Environment,
  stateDir: string,
  office: DemoOffice,
  port: number,
): Promise<Launched> {
  return launch({
    ...common,
    name: `The simulator of ${office.name}`,
    file: office.simulator.file,
    env: {
      PATH: environment.PATH,
      SIM_OFFICE: office.simulator.office,
      SIM_PORT: String(port),
      SIM_STATE_DIR: join(stateDir, 'simulators'),
      ...(office.access.kind === 'key' && {
        SIM_DEVELOPER_KEY: office.access.keys.developerKey,
        SIM_CUSTOMER_KEY: office.access.keys.customerKey,
      }),
      SIM_NAME: office.name,
      SIM_ZONE: office.timeZone,
      SIM_THROTTLE: 'on',
      ...office.simulator.env,
    },
    output: 'ignore',
  });
}

/** One gateway, with our environment except the owner's way to the database. */
export function startGateway(
  common: Common,
  environment: Environment,
  config: Config,
  port: number,
  output: Launch['output'],
): Promise<Launched> {
  const { DATABASE_OWNER_URL: _, ...rest } = environment;
  return launch({
    ...common,
    name: 'The gateway',
    file: fileOf('../start.js'),
    args: ['gateway'],
    env: { ...rest, POSTERN_STATE_DIR: config.stateDir, PORT: String(port) },
    output,
  });
}
