import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { adapters } from '#adapters';
import type { World } from '#app';
import { type Config, readConfig } from '#config';
import type { TestDatabase } from '#test/database.ts';
import type { Environment } from '../../src/cli/command.ts';
import { run } from '../../src/cli/run.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface TestCli {
  readonly config: Config;
  /** Types a command, as Kim Lee unless the words say otherwise. */
  type(words: string, options?: Typed): Promise<Said>;
  /** Types a command with `--json` and gives what it answers; fails when it does. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON of answers that they assert on
  ask(words: string, options?: Typed): Promise<any>;
  /** Everything that was ever said, to look for what must not be. */
  readonly transcript: string[];
}
export interface Typed {
  /** Words with spaces in them, after the others. */
  readonly more?: readonly string[];
  /** What stands on standard input. */
  readonly secrets?: readonly string[];
  readonly as?: string | null;
  readonly world?: World;
}

/** EMRs are not paced, so that a test waits for nothing but work. */
export const world: World = {
  adapters: adapters.map((adapter) => ({
    ...adapter,
    capabilities: { ...adapter.capabilities, pace: { gapMs: 0, concurrent: 8 } },
  })),
  clock: { now: () => Date.now(), sleep: (ms) => delay(ms) },
  random: Math.random,
  budgets: {},
};

/** The command line on a test's database, with a state folder of its own. */
export async function createTestCli(
  database: TestDatabase,
  variables: Readonly<Record<string, string>> = {},
): Promise<TestCli> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const read = readConfig({
    NODE_ENV: 'test',
    POSTERN_STATE_DIR: folder,
    ...(database.kind === 'server' && { DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl }),
    ...variables,
  });
  // The embedded database's address is its folder.
  const own = decodeURIComponent(new URL(database.url).hostname);
  const config: Config =
    database.kind === 'server' ? read : { ...read, database: { kind: 'embedded', folder: own } };
  const transcript: string[] = [];

  async function type(words: string, options: Typed = {}): Promise<Said> {
    const { more = [], as = 'Kim Lee', secrets = [] } = options;
    const argv = [...words.split(' '), ...more, ...(as === null ? [] : ['--as', as])];
    const said = await typed(argv, { config: () => config, world: options.world ?? world }, secrets);
    transcript.push(said.out, said.err);
    return said;
  }

  return {
    config,
    transcript,
    type,
    async ask(words, options = {}) {
      const said = await type(words, { ...options, more: [...(options.more ?? []), '--json'] });
      if (said.code !== 0) throw new Error(`${words}: ${said.code} ${said.err}`);
      return JSON.parse(said.out);
    },
  };
}

/** A line as a shell takes it apart: quotes hold words together, variables stay as they are. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replaceAll(/['"]/g, ''));
}

/** One use of the command line with its words caught. */
export async function typed(
  argv: readonly string[],
  environment: Environment,
  secrets: readonly string[] = [],
): Promise<Said> {
  const waiting = [...secrets];
  let out = '';
  let err = '';
  const code = await run(
    argv,
    {
      write(text) {
        out += text;
      },
      complain(text) {
        err += text;
      },
      readSecret: async () => waiting.shift() ?? '',
    },
    environment,
  );
  return { code, out, err };
}
