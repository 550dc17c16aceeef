import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { ConfigError } from '#config';
import { commands } from '../../src/cli/commands.ts';
import { everywhere, parse } from '../../src/cli/parse.ts';
import { typed, wordsOf } from './support.ts';

const noSettings = {
  config: () => {
    throw new ConfigError(['DATABASE_URL is wrong.']);
  },
};
const type = (...argv: string[]) => typed(argv, noSettings);
const id = '01900000-0000-7000-8000-000000000001';

for (const words of [[], ['help'], ['--help'], ['-h']]) {
  test(`"${words.join(' ')}" lists every command with its line, without any settings`, async () => {
    const { code, out, err } = await type(...words);
    assert.equal(code, 0);
    assert.equal(err, '');
    for (const { name, help } of commands) assert.match(out, new RegExp(`^ {2}${name} {2,}${help}$`, 'm'));
  });
}

test('names are unique, and no command hides behind the beginning of another', () => {
  const names = commands.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names)
    assert.deepEqual(
      names.filter((other) => other.startsWith(`${name} `)),
      [],
    );
});

for (const { name, of, note, arguments: args, options } of commands) {
  test(`the help of "${name}" tells all that it takes`, async () => {
    const { code, out } = await type('help', ...name.split(' '));
    assert.equal(code, 0);
    assert.equal((await type(...name.split(' '), '--help')).out, out);
    if (note !== undefined) assert.ok(out.includes(note));
    for (const each of Object.keys(args)) assert.ok(out.includes(`<${each}>`), each);
    for (const each of Object.keys(options)) assert.ok(out.includes(`--${each}`), each);
    assert.equal(out.includes('--as NAME'), of !== 'anyone');
  });

  test(`"${name}" has no option that every command has`, () => {
    for (const each of Object.keys(everywhere)) assert.ok(!Object.hasOwn(options, each), each);
  });

  if (of !== 'anyone')
    test(`"${name}" is refused without --as, before any settings are read`, async () => {
      const needed = { ...args, ...options };
      const words = Object.entries(needed).flatMap(([each, word]) => {
        if (!word.required) return [];
        const value = word.id ? id : (word.choices?.[0] ?? '1');
        return Object.hasOwn(args, each) ? [value] : [`--${each}`, value];
      });
      const { code, err } = await type(...name.split(' '), ...words);
      assert.equal(code, 2, err);
      assert.match(err, /^Say who you are with --as/);
      // The control: with a name it goes on to read the settings, and fails on these.
      const named = await type(...name.split(' '), ...words, '--as', 'Kim Lee');
      assert.equal(named.code, 1);
      assert.match(named.err, /DATABASE_URL is wrong/);
    });
}

test('help for a group lists the group, and for nothing known says so', async () => {
  const { out } = await type('help', 'queue');
  assert.match(out, /queue take/);
  assert.doesNotMatch(out, /agent add/);
  assert.equal((await type('queue', '--help')).out, out);
  const unknown = await type('help', 'nothing');
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /^There is no such command\.\nSee: /);
});

