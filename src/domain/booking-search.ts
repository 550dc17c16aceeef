import { type EvidenceRules, type SeenRow, weigh } from './booking-evidence.ts';
import { type Intent, isSettled } from './booking-intent.ts';
import type { Policy } from './booking-policy.ts';
import {
  backOff,
  isTooEarly,
  next,
  nextSweep,
  reached,
  searchPause,
  settle,
  settled,
} from './booking-steps.ts';

/** A search of the EMR that began at `startedAt` and was read to its end at `now`. */
export interface Look {
  readonly startedAt: number;
  readonly rows: readonly SeenRow[];
  readonly now: number;
  readonly policy: Policy;
  readonly rules: EvidenceRules;
}

/** What a search means for an ambiguous intent, or for a settled one that is swept. */
export function afterSearch(intent: Intent, look: Look): Intent {
  const readable = { ...intent, unreadableSince: null };
  if (isSettled(intent)) return afterSweep(readable, look);
  return intent.kind === 'book' ? reconcile(readable, look) : reconcileChange(readable, look);
}

/** Not being able to look proves nothing: it only makes us wait, and at last call people. */
export function afterUnreadable(intent: Intent, startedAt: number, now: number, policy: Policy): Intent {
  const searches = intent.searches + 1;
  if (isSettled(intent)) return next(intent, { searches, nextActionAt: now + backOff(searches, policy) });
  const since = intent.unreadableSince ?? startedAt;
  if (now - since >= policy.unreadableHandoffMs) return settle(intent, 'handoff', 'unreadable', now, policy);
  return next(intent, {
    unreadableSince: since,
    searches,
    nextActionAt: now + searchPause(searches, policy),
  });
}

/** A booking of which nobody knows yet. */
function reconcile(intent: Intent, look: Look): Intent {
  const { rows, now, policy, rules } = look;
  const evidence = weigh(intent, rows, rules);
  if (intent.cancelRequested) {
    if (evidence.marked.length > 0)
      return next(intent, { surplusOpen: evidence.marked.map((row) => row.id), nextActionAt: now });
    if (evidence.matches.length > 0) return settle(intent, 'handoff', 'cancel-by-hand', now, policy);
    if (evidence.removed) return settle(intent, 'cancelled', 'by-staff', now, policy);
    return nothingFound(intent, look, evidence.doubtful);
  }
  const found = rules.survivor(evidence.matches, intent.emrRef);
  if (found === undefined) {
    // Ours was there and staff took it off: sending again would undo what they decided.
    if (evidence.removed) return settle(intent, 'handoff', 'removed-in-emr', now, policy);
    return nothingFound(intent, look, evidence.doubtful);
  }
  const kept = { ...intent, emrRef: found.id, surplusOpen: rules.surplus(evidence, rows, found.id) };
  return found.equal ? reached(kept, found.id, now, policy) : settle(kept, 'handoff', 'differs', now, policy);
}

/** A move, a cancellation or a new patient of which nobody knows yet. */
function reconcileChange(intent: Intent, look: Look): Intent {
  const { startedAt, rows, now, policy } = look;
  const equal = rows.filter(
    (row) => row.equal && !(row.missing === true && isTooEarly(intent, startedAt, policy)),
  );
  if (intent.kind === 'create-patient' && equal.length > 1)
    return settle(intent, 'handoff', 'patient-ambiguous', now, policy);
  const [found] = equal;
  if (found !== undefined) return reached(intent, found.id, now, policy);
  if (intent.kind === 'move' && !rows.some((row) => row.live))
    return settle(intent, 'handoff', 'removed-in-emr', now, policy);
  return nothingFound(intent, look, false);
}

