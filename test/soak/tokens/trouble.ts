import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../domain/simulation/random.ts';
import type { Caught } from './gate.ts';
import type { TokenSoakOptions } from './options.ts';
import type { Connection, TokenStage } from './stage.ts';

/**
 * Something that really happened, and what became of the grant that it hit.
 *
 * - `before`: a worker is killed when its request has left and the server does not have it.
 * - `after`: … when the server has acted on it, and the answer gets lost.
 * - `answered`: … within 40 ms of its answer, wherever it is then.
 * - `all`: as `after`, and every other worker with it; then one is started.
 * - `database`: PostgreSQL is killed while a worker waits for its answer, which then comes.
 * - `beside`: another grant that a killed worker was refreshing at that moment.
 */
export interface Fault {
  readonly kind: FaultKind;
  readonly connection: string;
  readonly survived: boolean;
  /** From the kill, or from when one process was there again, until the practice was asked to consent again. */
  readonly askedAfterMs: number | undefined;
  /** Requests with a refresh token that was used up already. */
  readonly refusals: number;
  /** What did not go as it has to. */
  readonly wrong: string | undefined;
}

export type FaultKind = 'before' | 'after' | 'answered' | 'all' | 'database' | 'beside';

/** Must the grant survive it, or can it not? Undefined where it depends on the millisecond. */
const survives: Readonly<Record<FaultKind, boolean | undefined>> = {
  before: true,
  after: false,
  answered: undefined,
  all: false,
  database: true,
  beside: undefined,
};

const patienceMs = 20_000;

/** One fault after another, each until it is over, so that every outcome has one cause. */
export async function makeTokenTrouble(
  stage: TokenStage,
  options: TokenSoakOptions,
  random: Random,
  /** Within which the practice has to be asked, milliseconds. */
  withinMs: number,
  say: (fault: Fault) => void,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  const starting = new Set<Promise<void>>();
  for (const kind of planOf(options, random)) {
    for (const fault of await makeFault({ stage, options, random, withinMs, starting }, kind)) {
      faults.push(fault);
      say(fault);
    }
    await delay(random.between(50, 300));
    // Never fewer than half of them.
    if (starting.size > options.workers / 2) await Promise.all(starting);
  }
  await Promise.all(starting);
  return faults;
}

interface Trouble {
  readonly stage: TokenStage;
  readonly options: TokenSoakOptions;
  readonly random: Random;
  readonly withinMs: number;
  /** Workers that are on their way back. */
  readonly starting: Set<Promise<void>>;
}

function planOf({ processKills, databaseKills }: TokenSoakOptions, random: Random): FaultKind[] {
  const kills = Array.from({ length: processKills }, (_, at): FaultKind => {
    const cycle = ['answered', 'after', 'answered', 'before', 'answered'] as const;
    return at % 12 === 5 ? 'all' : (cycle[at % cycle.length] ?? 'answered');
  });
  const restarts = Array.from({ length: databaseKills }, (): FaultKind => 'database');
  const plan = [...kills, ...restarts];
  // A fair shuffle (Fisher and Yates).
  for (let at = plan.length - 1; at > 0; at -= 1) {
    const other = random.int(at + 1);
    const [one, two] = [plan[at], plan[other]];
    if (one !== undefined && two !== undefined) [plan[at], plan[other]] = [two, one];
  }
  return plan;
}

/** @returns the fault and whatever else the same kill hit; none when nothing was hit */
async function makeFault(trouble: Trouble, kind: FaultKind): Promise<Fault[]> {
  const { stage } = trouble;
  const caught = await stage.gate.catchNext(kind === 'before' ? 'arrived' : 'answered', patienceMs);
  if (caught === undefined) return [];
  const { passage } = caught;
  if (kind !== 'before' && passage.status !== 200) {
    caught.go();
    return [];
  }
  const asked = stage.gate.passages.length;
  const { there, hit } = await strike(trouble, caught, kind);
  // What is in the database now has survived; whatever moves on from here shows what became of the rest.
  const before = await rowsOf(stage);
  const faults: Fault[] = [];
  for (const connection of new Set([passage.connection, ...hit])) {
    const target = stage.connections.find((each) => each.connection === connection);
    const row = before.get(connection);
    if (target === undefined || row === undefined) continue;
    const after = await settled(stage, target, row.version);
    const refusals = stage.gate.passages
      .slice(asked)
      .filter((each) => each.connection === connection && each.error === 'invalid_grant').length;
    if (after?.state === 'needs_reconsent') await stage.consent(target);
    const fault = {
      kind: connection === passage.connection ? kind : ('beside' as const),
      connection,
      survived: after?.state === 'active',
      askedAfterMs: after?.state === 'needs_reconsent' ? after.updatedAt - there : undefined,
      refusals,
    };
    const isNews = fault.kind === kind || !fault.survived;
    if (isNews) faults.push({ ...fault, wrong: wrongWith(fault, after !== undefined, trouble.withinMs) });
  }
  return faults;
}

