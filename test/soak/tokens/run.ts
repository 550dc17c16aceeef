import { setTimeout as delay } from 'node:timers/promises';
import { reviewSpillFolder } from '#vault/spill-folder.ts';
import { randomFrom } from '../../domain/simulation/random.ts';
import { type Calm, watchCalm } from './calm.ts';
import { readTokenOptions, type TokenSoakOptions } from './options.ts';
import { setTokenStage, type TokenStage } from './stage.ts';
import { type Fault, type FaultKind, makeTokenTrouble } from './trouble.ts';

/**
 * `npm run soak:tokens`: processes with callers who want access tokens all the time, on a PostgreSQL of their own,
 * against an authorization server that ends a grant whose refresh token is used twice; tokens live for two seconds.
 * First in peace: one request an expiry. Then PostgreSQL is killed while answers are on their way, and processes are
 * killed while they refresh: what can survive does, what cannot is known at once. Ends with 1 when something was not
 * kept, or when too little went wrong.
 */
async function soak(stage: TokenStage, options: TokenSoakOptions): Promise<boolean> {
  const { workers, callers, connections, seed } = options;
  say(
    `${workers} processes with ${callers} callers each want tokens of ${connections} connections, seed ${seed}.`,
  );
  await Promise.all(Array.from({ length: workers }, (_, at) => stage.start(at)));
  await delay(2_500);
  const calm = await watchCalm(stage, options.calmMs);
  sayCalm('Without trouble', calm);
  const withinMs = usualMs * Math.max(1, calm.refreshMs / usualRefreshMs);
  say(
    `A refresh takes ${calm.refreshMs.toFixed(0)} ms here, so a practice has to be asked within ${withinMs.toFixed(0)} ms.`,
  );
  const faults = await makeTokenTrouble(stage, options, randomFrom(seed), withinMs, sayFault);
  // What waits for a replay has had its turn by then.
  await delay(2_500);
  const after = await watchCalm(stage, 3_000);
  sayCalm('After the trouble', after);
  for (let at = 0; at < workers; at += 1) await stage.stop(at);
  const problems = [
    ...calm.wrong,
    ...after.wrong.map((sentence) => `afterwards: ${sentence}`),
    ...faults.flatMap(({ kind, wrong }) => (wrong === undefined ? [] : [`${kind}: ${wrong}`])),
    ...(await leftOver(stage, faults)),
    ...tooFew(stage, options, faults),
  ];
  summarise(faults);
  say(`${stage.replayed} results reached the database by way of a journal.`);
  for (const problem of problems) say(`BROKEN: ${problem}`);
  if (problems.length === 0) say('Every grant that could survive did, and no refresh token was used twice.');
  return problems.length === 0;
}

/** A practice is asked within a second where a refresh takes no longer than this; a machine that is busy gets more. */
const usualMs = 1_000;
const usualRefreshMs = 50;

/** Journals are empty, and the server has ended no grant but those whose answer was lost. */
async function leftOver(stage: TokenStage, faults: readonly Fault[]): Promise<string[]> {
  const problems: string[] = [];
  const { waiting, unreadable } = await reviewSpillFolder(stage.spillFolder);
  const entries = [...waiting.values()].reduce((sum, count) => sum + count, 0);
  if (entries + unreadable > 0) problems.push(`${entries} entries and ${unreadable} torn lines are left`);
  const late = stage.tooLate();
  if (late > 0) problems.push(`${late} answers came after a time-out: this machine is too busy to tell`);
  const lost = faults.filter(({ survived }) => !survived).length;
  const revoked = await stage.revoked();
  if (revoked !== lost)
    problems.push(`${revoked} grants were ended by the server, ${lost} answers were lost`);
  const refusals = stage.gate.passages.filter(({ error }) => error === 'invalid_grant').length;
  if (refusals !== lost) problems.push(`${refusals} requests were refused for ${lost} lost answers`);
  return problems;
}

function tooFew(
  { replayed }: TokenStage,
  { processKills, databaseKills }: TokenSoakOptions,
  faults: readonly Fault[],
): string[] {
  const database = faults.filter(({ kind }) => kind === 'database').length;
  const killed = faults.filter(({ kind }) => kind !== 'database' && kind !== 'beside').length;
  const problems: string[] = [];
  if (database < databaseKills)
    problems.push(`too little happened: PostgreSQL was killed ${database} of ${databaseKills} times`);
  if (replayed < database)
    problems.push(`too little happened: ${replayed} results came from a journal, ${database} should have`);
  if (killed < processKills)
    problems.push(`too little happened: ${killed} of ${processKills} processes were killed in a refresh`);
  return problems;
}

/** The soak is worth something only if it sees what is wrong: workers that do not know of each other end the grants. */
async function catchNaive(stage: TokenStage): Promise<boolean> {
  say('The same with processes that do not know of each other; now grants have to end.');
  const before = await stage.revoked();
  for (const each of stage.connections) await stage.consent(each);
  await Promise.all([0, 1, 2].map((at) => stage.start(at, { naive: true })));
  const { wrong } = await watchCalm(stage, 3_000);
  const revoked = (await stage.revoked()) - before;
  say(`  ${revoked} of ${stage.connections.length} grants ended; ${wrong.length} findings.`);
  const isCaught = revoked > 0 && wrong.length > 0;
  if (!isCaught) say('BROKEN: nobody noticed. The soak is too weak.');
  return isCaught;
}

function sayCalm(when: string, { requests, expiries, calls, wrong }: Calm): void {
  say(
    `${when}: ${calls} calls, ${expiries} tokens expired, ${requests} requests to the token endpoint${wrong.length > 0 ? `; ${wrong.length} findings` : ''}.`,
  );
}

const words: Readonly<Record<FaultKind, string>> = {
  before: 'processes killed before the server had the request',
  after: 'processes killed while the answer was lost',
  answered: 'processes killed within 40 ms of the answer',
  all: 'times all processes killed while the answer was lost',
  database: 'times PostgreSQL killed while the answer was on its way',
  beside: 'other grants that a killed process was at, and lost',
};

function sayFault({ kind, survived, askedAfterMs, wrong }: Fault): void {
  const end = survived ? 'survived' : `asked to consent again after ${askedAfterMs} ms`;
  say(`  ${kind}: ${end}${wrong === undefined ? '' : ` (${wrong})`}`);
}

function summarise(faults: readonly Fault[]): void {
  for (const [kind, list] of Map.groupBy(faults, (fault) => fault.kind)) {
    const survived = list.filter((fault) => fault.survived).length;
    const longest = Math.max(...list.map(({ askedAfterMs }) => askedAfterMs ?? Number.NEGATIVE_INFINITY));
    const asked =
      survived < list.length ? `; asked to consent again ${longest} ms at most after a restart` : '';
    say(`${list.length} ${words[kind]}: ${survived} grants survived${asked}.`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (import.meta.main) {
  const options = readTokenOptions(process.argv.slice(2));
  const stage = await setTokenStage(options);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stage.close(false).finally(() => process.exit(130)));
  let isWell = false;
  try {
    for (const each of stage.connections) await stage.consent(each);
    const kept = options.naive === 'only' ? true : await soak(stage, options);
    const caught = options.naive === 'no' ? true : await catchNaive(stage);
    isWell = kept && caught;
  } finally {
    const keep = !isWell || options.keep;
    const folder = await stage.close(keep);
    if (keep) say(`Seed ${options.seed}; what was left stays in ${folder}.`);
  }
  process.exitCode = isWell ? 0 : 1;
}
