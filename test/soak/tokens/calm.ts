import { setTimeout as delay } from 'node:timers/promises';
import type { TokenStage } from './stage.ts';

/** What has to be true while nothing goes wrong. */
export interface Calm {
  readonly calls: number;
  /** Tokens that came to the end of their time. */
  readonly expiries: number;
  /** Requests that the server got. */
  readonly requests: number;
  /** Median from the begin of an attempt to its result in the database, milliseconds: how slow this machine is. */
  readonly refreshMs: number;
  readonly wrong: readonly string[];
}

/** The sweep begins at 65 % of a life of two seconds, callers later. */
const earliestMs = 1_300;

/** Watches for a while and compares what the workers, the gate and the database say. */
export async function watchCalm(stage: TokenStage, ms: number): Promise<Calm> {
  const first = stage.gate.passages.length;
  const began = Date.now();
  stage.seen();
  await delay(ms);
  const seen = stage.seen();
  const passages = stage.gate.passages.slice(first);
  const attempts = await attemptsSince(stage, began);

  const wrong: string[] = [];
  for (const { over, status, error } of passages)
    if (over && status !== 200) wrong.push(`a request was answered ${status} ${error ?? ''}`);
  const used = Map.groupBy(passages, ({ tokenHash }) => tokenHash);
  for (const [, list] of used)
    if (list.length > 1) wrong.push(`${list[0]?.connection}: a refresh token was used ${list.length} times`);
  for (const [connection, list] of Map.groupBy(attempts, (attempt) => attempt.connection)) {
    const repeated = list.length - new Set(list.map(({ fromVersion }) => fromVersion)).size;
    if (repeated > 0) wrong.push(`${connection}: ${repeated} tokens were renewed more than once`);
    const gaps = list.slice(1).map(({ at }, index) => at - (list[index]?.at ?? at));
    const early = gaps.filter((gap) => gap < earliestMs);
    if (early.length > 0) wrong.push(`${connection}: renewed again after ${Math.min(...early)} ms`);
  }
  // Those that are under way at the first and the last moment are in one of the two lists only.
  if (Math.abs(attempts.length - passages.length) > stage.connections.length)
    wrong.push(`${passages.length} requests for ${attempts.length} expiries`);
  if (attempts.length < stage.connections.length) wrong.push(`only ${attempts.length} tokens expired`);
  for (const [why, count] of Object.entries(seen.failures)) wrong.push(`${count} callers got "${why}"`);
  if (seen.refused > 0) wrong.push(`${seen.refused} tokens were not taken`);
  if (seen.taken === 0) wrong.push('no token was ever tried');
  const times = attempts.flatMap(({ ms }) => (ms === undefined ? [] : [ms])).sort((a, b) => a - b);
  return {
    calls: seen.calls,
    expiries: attempts.length,
    requests: passages.length,
    refreshMs: times[Math.floor(times.length / 2)] ?? 0,
    wrong,
  };
}

interface Attempt {
  readonly connection: string;
  readonly fromVersion: number;
  readonly at: number;
  /** Until its end, if it has one. */
  readonly ms: number | undefined;
}

async function attemptsSince({ owner }: TokenStage, began: number): Promise<Attempt[]> {
  const { rows } = await owner.query(
    `select s.connection_id as connection, s.from_version as version, s.at, extract(epoch from e.at - s.at) * 1000 as ms
     from postern.refresh_attempt s
     left join postern.refresh_attempt e on e.practice_id = s.practice_id and e.attempt_id = s.attempt_id and e.event = 'ended'
     where s.event = 'started' and s.at >= $1 order by s.at`,
    [new Date(began)],
  );
  return rows.map(({ connection, version, at, ms }) => ({
    connection,
    fromVersion: version,
    at: at.getTime(),
    ms: ms === null ? undefined : Number(ms),
  }));
}
