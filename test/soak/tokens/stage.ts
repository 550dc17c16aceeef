import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '#store/migrate.ts';
import { newKeyRingEntry } from '#vault/key-ring.ts';
import { Secret } from '#vault/secret.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { type Gate, openGate } from './gate.ts';
import type { TokenSoakOptions } from './options.ts';
import { openSoakVault, type VaultSettings } from './vault.ts';
import type { Seen, WorkerSettings } from './worker.ts';

export interface Connection {
  readonly practice: string;
  readonly connection: string;
}

/** Everything of the soak: a PostgreSQL of its own, an authorization server, the gate before it, workers. */
export interface TokenStage {
  readonly cluster: Cluster;
  readonly owner: pg.Pool;
  readonly gate: Gate;
  readonly connections: readonly Connection[];
  readonly spillFolder: string;
  /** Starts worker number `at`; resolves when it serves. */
  start(at: number, options?: { naive: boolean }): Promise<void>;
  /** SIGKILL. Resolves when it is gone. */
  kill(at: number): Promise<void>;
  stop(at: number): Promise<void>;
  /** What all workers have told since the last time it was asked. */
  seen(): Seen;
  /** Requests that a worker which lived gave up: this machine was too slow for the time-outs of a gateway. */
  tooLate(): number;
  /** Results that reached the database by way of a journal, as far as their processes lived to tell. */
  readonly replayed: number;
  /** Somebody consents: a new grant for the connection. */
  consent(of: Connection): Promise<void>;
  /** Grants that the server has ended because a refresh token was used twice. */
  revoked(): Promise<number>;
  close(keep: boolean): Promise<string>;
}

export async function setTokenStage(options: TokenSoakOptions): Promise<TokenStage> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-token-soak-'));
  const closing: (() => Promise<unknown>)[] = [];
  const children = new Map<number, ChildProcess>();
  let total = nothing();
  let replayed = 0;
  const kills: { worker: number; at: number }[] = [];
  const close = async (keep: boolean): Promise<string> => {
    for (const at of children.keys()) await stop(at).catch(() => {});
    for (const end of closing.reverse()) await end().catch(() => {});
    if (!keep) await rm(folder, { recursive: true, force: true });
    return folder;
  };

  async function stop(at: number): Promise<void> {
    const child = children.get(at);
    children.delete(at);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.send({ stop: true });
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await gone;
    clearTimeout(late);
  }

  try {
    const cluster = await startCluster();
    closing.push(() => cluster.stop());
    await migrate(cluster.ownerUrl, 'server');
    const owner = new pg.Pool({ connectionString: cluster.ownerUrl, max: 2 });
    // Its connections die with every kill; the next query takes a new one.
    owner.on('error', () => {});
    closing.push(() => owner.end());
    const clientSecret = randomBytes(24).toString('hex');
    const server = fork(join(import.meta.dirname, 'authorization-server.ts'), [clientSecret], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    closing.push(async () => server.kill());
    const [{ url }] = (await once(server, 'message')) as [{ url: string }]; // its only message
    const gate = await openGate(`${url}/token`);
    closing.push(() => gate.close());

    const settings: Omit<VaultSettings, 'worker'> = {
      databaseUrl: cluster.appUrl,
      keys: newKeyRingEntry(),
      spillFolder: join(folder, 'spill'),
      gateUrl: gate.url,
      clientSecret,
    };
    const own = openSoakVault({ ...settings, worker: 999 }, () => {});
    closing.push(() => own.close());
    const connections: Connection[] = [];
    for (let at = 0; at < options.connections; at += 1)
      connections.push({ practice: randomUUID(), connection: randomUUID() });
    for (const { practice, connection } of connections) {
      await owner.query(
        "insert into postern.practice (practice_id, name, time_zone, mode) values ($1, 'Cedar', 'America/Denver', 'sandbox')",
        [practice],
      );
      await owner.query(
        "insert into postern.connection (practice_id, connection_id, adapter, kind, origin) values ($1, $2, 'soak', 'simulator', $3)",
        [practice, connection, url],
      );
    }

    return {
      cluster,
      owner,
      gate,
      connections,
      spillFolder: settings.spillFolder,
      async start(at, { naive } = { naive: false }) {
        const worker: WorkerSettings = {
          ...settings,
          worker: at,
          connections,
          callers: options.callers,
          resourceUrl: `${url}/resource`,
          naive,
        };
        const child = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(worker)], {
          stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        });
        children.set(at, child);
        const ready = Promise.withResolvers<void>();
        child.on('message', (message: { ready?: true; seen?: Seen }) => {
          if (message.ready) ready.resolve();
          if (message.seen) {
            total = sum(total, message.seen);
            replayed += message.seen.replayed;
          }
        });
        child.once('exit', () => ready.reject(new Error(`Worker ${at} ended while it was starting.`)));
        await ready.promise;
      },
      async kill(at) {
        const child = children.get(at);
        children.delete(at);
        if (!child || child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        kills.push({ worker: at, at: Date.now() });
        child.kill('SIGKILL');
        await gone;
      },
      stop,
      seen() {
        const told = total;
        total = nothing();
        return told;
      },
      tooLate() {
        const isKilled = (worker: number, at: number): boolean =>
          kills.some((kill) => kill.worker === worker && Math.abs(at - kill.at) < 5_000);
        return gate.passages.filter(
          ({ worker, abandonedAt }) => abandonedAt !== undefined && !isKilled(worker, abandonedAt),
        ).length;
      },
      get replayed() {
        return replayed;
      },
      async consent({ practice, connection }) {
        const answer = await fetch(`${url}/__grant`, { method: 'POST' });
        const grant = (await answer.json()) as Record<'access_token' | 'refresh_token' | 'scope', string>; // see there
        await own.database.withPractice(practice, (tx) =>
          own.tokens.store(tx, practice, connection, {
            accessToken: new Secret(grant.access_token),
            refreshToken: new Secret(grant.refresh_token),
            expiresInSeconds: 2,
            scopes: grant.scope.split(' '),
            server: 'https://soak.example',
          }),
        );
      },
      async revoked() {
        const answer = await fetch(`${url}/__revoked`);
        return ((await answer.json()) as string[]).length; // see there
      },
      close,
    };
  } catch (error) {
    await close(false);
    throw error;
  }
}

function nothing(): Seen {
  return { calls: 0, taken: 0, refused: 0, refreshed: 0, replayed: 0, failures: {} };
}

function sum(one: Seen, other: Seen): Seen {
  const failures = { ...one.failures };
  for (const [why, count] of Object.entries(other.failures)) failures[why] = (failures[why] ?? 0) + count;
  return {
    calls: one.calls + other.calls,
    taken: one.taken + other.taken,
    refused: one.refused + other.refused,
    refreshed: one.refreshed + other.refreshed,
    replayed: one.replayed + other.replayed,
    failures,
  };
}
