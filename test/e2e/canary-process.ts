import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestAgent } from '#test/agent.ts';
import { DEMO_KEY } from '../../adapters/open-dental/simulator/start-office.ts';
import type { Stage } from './canary-drive.ts';
import { describedBy } from './canary-requests.ts';

/** All that a gateway's process printed until it ended, and the code with which it ended. */
export interface Ended {
  readonly printed: string;
  readonly code: number | null;
}

/** Something nobody catches, with a patient in it, as soon as SIGUSR2 comes. */
const accidents = {
  rejection: 'Promise.reject(accident)',
  exception: 'setImmediate(() => { throw accident; })',
} as const;

/**
 * A gateway as a process on the same database, at its most talkative. It is asked for a patient, then something breaks
 * that nobody catches.
 */
export async function crashedGateway(stage: Stage, accident: keyof typeof accidents): Promise<Ended> {
  const { canaries, practice, patients } = stage;
  const patient = {
    family: canaries.name(`uncaught ${accident}`),
    birthDate: canaries.birthDate(`uncaught ${accident}`),
  };
  const text = `const accident = Object.assign(new Error(${JSON.stringify(patient.family)}), ${JSON.stringify(patient)});
    process.on('SIGUSR2', () => { ${accidents[accident]} });`;
  const child = await startGateway(stage, {}, [`--import=data:text/javascript,${encodeURIComponent(text)}`]);
  const url = await child.url();
  const { id, clientId, secret } = practice.agent;
  const agent = createTestAgent({ url, id, clientId, secret });
  const [person] = patients;
  if (person) await agent.fhir('POST', '/Patient/$match', { body: describedBy(person) });
  await agent.fhir('POST', '/Patient/$match', {
    body: `{"${canaries.note('malformed JSON')}`,
    headers: { 'content-type': 'application/fhir+json' },
  });
  child.signal('SIGUSR2');
  return child.ended;
}

/** A gateway whose database refuses it, with secrets in its environment. */
export async function unstartedGateway(stage: Stage): Promise<Ended> {
  const { canaries } = stage;
  const password = canaries.secret('password of the database');
  const DATABASE_URL = `postgres://postern_app:${password}@127.0.0.1:1/postern`;
  const OPEN_DENTAL_DEVELOPER_KEY = canaries.secret('developer key');
  return (await startGateway(stage, { DATABASE_URL, OPEN_DENTAL_DEVELOPER_KEY }, [])).ended;
}

async function startGateway(
  { gateway }: Stage,
  changes: Readonly<Record<string, string>>,
  flags: readonly string[],
): Promise<{ url(): Promise<string>; signal(name: NodeJS.Signals): void; readonly ended: Promise<Ended> }> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-crash-'));
  const { database, keys } = gateway;
  if (database.kind === 'embedded')
    await symlink(decodeURIComponent(new URL(database.url).hostname), join(folder, 'database'));
  const child = spawn(
    process.execPath,
    [...flags, join(import.meta.dirname, '../../src/start.js'), 'gateway'],
    {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'test',
        PORT: '0',
        OPERATOR_PORT: '0',
        LOG_LEVEL: 'trace',
        POSTERN_STATE_DIR: folder,
        POSTERN_KEYS: keys,
        OPEN_DENTAL_DEVELOPER_KEY: DEMO_KEY.developer,
        ...(database.kind === 'server' && { DATABASE_URL: database.url }),
        ...changes,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  const ended = once(child, 'close').then(async ([code]): Promise<Ended> => {
    await rm(folder, { recursive: true, force: true });
    return { printed, code };
  });
  return {
    ended,
    signal: (name) => void child.kill(name),
    async url() {
      for (;;) {
        const [, url] = /"event":"gateway.started","url":"([^"]+)"/.exec(printed) ?? [];
        if (url !== undefined) return url;
        if (child.exitCode !== null) throw new Error(`The gateway ended: ${printed}`);
        await once(child.stdout, 'data');
      }
    },
  };
}
