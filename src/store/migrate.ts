import { readdir, readFile } from 'node:fs/promises';
import knex, { type Knex } from 'knex';
import { PgBoss } from 'pg-boss';
import { databaseError } from './database.ts';
import { knexLog } from './knex-log.ts';
import { queues } from './queues.ts';
import { roles } from './roles.ts';

const folder = new URL('../../migrations/', import.meta.url);

/**
 * Brings a database to the newest schema: roles, schema `postern`, the SQL files of `migrations/` in order, and
 * pg-boss's schema with our queues. Needs the owner's address; running it again changes nothing.
 *
 * @throws when a role is missing and the owner may not create it; the message says which statement a DBA has to run.
 */
export async function migrate(
  ownerUrl: string,
  kind: 'embedded' | 'server',
): Promise<{ applied: readonly string[] }> {
  const owner = knex({
    client: 'pg',
    connection: { connectionString: ownerUrl },
    pool: { min: 0, max: 2 },
    log: knexLog,
  });
  try {
    await createRolesAndSchema(owner);
    const [, applied] = (await owner.migrate.latest({
      migrationSource: sqlFiles,
      schemaName: 'postern',
      tableName: 'schema_migration',
    })) as [number, string[]]; // knex types the pair as any
    await createQueues(owner, kind);
    return { applied };
  } finally {
    await owner.destroy();
  }
}

async function createRolesAndSchema(owner: Knex): Promise<void> {
  for (const role of [roles.app, roles.dispatch]) {
    try {
      await owner.raw(`do $$ begin
        if not exists (select from pg_roles where rolname = '${role}') then
          create role ${role} ${role === roles.app ? 'login' : 'nologin'} nosuperuser nobypassrls;
        end if;
      exception when duplicate_object or unique_violation then null;
      end $$`);
    } catch (cause) {
      if (databaseError(cause)?.code !== '42501') throw cause;
      throw new Error(
        `Role ${role} is missing. Have an administrator run: CREATE ROLE ${role}${role === roles.app ? " LOGIN PASSWORD '…'" : ' NOLOGIN'};`,
        { cause },
      );
    }
  }
  // Handing the dispatch functions over needs membership; the owner is no superuser in production.
  await owner.raw(`do $$ begin
    if not pg_has_role(current_user, '${roles.dispatch}', 'member') then grant ${roles.dispatch} to current_user; end if;
    exception when others then raise exception 'Have an administrator run: GRANT ${roles.dispatch} TO %', current_user;
  end $$`);
  await owner.raw('create schema if not exists postern');
  await owner.raw(`grant usage on schema postern to ${roles.app}, ${roles.dispatch}`);
}

const sqlFiles: Knex.MigrationSource<string> = {
  getMigrations: async () => (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort(),
  getMigrationName: (name) => name,
  getMigration: async (name) => {
    const sql = await readFile(new URL(name, folder), 'utf8');
    return {
      up: async (tx: Knex) => {
        await tx.raw('set local search_path = postern, public');
        await tx.raw(sql.replaceAll('?', '\\?'));
      },
      down: () => Promise.reject(new Error('Migrations go forward only; restore a backup to go back.')),
    };
  },
};

/** pg-boss's own tables belong to the owner; the application works its queues and cannot change them. */
async function createQueues(owner: Knex, kind: 'embedded' | 'server'): Promise<void> {
  const boss = new PgBoss({
    db: { executeSql: (text: string, values?: unknown[]) => rawQuery(owner, text, values) },
    schema: 'boss',
    supervise: false,
    schedule: false,
    ...(kind === 'embedded' ? { backend: 'pglite' as const } : {}),
  });
  await boss.start();
  try {
    for (const [name, options] of Object.entries(queues)) {
      if (!(await boss.getQueue(name))) await boss.createQueue(name, options);
    }
  } finally {
    await boss.stop({ graceful: false });
  }
  await owner.raw(`grant usage on schema boss to ${roles.app}`);
  await owner.raw(`grant select, insert, update, delete on all tables in schema boss to ${roles.app}`);
  await owner.raw(`grant usage on all sequences in schema boss to ${roles.app}`);
  await owner.raw(`grant execute on all functions in schema boss to ${roles.app}`);
}

async function rawQuery(owner: Knex, text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
  const connection = await owner.client.acquireConnection();
  try {
    return await connection.query(text, values);
  } finally {
    await owner.client.releaseConnection(connection);
  }
}