/** Only a readable search that began after the quiet period proves that nothing is there and nothing will come. */
function nothingFound(intent: Intent, { startedAt, now, policy }: Look, doubtful: boolean): Intent {
  const quietUntil = intent.quietUntil ?? startedAt;
  if (startedAt < quietUntil) {
    const searches = intent.searches + 1;
    // The last search before sending again begins exactly when the quiet period ends.
    const nextActionAt = Math.max(now, Math.min(now + searchPause(searches, policy), quietUntil));
    return next(intent, { searches, nextActionAt });
  }
  if (doubtful) return settle(intent, 'handoff', 'unproven', now, policy);
  if (intent.cancelRequested) return settle(intent, 'cancelled', 'by-caller', now, policy);
  if (intent.lastRefusal === null) return next(intent, { phase: 'quiet', searches: 0, nextActionAt: now });
  if (intent.everAmbiguous) return settle(intent, 'handoff', 'taken-unproven', now, policy);
  return settle(
    intent,
    'refused',
    intent.lastRefusal === 'taken' ? 'slot-taken' : 'business-rule',
    now,
    policy,
  );
}

/** A settled intent, looked at again: late twins are cancelled, what staff did is taken over. */
function afterSweep(intent: Intent, look: Look): Intent {
  const { startedAt, rows, now, policy, rules } = look;
  const due = nextSweep(intent, policy);
  const swept = due !== null && startedAt >= due ? { ...intent, sweepsDone: intent.sweepsDone + 1 } : intent;
  if (intent.phase === 'handoff') return sweepHandoff(swept, look);
  if (intent.kind === 'create-patient' || intent.kind === 'cancel') return settled(swept, now, policy);
  const evidence = weigh(intent, intent.kind === 'book' ? rows : [], rules);
  const keeping = (id: string | null) => ({
    ...swept,
    emrRef: id,
    surplusOpen: rules.surplus(evidence, rows, id),
  });
  if (intent.phase !== 'confirmed') return settled(keeping(intent.emrRef), now, policy);
  const moved = intent.kind === 'move' ? rows.find((row) => row.live && row.successor === true) : undefined;
  // Staff put another record in the place of the one that our move had made.
  if (moved !== undefined && moved.id !== intent.emrRef)
    return moved.equal
      ? settled({ ...swept, emrRef: moved.id }, now, policy)
      : settle({ ...swept, emrRef: moved.id }, 'moved', 'by-staff', now, policy);
  const mine = rows.find((row) => row.id === intent.emrRef);
  const kept = mine?.live === true ? rules.survivor([mine, ...evidence.matches], mine.id) : undefined;
  if (kept !== undefined)
    return kept.equal
      ? settled(keeping(kept.id), now, policy)
      : settle(keeping(kept.id), 'moved', 'by-staff', now, policy);
  // A reading older than the write itself cannot tell that the row was removed.
  if (startedAt < (intent.confirmedAt ?? 0) + policy.readAfterWriteMs) return settled(intent, now, policy);
  const twin = rules.survivor(evidence.matches, null);
  if (twin !== undefined)
    return twin.equal
      ? settled(keeping(twin.id), now, policy)
      : settle(keeping(twin.id), 'moved', 'by-staff', now, policy);
  return settle(swept, 'cancelled', 'by-staff', now, policy);
}

/** What people were asked to finish may turn out to be done after all. */
function sweepHandoff(intent: Intent, look: Look): Intent {
  const { startedAt, rows, now, policy, rules } = look;
  if (intent.kind !== 'book') {
    const [found, another] = rows.filter((row) => row.equal);
    return found !== undefined && another === undefined
      ? reached(intent, found.id, now, policy)
      : settled(intent, now, policy);
  }
  const evidence = weigh(intent, rows, rules);
  if (intent.cancelRequested) {
    if (evidence.marked.length > 0)
      return settled({ ...intent, surplusOpen: evidence.marked.map((row) => row.id) }, now, policy);
    if (startedAt < (intent.quietUntil ?? 0))
      return next(intent, { nextActionAt: now + policy.sweepRetryMs });
    if (evidence.matches.length > 0 || evidence.doubtful)
      return next(intent, { nextActionAt: nextSweep(intent, policy) });
    return settle(intent, 'cancelled', 'by-caller', now, policy);
  }
  const found = rules.survivor(evidence.matches, intent.emrRef);
  if (found === undefined) return settled(intent, now, policy);
  const kept = { ...intent, emrRef: found.id, surplusOpen: rules.surplus(evidence, rows, found.id) };
  return found.equal ? reached(kept, found.id, now, policy) : settled(kept, now, policy);
}
