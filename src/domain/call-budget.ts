/**
 * The calls that one application may make of an EMR in one window (an hour, a day), shared over its practices. Pure: it
 * takes what was counted so far and says what becomes of one more call. Times are milliseconds since the epoch.
 *
 * **Two parts.** A fifth of the window is the reserve. Callers and background never take of it; bookings under way and
 * reconciling do when their practice has nothing else left. So what was begun can be read to its end in a window that
 * callers have used up. Both parts together are the quota, and neither is ever overdrawn.
 *
 * **Release.** Of the other four fifths a quarter is there when the window begins, and the rest comes evenly until it
 * ends: a burst is possible, but no burst eats the hour in its first minutes.
 *
 * **Shares.** A practice is active while it asked within the last sixth of a window. What is released goes in equal
 * parts to the purses of the active practices; a purse holds an equal part of the first quarter, or one call, whichever
 * is more, and what does not go in any more, or belongs to nobody, is open to all. An operation begins with a call of
 * its practice's purse or, when that is empty, with an open one. So a practice that keeps asking gets its equal part of
 * what is released while it asks, whatever the others do (they cannot reach its purse), what nobody asks for flows to
 * those who ask, and what somebody took while alone is not held against him later.
 *
 * **Operations.** A search that stops after two of three calls has cost two and helped nobody. Calls after the first one
 * of an operation are therefore granted on credit: the purse goes below nothing and has to fill up before the practice
 * begins the next.
 *
 * **Bookings** begin only where purse, open calls and what the practice can have of the reserve cover them to their end
 * ({@link callsOfBooking}). Of the reserve each active practice can always have its equal part of one half; the other
 * half goes to who comes first.
 *
 * **Background** takes what is surely left over: open calls, while they are more than half of all that has been
 * released. No practice has more than about twice the average of it.
 */
export interface CallBudget {
  /** When its window began. */
  readonly window: number;
  /** Calls of the window that are not of the reserve, and those that are. */
  readonly used: number;
  readonly reserved: number;
  /** Calls that may still have been on their way when the window ended: the EMR may count them in the next one. */
  readonly late: number;
  /** What each practice that is active all the time has been given since the window began, in calls. */
  readonly level: number;
  /** When `level` was right. */
  readonly at: number;
  /** When the next call may leave. */
  readonly freeAt: number;
  /** Places after that which are taken, in order: by calls whose connection was not free sooner. */
  readonly ahead?: readonly number[];
  /** The EMR said no: nothing leaves before. */
  readonly closedUntil: number;
  /** How long the last pause was that the EMR gave no time for. */
  readonly pauseMs?: number;
  /** The active practices, by a name that stands for each. */
  readonly practices: Readonly<Record<string, Share>>;
  /** Calls of this window that were background, by practice. */
  readonly background: Readonly<Record<string, number>>;
}

interface Share {
  /** The level at which its purse was, or will be, empty. */
  readonly empty: number;
  /** When it last asked. */
  readonly asked: number;
  /** What it had of the reserve in this window. */
  readonly reserved: number;
}

export interface CallQuota {
  readonly windowMs: number;
  readonly calls: number;
  /** Least distance between two calls. */
  readonly gapMs: number;
}

export interface CallAsk {
  readonly practice: string;
  /** `begin`: a booking of which nothing was sent yet. `reconcile`: one under way, or to be found out about. */
  readonly priority: 'call' | 'begin' | 'reconcile' | 'background';
  /** Not the first call of its operation. */
  readonly underWay: boolean;
  /** How long it can wait for its turn. */
  readonly withinMs: number;
  /** How long its connection has no place for it; absent where it has one now. */
  readonly afterMs?: number;
}

export type CallAnswer =
  | { readonly is: 'granted'; readonly waitMs: number }
  /** `turn`: others are ahead. `closed`: the EMR said no. `share`: nothing is left that this practice may have. */
  | {
      readonly is: 'refused';
      readonly why: 'turn' | 'closed' | 'share';
      readonly retryMs: number;
    };

/** What a booking that has been checked may need: a write, its reading back, and a search if that does not tell. */
export const callsOfBooking = 4;

