import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

/**
 * The embedded database as a process of its own: `node src/store/embedded/server.ts FOLDER`. It serves FOLDER/pgdata on
 * the socket FOLDER/.s.PGSQL.5432, which only the user who started it can reach. Everybody who gets in is superuser, so
 * the folder is the wall; it is for trying and for tests, because it does not fsync.
 */
export const socketName = '.s.PGSQL.5432';

async function serve(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await lock(folder);
  const socket = join(folder, socketName);
  if (await answers(socket))
    throw new Error(`Another embedded database already serves ${folder}. Stop it first.`);
  await rm(socket, { force: true });

  const database = await PGlite.create({ dataDir: join(folder, 'pgdata'), extensions: { btree_gist } });
  const server = new PGLiteSocketServer({ db: database, path: socket, maxConnections: 200 });
  await server.start();
  await chmod(socket, 0o600);
  process.send?.({ ready: true });
  process.stdout.write(`ready ${socket}\n`);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await Promise.race([server.stop(), new Promise((resolve) => setTimeout(resolve, 1_000))]);
    await Promise.race([database.close(), new Promise((resolve) => setTimeout(resolve, 2_000))]);
    await rm(socket, { force: true });
    await rm(join(folder, 'pid'), { force: true });
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
}

/** PGlite opens one folder twice without a word and the two diverge: a pid file keeps the second one out. */
async function lock(folder: string): Promise<void> {
  const file = join(folder, 'pid');
  for (let tries = 0; tries < 3; tries++) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx', mode: 0o600 });
      return;
    } catch {
      const pid = Number(await readFile(file, 'utf8').catch(() => ''));
      if (pid > 0 && pid !== process.pid && isAlive(pid))
        throw new Error(
          `The embedded database in ${folder} is in use by process ${pid}. Stop it, or use another folder.`,
        );
      await rm(file, { force: true });
    }
  }
  throw new Error(`The lock file ${file} cannot be taken.`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

const folder = process.argv[2];
if (import.meta.main && folder !== undefined) {
  serve(folder).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
