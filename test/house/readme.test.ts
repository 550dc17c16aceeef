import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { variables } from '#config';
import { commands } from '../../src/cli/commands.ts';
import { parse } from '../../src/cli/parse.ts';
import { wordsOf } from '../cli/support.ts';

const root = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const pack: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(new URL('package.json', root), 'utf8'),
);

test('the README lists every setting with the default and purpose that the code has, and no other', () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.*) \| (.*) \|$/gm)].map(
    ([, name, standard, purpose]) => [name, standard?.trim(), purpose],
  );
  assert.deepEqual(
    rows,
    Object.entries(variables).map(([name, one]) => [name, one.standard, one.purpose]),
  );
});

test('every npm script that the README names exists', () => {
  const named = [...readme.matchAll(/npm (?:run ([a-z][a-z:]+)|(?:ci|start|test)\b)/g)].map(
    ([, name]) => name ?? '',
  );
  assert.ok(named.length > 8);
  assert.deepEqual(
    named.filter((name) => name !== '' && !Object.hasOwn(pack.scripts, name)),
    [],
  );
});

/** What follows `postern` on each line of the README's blocks, as the command line gets it. */
function typedCommands(): string[][] {
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.replaceAll(/\s*\\\n\s*/g, ' ').split('\n'));
  return lines.flatMap((line) => {
    const [, typed] = /(?:npm run postern --|start\.js postern) ([^<|>]*)/.exec(line) ?? [];
    const id = '01900000-0000-7000-8000-000000000001';
    return typed === undefined ? [] : [wordsOf(typed.replaceAll('$PRACTICE', id))];
  });
}

test('every command that the README has to be typed is one, with all that it needs', () => {
  const typed = typedCommands();
  assert.ok(typed.length > 10);
  for (const words of typed) assert.equal(parse(words, commands).is, 'command', words.join(' '));
});

test('every command that the README names in a sentence exists', () => {
  const named = [...readme.matchAll(/`npm run postern -- ([a-z -]+)`/g)].map(([, name = '']) => name);
  assert.ok(named.length > 3);
  assert.deepEqual(
    named.filter((words) => words !== 'help' && !commands.some(({ name }) => name === words)),
    [],
  );
});

test('the README goes from nothing to a first booking in an order in which each step can be done', () => {
  const order = typedCommands().map((words) => {
    const asked = parse(words, commands);
    return asked.is === 'command' ? asked.command.name : 'help';
  });
  const path = [
    ...['practice add', 'practice baa', 'practice mode', 'connection add', 'registration add'],
    ...['registration show', 'registration approve', 'connection link', 'visit-type list', 'visit-type set'],
    'agent add',
  ];
  assert.deepEqual(order.slice(0, path.length), path);
  const section = readme.slice(readme.indexOf('## A practice, from nothing'), readme.indexOf('## The house'));
  assert.match(section.slice(section.indexOf('agent add')), /oauth\/token/);
});

test('every folder and file that the README names is there', () => {
  const named = [
    ...readme.matchAll(
      /`((?:src|adapters|test|bench|migrations|fhir-profiles)\/[\w./-]*|docker-compose\.yml)`/g,
    ),
  ];
  assert.ok(named.length > 8);
  assert.deepEqual(
    named.map(([, path]) => path ?? '').filter((path) => !existsSync(new URL(path, root))),
    [],
  );
});

test('the two commands of a fresh machine are both there', () => {
  assert.match(readme, /^npm ci && npm start$/m);
  assert.match(readme, /^npm ci && npm test$/m);
});