const reservePart = 1 / 5;
const burst = 1 / 4;
/** A practice is active for this part of a window after it asked. */
const activePart = 1 / 6;
/** Clocks differ and requests are on their way for a while: a call this near to a window's end is counted twice. */
const lateMs = 5_000;
/** What a practice may have in background before it is compared with the others. */
const backgroundStart = 5;
/** Parts of calls are added up; this is no part of one. */
const grain = 1e-6;
/** The first pause after a refusal that says nothing of when to come back. Long enough for a limit by the second. */
const firstPauseMs = 3_000;
/** A refusal within this time, or the length of the last pause, after that pause is a repeat. */
const calmMs = 60_000;
/** From this part of the quota on, a refusal is believed to mean the window. */
const nearlyAll = 9 / 10;

/** One more call, if it may be. What is given back has to be kept in either case: it knows who asked. */
export function askForCall(
  before: CallBudget | undefined,
  ask: CallAsk,
  quota: CallQuota,
  now: number,
): { readonly answer: CallAnswer; readonly after: CallBudget } {
  const budget = upToDate(before, quota, now);
  const { at } = budget;
  if (ask.priority === 'background') return askInBackground(budget, ask, quota);
  const joined = join(budget, ask.practice, quota);
  const closed = closedOrLate(joined, ask, quota);
  if (closed) return { answer: closed, after: joined };
  const share = shareOf(joined, ask.practice, quota);
  const source = sourceOf(ask, share);
  if (source === undefined) {
    const retryMs = Math.min(endOf(joined, quota) - at, untilRefill(ask, share, quota));
    return { answer: { is: 'refused', why: 'share', retryMs: Math.ceil(retryMs) }, after: joined };
  }
  const own = joined.practices[ask.practice] ?? fresh(joined, at);
  const practices = {
    ...joined.practices,
    [ask.practice]: {
      ...own,
      ...(source === 'purse' && { empty: Math.max(own.empty, joined.level - share.size) + 1 }),
      ...(source === 'reserve' && { reserved: own.reserved + 1 }),
    },
  };
  return granted({ ...joined, practices }, source === 'reserve' ? 'reserved' : 'used', ask, quota);
}

/**
 * The EMR has said no. Where it gave a time, that holds, within reason. Where it did not, our own count decides: near the
 * quota the window is over. With calls left it may have been a limit by the second, or others that use the quota too, and
 * nobody can tell which: a pause of a few seconds, twice as long at each repeat, up to the window's end.
 */
export function closeBudget(
  before: CallBudget | undefined,
  quota: CallQuota,
  now: number,
  retryAfterMs: number | undefined,
): CallBudget {
  const budget = upToDate(before, quota, now);
  const { at, closedUntil, pauseMs: lastMs = 0 } = budget;
  const closed = (until: number): CallBudget => ({ ...budget, closedUntil: Math.max(closedUntil, until) });
  if (retryAfterMs !== undefined) return closed(at + Math.min(Math.max(retryAfterMs, 0), quota.windowMs));
  const end = endOf(budget, quota);
  if (budget.used + budget.reserved >= quota.calls * nearlyAll) return closed(end);
  // Calls that were on their way together are refused together: no repeat.
  if (closedUntil > at) return budget;
  const isRepeat = lastMs > 0 && at <= closedUntil + Math.max(lastMs, calmMs);
  const pauseMs = isRepeat ? Math.min(2 * lastMs, quota.windowMs) : firstPauseMs;
  return { ...closed(Math.min(at + pauseMs, end)), pauseMs };
}

export interface CallBudgetFacts {
  readonly used: number;
  readonly limit: number;
  /** Nothing while the EMR said no. */
  readonly left: number;
  readonly endsAt: number;
}

export function budgetFacts(before: CallBudget | undefined, quota: CallQuota, now: number): CallBudgetFacts {
  const budget = upToDate(before, quota, now);
  const used = budget.used + budget.reserved;
  const isClosed = budget.closedUntil > budget.at;
  return {
    used,
    limit: quota.calls,
    left: isClosed ? 0 : Math.max(0, quota.calls - used),
    endsAt: endOf(budget, quota),
  };
}

