import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { readConfig } from '#config';
import { closeGlobalNetwork } from '#egress/index.ts';
import { cardText } from './card-text.ts';
import { findAdapter } from './find-adapter.ts';
import { checkLive, type LiveAsk, type LivePlayed, type LiveSurroundings } from './live.ts';
import { makeReportCard } from './report-card.ts';

const usage = `Use: npm run adapter:check -- FOLDER [--json]
     npm run adapter:check -- FOLDER --live --practice ID --connection ID --as NAME [--yes] [--json]

  FOLDER        an adapter of this repository (adapters/memory), one outside it, or the name of an installed package
  --json        the report card for programs; take npm run -s then
  --live        reads, and only reads, from the EMR of a connection that is set up already; it has the gateway's settings
  --practice    whose connection it is; npm run postern -- practice list names them
  --connection  npm run postern -- connection list names them
  --as          who is answerable for this use; it is recorded with the name
  --yes         do not ask before calling`;

/** Where words come from and go to. */
export interface CheckIo {
  /** Absolute folder from which the adapter is looked for. */
  readonly from: string;
  readonly write: (text: string) => void;
  /** Asked for by `--live` alone. */
  readonly surroundings: () => Omit<LiveSurroundings, 'confirm'>;
  /** What a person answers to a question. */
  readonly ask: (question: string) => Promise<string>;
}

/**
 * `npm run adapter:check`: what an adapter can do, whether it does it, and what it would be let do, on one card.
 *
 * @param words what follows the script's name
 * @returns the exit code: 0 only for an adapter that is good, 2 for what was typed wrongly
 */
export async function checkAdapter(words: readonly string[], io: CheckIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
  const [name, ...others] = positionals;
  const { practice, connection, as: person, live, json, help } = values;
  if (help === true || name === undefined || others.length > 0) return say(usage, help === true ? 0 : 2);
  if (live === true) {
    if (practice === undefined || connection === undefined || person === undefined) return say(usage, 2);
    const played = await playLive(name, { practice, connection, person }, values.yes === true, io);
    return say(json === true ? pretty(played) : liveText(played), played.failed.length === 0 ? 0 : 1);
  }
  const card = await makeReportCard(await findAdapter(name, io.from));
  return say(json === true ? pretty(card) : cardText(card), card.problems.length === 0 ? 0 : 1);

  function say(text: string, code: number): number {
    io.write(`${text}\n`);
    return code;
  }
}

const options = {
  json: { type: 'boolean' },
  live: { type: 'boolean' },
  practice: { type: 'string' },
  connection: { type: 'string' },
  as: { type: 'string' },
  yes: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

async function playLive(name: string, live: LiveAsk, isSure: boolean, io: CheckIo): Promise<LivePlayed> {
  const { adapter } = await findAdapter(name, io.from);
  const confirm = async (text: string): Promise<boolean> => {
    io.write(`${text}\n`);
    return isSure || (await io.ask('Type yes to go on: ')).trim() === 'yes';
  };
  return checkLive(adapter, live, { ...io.surroundings(), confirm });
}

function liveText({ passed, failed }: LivePlayed): string {
  return [
    `${passed.length} passed, ${failed.length} failed`,
    ...passed.map((name) => `  passed: ${name}`),
    ...failed.map(({ name, why }) => `  failed: ${name}\n    ${why.replaceAll('\n', '\n    ')}`),
  ].join('\n');
}

function pretty(value: object): string {
  return JSON.stringify(value, null, 2);
}

async function askPerson(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await checkAdapter(process.argv.slice(2), {
      // npm runs a script in the folder of package.json; INIT_CWD is where it was typed.
      from: process.env.INIT_CWD ?? process.cwd(),
      write: (text) => process.stdout.write(text),
      surroundings: () => {
        closeGlobalNetwork();
        return { config: readConfig(process.env) };
      },
      ask: askPerson,
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
