import { Failure } from '#domain/failure.ts';
import {
  type ClaimOwner,
  isClaimConflict,
  releaseClaims,
  type StandingClaim,
  takeClaims,
} from '#store/claims.ts';
import { endHold, findLiveHold, type Hold, insertHold, readHold } from '#store/holds.ts';
import { type OfferedOpening, readOpening } from '#store/openings.ts';
import { attemptOf, type Caller } from './caller.ts';
import { type Offer, offerOf } from './find-slots.ts';
import { randomId } from './ids.ts';
import { lookAgainAt } from './intents.ts';
import { askingOf, freeInEmr, keepInEmr } from './native-hold.ts';
import { connectionOf, practiceContext, visitTypeOf } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';

export interface HeldSlot {
  /** FHIR id of the pending Appointment. */
  readonly holdId: string;
  readonly offer: Offer;
  /** Instant. */
  readonly expiresAt: string;
  /** Whether the EMR keeps the time too, or this gateway alone. */
  readonly kind: 'gateway' | 'native';
}

/**
 * Keeps an offered time for a caller who is still thinking (IHE ITI-116). The same agent asking again for the same
 * opening gets the hold it has. The hold lives in the gateway, expires by itself and survives a crash; an EMR that can
 * keeps the time too, and is told when it ends.
 *
 * @throws Failure `not-found` for an id that was never offered, `stale-opening`, `slot-taken`, `booking-off`, and what
 *   reading the EMR can end in
 */
export async function holdSlot(on: Scheduling, caller: Caller, openingId: string): Promise<HeldSlot> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const connection = connectionOf(context);
  if (context.practice.bookingMode === 'off') throw new Failure('booking-off');
  const now = () => new Date(on.clock.now());

  const known = await on.database.withPractice(caller.practiceId, async (tx) => ({
    opening: await readOpening(tx, openingId),
    hold: await findLiveHold(tx, caller.agentId, openingId, now()),
  }));
  const opening = currentOpening(known.opening, on.clock.now());
  if (opening.connectionId !== connection.connectionId) throw new Failure('stale-opening');
  visitTypeOf(context, opening.visitType);
  const offer = offerOf(context, opening);
  if (!offer) throw new Failure('stale-opening');
  if (known.hold) return heldOf(known.hold, offer);

  const emr = on.emr.open(context, connection, 'call');
  // What an earlier hold of this time left in the EMR would look like somebody else's.
  await freeInEmr(on, caller.practiceId, emr, opening).catch(() => {});
  if ((await emr.run('verify', opening)) === 'gone') {
    // The EMR says so: what else was read with it is as old.
    on.cache.forget(`openings/${connection.connectionId}/`);
    throw new Failure('slot-taken');
  }

  const holdId = randomId();
  const expiresAt = new Date(on.clock.now() + on.policy.holdSeconds * 1000);
  const asked = askingOf(on, emr);
  const hold: Hold = { holdId, agentId: caller.agentId, opening, expiresAt, endCode: undefined, emr: asked };
  const standing = await attempt(
    on,
    async () =>
      on.database.withPractice(caller.practiceId, async (tx) => {
        const inTheWay = await takeClaims(
          tx,
          caller.practiceId,
          { ...claimsOf(opening, { kind: 'hold', id: holdId }), expiresAt },
          now(),
        );
        if (inTheWay.length > 0) return inTheWay;
        await insertHold(tx, caller.practiceId, hold);
        await on.audit.record(tx, caller.practiceId, {
          ...attemptOf(caller, { action: 'appointment.hold', resourceId: holdId }),
          outcome: 'success',
        });
        return [];
      }),
    (owners) => lookAgainAt(on, caller.practiceId, owners),
  );
  if (standing.length > 0) {
    // Asked for twice at once by one agent: the other one of the two has it for both.
    const own = await on.database.withPractice(caller.practiceId, (tx) =>
      findLiveHold(tx, caller.agentId, openingId, now()),
    );
    if (!own) throw new Failure('slot-taken');
    return heldOf(own, offer);
  }
  if (asked === undefined) return heldOf(hold, offer);
  const kept = await keepInEmr(
    on,
    caller.practiceId,
    (signal) => on.emr.open(context, connection, 'call', signal),
    hold,
  );
  if (kept === 'taken') {
    await releaseHold(on, caller, holdId);
    on.cache.forget(`openings/${connection.connectionId}/`);
    throw new Failure('slot-taken');
  }
  return { ...heldOf(hold, offer), kind: kept };
}