const wrong: Readonly<Record<string, [string[], RegExp]>> = {
  'a command that does not exist': [['frobnicate'], /^There is no such command\.\n/],
  'half a command': [['practice'], /^"practice" is followed by one of: add, list, show, /],
  'the wrong half of one': [['agent', 'delete'], /^"agent" is followed by one of: add, list, /],
  'an unknown option': [['practice', 'list', '--colour', 'x', '--as', 'K'], /^Unknown option '--colour'\.\n/],
  'an option without its value': [
    ['practice', 'list', '--as'],
    /^Option '--as <value>' argument missing\.\n/,
  ],
  'an option that swallows another': [
    ['practice', 'list', '--as', '--help'],
    /^Option '--as' argument is ambiguous\.\n/,
  ],
  'an argument too many': [
    ['practice', 'list', 'all', '--as', 'K'],
    /^"practice list" takes no argument and got 1\./,
  ],
  'a missing argument and a missing option': [
    ['queue', 'show', '--as', 'K'],
    /^<entry> and --practice are missing\.\nSee: npm run postern -- help queue show\n/,
  ],
  'a choice that is none': [
    ['practice', 'mode', 'alive', '--practice', id, '--as', 'K'],
    /^The argument <mode> has to be one of: sandbox, live\./,
  ],
  'an id that is none': [
    ['practice', 'show', '--practice', 'cedar', '--as', 'K'],
    /^--practice has to be an id/,
  ],
  'a name that is none': [['practice', 'list', '--as', 'Kim\nLee'], /^--as takes a name/],
  'an empty name': [['practice', 'list', '--as', ''], /^--as takes a name/],
  'a name that pretends to be a job': [['practice', 'list', '--as', 'a:b'], /^--as takes a name/],
};
for (const [what, [argv, sentence]] of Object.entries(wrong)) {
  test(`${what} is a sentence and exit code 2`, async () => {
    const { code, out, err } = await type(...argv);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, sentence);
  });
}

test('names of any script are taken', async () => {
  for (const name of ['Zoë O’Brien', "D'Arcy-Smith, J.", '李小龙', 'kim.lee+ops@clinic.example'])
    assert.match((await type('practice', 'list', '--as', name)).err, /DATABASE_URL is wrong/, name);
});

test('what was typed as a value is not repeated, not even where it does not belong', async () => {
  const canary = 'customer-key-4711';
  for (const argv of [
    ['connection', 'add', '--key', canary],
    ['connection', 'add', `--key=${canary}`],
    ['connection', 'add', canary],
    ['connection', 'add', '--kind', canary],
    ['practice', 'list', '--as', `${canary}!`],
    [canary],
  ]) {
    const { code, out, err } = await type(...argv, '--practice', id);
    assert.equal(code, 2);
    assert.ok(!`${out}${err}`.includes(canary), err);
  }
});

test('with --json a refusal is JSON too', async () => {
  const { code, err } = await type('practice', 'list', '--json');
  assert.equal(code, 2);
  assert.deepEqual(Object.keys(JSON.parse(err).error), ['code', 'sentence']);
});

test('the adapters and what they can do are told to anyone', async () => {
  const { code, out } = await type('adapters');
  assert.equal(code, 0);
  assert.match(out, /^ADAPTER +EMR /);
  assert.match(out, /^open-dental +Open Dental +key +yes +gateway +yes +yes +yes +yes +yes /m);
  // What an EMR can do once its settings are there is neither yes nor no.
  assert.match(out, /^epic +Epic +consent +with settings +gateway +with settings +no +no +yes +no /m);
  const [first] = JSON.parse((await type('adapters', '--json')).out);
  assert.equal(first.id, 'open-dental');
  assert.equal(first.capabilities.book, true);
});

test('a command that a help names can be pasted as it stands there', () => {
  const named = commands.flatMap(({ note = '', help, arguments: args, options }) =>
    [note, help, ...Object.values({ ...args, ...options }).map((word) => word.help)].flatMap((text) =>
      [...text.matchAll(/npm run postern -- (.+?'YOUR NAME'|adapters)/g)].map(([, line = '']) => line),
    ),
  );
  assert.ok(named.length > 8);
  for (const line of named)
    assert.equal(parse(wordsOf(line.replace('ID', id)), commands).is, 'command', line);
  const said = commands.flatMap(({ help, arguments: args, options }) => [
    help,
    ...Object.values({ ...args, ...options }).map((word) => word.help),
  ]);
  assert.deepEqual(
    said.filter((text) => /(?<!npm run )\bpostern (?!--)/.test(text)),
    [],
  );
});

test('the process ends by itself with the exit code', async () => {
  const start = resolve(import.meta.dirname, '../../src/start.js');
  for (const [words, code] of [
    [['adapters'], 0],
    [['frobnicate'], 2],
  ] as const) {
    const child = spawn(process.execPath, [start, 'postern', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    assert.equal(child.exitCode, code);
    assert.equal(said === '', code !== 0);
  }
});
