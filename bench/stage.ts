import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedDatabase } from '#store/embedded/start.ts';
import { migrate } from '#store/migrate.ts';
import { newKeyRingEntry } from '#vault/key-ring.ts';
import { DEMO_KEY } from '../adapters/open-dental/simulator/start-office.ts';
import { type Child, startChild } from './child.ts';
import type { AgentKeys } from './told.ts';

/** Everything that plays: each in a process of its own, on a database of its own that goes in the end. */
export interface Stage {
  readonly gateway: Child;
  /** `http://…` of the gateway, without a trailing slash. */
  readonly url: string;
  readonly bare: Child;
  readonly bareUrl: string;
  readonly simulatorUrl: string;
  readonly load: Child;
  /** What any gateway on this database needs to start. */
  readonly env: Readonly<Record<string, string>>;
  /** A token of an agent, good for ten minutes; that of the practice of Open Dental if none is named. */
  token(basic?: string): Promise<string>;
  readonly basic: string;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly database: 'embedded' | 'server';
  /** A superuser's address, for `server`. */
  readonly serverUrl: string | undefined;
  /** Folder for a CPU profile of the gateway. */
  readonly profile: string | undefined;
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const child = async (file: string, more: Partial<Parameters<typeof startChild>[0]> = {}) => {
      const started = await startChild({ file, ...more });
      closing.push(() => started.stop());
      return started;
    };

    const database =
      options.database === 'server'
        ? await newServerDatabase(options.serverUrl, closing)
        : await newEmbeddedDatabase(join(folder, 'database'), closing);
    const simulator = await child('../adapters/open-dental/simulator/main.ts', {
      args: ['--throttle', 'off', '--state-dir', folder],
    });
    const simulatorUrl = String(simulator.ready.url);
    const env = {
      ...database,
      POSTERN_STATE_DIR: folder,
      POSTERN_KEYS: newKeyRingEntry(),
      POSTERN_PROTOCOL: JSON.stringify({ paceGapMs: 0 }),
      OPEN_DENTAL_DEVELOPER_KEY: DEMO_KEY.developer,
    };
    const flags = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`];
    const gateway = await child('gateway.ts', { env: { ...env, SIMULATOR_URL: simulatorUrl }, flags });
    const [bare, load] = await Promise.all([child('bare-express.ts'), child('load.ts')]);
    const { url, clientId, clientSecret } = gateway.ready;
    const own = basicOf({ clientId: String(clientId), clientSecret: String(clientSecret) });
    return {
      gateway,
      url: String(url),
      bare,
      bareUrl: String(bare.ready.url),
      simulatorUrl,
      load,
      env,
      basic: own,
      token: async (basic = own) => {
        const answer = await fetch(`${url}/oauth/token`, {
          method: 'POST',
          headers: { authorization: basic },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        });
        const granted = (await answer.json()) as { access_token: string }; // RFC 6749 §5.1
        return granted.access_token;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The `Authorization` of an agent at the token endpoint. */
export function basicOf({ clientId, clientSecret = '' }: AgentKeys): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
}

async function newEmbeddedDatabase(
  folder: string,
  closing: (() => Promise<unknown>)[],
): Promise<Record<string, string>> {
  const server = await startEmbeddedDatabase(folder);
  closing.push(() => server.stop());
  await migrate(server.url, 'embedded');
  return {};
}

async function newServerDatabase(
  server: string | undefined,
  closing: (() => Promise<unknown>)[],
): Promise<Record<string, string>> {
  if (server === undefined)
    throw new Error('Set BENCH_DATABASE_URL to the address of a superuser on a server kept for measuring.');
  const name = `postern_bench_${process.pid}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  closing.push(() => admin.end());
  await admin.query(`create database ${name}`);
  closing.push(() => admin.query(`drop database if exists ${name} with (force)`));
  const owner = new URL(server);
  owner.pathname = `/${name}`;
  await migrate(owner.href, 'server');
  const application = new URL(owner);
  application.username = 'postern_app';
  application.password = '';
  return { DATABASE_URL: application.href };
}
