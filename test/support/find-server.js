import { userInfo } from 'node:os';

/**
 * Address of a PostgreSQL server on which tests may make and drop databases: TEST_DATABASE_URL, or else the one at
 * 127.0.0.1:5432 if it lets us in as superuser.
 *
 * @returns {Promise<string>}
 * @throws in words, when there is none: a test run on PostgreSQL that runs nothing is a failure.
 */
export async function findServer() {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    const problem = await problemOf(given);
    if (problem) throw new Error(`TEST_DATABASE_URL does not serve for the tests: ${problem}`);
    return given;
  }
  const problems = [];
  for (const user of new Set([process.env.PGUSER, userInfo().username, 'postgres', 'root'])) {
    if (!user) continue;
    const url = `postgres://${encodeURIComponent(user)}@127.0.0.1:5432/postgres`;
    const problem = await problemOf(url);
    if (!problem) return url;
    problems.push(`  as ${user}: ${problem}`);
  }
  throw new Error(
    [
      'These tests need a PostgreSQL server (15 or newer) and found none at 127.0.0.1:5432:',
      ...problems,
      'Start one, or set TEST_DATABASE_URL to the address of a superuser on a server kept for tests.',
    ].join('\n'),
  );
}

/** @param {string} url @returns {Promise<string | undefined>} */
async function problemOf(url) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
  });
  try {
    await client.connect();
    const { rows } = await client.query(
      "select rolsuper, current_setting('server_version_num')::int as version from pg_roles where rolname = current_user",
    );
    if (rows[0].version < 150_000) return 'the server is older than PostgreSQL 15.';
    return rows[0].rolsuper ? undefined : 'the user is no superuser there.';
  } catch (error) {
    return error.code ?? 'no answer';
  } finally {
    await client.end().catch(() => {});
  }
}

// `node test/support/find-server.js` prints the address, for scripts.
if (import.meta.main) {
  await findServer().then(
    (url) => process.stdout.write(`${url}\n`),
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
