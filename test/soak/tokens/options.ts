import { readSoakOptions, type SoakChoice } from '../read-options.ts';

export interface TokenSoakOptions extends Omit<SoakChoice<never>, 'numbers'> {
  readonly workers: number;
  /** In each worker. */
  readonly callers: number;
  readonly connections: number;
  /** Without any trouble, milliseconds. */
  readonly calmMs: number;
  /** PostgreSQL is killed so often, each time with an answer on its way. */
  readonly databaseKills: number;
  /** Workers are killed so often while they refresh. */
  readonly processKills: number;
}

/**
 * `npm run soak:tokens` is the long form, `-- --short` that of CI, `-- --naive` shows the workers alone that do not know
 * of each other. `--seed --workers --callers --connections --calm-ms --database-kills --process-kills` change one thing
 * each, `--keep` leaves logs behind.
 *
 * @throws in words for what it does not know
 */
export function readTokenOptions(args: readonly string[]): TokenSoakOptions {
  const { numbers, ...choice } = readSoakOptions(args, { long, short });
  const {
    'calm-ms': calmMs,
    'database-kills': databaseKills,
    'process-kills': processKills,
    ...crowd
  } = numbers;
  return { ...choice, ...crowd, calmMs, databaseKills, processKills };
}

const crowd = { workers: 8, callers: 25, connections: 6 };
const long = { ...crowd, 'calm-ms': 180_000, 'database-kills': 50, 'process-kills': 100 };
const short = { ...crowd, 'calm-ms': 6_000, 'database-kills': 2, 'process-kills': 6 };
