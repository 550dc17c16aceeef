import { type ParseArgsConfig, parseArgs } from 'node:util';
import { isPersonName } from '#scheduling/operator.ts';
import type { Command, Word, Words } from './command.ts';
import { Complaint } from './complaint.ts';

/** What was asked for. */
export type Asked =
  | { readonly is: 'help'; readonly words: readonly string[] }
  | {
      readonly is: 'command';
      readonly command: Command;
      readonly values: Readonly<Record<string, Value>>;
      readonly person: string | undefined;
      readonly json: boolean;
    };
export type Value = string | boolean | readonly string[] | undefined;

/** Options that every command knows. */
export const everywhere: Words = {
  as: { value: 'NAME', help: 'who is answerable for this use; it is recorded with the name' },
  json: { help: 'the answer as JSON, for programs: npm run -s postern -- …' },
  help: { help: 'what the command takes' },
};

/**
 * Finds the command and parses what follows it.
 *
 * @throws Complaint, exit code 2, that says what is wrong and how to go on; it repeats names but no values
 */
export function parse(argv: readonly string[], commands: readonly Command[]): Asked {
  const [first = 'help', ...rest] = argv;
  if (first === 'help' || first === '--help' || first === '-h') return { is: 'help', words: rest };
  const command = commands.find(({ name }) => isPrefix(name.split(' '), argv));
  if (command === undefined) {
    const wantsHelp = argv.includes('--help') || argv.includes('-h');
    if (wantsHelp && commands.some(({ name }) => name.startsWith(`${first} `)))
      return { is: 'help', words: [first] };
    throw unknown(argv, commands);
  }

  const words = { ...everywhere, ...command.options };
  const { values, positionals } = split(command, words, argv.slice(command.name.split(' ').length));
  if (values.help === true) return { is: 'help', words: command.name.split(' ') };
  const given = { ...values, ...place(command, positionals) };
  for (const [name, word] of Object.entries({ ...command.arguments, ...command.options }))
    refuseUnfit(command, name, word, given[name]);
  refuseMissing(command, given);
  const { as: person, json } = given;
  if (command.of !== 'anyone' && person === undefined)
    throw wrong(command, 'Say who you are with --as "Your Name": every use is recorded with the person.');
  if (typeof person === 'string' && !isPersonName(person))
    throw wrong(
      command,
      "--as takes a name: letters, digits, spaces and . , ' ’ @ _ + - up to 80 characters.",
    );
  return {
    is: 'command',
    command,
    values: given,
    person: typeof person === 'string' ? person : undefined,
    json: json === true,
  };
}

function isPrefix(words: readonly string[], argv: readonly string[]): boolean {
  return words.every((word, index) => argv[index] === word);
}

function unknown(argv: readonly string[], commands: readonly Command[]): Complaint {
  const [first] = argv;
  const near = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  const sentence =
    near.length > 0
      ? `"${first}" is followed by one of: ${near.map((name) => name.slice(name.indexOf(' ') + 1)).join(', ')}.`
      : 'There is no such command.';
  return new Complaint(`${sentence}\nSee: npm run postern -- help`, 2);
}

function wrong(command: Command, sentence: string): Complaint {
  return new Complaint(`${sentence}\nSee: npm run postern -- help ${command.name}`, 2);
}

function split(command: Command, words: Words, args: readonly string[]) {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, word] of Object.entries(words))
    options[name] = isFlag(word)
      ? { type: 'boolean', default: false }
      : { type: 'string', multiple: word.many ?? false };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    // Strings, booleans and lists of strings, as the options above say.
    return { values: values as Record<string, Value>, positionals };
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error)) throw error;
    // Its first sentence names the option and no value.
    const [sentence = 'An option is wrong'] = error.message.split(/\.\s|\n/);
    throw wrong(command, `${sentence.replace(/\.$/, '')}.`);
  }
}

export function isFlag(word: Word): boolean {
  return word.value === undefined && word.choices === undefined;
}

function place(command: Command, positionals: readonly string[]): Record<string, Value> {
  const names = Object.keys(command.arguments);
  if (positionals.length > names.length)
    throw wrong(command, `"${command.name}" takes ${count(names.length)} and got ${positionals.length}.`);
  // Only those that were typed: an option may be called like an argument and say the same.
  return Object.fromEntries(positionals.map((value, index) => [names[index], value]));
}

function count(most: number): string {
  if (most === 0) return 'no argument';
  return most === 1 ? 'one argument' : `${most} arguments`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function refuseUnfit(command: Command, name: string, word: Word, value: Value): void {
  if (typeof value !== 'string') return;
  const called = name in command.arguments ? `The argument <${name}>` : `--${name}`;
  if (word.choices && !word.choices.includes(value))
    throw wrong(command, `${called} has to be one of: ${word.choices.join(', ')}.`);
  if (word.id && !uuid.test(value))
    throw wrong(command, `${called} has to be an id, such as 0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b.`);
}

function refuseMissing(command: Command, given: Readonly<Record<string, Value>>): void {
  const missing = (words: Words) =>
    Object.entries(words).filter(([name, { required }]) => required && given[name] === undefined);
  const names = [
    ...missing(command.arguments).map(([name]) => `<${name}>`),
    ...missing(command.options).map(([name]) => `--${name}`),
  ];
  if (names.length > 0)
    throw wrong(command, `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} missing.`);
}
