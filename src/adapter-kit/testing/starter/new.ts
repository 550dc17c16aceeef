import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Base, codeName, type Starter, starterFiles } from './files.ts';

const usage = `Use: npm run adapter:new -- ID --base rest|fhir [--into FOLDER]

  ID       name of the EMR in kebab-case, e.g. acme
  --base   rest: an API of the vendor's own; fhir: FHIR R4 with differences
  --into   a new folder outside this repository, for plain JavaScript; adapters/ID and TypeScript without it`;

const root = resolve(import.meta.dirname, '../../../..');

/**
 * `npm run adapter:new`: makes the folder of a new adapter, which passes its conformance cases as it is.
 *
 * @param words what follows the script's name
 * @param from absolute folder that `--into` starts from
 * @returns the exit code: 2 for what was typed wrongly
 */
export async function newAdapter(
  words: readonly string[],
  from: string,
  write: (text: string) => void,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { base: { type: 'string' }, into: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [id, ...others] = positionals;
  const { base, into } = values;
  if (values.help === true) return say(usage, 0);
  if (id === undefined || others.length > 0 || !isBase(base)) return say(usage, 2);
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length < 2 || id.length > 32)
    return say(`"${id}" is not kebab-case: lower-case letters and digits, with hyphens between.`, 2);
  const starter: Starter = {
    id,
    base,
    home: into === undefined ? 'repository' : 'outside',
    folder: into === undefined ? join(root, 'adapters', id) : resolve(from, into),
  };
  await writeStarter(starter);
  return say(whatNext(starter, from), 0);

  function say(text: string, code: number): number {
    write(`${text}\n`);
    return code;
  }
}

/** @throws Error when something stands there already */
export async function writeStarter(starter: Starter): Promise<void> {
  const { folder } = starter;
  if (await stat(folder).catch(() => undefined))
    throw new Error(`${folder} is there already; nothing was written.`);
  for (const [name, text] of starterFiles(starter)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

function isBase(text: string | undefined): text is Base {
  return text === 'rest' || text === 'fhir';
}

function whatNext({ id, base, home, folder }: Starter, from: string): string {
  const shown = home === 'repository' ? `adapters/${id}` : relative(from, folder) || '.';
  const suffix = home === 'repository' ? 'ts' : 'js';
  const model = home === 'outside' ? 'conformance.js' : base === 'rest' ? 'test/office.ts' : 'test/server.ts';
  const steps = [
    `npm run adapter:check -- ${shown}`,
    base === 'rest'
      ? `read routes.${suffix} and operations.${suffix}, and put the vendor's calls there, a case at a time`
      : `read dialect.${suffix}, and replace a member for each difference that the vendor's pages name`,
    `teach ${model} what the EMR does, from the vendor's pages and not from the adapter`,
    base === 'rest'
      ? `turn a capability on in index.${suffix}, write its operation, and check again`
      : 'check again after each of them',
    home === 'repository'
      ? `name ${codeName(id)} in src/adapters.ts, then: npx node test/support/make-adapter-pages.ts`
      : `start the gateway with it: POSTERN_ADAPTERS=${folder} npm run gateway`,
  ];
  return [
    `${shown} is an adapter that passes its conformance cases. Next:`,
    '',
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    '',
    'adapters/README.md goes the whole way on an example.',
  ].join('\n');
}

if (import.meta.main) {
  try {
    // npm runs a script in the folder of package.json; INIT_CWD is where it was typed.
    const from = process.env.INIT_CWD ?? process.cwd();
    process.exitCode = await newAdapter(process.argv.slice(2), from, (text) => process.stdout.write(text));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
