import { ConfigError } from '#config';
import { Failure } from '#domain/failure.ts';
import { VaultError } from '#vault/vault-error.ts';
import { errorCode } from '../observe/log.ts';

/** A sentence of ours for the person at the command line, and the exit code. It holds nothing that was typed as value. */
export class Complaint extends Error {
  override readonly name = 'Complaint';
  readonly exitCode: 1 | 2;

  /** @param exitCode 2 for what was typed wrongly: nothing was begun */
  constructor(sentence: string, exitCode: 1 | 2 = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

export interface Fault {
  readonly exitCode: 1 | 2;
  readonly code: string;
  readonly sentence: string;
}

/** What to say about an error. Messages of others are never said: the database's may hold values of rows. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Complaint)
    return {
      exitCode: error.exitCode,
      code: error.exitCode === 2 ? 'usage' : 'failed',
      sentence: error.message,
    };
  if (error instanceof ConfigError) return { exitCode: 1, code: 'settings', sentence: error.message };
  const trouble = databaseTrouble(error);
  if (trouble !== undefined) return { exitCode: 1, code: 'database', sentence: trouble };
  if (error instanceof Failure) {
    const { message, expression, hint, code } = error;
    const where = expression === undefined ? undefined : `It is about: ${expression}.`;
    return { exitCode: 1, code, sentence: [message, where, hint].filter(Boolean).join(' ') };
  }
  if (error instanceof VaultError) return { exitCode: 1, code: error.reason, sentence: error.message };
  return {
    exitCode: 1,
    code: 'internal',
    sentence: `Something failed on our side (${errorCode(error)}). What was begun is on record.`,
  };
}

const unreachable =
  'The database cannot be reached. Set DATABASE_URL, or start the embedded one in another terminal: npm start';
const unmigrated = 'The database does not have the schema of this version. Run: npm run postern -- migrate';
const troubles: ReadonlyMap<string, string> = new Map([
  ['ENOENT', unreachable],
  ['ECONNREFUSED', unreachable],
  ['ECONNRESET', unreachable],
  ['ENOTFOUND', unreachable],
  ['ETIMEDOUT', unreachable],
  ['28000', 'The database refused the user of DATABASE_URL.'],
  ['28P01', 'The database refused the password of DATABASE_URL.'],
  ['3D000', 'The database that DATABASE_URL names does not exist.'],
  ['3F000', unmigrated], // no such schema
  ['42P01', unmigrated], // no such table
  ['42703', unmigrated], // no such column
  ['42883', unmigrated], // no such function
  ['22023', unmigrated], // no such role to become
]);

function databaseTrouble(error: unknown): string | undefined {
  const code = databaseCode(error);
  return code === undefined ? undefined : troubles.get(code);
}

/** SQLSTATE of a database's refusal, or the system's code of a connection that was not made, however deep it lies. */
export function databaseCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const inner: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
    if (!(inner instanceof Error && 'code' in inner && typeof inner.code === 'string')) continue;
    if ('syscall' in inner ? inner.syscall === 'connect' : 'severity' in inner) return inner.code;
  }
  return undefined;
}