function askInBackground(
  budget: CallBudget,
  ask: CallAsk,
  quota: CallQuota,
): { readonly answer: CallAnswer; readonly after: CallBudget } {
  const closed = closedOrLate(budget, ask, quota);
  if (closed) return { answer: closed, after: budget };
  const had = budget.background[ask.practice] ?? 0;
  const background = { ...budget.background, [ask.practice]: had };
  const counts = Object.values(background);
  const average = counts.reduce((sum, one) => sum + one, 0) / counts.length;
  const open = openCalls(budget, quota);
  const left = budget.used < mainOf(quota) && open >= 1 - grain;
  const surely = open > releasedOf(budget, quota) / 2 && had <= backgroundStart + 2 * average;
  if (!left || !(surely || ask.underWay))
    return {
      answer: { is: 'refused', why: 'share', retryMs: Math.ceil(quota.windowMs / 60) },
      after: { ...budget, background },
    };
  return granted({ ...budget, background: { ...background, [ask.practice]: had + 1 } }, 'used', ask, quota);
}

function closedOrLate(budget: CallBudget, ask: CallAsk, quota: CallQuota): CallAnswer | undefined {
  const { at, closedUntil } = budget;
  if (closedUntil > at) return { is: 'refused', why: 'closed', retryMs: Math.ceil(closedUntil - at) };
  const waitMs = placeOf(budget, ask, quota) - at;
  if (waitMs > ask.withinMs) return { is: 'refused', why: 'turn', retryMs: Math.ceil(waitMs) };
  return undefined;
}

/** When a call leaves that comes now: no sooner than its connection lets it, and at a distance from all others. */
function placeOf(budget: CallBudget, { afterMs = 0 }: CallAsk, { gapMs }: CallQuota): number {
  let place = Math.max(budget.freeAt, budget.at + afterMs);
  for (const taken of budget.ahead ?? []) if (Math.abs(taken - place) < gapMs) place = taken + gapMs;
  return Math.max(place, budget.at);
}

function granted(
  budget: CallBudget,
  part: 'used' | 'reserved',
  ask: CallAsk,
  quota: CallQuota,
): { readonly answer: CallAnswer; readonly after: CallBudget } {
  const { at, ahead = [] } = budget;
  const { gapMs } = quota;
  const leavesAt = placeOf(budget, ask, quota);
  const isLate = leavesAt >= endOf(budget, quota) - lateMs;
  const free = Math.max(at, budget.freeAt);
  // The places before it stay free for other connections, if there is room for any.
  const isAhead = at + (ask.afterMs ?? 0) >= free + gapMs;
  const freeAt = isAhead ? free : leavesAt + gapMs;
  const taken = isAhead ? [...ahead, leavesAt].toSorted((a, b) => a - b) : ahead;
  return {
    answer: { is: 'granted', waitMs: leavesAt - at },
    after: {
      ...budget,
      [part]: budget[part] + 1,
      late: budget.late + (isLate ? 1 : 0),
      freeAt,
      ahead: gapMs === 0 ? [] : taken.filter((place) => place + gapMs > freeAt),
    },
  };
}

interface ShareNow {
  /** What one purse holds at most. */
  readonly size: number;
  /** What is in this practice's; below nothing for operations on credit. */
  readonly purse: number;
  readonly open: number;
  /** What it can have of the reserve. */
  readonly reserve: number;
  /** What is left of the part that is not the reserve, whoever may have it. */
  readonly main: number;
  readonly active: number;
}

function shareOf(budget: CallBudget, practice: string, quota: CallQuota): ShareNow {
  const all = Object.entries(budget.practices);
  const size = purseSize(all.length, quota);
  const own = budget.practices[practice];
  const equalPart = reserveOf(quota) / 2 / all.length;
  const kept = all.reduce(
    (sum, [name, one]) => sum + (name === practice ? 0 : Math.max(0, equalPart - one.reserved)),
    0,
  );
  return {
    size,
    purse: own === undefined ? 0 : purseOf(own, budget.level, size),
    open: openCalls(budget, quota),
    reserve: Math.max(0, reserveOf(quota) - budget.reserved - kept),
    main: mainOf(quota) - budget.used,
    active: all.length,
  };
}

function sourceOf(ask: CallAsk, share: ShareNow): 'purse' | 'open' | 'reserve' | undefined {
  const { purse, open, reserve, main } = share;
  const first = !ask.underWay;
  if (first && ask.priority === 'begin' && coverOf(share) < 1 + callsOfBooking - grain) return undefined;
  if (main >= 1 && purse >= 1 - grain) return 'purse';
  if (main >= 1 && open >= 1 - grain) return 'open';
  if (ask.priority === 'reconcile' && reserve >= 1 - grain) return 'reserve';
  return main >= 1 && ask.underWay ? 'purse' : undefined;
}

