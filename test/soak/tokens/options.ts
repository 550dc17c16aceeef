import { parseArgs } from 'node:util';

export interface TokenSoakOptions {
  readonly seed: number;
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
  /** Whether workers that do not know of each other are tried too, or they alone. */
  readonly naive: 'too' | 'only' | 'no';
  /** Leaves logs and journals behind even when all is well. */
  readonly keep: boolean;
}

/**
 * `npm run soak:tokens` is the long form, `-- --short` that of CI, `-- --naive` shows the workers alone that do not know
 * of each other. `--seed --workers --callers --connections --calm-ms --database-kills --process-kills` change one thing
 * each, `--keep` leaves logs behind.
 *
 * @throws in words for what it does not know
 */
export function readTokenOptions(args: readonly string[]): TokenSoakOptions {
  const number = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      naive: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      seed: number,
      workers: number,
      callers: number,
      connections: number,
      'calm-ms': number,
      'database-kills': number,
      'process-kills': number,
    },
  });
  const usual = values.short ? short : long;
  const read = (name: keyof typeof usual): number => {
    const text = values[name];
    if (text !== undefined && !/^\d{1,9}$/.test(text)) throw new Error(`--${name} has to be a whole number.`);
    return text === undefined ? usual[name] : Number(text);
  };
  return {
    seed: values.seed === undefined && !values.short ? Date.now() % 1_000_000 : read('seed'),
    workers: read('workers'),
    callers: read('callers'),
    connections: read('connections'),
    calmMs: read('calm-ms'),
    databaseKills: read('database-kills'),
    processKills: read('process-kills'),
    naive: values.naive ? 'only' : values.short ? 'too' : 'no',
    keep: values.keep,
  };
}

const crowd = { seed: 1, workers: 8, callers: 25, connections: 6 };
const long = { ...crowd, 'calm-ms': 60_000, 'database-kills': 50, 'process-kills': 100 };
const short = { ...crowd, 'calm-ms': 6_000, 'database-kills': 2, 'process-kills': 6 };
