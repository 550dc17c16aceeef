import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { randomFrom } from '../domain/simulation/random.ts';
import { check, type Violation } from './check.ts';
import { gather } from './crowd.ts';
import { expectedFaults, firedFaults, liftFaults, orderFaults } from './faults.ts';
import { type Heard, isFinal } from './history.ts';
import { soakNaive } from './naive-run.ts';
import type { BookingClass } from './offices.ts';
import { readOptions, type SoakOptions } from './options.ts';
import { everything, readAgain } from './people.ts';
import { type Stage, scaledProtocol, setStage } from './stage.ts';
import { makeTrouble, type Trouble } from './trouble.ts';
import { readTruth } from './truth.ts';

/**
 * `npm run soak`: real gateways as processes on a PostgreSQL of their own, real clients, simulated EMRs with faults, and
 * everything is killed, paused and restarted while they work. Then what the clients heard is compared with the EMRs'
 * ledgers. Ends with 1 when a promise was broken or when too little went wrong.
 */
async function soak(options: SoakOptions): Promise<boolean> {
  say(
    `${options.bookings} bookings at EMRs of the classes ${options.classes.join(', ')} by ${options.clients} clients over ${options.gateways} gateways, seed ${options.seed}, Q = ${options.quietMs} ms. Pacing and quotas are off: neither gateways nor simulators throttle, but for the fault of that name.`,
  );
  const stage = await setStage(options);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stage.close(false).finally(() => process.exit(130)));
  let keep = true;
  try {
    const { heard, trouble } = await play(stage, options);
    const truths = await Promise.all(stage.offices.map(readTruth));
    const violations = check(heard, truths);
    const missing = await whatIsMissing(stage, options, heard, trouble);
    report(heard, trouble, stage, violations);
    for (const sentence of missing) say(`Too little happened: ${sentence}`);
    const failed = violations.length > 0 || missing.length > 0;
    keep = failed || options.keep;
    if (keep) say(`Seed ${options.seed}; histories and logs stay in ${stage.folder}.`);
    return !failed;
  } finally {
    await stage.close(keep);
  }
}

async function play(
  stage: Stage,
  options: SoakOptions,
): Promise<{ heard: readonly Heard[]; trouble: Trouble }> {
  const { seed, quietMs } = options;
  const heard: Heard[] = [];
  const owner = new pg.Pool({ connectionString: stage.cluster.ownerUrl, max: 2 });
  // Its connections die with every restart; the next query takes a new one.
  owner.on('error', () => {});
  const began = Date.now();
  const lastCall = began + options.minutes * 60_000;
  const crowd = gather({
    seed,
    clients: options.clients,
    gateways: stage.gateways.map(({ url }) => url),
    offices: stage.offices,
    manners: everything,
    record: (one) => {
      heard.push(one);
      appendFileSync(join(stage.folder, 'history.jsonl'), `${JSON.stringify(one)}\n`);
    },
    goesOn: () => Date.now() < lastCall && !(crowd.answered() >= options.bookings && maker.satisfied()),
  });
  for (const [index, { url, ownFaults }] of stage.offices.entries())
    await orderFaults(url, quietMs, seed + index, ownFaults);
  const maker = makeTrouble({
    ...options,
    stage,
    owner,
    random: randomFrom(seed),
    leaseMs: scaledProtocol(quietMs).leaseMs,
    whereIs: crowd.whereIs,
    progress: () => crowd.answered() / options.bookings,
  });
  const progress = setInterval(() => {
    const { killsInSending, kills, pauses, restarts } = maker.done();
    say(
      `${seconds(began)} s: ${crowd.answered()} bookings answered, ${kills} kills (${killsInSending} in sending), ${pauses} pauses, ${restarts} restarts`,
    );
  }, 5_000);
  try {
    const stays = await crowd.ended;
    await maker.stop();
    for (const { url } of stage.offices) await liftFaults(url);
    // What was to be performed late is performed by then.
    await delay(quietMs);
    say(`${seconds(began)} s: all calls have ended; waiting for the last sweep.`);
    await untilSettled(owner);
    for (const stay of stays) await readAgain(stay);
    return { heard, trouble: maker.done() };
  } finally {
    clearInterval(progress);
    await owner.end();
  }
}

/** The checker is worth something only if it sees what is wrong: two naive gateways have to be caught. */
async function catchNaive({ seed, quietMs, clients }: SoakOptions): Promise<boolean> {
  say('The same with two gateways that are naive on purpose; now the checker has to find something.');
  const found = await soakNaive({ seed, quietMs, clients, bookings: 200 });
  for (const [retry, violations] of found) {
    say(`Naive gateway, ${retry === 'blind' ? 'blind retry' : 'search, then retry'}:`);
    sayVerdict(violations);
  }
  const caught = [...found.values()].every((violations) => violations.length > 0);
  if (!caught) say('A naive gateway was not caught: the checker, or the faults, are too weak.');
  return caught;
}

