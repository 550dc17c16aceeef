import type { Tx } from './database.ts';

export interface BusinessAssociateAgreement {
  readonly version: string;
  readonly sha256: string;
  readonly signer: string;
  /** Instant. */
  readonly signedAt: string;
}

export interface Practice {
  readonly practiceId: string;
  readonly name: string;
  /** IANA zone. */
  readonly timeZone: string;
  readonly phone: string | undefined;
  /** `sandbox` meets simulators and vendor sandboxes only; `live` needs a recorded agreement. */
  readonly mode: 'sandbox' | 'live';
  readonly bookingMode: 'off' | 'queue_only' | 'live';
  readonly baa: BusinessAssociateAgreement | undefined;
  readonly disabledAt: Date | undefined;
}

const columns = [
  'practice_id',
  'name',
  'time_zone',
  'phone',
  'mode',
  'booking_mode',
  'baa',
  'disabled_at',
] as const;

interface PracticeRow {
  practice_id: string;
  name: string;
  time_zone: string;
  phone: string | null;
  mode: Practice['mode'];
  booking_mode: Practice['bookingMode'];
  baa: BusinessAssociateAgreement | null;
  disabled_at: Date | null;
}

/** The practice of this transaction, or undefined when there is none of that id. */
export async function readPractice(tx: Tx): Promise<Practice | undefined> {
  const row: PracticeRow | undefined = await tx('practice').first(...columns);
  return (
    row && {
      practiceId: row.practice_id,
      name: row.name,
      timeZone: row.time_zone,
      phone: row.phone ?? undefined,
      mode: row.mode,
      bookingMode: row.booking_mode,
      baa: row.baa ?? undefined,
      disabledAt: row.disabled_at ?? undefined,
    }
  );
}

export async function insertPractice(
  tx: Tx,
  practice: Pick<Practice, 'practiceId' | 'name' | 'timeZone' | 'phone' | 'mode' | 'bookingMode'>,
): Promise<void> {
  await tx('practice').insert({
    practice_id: practice.practiceId,
    name: practice.name,
    time_zone: practice.timeZone,
    phone: practice.phone ?? null,
    mode: practice.mode,
    booking_mode: practice.bookingMode,
  });
}

export interface PracticeChange {
  readonly mode?: Practice['mode'];
  readonly bookingMode?: Practice['bookingMode'];
  readonly baa?: BusinessAssociateAgreement;
  readonly disabledAt?: Date | null;
}

export async function updatePractice(tx: Tx, change: PracticeChange): Promise<void> {
  await tx('practice').update({
    ...(change.mode && { mode: change.mode }),
    ...(change.bookingMode && { booking_mode: change.bookingMode }),
    ...(change.baa && { baa: JSON.stringify(change.baa) }),
    ...(change.disabledAt !== undefined && { disabled_at: change.disabledAt }),
  });
}

/** Ids of all practices, by the dispatch function; for use without a practice. */
export async function practiceIds(tx: Tx): Promise<string[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string }[] }>(
    'select practice_id from practice_ids()',
  );
  return rows.map((row) => row.practice_id);
}
