import type { Tx } from './database.ts';

/** An opening as it was offered: Slot/{id} and the proposed Appointment/{id} are two views of it. */
export interface OfferedOpening {
  readonly id: string;
  readonly connectionId: string;
  readonly vendorKey: string;
  readonly claims: readonly string[];
  /** Instants. */
  readonly start: string;
  readonly end: string;
  readonly minutes: number;
  /** Code of the visit type. */
  readonly visitType: string;
  /** Ids in the EMR. */
  readonly practitioner: string;
  readonly location: string;
  /** FHIR id of the Schedule. */
  readonly scheduleId: string;
  readonly seenAt: string;
}

interface OpeningRow {
  id: string;
  connection_id: string;
  vendor_key: string;
  claims: string[];
  start_at: Date;
  end_at: Date;
  minutes: number;
  visit_type: string;
  practitioner: string;
  location: string;
  schedule_id: string;
  seen_at: Date;
}

/** Keeps what is about to be offered, so that any process finds it again by its id; rows that say as much stay as they are. */
export async function saveOpenings(
  tx: Tx,
  practiceId: string,
  openings: readonly OfferedOpening[],
): Promise<void> {
  if (openings.length === 0) return;
  await tx('opening')
    .insert(
      openings.map((opening) => ({
        practice_id: practiceId,
        id: opening.id,
        connection_id: opening.connectionId,
        vendor_key: opening.vendorKey,
        claims: opening.claims,
        during: `[${opening.start},${opening.end})`,
        minutes: opening.minutes,
        visit_type: opening.visitType,
        practitioner: opening.practitioner,
        location: opening.location,
        schedule_id: opening.scheduleId,
        seen_at: opening.seenAt,
      })),
    )
    .onConflict(['practice_id', 'id'])
    .merge(['claims', 'seen_at'])
    .whereRaw('opening.seen_at < excluded.seen_at');
}

export async function readOpening(tx: Tx, id: string): Promise<OfferedOpening | undefined> {
  const row: OpeningRow | undefined = await tx('opening')
    .where({ id })
    .first(...columns(tx));
  return row && opening(row);
}

/** Openings of the same visit type that were seen lately, the nearest in time first. */
export async function openingsNear(
  tx: Tx,
  near: OfferedOpening,
  limits: { readonly now: Date; readonly seenAfter: Date; readonly most: number },
): Promise<OfferedOpening[]> {
  const rows: OpeningRow[] = await tx('opening')
    .where({ connection_id: near.connectionId, visit_type: near.visitType })
    .whereNot({ id: near.id })
    .andWhere('seen_at', '>', limits.seenAfter)
    .andWhereRaw('lower(during) > ?', [limits.now])
    .orderByRaw('abs(extract(epoch from lower(during) - ?::timestamptz)), id', [near.start])
    .limit(limits.most)
    .select(...columns(tx));
  return rows.map(opening);
}

/**
 * Openings of one visit type that start in a window, were seen since an instant, and on which nobody has a claim: what
 * we have booked since then is not open any more, although the EMR could not be asked.
 */
export async function openingsSeen(
  tx: Tx,
  asked: {
    readonly connectionId: string;
    readonly visitType: string;
    /** Instants, half open. */
    readonly from: string;
    readonly to: string;
    readonly since: Date;
    readonly now: Date;
    readonly most: number;
  },
): Promise<OfferedOpening[]> {
  const rows: OpeningRow[] = await tx('opening')
    .where({ connection_id: asked.connectionId, visit_type: asked.visitType })
    .andWhere('seen_at', '>', asked.since)
    .andWhereRaw('lower(during) >= ? and lower(during) < ?', [asked.from, asked.to])
    .andWhereRaw(
      `not exists (
         select from claim k
          where k.resource_key = any (select opening.connection_id || '/' || one from unnest(opening.claims) one)
            and k.during && opening.during and (k.expires_at is null or k.expires_at > ?))`,
      [asked.now],
    )
    .orderByRaw('lower(during), id')
    .limit(asked.most)
    .select(...columns(tx));
  return rows.map(opening);
}

function columns(tx: Tx) {
  return [
    'id',
    'connection_id',
    'vendor_key',
    'claims',
    tx.raw('lower(during) as start_at'),
    tx.raw('upper(during) as end_at'),
    'minutes',
    'visit_type',
    'practitioner',
    'location',
    'schedule_id',
    'seen_at',
  ];
}

function opening(row: OpeningRow): OfferedOpening {
  return {
    id: row.id,
    connectionId: row.connection_id,
    vendorKey: row.vendor_key,
    claims: row.claims,
    start: row.start_at.toISOString(),
    end: row.end_at.toISOString(),
    minutes: row.minutes,
    visitType: row.visit_type,
    practitioner: row.practitioner,
    location: row.location,
    scheduleId: row.schedule_id,
    seenAt: row.seen_at.toISOString(),
  };
}

/** Forgets openings that started more than a day ago. */
export async function deletePastOpenings(tx: Tx, before: Date): Promise<number> {
  return tx('opening').whereRaw('upper(during) < ?', [before]).delete();
}
