import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { requireNode24 } from '../../src/node-version.js';
import { findServer } from './find-server.js';
import { findTests } from './find-tests.js';

/**
 * `npm test [-- WORD …]` runs every test file (or those with a WORD in their path) on the embedded database,
 * `npm run test:server` the same files on a real PostgreSQL, where no test may be skipped.
 */
requireNode24();

const root = resolve(import.meta.dirname, '../..');
// TEST_DATABASE_URL says the same as --server: tests follow it wherever it is set.
const onServer = process.argv.includes('--server') || Boolean(process.env.TEST_DATABASE_URL);
const words = process.argv.slice(2).filter((argument) => argument !== '--server');

const files = await prepare().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

async function prepare() {
  if (onServer) process.env.TEST_DATABASE_URL = await findServer();
  return findTests(words, root);
}

// After the whole suite, and only then, the logs of all simulators are judged by the route tables.
const isWhole = words.length === 0;
if (isWhole) process.env.TEST_SIMULATOR_LOGS = mkdtempSync(join(tmpdir(), 'postern-simulator-logs-'));

// One more than the cores: a file that starts its embedded database waits for it most of that time.
const events = run({
  files: files.map((file) => resolve(root, file)),
  concurrency: 3,
  timeout: 300_000,
});
let failed = false;
events.on('test:fail', (event) => {
  if (event.todo === undefined || event.todo === false) failed = true;
});
events.on('test:summary', ({ file, success, counts }) => {
  if (file !== undefined) return;
  const unrun = counts.skipped + counts.todo;
  if (onServer && unrun > 0) {
    failed = true;
    process.on('exit', () =>
      process.stderr.write(`${unrun} tests were skipped on a real server: none may be.\n`),
    );
  }
  if (!success || counts.tests < files.length) failed = true;
});
events.on('end', async () => {
  process.exitCode = failed ? 1 : 0;
  if (isWhole && !(await onlyTableRoutes(process.env.TEST_SIMULATOR_LOGS))) process.exitCode = 1;
});

events.compose(spec).pipe(process.stdout);

/** @param {string} logs folder @returns {Promise<boolean>} */
async function onlyTableRoutes(logs) {
  const { judgeSimulatorLogs, readSimulatorLogs } = await import('./simulator-logs.ts');
  const { adapters } = await import('../../src/adapters.ts');
  const tables = Object.fromEntries(adapters.map(({ id, routes }) => [id, routes]));
  const { faults, sentence } = judgeSimulatorLogs(await readSimulatorLogs(logs), tables);
  rmSync(logs, { recursive: true, force: true });
  process.stdout.write(`${[sentence, ...faults].join('\n')}\n`);
  return faults.length === 0;
}
