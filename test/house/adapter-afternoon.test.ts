import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import ts from 'typescript';
import { installedAdapters } from '#adapters';
import { commands } from '../../src/cli/commands.ts';
import { parse } from '../../src/cli/parse.ts';
import { temporaryFolder } from '../adapter-kit/workshop/house.ts';
import { wordsOf } from '../cli/support.ts';

/**
 * adapters/README.md, done by somebody who types what stands there, in its order: commands, whole files, changes of
 * files, and what the last check is said to print.
 */
const root = resolve(import.meta.dirname, '../..');
const execute = promisify(execFile);
const page = readFileSync(join(root, 'adapters/README.md'), 'utf8');
const pack: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, kind = '', text = '']) => ({
  kind,
  text,
}));

const house = join(await temporaryFolder(), 'postern');
await mkdir(house);
const brightbook = join(house, '../brightbook');
/** What each line of a shell block is for. */
const typed: string[] = [];
let card = '';

async function type(line: string): Promise<void> {
  const words = wordsOf(line);
  const script = words.slice(0, 3).join(' ');
  typed.push(script);
  if (words[0] === 'rm') return rm(join(house, words[1] ?? ''));
  if (words[0] === 'POSTERN_ADAPTERS=../brightbook') {
    const { adapters } = await installedAdapters(['../brightbook'], house);
    assert.equal(adapters.at(-1)?.id, 'brightbook');
    assert.equal(parse(words.slice(5), commands).is, 'command');
  } else if (script === 'npm run adapter:check' && words.includes('--live')) {
    // What follows is played in test/adapter-kit/workshop/live.test.ts.
    assert.ok(['--practice', '--connection', '--as'].every((word) => words.includes(word)));
  } else if (/^npm run adapter:(new|check)$/.test(script)) {
    card = await run(pack.scripts[words[2] ?? ''] ?? '', words.slice(4));
  } else assert.fail(`Nobody knows what to do with: ${line}`);
}

/** A script of package.json in a process of its own, as npm runs it for somebody who stands in the house. */
async function run(script: string, words: readonly string[]): Promise<string> {
  const [node, file = ''] = script.split(' ');
  assert.equal(node, 'node');
  const { PATH = '' } = process.env;
  const env = { PATH, INIT_CWD: house };
  const { stdout } = await execute(process.execPath, [file, ...words], { cwd: root, env }).catch(
    ({ stdout, stderr }) => assert.fail(`${stdout}${stderr}`),
  );
  return stdout;
}

/** `-` lines that stand in the file once become the `+` lines after them. */
async function change(text: string): Promise<void> {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const file = join(brightbook, head.replace('--- ', ''));
  let found = await readFile(file, 'utf8');
  const groups = lines.join('\n').matchAll(/(?:^-.*\n?)+(?:^\+.*\n?)+/gm);
  for (const [group] of groups) {
    const of = (sign: string) =>
      group
        .split('\n')
        .filter((line) => line.startsWith(sign))
        .map((line) => line.slice(1))
        .join('\n');
    assert.equal(found.split(of('-')).length, 2, `${of('-')} stands once in ${file}`);
    found = found.replace(of('-'), () => of('+'));
  }
  await writeFile(file, found);
}

async function write(text: string): Promise<void> {
  const [, name] = /^\/\/ ([a-z-]+\.js)\n/.exec(text) ?? [];
  assert.ok(name, 'A block of code says which file it is.');
  await mkdir(dirname(join(brightbook, name)), { recursive: true });
  await writeFile(join(brightbook, name), text.slice(text.indexOf('\n') + 1));
}

test('the afternoon ends green, and each hour prints what the page says', async () => {
  for (const { kind, text } of blocks) {
    if (kind === 'js') await write(text);
    else if (kind === 'diff') await change(text);
    else if (kind === 'sh') for (const line of text.trim().split('\n')) await type(line);
    else if (kind === 'text')
      for (const line of text.trimEnd().split('\n'))
        assert.ok(card.split('\n').includes(line), `The card does not say: ${line}\n${card}`);
    else assert.fail(`Nobody knows what to do with a block of ${kind}.`);
  }
  assert.equal(typed.filter((script) => script === 'npm run adapter:check').length, 6);
});

test('an editor has nothing to say about what the afternoon made', () => {
  const { config } = ts.readConfigFile(join(brightbook, 'jsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, brightbook);
  const program = ts.createProgram(fileNames, options);
  const said = fileNames.flatMap((name) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(name))
      .map(({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
  assert.deepEqual(said, []);
});
