import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedDatabase } from '#store/embedded/start.ts';
import { migrate } from '#store/migrate.ts';
import { describeSchema } from './schema.ts';

/** `npm run schema:dump`: writes test/db/schema.sql from a fresh embedded database. */
const folder = await mkdtemp(join(tmpdir(), 'postern-schema-'));
const server = await startEmbeddedDatabase(folder);
try {
  await migrate(server.url, 'embedded');
  const owner = new pg.Client({ connectionString: server.url });
  await owner.connect();
  await owner.query('set search_path = postern, public');
  await writeFile(
    new URL('../db/schema.sql', import.meta.url),
    await describeSchema((sql) => owner.query(sql)),
  );
  await owner.end();
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
