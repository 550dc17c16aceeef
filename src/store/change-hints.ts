import type { Tx } from './database.ts';

/** Somebody says that an appointment of ours was changed in its EMR. Nothing is said of what became of it. */
export interface ChangeHint {
  readonly hintId: string;
  readonly connectionId: string;
  /** Our id of it. */
  readonly appointmentId: string;
  /** When it was last said. */
  readonly notedAt: Date;
  readonly failures: number;
}

/** Notes hints; one about an appointment that has one already makes that one newer and leaves when it is looked at. */
export async function noteChangeHints(
  tx: Tx,
  practiceId: string,
  hints: readonly Omit<ChangeHint, 'failures'>[],
  lookAt: Date,
): Promise<void> {
  if (hints.length === 0) return;
  await tx('change_hint')
    .insert(
      hints.map((hint) => ({
        practice_id: practiceId,
        hint_id: hint.hintId,
        connection_id: hint.connectionId,
        appointment_id: hint.appointmentId,
        noted_at: hint.notedAt,
        look_at: lookAt,
      })),
    )
    .onConflict(['practice_id', 'appointment_id'])
    .merge({ noted_at: tx.raw('greatest(change_hint.noted_at, excluded.noted_at)') });
}

/**
 * Hints of all practices that are to be looked at, by the dispatch function: `most`, and no more of one connection than
 * `each` together with those that the caller is at.
 *
 * @param atWork the connection of each hint that the caller is at
 */
export async function dueChangeHints(
  tx: Tx,
  now: Date,
  {
    most,
    each,
    atWork,
  }: { readonly most: number; readonly each: number; readonly atWork: readonly string[] },
): Promise<{ practiceId: string; connectionId: string; hintId: string }[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; connection_id: string; hint_id: string }[] }>(
    'select practice_id, connection_id, hint_id from due_change_hints(?, ?, ?, ?)',
    [now, most, [...atWork], each],
  );
  return rows.map((row) => ({
    practiceId: row.practice_id,
    connectionId: row.connection_id,
    hintId: row.hint_id,
  }));
}

/** Takes a hint that is due, for one worker alone until `until`; undefined where another one has it or it is gone. */
export async function takeChangeHint(
  tx: Tx,
  hintId: string,
  now: Date,
  until: Date,
): Promise<ChangeHint | undefined> {
  const [row] = await tx('change_hint')
    .where({ hint_id: hintId })
    .where('look_at', '<=', now)
    .update({ look_at: until })
    .returning(['hint_id', 'connection_id', 'appointment_id', 'noted_at', 'failures']);
  return (
    row && {
      hintId: row.hint_id,
      connectionId: row.connection_id,
      appointmentId: row.appointment_id,
      notedAt: row.noted_at,
      failures: row.failures,
    }
  );
}

/** Forgets a hint, unless it was said again after `seen`; then it is looked at once more, at `again`. */
export async function settleChangeHint(tx: Tx, hintId: string, seen: Date, again: Date): Promise<void> {
  const settled = await tx('change_hint').where({ hint_id: hintId }).where('noted_at', '<=', seen).delete();
  if (settled === 0)
    await tx('change_hint').where({ hint_id: hintId }).update({ look_at: again, failures: 0 });
}

/** It could not be looked at. */
export async function putOffChangeHint(tx: Tx, hintId: string, until: Date, failures: number): Promise<void> {
  await tx('change_hint').where({ hint_id: hintId }).update({ look_at: until, failures });
}

export async function purgeChangeHints(tx: Tx, before: Date): Promise<void> {
  await tx('change_hint').where('noted_at', '<', before).delete();
}
