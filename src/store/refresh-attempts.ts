import type { Tx } from './database.ts';

/** One request to a token endpoint, written down before it leaves. */
export interface RefreshAttempt {
  readonly attemptId: string;
  readonly connectionId: string;
  readonly epoch: number;
  /** The version that it set out to replace. */
  readonly fromVersion: number;
  readonly server: string;
  /** The process that has the answer, if it lives. */
  readonly holder: string;
  readonly startedAt: Date;
}

/** Append only: the beginning, to be committed before the request leaves. */
export async function insertAttemptStart(tx: Tx, practiceId: string, attempt: RefreshAttempt): Promise<void> {
  await tx('refresh_attempt').insert({
    ...keyOf(practiceId, attempt),
    event: 'started',
    at: attempt.startedAt,
  });
}

/** Append only: the end, in the transaction of what it led to. A second one changes nothing. */
export async function insertAttemptEnd(
  tx: Tx,
  practiceId: string,
  attempt: RefreshAttempt,
  code: string,
  now: Date,
): Promise<void> {
  await tx('refresh_attempt')
    .insert({ ...keyOf(practiceId, attempt), event: 'ended', code, at: now })
    .onConflict(['practice_id', 'connection_id', 'from_version', 'attempt_id', 'event'])
    .ignore();
}

/** The newest attempt at replacing this version that has no end. */
export async function findOpenAttempt(
  tx: Tx,
  place: { readonly connectionId: string; readonly epoch: number; readonly version: number },
): Promise<RefreshAttempt | undefined> {
  const { rows } = await tx.raw<{ rows: AttemptColumns[] }>(
    `select s.attempt_id, s.authorization_server, s.holder, s.at from refresh_attempt s
     where s.connection_id = ? and s.from_version = ? and s.grant_epoch = ? and s.event = 'started'
       and not exists (
         select from refresh_attempt e
         where e.practice_id = s.practice_id and e.connection_id = s.connection_id
           and e.from_version = s.from_version and e.attempt_id = s.attempt_id and e.event = 'ended')
     order by s.at desc, s.attempt_id desc limit 1`,
    [place.connectionId, place.version, place.epoch],
  );
  const [row] = rows;
  return (
    row && {
      attemptId: row.attempt_id,
      connectionId: place.connectionId,
      epoch: place.epoch,
      fromVersion: place.version,
      server: row.authorization_server,
      holder: row.holder,
      startedAt: row.at,
    }
  );
}

interface AttemptColumns {
  readonly attempt_id: string;
  readonly authorization_server: string;
  readonly holder: string;
  readonly at: Date;
}

function keyOf(practiceId: string, attempt: RefreshAttempt) {
  return {
    practice_id: practiceId,
    connection_id: attempt.connectionId,
    from_version: attempt.fromVersion,
    attempt_id: attempt.attemptId,
    grant_epoch: attempt.epoch,
    authorization_server: attempt.server,
    holder: attempt.holder,
  };
}
