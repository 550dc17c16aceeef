import { AsyncLocalStorage } from 'node:async_hooks';
import type { Knex } from 'knex';
import knex from 'knex';
import { knexLog } from './knex-log.ts';
import { roles, searchPath } from './roles.ts';

/** A transaction that already is the application's role and, where it was opened for one, a practice. */
export type Tx = Knex.Transaction;

/**
 * The only way to the database. Every query runs in a transaction that begins by becoming `postern_app` and by naming
 * the practice, so that row-level security holds on a server and on the embedded database alike.
 */
export interface Database {
  readonly kind: 'embedded' | 'server';
  /** Runs `work` in one transaction that sees one practice and nothing else. Commits when it resolves. */
  withPractice<T>(practiceId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs `work` in one transaction that sees no practice's rows: for dispatch functions and tables of no practice. */
  withoutPractice<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://…`; for the embedded database the folder of its socket in `host`. */
  readonly url: string;
  readonly kind: 'embedded' | 'server';
  readonly poolSize?: number;
  /** Milliseconds a single query may take; PGlite ignores the server's own time-outs, so the client counts. */
  readonly queryTimeoutMs?: number;
}

const enter = `select set_config('role', '${roles.app}', true), set_config('search_path', '${searchPath}', true), set_config('postern.practice', ?, true)`;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function openDatabase(options: DatabaseOptions): Database {
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: options.url,
      application_name: 'postern',
      query_timeout: options.queryTimeoutMs ?? 15_000,
      keepAlive: true,
    },
    pool: { min: 0, max: options.poolSize ?? (options.kind === 'embedded' ? 6 : 16) },
    acquireConnectionTimeout: 20_000,
    asyncStackTraces: false,
    log: knexLog,
  });
  const inside = new AsyncLocalStorage<true>();

  /** A second connection inside a transaction would wait for itself for ever on the embedded database. */
  async function run<T>(practice: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (inside.getStore())
      throw new Error('A transaction was opened inside a transaction. Pass the outer one on.');
    return inside.run(true, () =>
      pool.transaction(async (tx) => {
        await tx.raw(enter, [practice]);
        return work(tx);
      }),
    );
  }

  return {
    kind: options.kind,
    withPractice(practiceId, work) {
      if (!uuid.test(practiceId))
        return Promise.reject(new Error('withPractice needs the id of a practice.'));
      return run(practiceId, work);
    },
    withoutPractice: (work) => run('', work),
    close: () => pool.destroy(),
  };
}

/** SQLSTATE and constraint of a database error; its detail holds row values and is never read. */
export function databaseError(error: unknown): { code: string; constraint: string | undefined } | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return {
    code: error.code,
    constraint: 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : undefined,
  };
}
