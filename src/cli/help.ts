import type { Command, Word, Words } from './command.ts';
import { Complaint } from './complaint.ts';
import { aligned } from './layout.ts';
import { everywhere, isFlag } from './parse.ts';

/**
 * Help for all commands, for those that begin with the words, or for the one command that they name.
 *
 * @throws Complaint, exit code 2, when no command begins so
 */
export function help(words: readonly string[], commands: readonly Command[]): string {
  const asked = words.join(' ');
  const exact = commands.find(({ name }) => name === asked);
  if (exact) return helpOf(exact);
  const group = commands.filter(({ name }) => asked === '' || name.startsWith(`${asked} `));
  if (group.length === 0) throw new Complaint('There is no such command.\nSee: npm run postern -- help', 2);
  return [
    'Postern’s command line. Every use is recorded with the person whom --as names.',
    `  ${call} COMMAND … --as "Your Name"`,
    indented(group.map(({ name, help: line }) => [name, line])),
    `More about one of them: ${call} help COMMAND`,
  ].join('\n\n');
}

const call = 'npm run postern --';

function helpOf(command: Command): string {
  const { name, note = '', arguments: args, options } = command;
  const { as, ...rest } = everywhere;
  const common = as && command.of !== 'anyone' ? { as: { ...as, required: true as const }, ...rest } : rest;
  const usage = [
    call,
    name,
    ...Object.entries(args).map(([each, { required }]) => (required ? `<${each}>` : `[${each}]`)),
    ...Object.entries({ ...options, ...common })
      .filter(([, { required }]) => required)
      .map(([each, word]) => `--${each} ${placeholder(each, word)}`),
  ].join(' ');
  return [
    `${command.help}.`,
    `  ${usage}`,
    note,
    lines('Arguments', args, (each) => `<${each}>`),
    lines('Options', { ...options, ...common }, (each, word) =>
      isFlag(word) ? `--${each}` : `--${each} ${placeholder(each, word)}`,
    ),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function lines(title: string, words: Words, called: (name: string, word: Word) => string): string {
  const rows = Object.entries(words).map(([name, word]) => [called(name, word), described(word)]);
  return rows.length === 0 ? '' : `${title}\n${indented(rows)}`;
}

function described(word: Word): string {
  const notes = [
    word.required && 'required',
    word.many && 'may be repeated',
    word.choices && `one of: ${word.choices.join(', ')}`,
  ].filter(Boolean);
  return notes.length === 0 ? word.help : `${word.help} (${notes.join('; ')})`;
}

function placeholder(name: string, { value }: Word): string {
  return value ?? name.toUpperCase();
}

function indented(rows: readonly (readonly string[])[]): string {
  return aligned(rows)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