function heldOf({ holdId, expiresAt, emr }: Hold, offer: Offer): HeldSlot {
  const kind = emr?.state === 'kept' ? 'native' : 'gateway';
  return { holdId, offer, expiresAt: expiresAt.toISOString(), kind };
}

/** Gives a held time back. Releasing what has ended already changes nothing. */
export async function releaseHold(on: Scheduling, caller: Caller, holdId: string): Promise<void> {
  await on.database.withPractice(caller.practiceId, async (tx) => {
    const hold = await readHold(tx, holdId);
    if (!hold || hold.agentId !== caller.agentId) throw new Failure('not-found');
    if (await endHold(tx, holdId, 'released', new Date(on.clock.now()))) {
      await releaseClaims(tx, { kind: 'hold', id: holdId });
      await on.audit.record(tx, caller.practiceId, {
        ...attemptOf(caller, { action: 'appointment.release', resourceId: holdId }),
        outcome: 'success',
      });
    }
  });
}

/** @throws Failure `not-found` when it was never offered, `stale-opening` when its time has come */
export function currentOpening(opening: OfferedOpening | undefined, now: number): OfferedOpening {
  if (!opening) throw new Failure('not-found');
  if (Date.parse(opening.start) <= now) throw new Failure('stale-opening');
  return opening;
}

export function claimsOf(opening: OfferedOpening, owner: ClaimOwner) {
  return {
    connectionId: opening.connectionId,
    keys: opening.claims,
    start: opening.start,
    end: opening.end,
    owner,
  };
}

/**
 * Runs a transaction that takes claims. Two who began at once: one of them begins again and sees the other. Where only
 * appointments that were read back stand in the way, they are read again, because staff may have moved them since.
 */
export async function attempt(
  on: Scheduling,
  transaction: () => Promise<StandingClaim[]>,
  lookAgain: (owners: readonly string[]) => Promise<void>,
): Promise<StandingClaim[]> {
  const once = async (triesLeft: number): Promise<StandingClaim[]> => {
    try {
      return await transaction();
    } catch (error) {
      if (!isClaimConflict(error) || triesLeft === 0) throw error;
      await on.clock.sleep(5 + on.random() * 20);
      return once(triesLeft - 1);
    }
  };
  const standing = await once(3);
  if (standing.length === 0 || !standing.every((claim) => claim.confirmed)) return standing;
  await lookAgain([...new Set(standing.map((claim) => claim.owner.id))]);
  return once(3);
}

/** The agent's own live hold of this id, if it is one. */
export async function readOwnHold(
  on: Scheduling,
  caller: Caller,
  holdId: string,
): Promise<HeldSlot | undefined> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const hold = await on.database.withPractice(caller.practiceId, (tx) => readHold(tx, holdId));
  if (!hold || hold.agentId !== caller.agentId || hold.endCode !== undefined) return undefined;
  if (hold.expiresAt.getTime() <= on.clock.now()) return undefined;
  const offer = offerOf(context, hold.opening);
  return offer && heldOf(hold, offer);
}

/** Ends a hold whose time is over and gives the time back. */
export async function expireHold(on: Scheduling, practiceId: string, holdId: string): Promise<void> {
  await on.database.withPractice(practiceId, async (tx) => {
    const hold = await readHold(tx, holdId);
    if (!hold || hold.expiresAt.getTime() > on.clock.now()) return;
    if (await endHold(tx, holdId, 'expired', new Date(on.clock.now())))
      await releaseClaims(tx, { kind: 'hold', id: holdId });
  });
}
