import { OAuthFailure, tokenEndpointFailure } from '#oauth/oauth-failure.ts';
import type { Database, Tx } from '#store/database.ts';
import type { Wrong } from './token-stage.ts';

interface WrongVault {
  readonly wrong: Wrong;
  /** A history that shows it, of those that `token-commands.ts` makes as it is now. */
  readonly caughtBy: { readonly seed: number; readonly path: string };
}

/** Vaults that are wrong on purpose, each by one thing that it does not do. */
export const wrongVaults: Readonly<Record<string, WrongVault>> = {
  'writes without comparing epoch and version': {
    caughtBy: { seed: 101, path: '2' },
    wrong: {
      database: (of) =>
        withToken(of, {
          where: ({ grant_epoch: _, token_version: __, ...rest }) => rest,
          update: (values) => values,
        }),
    },
  },
  'does not look at what is on the disk': {
    caughtBy: { seed: 101, path: '19' },
    wrong: {
      journal: (disk) => ({ ...disk, read: async () => [] }),
    },
  },
  'does not look at attempts that nobody ended': {
    caughtBy: { seed: 101, path: '2' },
    wrong: {
      database: (of) =>
        withTx(of, (tx) =>
          changed(tx, {
            raw: (sql: string, ...rest: unknown[]) =>
              sql.includes('from refresh_attempt s')
                ? Promise.resolve({ rows: [] })
                : Reflect.apply(tx.raw, tx, [sql, ...rest]),
          }),
        ),
    },
  },
  'does not wait for an answer that may be on another machine': {
    caughtBy: { seed: 101, path: '2' },
    wrong: { journal: (disk) => ({ ...disk, isGone: async () => true }) },
  },
  'keeps the refresh token that it has used': {
    caughtBy: { seed: 101, path: '2' },
    wrong: {
      grant: (grant) => ({
        ...grant,
        async refresh(token) {
          const { refreshToken: _, ...answer } = await grant.refresh(token);
          return answer;
        },
      }),
    },
  },
  'takes a server that is busy for the end of the grant': {
    caughtBy: { seed: 101, path: '5' },
    wrong: {
      grant: (grant) => ({
        ...grant,
        refresh: (token) =>
          grant.refresh(token).catch((error: unknown) => {
            throw error instanceof OAuthFailure && error.kind === 'busy'
              ? tokenEndpointFailure('invalid_grant')
              : error;
          }),
      }),
    },
  },
  'waits for as long as a server asks': {
    caughtBy: { seed: 1, path: '0' },
    wrong: {
      database: (of) =>
        withToken(of, {
          where: (place) => place,
          update: ({ not_before: until, ...values }) => ({
            ...values,
            ...(until !== undefined && { not_before: until instanceof Date ? later(until) : until }),
          }),
        }),
    },
  },
};

const later = (until: Date): Date => new Date(until.getTime() + 600_000);

type Values = Record<string, unknown>;

/** Changes what is looked for and written in the table of tokens. */
function withToken(
  of: Database,
  {
    where,
    update,
  }: { readonly where: (place: Values) => Values; readonly update: (values: Values) => Values },
): Database {
  return withTx(
    of,
    (tx) =>
      new Proxy(tx, {
        apply(target, self, args) {
          const query: Builder = Reflect.apply(target as never, self, args);
          if (args[0] !== 'token') return query;
          const plain = { where: query.where.bind(query), update: query.update.bind(query) };
          query.where = (place: Values) => plain.where(where(place));
          query.update = (values: Values) => plain.update(update(values));
          return query;
        },
      }),
  );
}

interface Builder {
  where(place: Values): unknown;
  update(values: Values): unknown;
}

function withTx(of: Database, other: (tx: Tx) => Tx): Database {
  return {
    ...of,
    withPractice: (practiceId, work) => of.withPractice(practiceId, (tx) => work(other(tx))),
    withoutPractice: (work) => of.withoutPractice((tx) => work(other(tx))),
  };
}

function changed(tx: Tx, methods: Readonly<Record<string, unknown>>): Tx {
  return new Proxy(tx, {
    get: (target, key) => (typeof key === 'string' && methods[key]) || Reflect.get(target, key),
  });
}
