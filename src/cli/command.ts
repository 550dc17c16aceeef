import type { Config } from '#config';
import type { Caller } from '#scheduling/caller.ts';
import type { Operator } from '#scheduling/operator.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import type { KeyRing } from '#vault/key-ring.ts';
import type { Core, World } from '../app.ts';
import { typedLine } from './typed-line.ts';

/** One command as data: the help, the parser and the record are made from it. */
export type Command = OpenCommand | OperatorCommand | PracticeCommand;

interface Described {
  /** What is typed, e.g. `practice add`. */
  readonly name: string;
  /** One line, a sentence without its full stop. */
  readonly help: string;
  /** What has to be known before it is used, in whole sentences; for its own help alone. */
  readonly note?: string;
  readonly arguments: Words;
  readonly options: Words;
}

/** Touches no data: nobody has to say who they are. */
export interface OpenCommand extends Described {
  readonly of: 'anyone';
  readonly run: (session: OpenSession, values: never) => Promise<Answer>;
}
/** About all practices, or making one. */
export interface OperatorCommand extends Described {
  readonly of: 'operator';
  readonly run: (session: OperatorSession, values: never) => Promise<Answer>;
}
/** About the practice that `--practice` names. */
export interface PracticeCommand extends Described {
  readonly of: 'practice';
  readonly run: (session: PracticeSession, values: never) => Promise<Answer>;
}

export interface Words {
  readonly [name: string]: Word;
}
/** An argument or option. Without `value` and `choices` it is a flag. */
export interface Word {
  readonly help: string;
  /** Stands for its value in the help, e.g. `NAME`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly required?: true;
  readonly many?: true;
  /** The value is an id of ours, a UUID. */
  readonly id?: true;
}

export type Values<W extends Words> = { readonly [Name in keyof W]: Given<W[Name]> };
type Given<W extends Word> = W extends { readonly many: true }
  ? readonly string[] | Missing<W>
  : W extends { readonly choices: readonly (infer Choice)[] }
    ? Choice | Missing<W>
    : W extends { readonly value: string }
      ? string | Missing<W>
      : boolean;
type Missing<W extends Word> = W extends { readonly required: true } ? never : undefined;

/** What a command has to say: for people, and with `--json` for programs. */
export interface Answer {
  readonly text: string;
  readonly json: unknown;
  /** It was done and found something wrong: exit code 1. */
  readonly failed?: boolean;
}

/** Where words come from and go to. */
export interface Io {
  write(text: string): void;
  complain(text: string): void;
  /** A secret, typed without being shown or the next line of what is piped in. Never from the command line itself. */
  readSecret(question: string): Promise<string>;
}

export interface Environment {
  /** Asked for by commands that need it: help works without any settings. */
  readonly config: () => Config;
  /** Stands in for the world around; for tests. */
  readonly world?: World;
}

export interface OpenSession {
  readonly io: Io;
  readonly environment: Environment;
}
export interface OperatorSession {
  readonly io: Io;
  readonly config: Config;
  readonly ring: KeyRing;
  readonly core: Core;
  readonly on: Scheduling;
  readonly operator: Operator;
  /** As `--as` gave it. */
  readonly person: string;
  /** Names what the use is about, for its record. */
  readonly about: (id: string) => void;
}
export interface PracticeSession extends OperatorSession {
  readonly caller: Caller;
}

type Definition<Session, A extends Words, O extends Words> = Pick<Described, 'name' | 'help' | 'note'> & {
  readonly arguments?: A;
  readonly options?: O;
  readonly run: (session: Session, values: Values<A & O>) => Promise<Answer>;
};
type NoWords = Record<never, Word>;

export function openCommand<const A extends Words = NoWords, const O extends Words = NoWords>(
  command: Definition<OpenSession, A, O>,
): OpenCommand {
  return { of: 'anyone', arguments: {}, options: {}, ...command };
}

export function operatorCommand<const A extends Words = NoWords, const O extends Words = NoWords>(
  command: Definition<OperatorSession, A, O>,
): OperatorCommand {
  return { of: 'operator', arguments: {}, options: {}, ...command };
}

export function practiceCommand<const A extends Words = NoWords, const O extends Words = NoWords>(
  command: Definition<PracticeSession, A, O>,
): PracticeCommand {
  return { of: 'practice', arguments: {}, ...command, options: { practice, ...command.options } };
}

const practice: Word = {
  value: 'ID',
  id: true,
  required: true,
  help: `the practice; ${typedLine('practice list')} names them`,
};
