import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import pg from 'pg';
import { type Database, openDatabase } from '#store/database.ts';
import { startEmbeddedDatabase } from '#store/embedded/start.ts';
import { migrate } from '#store/migrate.ts';

export interface TestDatabase {
  readonly kind: 'embedded' | 'server';
  /** Application's address: what a gateway gets as DATABASE_URL. */
  readonly url: string;
  /** Owner's address: superuser on the embedded database and on the test server. */
  readonly ownerUrl: string;
  readonly database: Database;
  /** Runs SQL as the owner, outside every wall: to look, and to tamper. */
  asOwner(sql: string, values?: unknown[]): Promise<pg.QueryResult>;
}

/** True when the tests run on a real PostgreSQL server: what only a server can show is tested only there. */
export const onServer = process.env.TEST_DATABASE_URL !== undefined;

/**
 * A fresh migrated database for one test file: on the server of TEST_DATABASE_URL (a superuser's address) when that is
 * set, on an embedded one otherwise. It goes when the file ends.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  return onServer ? onRealServer(process.env.TEST_DATABASE_URL ?? '') : onEmbedded();
}

async function onRealServer(server: string): Promise<TestDatabase> {
  const name = `postern_test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const ownerUrl = withDatabase(server, name);
  await migrate(ownerUrl, 'server');
  const app = new URL(ownerUrl);
  app.username = 'postern_app';
  app.password = '';
  const database = openDatabase({ url: app.href, kind: 'server' });
  const owner = new pg.Pool({ connectionString: ownerUrl, max: 2, options: '-c search_path=postern,public' });
  owner.on('error', () => {});
  after(async () => {
    await database.close();
    await owner.end();
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.end();
  });
  return {
    kind: 'server',
    url: app.href,
    ownerUrl,
    database,
    asOwner: (sql, values) => owner.query(sql, values),
  };
}

function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

async function onEmbedded(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-db-'));
  await cp(await template(), join(folder, 'pgdata'), { recursive: true });
  const server = await startEmbeddedDatabase(folder);
  const database = openDatabase({ url: server.url, kind: 'embedded' });
  const owner = new pg.Pool({ connectionString: server.url, max: 1 });
  owner.on('error', () => {});
  after(async () => {
    await database.close();
    await owner.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    kind: 'embedded',
    url: server.url,
    ownerUrl: server.url,
    database,
    // Session settings are shared by all connections there, so the search path is set in the statement's transaction.
    asOwner: async (sql, values) => {
      const client = await owner.connect();
      try {
        await client.query('begin');
        await client.query("select set_config('search_path', 'postern, public', true)");
        const result = await client.query(sql, values);
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}

/** A migrated data folder, made once for each state of the migrations: copying it takes a tenth of migrating. */
async function template(): Promise<string> {
  const folder = join(tmpdir(), `postern-template-${await fingerprint()}`);
  const done = join(folder, 'pgdata');
  if (await exists(join(folder, 'complete'))) return done;
  const work = await mkdtemp(join(tmpdir(), 'postern-template-'));
  const server = await startEmbeddedDatabase(work);
  await migrate(server.url, 'embedded');
  await server.stop();
  const { rename, writeFile, mkdir } = await import('node:fs/promises');
  try {
    await mkdir(folder);
    await rename(join(work, 'pgdata'), done);
    await writeFile(join(folder, 'complete'), '');
  } catch {
    // Another test file was first; its folder is as good once it is complete.
    for (let tries = 0; tries < 100 && !(await exists(join(folder, 'complete'))); tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await rm(work, { recursive: true, force: true });
  return done;
}

async function fingerprint(): Promise<string> {
  const { createHash } = await import('node:crypto');
  const { readdir, readFile } = await import('node:fs/promises');
  const hash = createHash('sha256');
  const migrations = new URL('../../migrations/', import.meta.url);
  for (const name of (await readdir(migrations)).sort())
    hash.update(name).update(await readFile(new URL(name, migrations)));
  for (const file of ['../../src/store/migrate.ts', '../../src/store/queues.ts'])
    hash.update(await readFile(new URL(file, import.meta.url)));
  return hash.digest('hex').slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
