import type { Config } from '#config';
import { embeddedUrl, startEmbeddedDatabase } from '#store/embedded/start.ts';
import { migrate } from '#store/migrate.ts';
import { type Answer, type Command, openCommand } from '../command.ts';
import { Complaint, databaseCode } from '../complaint.ts';

export const migrateCommands: readonly Command[] = [
  openCommand({
    name: 'migrate',
    help: 'Brings the database to the newest schema; needs DATABASE_OWNER_URL unless it is the embedded one',
    async run({ environment }): Promise<Answer> {
      const { applied } = await migrateDatabase(environment.config().database);
      const text =
        applied.length === 0
          ? 'The database has the newest schema.'
          : `Applied:\n${applied.map((name) => `  ${name}`).join('\n')}`;
      return { text, json: { applied } };
    },
  }),
];

async function migrateDatabase(database: Config['database']) {
  if (database.kind === 'embedded') return migrateEmbedded(database.folder);
  if (!database.ownerUrl)
    throw new Complaint('DATABASE_OWNER_URL is missing: migrations run as the owner of the schema.');
  return migrate(database.ownerUrl.reveal(), 'server');
}

/** The one that `npm start` is running, or one that is started for this. */
async function migrateEmbedded(folder: string) {
  try {
    return await migrate(embeddedUrl(folder), 'embedded');
  } catch (error) {
    if (!['ENOENT', 'ECONNREFUSED'].includes(databaseCode(error) ?? '')) throw error;
  }
  const server = await startEmbeddedDatabase(folder);
  try {
    return await migrate(server.url, 'embedded');
  } finally {
    await server.stop();
  }
}
