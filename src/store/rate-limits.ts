import { createHmac, type KeyObject } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { Failure } from '#domain/failure.ts';
import type { Database, Tx } from './database.ts';

/** So many uses in a window that begins with the first of them. */
export interface RateBudget {
  readonly points: number;
  readonly seconds: number;
}

/** What is limited, per whom, and against what. */
export const rateBudgets = {
  /** Token endpoint, per network address: a flood of guesses or of broken clients. */
  'token-address': { points: 300, seconds: 60 },
  /** Token endpoint, per authenticated agent: one that does not keep its token of ten minutes. */
  'token-client': { points: 60, seconds: 60 },
  /** `Patient/$match` and patient creation, per agent: walking through the practice's patients. */
  'match-agent': { points: 120, seconds: 60 },
  /** `Patient/$match`, per keyed hash of the identity asked for: guessing birth dates for one name. */
  'match-patient': { points: 20, seconds: 3_600 },
  /** Writes, per agent: filling the book. */
  'write-agent': { points: 300, seconds: 60 },
  /** Connect pages, per network address: walking through addresses, or a page that reloads without end. */
  'connect-address': { points: 120, seconds: 60 },
  /** Codes of connect links, per network address, whatever the links. */
  'connect-code': { points: 20, seconds: 900 },
  /** What one browser sends from its connect pages: each may ask an EMR something. */
  'connect-link': { points: 30, seconds: 600 },
  /** Ways back from EMRs, per network address: guessing at states. */
  'connect-callback': { points: 60, seconds: 60 },
  /** Connect links made by programs, per practice. */
  'connect-make': { points: 30, seconds: 3_600 },
  /** Calls of EMRs with a wrong secret or to no hook, per network address. Those with the right one are not counted. */
  'hook-refused': { points: 30, seconds: 60 },
  /** Questions whether a hook is ours, per network address. */
  'hook-check': { points: 30, seconds: 60 },
} as const satisfies Record<string, RateBudget>;

export type RateBudgetName = keyof typeof rateBudgets;

export interface RateLimits {
  /**
   * Takes one use of a budget, shared by all processes. Opens a transaction of its own: never call it inside one.
   *
   * @param subject whom the budget is for: an agent's id, an address, a keyed hash; only its HMAC is stored
   * @throws Failure `throttled` with the seconds to wait
   */
  consume(budget: RateBudgetName, subject: string): Promise<void>;
}

export interface RateLimitOptions {
  readonly database: Database;
  /** Keys the HMAC over what is limited; the same in all processes. */
  readonly hmacKey: KeyObject;
  /** Replaces some of {@link rateBudgets}. */
  readonly budgets?: Readonly<Partial<Record<RateBudgetName, RateBudget>>>;
}

export function createRateLimits({ database, hmacKey, budgets }: RateLimitOptions): RateLimits {
  const storeClient = { query: (query: PgQuery) => database.withoutPractice((tx) => run(tx, query)) };
  const limiters = new Map(
    // Object.entries forgets that the keys are the table's.
    (Object.entries({ ...rateBudgets, ...budgets }) as [RateBudgetName, RateBudget][]).map(
      ([name, { points, seconds }]) => [
        name,
        new RateLimiterPostgres({
          storeClient,
          storeType: 'pool',
          tableName: 'rate_limit',
          tableCreated: true,
          clearExpiredByTimeout: false,
          keyPrefix: name,
          points,
          duration: seconds,
          // A subject that has used its budget up costs no more queries until the window ends.
          inMemoryBlockOnConsumed: points,
        }),
      ],
    ),
  );
  return {
    async consume(budget, subject) {
      const key = createHmac('sha256', hmacKey).update(`${budget}\0${subject}`).digest('base64url');
      try {
        await limiters.get(budget)?.consume(key);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new Failure('throttled', {
          retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)),
        });
      }
    },
  };
}

/** Forgets windows that have ended; resolves to how many. For a job, every few minutes. */
export function purgeRateLimits(tx: Tx, now: Date): Promise<number> {
  return tx('rate_limit').where('expire', '<', now.getTime()).delete();
}

interface PgQuery {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
}

/** The library speaks pg's `$1`; a transaction of ours takes knex's named bindings. */
async function run(tx: Tx, { text, values }: PgQuery): Promise<{ rows: unknown[]; rowCount: number }> {
  return await tx.raw(
    text.replaceAll(/\$(\d+)/g, ':p$1'),
    Object.fromEntries(values.map((value, index) => [`p${index + 1}`, value])),
  );
}
