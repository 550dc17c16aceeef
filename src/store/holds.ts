import type { Tx } from './database.ts';
import type { OfferedOpening } from './openings.ts';

/** A time kept for a caller who is still thinking: the pending Appointment. */
export interface Hold {
  readonly holdId: string;
  readonly agentId: string;
  readonly opening: OfferedOpening;
  readonly expiresAt: Date;
  readonly endCode: 'booked' | 'released' | 'expired' | undefined;
  /** Where the EMR was asked to keep the time too. */
  readonly emr: EmrHold | undefined;
}

/**
 * What is known of the EMR keeping a held time: `asked`, and nothing certain was heard; `kept`; `given-back`. It is given
 * back once the hold has ended, not before `dueAt`.
 */
export interface EmrHold {
  readonly state: 'asked' | 'kept' | 'given-back';
  readonly dueAt: Date;
}

interface HoldRow {
  hold_id: string;
  agent_id: string;
  opening: OfferedOpening;
  expires_at: Date;
  end_code: 'booked' | 'released' | 'expired' | null;
  emr_state: EmrHold['state'] | null;
  emr_due_at: Date | null;
}

const columns = [
  'hold_id',
  'agent_id',
  'opening',
  'expires_at',
  'end_code',
  'emr_state',
  'emr_due_at',
] as const;

export async function insertHold(tx: Tx, practiceId: string, hold: Omit<Hold, 'endCode'>): Promise<void> {
  await tx('hold').insert({
    practice_id: practiceId,
    hold_id: hold.holdId,
    opening_id: hold.opening.id,
    agent_id: hold.agentId,
    opening: JSON.stringify(hold.opening),
    expires_at: hold.expiresAt,
    emr_state: hold.emr?.state ?? null,
    emr_due_at: hold.emr?.dueAt ?? null,
  });
}

export async function readHold(tx: Tx, holdId: string): Promise<Hold | undefined> {
  return hold(
    await tx('hold')
      .where({ hold_id: holdId })
      .first(...columns),
  );
}

/** The agent's own live hold of an opening, if there is one. */
export async function findLiveHold(
  tx: Tx,
  agentId: string,
  openingId: string,
  now: Date,
): Promise<Hold | undefined> {
  return hold(
    await tx('hold')
      .where({ agent_id: agentId, opening_id: openingId })
      .whereNull('ended_at')
      .andWhere('expires_at', '>', now)
      .orderBy('created_at', 'desc')
      .first(...columns),
  );
}

/** Ends a hold once; says whether this call was the one that did. */
export async function endHold(
  tx: Tx,
  holdId: string,
  code: NonNullable<Hold['endCode']>,
  now: Date,
): Promise<boolean> {
  return (
    (await tx('hold')
      .where({ hold_id: holdId })
      .whereNull('ended_at')
      .update({ ended_at: now, end_code: code })) > 0
  );
}

/** The practice's holds, ended or not, whose time the EMR may still keep. */
export async function holdsInEmr(tx: Tx): Promise<Hold[]> {
  const rows: HoldRow[] = await tx('hold')
    .whereIn('emr_state', ['asked', 'kept'])
    .select(...columns);
  return rows.flatMap((row) => hold(row) ?? []);
}

/**
 * Notes what became of the time in the EMR, unless somebody else has noted something meanwhile.
 *
 * @param to undefined: it keeps nothing and was not asked
 */
export async function noteEmrHold(
  tx: Tx,
  holdId: string,
  from: EmrHold['state'],
  to: EmrHold | undefined,
): Promise<void> {
  await tx('hold')
    .where({ hold_id: holdId, emr_state: from })
    .update({ emr_state: to?.state ?? null, emr_due_at: to?.dueAt ?? null });
}

/** Ended holds of all practices whose time has to be given back in the EMR; for use without a practice. */
export async function holdsToGiveBack(
  tx: Tx,
  now: Date,
  most: number,
): Promise<{ practiceId: string; holdId: string }[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; hold_id: string }[] }>(
    'select practice_id, hold_id from holds_to_give_back(?, ?)',
    [now, most],
  );
  return rows.map((row) => ({ practiceId: row.practice_id, holdId: row.hold_id }));
}

/** Forgets holds that ended before an instant, but none whose time the EMR may still keep. */
export async function purgeHolds(tx: Tx, before: Date): Promise<void> {
  await tx('hold')
    .where('ended_at', '<', before)
    .andWhere((still) => void still.whereNull('emr_state').orWhere('emr_state', 'given-back'))
    .delete();
}

/** Holds of all practices that have expired, by the dispatch function; for use without a practice. */
export async function expiredHolds(
  tx: Tx,
  now: Date,
  most: number,
): Promise<{ practiceId: string; holdId: string }[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; hold_id: string }[] }>(
    'select practice_id, hold_id from expired_holds(?, ?)',
    [now, most],
  );
  return rows.map((row) => ({ practiceId: row.practice_id, holdId: row.hold_id }));
}

function hold(row: HoldRow | undefined): Hold | undefined {
  return (
    row && {
      holdId: row.hold_id,
      agentId: row.agent_id,
      opening: row.opening,
      expiresAt: row.expires_at,
      endCode: row.end_code ?? undefined,
      emr:
        row.emr_state === null || row.emr_due_at === null
          ? undefined
          : { state: row.emr_state, dueAt: row.emr_due_at },
    }
  );
}
