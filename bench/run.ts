import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { bookings } from './booking.ts';
import { fhir } from './fhir.ts';
import type { Figure } from './figure.ts';
import { table } from './figure.ts';
import { slotSearch } from './slots.ts';
import { openStage, type Stage } from './stage.ts';
import { starts } from './start.ts';
import { tokens } from './tokens.ts';
import { vault } from './vault.ts';

/**
 * `npm run bench`: what the gateway costs, each figure beside a baseline of the same run. Slices of gateway and baseline
 * take turns, so that a machine which is slow for a while is slow for both; how far they lay apart is told.
 */
const { values } = parseArgs({
  options: {
    /** Of load in the slot search, both sides together. */
    seconds: { type: 'string', default: '24' },
    connections: { type: 'string', default: '16' },
    bookings: { type: 'string', default: '40' },
    /** `server` needs BENCH_DATABASE_URL or TEST_DATABASE_URL, and is the default where one is set. */
    database: { type: 'string' },
    only: { type: 'string', default: 'slots,bookings,fhir,tokens,vault,start' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const serverUrl = process.env.BENCH_DATABASE_URL ?? process.env.TEST_DATABASE_URL;
const database = values.database ?? (serverUrl === undefined ? 'embedded' : 'server');
if (database !== 'embedded' && database !== 'server') throw new Error('--database is embedded or server.');

const parts: Readonly<Record<string, (stage: Stage) => Promise<Figure[]>>> = {
  slots: (stage) => slotSearch(stage, positive('connections'), positive('seconds')),
  bookings: (stage) => bookings(stage, positive('bookings')),
  fhir: (stage) => fhir(stage, positive('bookings')),
  tokens,
  vault,
  start: (stage) => starts(stage, database),
};
const wanted = values.only.split(',').map((name) => {
  const part = parts[name];
  if (!part) throw new Error(`--only takes ${Object.keys(parts).join(', ')}.`);
  return part;
});

const begun = Date.now();
const loadBefore = loadavg()[0] ?? 0;
const stage = await openStage({ database, serverUrl, profile: values.profile });
const figures: Figure[] = [];
try {
  for (const part of wanted) figures.push(...(await part(stage)));
} finally {
  await stage.close();
}

const machine = { cores: availableParallelism(), loadBefore, node: process.version, database };
if (values.json) console.log(JSON.stringify({ machine, figures }, undefined, 2));
else
  console.log(
    [
      `${machine.cores} cores, load ${loadBefore.toFixed(1)} before, Node ${machine.node.slice(1)}, ${database} database, ${((Date.now() - begun) / 1_000).toFixed(0)} s. No pace towards the EMR on either side.`,
      '',
      table(figures),
    ].join('\n'),
  );

function positive(name: 'seconds' | 'connections' | 'bookings'): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} is a number above zero.`);
  return value;
}
