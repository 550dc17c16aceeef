import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { access, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '#test/processes.ts';

/** A PostgreSQL server of our own, so that it can be treated badly: on loopback, durable as in production. */
export interface Cluster {
  /** Superuser's address. */
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** As after a power cut of the server process: no shutdown, then crash recovery. Resolves when it serves again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** @throws in words, when PostgreSQL's server programs are not on this machine */
export async function startCluster(): Promise<Cluster> {
  const programs = await findPrograms();
  const data = await mkdtemp(join(tmpdir(), 'postern-postgres-'));
  // The server refuses to run as root.
  const asOther = userInfo().uid === 0;
  if (asOther) {
    const [uid = 0, gid = 0] = await Promise.all(
      ['-u', '-g'].map(async (which) => Number((await run('id', [which, 'postgres'])).stdout)),
    );
    await chown(data, uid, gid);
  }
  const command = (program: string, ...args: string[]) => {
    const path = join(programs, program);
    // What it starts must not hold our pipes open.
    const wait = { timeout: 60_000, cwd: '/' };
    return asOther
      ? run('setpriv', ['--reuid', 'postgres', '--regid', 'postgres', '--init-groups', path, ...args], wait)
      : run(path, args, wait);
  };

  await command(
    'initdb',
    '--pgdata',
    data,
    '--username',
    'postgres',
    '--auth',
    'trust',
    '--encoding',
    'UTF8',
    '--no-locale',
    '--no-instructions',
  );
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: data,
    max_connections: 120,
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
  };
  const options = Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
  const log = join(data, 'server.log');
  await command(
    'pg_ctl',
    'start',
    '--pgdata',
    data,
    '--wait',
    '--silent',
    '--log',
    log,
    '--options',
    options,
  );
  return {
    ownerUrl: `postgres://postgres@127.0.0.1:${port}/postgres`,
    appUrl: `postgres://postern_app@127.0.0.1:${port}/postgres`,
    async restart() {
      await command(
        'pg_ctl',
        'restart',
        '--pgdata',
        data,
        '--mode',
        'immediate',
        '--wait',
        '--silent',
        '--log',
        log,
      );
    },
    async stop() {
      await command('pg_ctl', 'stop', '--pgdata', data, '--mode', 'immediate', '--silent');
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function findPrograms(): Promise<string> {
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/local/pgsql/bin',
  ];
  for (const folder of folders) {
    const all = ['initdb', 'pg_ctl', 'postgres'].map((program) => access(join(folder, program)));
    if ((await Promise.allSettled(all)).every(({ status }) => status === 'fulfilled')) return folder;
  }
  throw new Error(
    'The soak restarts its own PostgreSQL and found no initdb and pg_ctl on the PATH or in /usr/lib/postgresql. Install the postgresql server package (15 or newer).',
  );
}
