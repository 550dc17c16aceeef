import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { WireFailure } from '#adapter-kit/wire-failure.ts';
import { Failure } from '#domain/failure.ts';
import { type EmrHold, type Hold, holdsInEmr, noteEmrHold, readHold } from '#store/holds.ts';
import type { OfferedOpening } from '#store/openings.ts';
import type { Emr } from './emr-access.ts';
import { accountOf, practiceContext } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';

/** How long a caller waits for the EMR to keep a time besides us, milliseconds. */
const patienceMs = 4_000;
/** How long the clock waits for one EMR, milliseconds: others wait behind it. */
const giveBackMs = 8_000;
/** When a time that could not be given back is tried again, milliseconds. */
const againMs = 30_000;

/** What is written with a hold before its EMR is asked to keep the time too; undefined where it is not asked. */
export function askingOf(on: Scheduling, { capabilities }: Emr): EmrHold | undefined {
  if (capabilities.hold !== 'native') return undefined;
  const quietMs = on.policy.quietMs ?? capabilities.quietSeconds * 1_000;
  // Whatever is heard of it, by then it has been kept or never will be.
  return { state: 'asked', dueAt: new Date(on.clock.now() + quietMs) };
}

/**
 * Has the EMR keep the time of a hold that stands and says `asked`.
 *
 * @returns `gateway` where it does not or nobody knows: our own claims keep it all the same; `taken` where the EMR says
 *   that somebody else has it
 */
export async function keepInEmr(
  on: Scheduling,
  practiceId: string,
  open: (signal: AbortSignal) => Emr,
  { holdId, opening }: Pick<Hold, 'holdId' | 'opening'>,
): Promise<'native' | 'gateway' | 'taken'> {
  const emr = open(AbortSignal.timeout(patienceMs));
  const said = await ask(emr, opening);
  if (said === 'unknown') return 'gateway';
  const now = new Date(on.clock.now());
  await on.database.withPractice(practiceId, (tx) =>
    noteEmrHold(tx, holdId, 'asked', said === 'kept' ? { state: 'kept', dueAt: now } : undefined),
  );
  if (said === 'kept') return 'native';
  return said === 'taken' ? 'taken' : 'gateway';
}

async function ask(emr: Emr, opening: OfferedOpening): Promise<'kept' | ReturnType<typeof refusalOf>> {
  try {
    await emr.run('hold', opening);
    return 'kept';
  } catch (error) {
    return refusalOf(emr, error);
  }
}

function refusalOf({ capabilities, adapter }: Emr, error: unknown): 'taken' | 'not-kept' | 'unknown' {
  if (error instanceof Failure) return error.code === 'slot-taken' ? 'taken' : 'not-kept';
  if (!(error instanceof WireFailure)) return 'unknown';
  const { outcome, reason } = classifyWrite(error, capabilities.refusals, adapter.routes);
  if (outcome === 'ambiguous') return 'unknown';
  return outcome === 'refused' && reason === 'taken' ? 'taken' : 'not-kept';
}

/**
 * Gives an opening's time back in the EMR where an ended hold of it keeps it, so that it can be booked or held anew. What
 * a hold that stands keeps is left alone.
 *
 * @returns whether there was anything to give back
 * @throws Failure, WireFailure when the EMR could not be asked
 */
export async function freeInEmr(
  on: Scheduling,
  practiceId: string,
  emr: Emr,
  opening: OfferedOpening,
): Promise<boolean> {
  if (emr.capabilities.hold !== 'native') return false;
  const holds = await holdsOf(on, practiceId, opening);
  if (holds.some((hold) => stands(on, hold))) return false;
  for (const hold of holds) await giveBack(on, practiceId, emr, hold);
  return holds.length > 0;
}

/**
 * Gives back in the EMR what an ended hold may still keep there; called by the clock until it has been done. A time that
 * has passed is left alone, and so is one that another hold keeps by now: its end gives it back. A hold that became a
 * request for people ends here too, so that they can book the time themselves.
 */
export async function giveBackDue(on: Scheduling, practiceId: string, holdId: string): Promise<void> {
  const hold = await on.database.withPractice(practiceId, (tx) => readHold(tx, holdId));
  if (!hold?.emr || hold.emr.state === 'given-back') return;
  const { state } = hold.emr;
  const now = on.clock.now();
  const note = (emr: EmrHold) =>
    on.database.withPractice(practiceId, (tx) => noteEmrHold(tx, holdId, state, emr));
  const others = await holdsOf(on, practiceId, hold.opening);
  if (Date.parse(hold.opening.start) <= now || others.some((other) => stands(on, other))) {
    await note({ state: 'given-back', dueAt: new Date(now) });
    return;
  }
  try {
    const context = await practiceContext(on.database, on.cache, practiceId);
    const connection = accountOf(context);
    if (connection.connectionId !== hold.opening.connectionId) throw new Failure('connection-off');
    const emr = on.emr.open(context, connection, 'reconcile', AbortSignal.timeout(giveBackMs));
    await giveBack(on, practiceId, emr, hold);
  } catch {
    // The log has the request; the time stays kept in the EMR until this succeeds or it has passed.
    await note({ state, dueAt: new Date(now + againMs) });
  }
}

/** Holds that the same time of the same people and places may be kept for, whatever visit type was asked for. */
async function holdsOf(on: Scheduling, practiceId: string, opening: OfferedOpening): Promise<Hold[]> {
  const holds = await on.database.withPractice(practiceId, holdsInEmr);
  return holds.filter(({ opening: other }) => {
    const meets =
      Date.parse(other.start) < Date.parse(opening.end) && Date.parse(opening.start) < Date.parse(other.end);
    const shares = other.claims.some((claim) => opening.claims.includes(claim));
    return other.connectionId === opening.connectionId && meets && shares;
  });
}

function stands({ clock }: Scheduling, { endCode, expiresAt }: Hold): boolean {
  return endCode === undefined && expiresAt.getTime() > clock.now();
}

async function giveBack(
  on: Scheduling,
  practiceId: string,
  emr: Emr,
  { holdId, opening, emr: kept }: Hold,
): Promise<void> {
  await emr.run('release', opening);
  // An unanswered request may still be carried out: then it is given back once more, when that is over.
  if (kept === undefined || (kept.state === 'asked' && kept.dueAt.getTime() > on.clock.now())) return;
  await on.database.withPractice(practiceId, (tx) =>
    noteEmrHold(tx, holdId, kept.state, { state: 'given-back', dueAt: new Date(on.clock.now()) }),
  );
}
