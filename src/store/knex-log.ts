import type { Knex } from 'knex';

const nothing = (): void => {};

/** knex would print errors of its pool, with stack and address, beside the log. Whoever asked gets them thrown. */
export const knexLog: Knex.Logger = { warn: nothing, error: nothing, deprecate: nothing, debug: nothing };