/** Resolves when nothing is left to be done about any intent, its last sweep included. */
async function untilSettled(owner: pg.Pool): Promise<void> {
  const until = Date.now() + 180_000;
  for (;;) {
    const { rows } = await owner.query(
      'select phase, count(*)::int as open from postern.booking_intent where next_action_at is not null group by phase',
    );
    if (rows.length === 0) return;
    if (Date.now() > until) throw new Error(`Intents are never done: ${JSON.stringify(rows)}`);
    await delay(500);
  }
}

/** What each class has seen, and in words what was too little. */
async function whatIsMissing(
  { offices }: Stage,
  { bookings, kills, restarts }: SoakOptions,
  heard: readonly Heard[],
  trouble: Trouble,
): Promise<string[]> {
  const all = { bookings: 0, fired: new Map<string, number>() };
  const counts: Count[] = [];
  for (const [bookingClass, here] of Map.groupBy(offices, (one) => one.bookingClass)) {
    const names = here.map(({ name }) => name);
    const answered = answeredBookings(heard.filter(({ office }) => names.includes(office)));
    const fired = new Map<string, number>();
    for (const { url } of here)
      for (const [name, times] of Object.entries(await firedFaults(url)))
        for (const tally of [fired, all.fired]) tally.set(name, (tally.get(name) ?? 0) + times);
    all.bookings += answered;
    sayClass(bookingClass, names, answered, trouble, fired);
    for (const [name, each] of Object.entries(expectedFaults)) {
      // Half of what is expected of the whole: among few, chance has a greater say.
      const least = Math.floor((each * answered) / 200);
      counts.push([`${name} at class ${bookingClass}`, fired.get(name) ?? 0, least]);
    }
  }
  counts.push(
    ['bookings answered', all.bookings, bookings],
    ['kills in the middle of a send', trouble.killsInSending, kills],
    ['restarts of PostgreSQL', trouble.restarts, restarts],
    ...Object.entries(expectedFaults).map(
      ([name, each]): Count => [name, all.fired.get(name) ?? 0, Math.floor((each * bookings) / 100)],
    ),
  );
  return counts
    .filter(([, is, least]) => is < least)
    .map(([what, is, least]) => `${what}: ${is} of ${least}.`);
}

type Count = readonly [what: string, is: number, least: number];

function sayClass(
  bookingClass: BookingClass,
  names: readonly string[],
  answered: number,
  { killsByClass }: Trouble,
  fired: ReadonlyMap<string, number>,
): void {
  const faults = [...fired].map(([name, times]) => `${name} ${times}`).join(', ');
  say(
    `Class ${bookingClass} (${names.join(', ')}): ${answered} bookings answered, ${killsByClass.get(bookingClass) ?? 0} kills in sending. Faults: ${faults}.`,
  );
}

function report(
  heard: readonly Heard[],
  { kills, killsInSending, pauses, restarts }: Trouble,
  stage: Stage,
  violations: readonly Violation[],
): void {
  const crashes = stage.crashes();
  say(
    `${kills} kills, ${killsInSending} of them in the middle of a send; ${pauses} pauses; ${restarts} restarts of PostgreSQL; ${crashes.length} gateways ended by themselves${crashes.length > 0 ? ` (${[...new Set(crashes)].join(', ')})` : ''}.`,
  );
  for (const [office, here] of Map.groupBy(heard, (one) => one.office)) {
    say(`Answers at ${office}:`);
    for (const [wish, list] of Map.groupBy(here, (one) => one.wish)) {
      const kinds = Map.groupBy(list, ({ said }) => (said.is === 'no' ? `no (${said.code})` : said.is));
      say(`  ${wish}: ${[...kinds].map(([kind, of]) => `${kind} ${of.length}`).join(', ')}`);
    }
  }
  sayVerdict(violations);
}

function answeredBookings(heard: readonly Heard[]): number {
  const answered = heard.filter((one) => one.wish === 'book' && isFinal(one));
  return new Set(answered.map(({ ask }) => ask)).size;
}

function sayVerdict(violations: readonly Violation[]): void {
  for (const [rule, list] of Map.groupBy(violations, (one) => one.rule)) {
    say(`BROKEN ${list.length} times: ${rule}`);
    for (const { person, detail } of list.slice(0, 6)) say(`    ${person} ${detail}`);
  }
  if (violations.length === 0) say('Every promise was kept.');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1_000);
}

if (import.meta.main) {
  const options = readOptions(process.argv.slice(2));
  const kept = options.naive === 'only' ? true : await soak(options);
  const caught = options.naive === 'no' ? true : await catchNaive(options);
  process.exitCode = kept && caught ? 0 : 1;
}
