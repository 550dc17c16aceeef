import { openSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { type Config, readConfig } from '#config';
import { embeddedUrl } from '#store/embedded/start.ts';
import { keepCompiled } from './compile-cache.ts';
import { type DemoFile, demoFilePath, readDemoFile, writeDemoFile } from './demo-file.ts';
import { lockFolder } from './folder-lock.ts';
import { requireFreePorts } from './free-ports.ts';
import { inTurn } from './in-turn.ts';
import { type DemoOffice, demoOffices } from './offices.ts';
import { pastedStory } from './pasted-story.ts';
import { practiceLine } from './practice-line.ts';
import { type Common, isFirstStart, startDatabase, startGateway, startSimulator } from './processes.ts';
import type { SeededPractice } from './seed.ts';
import { stopWhenTold } from './stop-when-told.ts';
import { type Supervision, superviseProcesses } from './supervision.ts';
import { createTerminal, seconds, type Terminal } from './terminal.ts';

/**
 * `npm start`: database, simulators and one gateway, each a process of its own, with a demo practice or two for each EMR. Runs until it is
 * told to stop (Ctrl-C, SIGTERM), then stops all of them, gateway first and database last, within five seconds.
 *
 * @throws Error with a sentence when it cannot start or go on; nothing is left running then
 */
export async function main(): Promise<void> {
  const config = readConfig(process.env, 'demo');
  const terminal = createTerminal(process.stdout, process.env);
  process.stdout.on('error', () => {}); // whoever read us has gone; the demo goes on
  if (!config.simulators)
    throw new Error(
      'POSTERN_SIMULATORS=off: the demo is made of simulators. Leave it out, or use npm run gateway.',
    );
  await makeStateFolder(config.stateDir);
  const unlock = await lockFolder(config.stateDir);
  const supervision = superviseProcesses(terminal.say);
  stopWhenTold(supervision, terminal);
  try {
    const started = startDemo(config, supervision, terminal);
    started.catch(() => {}); // it fails as well when it is told to stop half-way
    await Promise.race([started, supervision.ended]);
    await supervision.ended;
  } finally {
    await supervision.stop();
    await unlock();
  }
  terminal.say('Stopped.');
  process.exit(0); // a start that was broken off may still hold a connection
}

async function startDemo(config: Config, supervision: Supervision, terminal: Terminal): Promise<void> {
  const begun = performance.now();
  const say = (line: string): void => {
    if (!supervision.ending.aborted) terminal.say(line);
  };
  await requireFreePorts([
    { variable: 'PORT', ...config.listen },
    { variable: 'OPERATOR_PORT', ...config.operator },
  ]);
  const logFile = join(config.stateDir, 'gateway.log');
  const log = await openLog(logFile);
  const common = { errors: log, signal: supervision.ending, compileCache: keepCompiled() };
  // Everything else waits for the database, so it comes first; the slowest EMRs, which are first in the list, are next.
  const database = prepareDatabase(config, supervision, common, say);
  const simulators = inTurn(demoOffices, Math.max(2, availableParallelism()), keepSimulator);
  const later = import('./seed.ts'); // takes as long to load as the database to start
  later.catch(() => {});

  await database;
  const gateway = keepGateway();
  gateway.catch(() => {});
  const offices = demoOffices.flatMap((office, index) => {
    const simulatorUrl = simulators[index];
    return simulatorUrl === undefined ? [] : [{ office, simulatorUrl }];
  });
  const { seedDemo } = await later;
  const remembered = await readDemoFile(config.stateDir);
  const [url, seeded] = await Promise.all([gateway, seedDemo({ config, offices, remembered, gateway, say })]);
  const demo = demoFileOf(url, seeded);
  await writeDemoFile(config.stateDir, demo);
  const made = seeded.filter(({ isNew }) => isNew).length;
  if (!supervision.ending.aborted)
    tell(terminal, demo, config, { ms: performance.now() - begun, made, logFile });

  async function keepSimulator(office: DemoOffice): Promise<string> {
    let port = 0; // that of the last start, if it is free
    const { url } = await supervision.keep(`The simulator of ${office.name}`, 'simulator', async () => {
      const launched = await startSimulator(common, process.env, config.stateDir, office, port);
      port = Number(new URL(launched.url).port);
      return launched;
    });
    return url;
  }

  async function keepGateway(): Promise<string> {
    let { port } = config.listen;
    const output = process.env.LOG_LEVEL ? 'inherit' : log;
    const { url } = await supervision.keep('The gateway', 'gateway', async () => {
      const launched = await startGateway(common, process.env, config, port, output);
      if (port === 0) port = Number(new URL(launched.url).port);
      return launched;
    });
    return url;
  }
}

/** Starts the embedded database unless there is a server, and brings either to the newest schema. */
async function prepareDatabase(
  { database }: Config,
  supervision: Supervision,
  common: Common,
  say: (line: string) => void,
): Promise<void> {
  const migrations = import('#store/migrate.ts');
  migrations.catch(() => {});
  if (database.kind === 'server') {
    if (database.ownerUrl === undefined) {
      say('DATABASE_OWNER_URL is not set: the database is taken as it is, without migrations.');
      return;
    }
    say('Preparing the database …');
    await (await migrations).migrate(database.ownerUrl.reveal(), 'server').catch((cause: unknown) => {
      throw new Error(`The database of DATABASE_OWNER_URL cannot be prepared: ${wordsOf(cause)}`, {
        cause,
      });
    });
    return;
  }
  say(isFirstStart(database.folder) ? 'Preparing the database (first time) …' : 'Starting …');
  await supervision.keep('The database', 'database', () =>
    startDatabase(common, process.env, database.folder),
  );
  await (await migrations).migrate(embeddedUrl(database.folder), 'embedded');
}

/** An address that nobody answers at gives an error without words, and a code. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}

function demoFileOf(url: string, seeded: readonly SeededPractice[]): DemoFile {
  return {
    url,
    practices: seeded.map(({ id, office, simulatorUrl, clientId, clientSecret, scope }) => ({
      id,
      name: office.name,
      emr: office.emr,
      timeZone: office.timeZone,
      agent: {
        client_id: clientId,
        client_secret: clientSecret,
        token_endpoint: `${url}/oauth/token`,
        scope,
      },
      simulator: { url: simulatorUrl },
    })),
  };
}

function tell(
  terminal: Terminal,
  demo: DemoFile,
  config: Config,
  start: { readonly ms: number; readonly made: number; readonly logFile: string },
): void {
  const { say, bold, dim } = terminal;
  const shown = (path: string): string => {
    const near = relative(process.cwd(), path);
    return near.startsWith('..') ? path : near;
  };
  say();
  const made = start.made === 0 ? '' : `, with ${start.made} new practice${start.made === 1 ? '' : 's'}`;
  say(bold(`Postern is ready${made} (${seconds(start.ms)}).`));
  say();
  say(`  FHIR R4     ${demo.url}/fhir/R4`);
  for (const practice of demo.practices) say(practiceLine(practice));
  say(`  Credentials ${shown(demoFilePath(config.stateDir))}`);
  say(`  Log         ${process.env.LOG_LEVEL ? 'below' : shown(start.logFile)}`);
  if (config.operator.port > 0)
    say(`  Metrics     http://${config.operator.host}:${config.operator.port}/metrics`);
  const [practice] = demo.practices;
  const office = demoOffices.find(({ name }) => name === practice?.name);
  if (practice === undefined || office === undefined) return;
  say();
  say(
    `What to do next: paste this into another terminal. A caller gets an appointment at ${practice.name} and cancels it.`,
  );
  say(dim('-'.repeat(72)));
  say(pastedStory(demo.url, practice, office).trimEnd());
  say(dim('-'.repeat(72)));
  say(`Or run ${bold('npm run demo')} there: the long story, at every practice. Ctrl-C stops everything.`);
}

/** Of its owner alone; one that is there keeps its rights, which may be somebody else's business. */
async function makeStateFolder(stateDir: string): Promise<void> {
  const longest = join(stateDir, 'database', '.s.PGSQL.5432');
  if (Buffer.byteLength(longest) > 103)
    throw new Error(
      `The path of ${stateDir} is too long for the database's socket. Set POSTERN_STATE_DIR to a folder with a path of at most 80 characters.`,
    );
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
}

/** A log for each start; that of the start before is kept beside it. */
async function openLog(file: string): Promise<number> {
  await rename(file, `${file}.1`).catch(() => {});
  return openSync(file, 'a', 0o600);
}
