import { databaseError, type Tx } from './database.ts';

/** Who keeps a time: a caller's hold, or a booking we have undertaken. */
export interface ClaimOwner {
  readonly kind: 'hold' | 'intent';
  readonly id: string;
}

export interface ClaimRequest {
  readonly connectionId: string;
  /** Resources of the opening, e.g. `op:4`, `prov:7`. */
  readonly keys: readonly string[];
  /** Instants, half open. */
  readonly start: string;
  readonly end: string;
  readonly owner: ClaimOwner;
  /** End of a hold; an intent's claim ends with the intent. */
  readonly expiresAt?: Date;
}

/** A claim that stands in the way. */
export interface StandingClaim {
  readonly owner: ClaimOwner;
  /** True when an appointment was read back for it: the EMR may have changed since. */
  readonly confirmed: boolean;
}

/**
 * Keeps a time for one owner: the exclusion constraint lets one live claim stand on a resource and time, over all
 * processes. Expired claims in the way are removed first.
 *
 * @returns the claims in the way, empty when the time is now kept. A race that both sides began at once ends in an
 * error for which {@link isClaimConflict} is true; the transaction is lost then and can be begun again.
 */
export async function takeClaims(
  tx: Tx,
  practiceId: string,
  request: ClaimRequest,
  now: Date,
): Promise<StandingClaim[]> {
  const keys = resourceKeys(request.connectionId, request.keys);
  const during = `[${request.start},${request.end})`;
  const overlapping = () =>
    tx('claim').whereIn('resource_key', keys).whereRaw('during && ?::tstzrange', [during]);
  await overlapping().where('expires_at', '<=', now).delete();
  const standing: { owner_kind: ClaimOwner['kind']; owner_id: string; confirmed: boolean }[] =
    await overlapping()
      .whereRaw('(owner_kind, owner_id) <> (?, ?)', [request.owner.kind, request.owner.id])
      .select('owner_kind', 'owner_id', 'confirmed');
  if (standing.length > 0)
    return standing.map((row) => ({
      owner: { kind: row.owner_kind, id: row.owner_id },
      confirmed: row.confirmed,
    }));
  await tx('claim').insert(
    keys.map((resource_key) => ({
      practice_id: practiceId,
      resource_key,
      during,
      owner_kind: request.owner.kind,
      owner_id: request.owner.id,
      expires_at: request.expiresAt ?? null,
    })),
  );
  return [];
}

/** The live claims on an opening's time. */
export async function claimsAt(
  tx: Tx,
  opening: {
    readonly connectionId: string;
    readonly claims: readonly string[];
    readonly start: string;
    readonly end: string;
  },
  now: Date,
): Promise<StandingClaim[]> {
  const rows: { owner_kind: ClaimOwner['kind']; owner_id: string; confirmed: boolean }[] = await tx('claim')
    .whereIn('resource_key', resourceKeys(opening.connectionId, opening.claims))
    .whereRaw('during && ?::tstzrange', [`[${opening.start},${opening.end})`])
    .andWhere((either) => either.whereNull('expires_at').orWhere('expires_at', '>', now))
    .select('owner_kind', 'owner_id', 'confirmed');
  return rows.map((row) => ({ owner: { kind: row.owner_kind, id: row.owner_id }, confirmed: row.confirmed }));
}

/** True when the owner keeps its time already, e.g. because a hold's claims were handed to it. */
export async function hasClaims(tx: Tx, owner: ClaimOwner): Promise<boolean> {
  const found: { resource_key: string } | undefined = await tx('claim')
    .where({ owner_kind: owner.kind, owner_id: owner.id })
    .whereRaw('not lower_inf(during)')
    .first('resource_key');
  return found !== undefined;
}

/**
 * Locks one appointment for one owner, for as long as it takes: one change of an appointment at a time.
 *
 * @returns whether it was had
 */
export async function lockAppointment(
  tx: Tx,
  practiceId: string,
  connectionId: string,
  appointmentId: string,
  owner: ClaimOwner,
): Promise<boolean> {
  const resource_key = appointmentKey(connectionId, appointmentId);
  const held: { owner_id: string } | undefined = await tx('claim').where({ resource_key }).first('owner_id');
  if (held) return held.owner_id === owner.id;
  await tx('claim').insert({
    practice_id: practiceId,
    resource_key,
    during: '(,)',
    owner_kind: owner.kind,
    owner_id: owner.id,
  });
  return true;
}

export async function unlockAppointment(
  tx: Tx,
  connectionId: string,
  appointmentId: string,
  owner: ClaimOwner,
): Promise<void> {
  await tx('claim')
    .where({
      resource_key: appointmentKey(connectionId, appointmentId),
      owner_kind: owner.kind,
      owner_id: owner.id,
    })
    .delete();
}

/** Id of whose change of this appointment is under way, or was handed to people. */
export async function lockOwner(
  tx: Tx,
  connectionId: string,
  appointmentId: string,
): Promise<string | undefined> {
  const resource_key = appointmentKey(connectionId, appointmentId);
  const held: { owner_id: string } | undefined = await tx('claim').where({ resource_key }).first('owner_id');
  return held?.owner_id;
}

function appointmentKey(connectionId: string, appointmentId: string): string {
  return `${connectionId}/appointment/${appointmentId}`;
}

/** Hands a hold's claims to the intent that books it. */
export async function adoptClaims(tx: Tx, from: ClaimOwner, to: ClaimOwner): Promise<number> {
  return tx('claim')
    .where({ owner_kind: from.kind, owner_id: from.id })
    .update({ owner_kind: to.kind, owner_id: to.id, expires_at: null });
}

export async function releaseClaims(tx: Tx, owner: ClaimOwner): Promise<void> {
  await tx('claim').where({ owner_kind: owner.kind, owner_id: owner.id }).delete();
}

export async function confirmClaims(tx: Tx, owner: ClaimOwner): Promise<void> {
  await tx('claim').where({ owner_kind: owner.kind, owner_id: owner.id }).update({ confirmed: true });
}

/** Times in the window that somebody else keeps and no appointment stands for yet. */
export async function heldTimes(
  tx: Tx,
  window: { readonly from: string; readonly to: string },
  now: Date,
): Promise<{ resourceKey: string; start: Date; end: Date; owner: ClaimOwner }[]> {
  const rows: {
    resource_key: string;
    start_at: Date;
    end_at: Date;
    owner_kind: ClaimOwner['kind'];
    owner_id: string;
  }[] = await tx('claim')
    .where({ confirmed: false })
    .whereRaw('during && tstzrange(?, ?)', [window.from, window.to])
    .andWhere((either) => either.whereNull('expires_at').orWhere('expires_at', '>', now))
    .select(
      'resource_key',
      tx.raw('lower(during) as start_at'),
      tx.raw('upper(during) as end_at'),
      'owner_kind',
      'owner_id',
    );
  return rows.map((row) => ({
    resourceKey: row.resource_key,
    start: row.start_at,
    end: row.end_at,
    owner: { kind: row.owner_kind, id: row.owner_id },
  }));
}

/** Sorted, because two transactions that insert the same keys in opposite order deadlock. */
export function resourceKeys(connectionId: string, keys: readonly string[]): string[] {
  return keys.map((key) => `${connectionId}/${key}`).sort();
}

/** Both sides began at once: the constraint (or the deadlock detector) let one of them through. */
export function isClaimConflict(error: unknown): boolean {
  const failed = databaseError(error);
  return (failed?.code === '23P01' && failed.constraint === 'claim_once') || failed?.code === '40P01';
}