/** What a booking that begins now could have until its end. */
function coverOf({ purse, open, reserve, main }: ShareNow): number {
  return Math.min(main, Math.max(0, purse) + Math.max(0, open)) + reserve;
}

function untilRefill(ask: CallAsk, share: ShareNow, quota: CallQuota): number {
  const lacks =
    ask.priority === 'begin' && share.purse >= 1
      ? 1 + callsOfBooking - coverOf(share)
      : 1 - Math.min(1, share.purse);
  if (share.main < 1) return Number.POSITIVE_INFINITY;
  return (Math.max(0, lacks) * share.active) / rateOf(quota);
}

/** The budget as it is at `now`, or when it was last asked if that is later. */
function upToDate(before: CallBudget | undefined, quota: CallQuota, instant: number): CallBudget {
  const now = Math.max(instant, before?.at ?? 0);
  const window = Math.floor(now / quota.windowMs) * quota.windowMs;
  if (before === undefined)
    return {
      window,
      used: 0,
      reserved: 0,
      late: 0,
      level: 0,
      at: now,
      freeAt: 0,
      closedUntil: 0,
      practices: {},
      background: {},
    };
  const practices = Object.fromEntries(
    Object.entries(before.practices).filter(([, one]) => one.asked > now - quota.windowMs * activePart),
  );
  const active = Object.keys(practices).length;
  if (before.window === window) {
    const given = active === 0 ? 0 : ((now - before.at) * rateOf(quota)) / active;
    return { ...before, practices, level: before.level + given, at: now };
  }
  const size = purseSize(active, quota);
  const beganFull = Object.entries(practices).map(([name, one]) => {
    const debt = Math.max(0, one.empty - before.level);
    return [name, { ...one, reserved: 0, empty: debt - size }] as const;
  });
  const opened: CallBudget = {
    ...before,
    window,
    used: before.window + quota.windowMs === window ? before.late : 0,
    reserved: 0,
    late: 0,
    pauseMs: 0,
    level: 0,
    at: window,
    practices: Object.fromEntries(beganFull),
    background: {},
  };
  return upToDate(opened, quota, now);
}

/** The one who asks is active from here on. A purse that is new holds what is open, and no more than the others. */
function join(budget: CallBudget, practice: string, quota: CallQuota): CallBudget {
  const known = budget.practices[practice];
  if (known)
    return {
      ...budget,
      practices: { ...budget.practices, [practice]: { ...known, asked: budget.at } },
    };
  const size = purseSize(Object.keys(budget.practices).length + 1, quota);
  const free = releasedOf(budget, quota) - budget.used - promised(budget, size);
  const purse = Math.min(size, Math.max(0, free));
  const share: Share = { empty: budget.level - purse, asked: budget.at, reserved: 0 };
  return { ...budget, practices: { ...budget.practices, [practice]: share } };
}

function fresh({ level }: CallBudget, now: number): Share {
  return { empty: level, asked: now, reserved: 0 };
}

/** What has been released and neither used nor put into a purse. */
function openCalls(budget: CallBudget, quota: CallQuota): number {
  const size = purseSize(Object.keys(budget.practices).length, quota);
  return releasedOf(budget, quota) - budget.used - promised(budget, size);
}

function promised({ practices, level }: CallBudget, size: number): number {
  return Object.values(practices).reduce((sum, one) => sum + Math.max(0, purseOf(one, level, size)), 0);
}

function purseOf({ empty }: Share, level: number, size: number): number {
  return Math.min(size, level - empty);
}

function purseSize(active: number, quota: CallQuota): number {
  return Math.max(1, (mainOf(quota) * burst) / Math.max(1, active));
}

function releasedOf({ at, window }: CallBudget, quota: CallQuota): number {
  return mainOf(quota) * burst + rateOf(quota) * (at - window);
}

/** Calls released in a millisecond. */
function rateOf(quota: CallQuota): number {
  return (mainOf(quota) * (1 - burst)) / quota.windowMs;
}

function reserveOf({ calls }: CallQuota): number {
  return Math.floor(calls * reservePart);
}

function mainOf(quota: CallQuota): number {
  return quota.calls - reserveOf(quota);
}

function endOf({ window }: CallBudget, { windowMs }: CallQuota): number {
  return window + windowMs;
}