/** @returns when somebody was there to notice, and which connections the dead were at */
async function strike(
  { stage, options, random, starting }: Trouble,
  caught: Caught,
  kind: FaultKind,
): Promise<{ there: number; hit: readonly string[] }> {
  const { worker } = caught.passage;
  const startAgain = (at: number): void => {
    const started = stage.start(at).finally(() => starting.delete(started));
    starting.add(started);
  };
  if (kind === 'database') {
    const restarting = stage.cluster.restart();
    // The connection that waits for the answer is dead from the moment that a new one is refused.
    await Promise.race([restarting, untilGone(stage)]);
    await delay(random.between(0, 100));
    caught.go();
    await restarting;
    return { there: Date.now(), hit: [] };
  }
  if (kind === 'all') {
    await Promise.all(starting);
    const everybody = Array.from({ length: options.workers }, (_, at) => at);
    const [first = 0, ...others] = everybody;
    await Promise.all(everybody.map((at) => stage.kill(at)));
    caught.drop();
    const hit = lately(stage, everybody);
    await stage.start(first);
    const there = Date.now();
    await delay(1_000);
    others.forEach(startAgain);
    return { there, hit };
  }
  if (kind === 'answered') {
    caught.go();
    await delay(random.between(0, 40));
  }
  const there = Date.now();
  await stage.kill(worker);
  if (kind !== 'answered') caught.drop();
  startAgain(worker);
  return { there, hit: lately(stage, [worker]) };
}

async function untilGone({ owner }: TokenStage): Promise<void> {
  for (;;) {
    const isThere = await owner.query('select 1').then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    await delay(5);
  }
}

/** Connections that these workers asked for not long ago: their answers may have been on their way to the database. */
function lately({ gate }: TokenStage, workers: readonly number[]): string[] {
  const recent = Date.now() - 1_500;
  return gate.passages
    .filter(({ worker, at, over }) => workers.includes(worker) && (!over || at > recent))
    .map(({ connection }) => connection);
}

interface RowState {
  readonly state: string;
  readonly version: number;
  readonly updatedAt: number;
}

async function rowsOf({ owner }: TokenStage): Promise<ReadonlyMap<string, RowState>> {
  const { rows } = await owner.query(
    'select connection_id, state, token_version as version, updated_at from postern.token',
  );
  return new Map(
    rows.map(({ connection_id, state, version, updated_at }) => [
      connection_id,
      { state, version, updatedAt: updated_at.getTime() },
    ]),
  );
}

/** The row once it has moved on. Undefined when it never does. */
async function settled(
  stage: TokenStage,
  target: Connection,
  version: number,
): Promise<RowState | undefined> {
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    const row = (await rowsOf(stage).catch(() => undefined))?.get(target.connection);
    if (row && (row.state !== 'active' || row.version > version)) return row;
    await delay(20);
  }
  return undefined;
}

function wrongWith(fault: Omit<Fault, 'wrong'>, isSettled: boolean, withinMs: number): string | undefined {
  if (!isSettled) return 'the connection never moved on';
  const must = survives[fault.kind];
  if (must === true && !fault.survived) return 'the grant had to survive';
  if (must === false && fault.survived)
    return 'the grant survived although its answer was lost: nothing was hit';
  if (fault.survived && fault.refusals > 0) return 'a refresh token was used twice';
  if (!fault.survived && fault.refusals !== 1)
    return `${fault.refusals} requests instead of one learned of the end`;
  if ((fault.askedAfterMs ?? 0) > withinMs)
    return `the practice was asked only after ${fault.askedAfterMs} ms`;
  return undefined;
}
