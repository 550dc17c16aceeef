import type { Opening } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import { claimsAt, resourceKeys } from '#store/claims.ts';
import { addDirectoryEntries } from '#store/directory.ts';
import { type OfferedOpening, openingsSeen, readOpening, saveOpenings } from '#store/openings.ts';
import type { VisitType } from '#store/visit-types.ts';
import type { Caller } from './caller.ts';
import { type Candidate, inOrder, type PageQuery, pageOf } from './candidates.ts';
import { lacksBudget } from './emr-access.ts';
import { type HeldTimes, readHeldTimes } from './held-times.ts';
import { idOf } from './ids.ts';
import { connectionOf, type PracticeContext, practiceContext, visitTypeOf } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';

export interface SlotQuery {
  /** Instants, half open; now and 14 days on when missing. */
  readonly from?: string;
  readonly to?: string;
  /** Codes; the practice's default type when empty. */
  readonly visitTypes?: readonly string[];
  /** Directory ids; all when missing. */
  readonly practitioners?: readonly string[];
  readonly locations?: readonly string[];
  readonly schedules?: readonly string[];
  /** Most offers of this page. */
  readonly count: number;
  /** What the page before gave as `next`. */
  readonly cursor?: string;
}

/**
 * An opening that was offered, and whether it is still: held or undertaken by somebody, or free when it was last seen.
 *
 * @throws Failure `not-found`
 */
export async function readSlot(
  on: Scheduling,
  caller: Caller,
  openingId: string,
): Promise<{ offer: Offer; status: 'free' | 'busy' | 'busy-tentative' }> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const found = await on.database.withPractice(caller.practiceId, async (tx) => {
    const opening = await readOpening(tx, openingId);
    return opening && { opening, claims: await claimsAt(tx, opening, new Date(on.clock.now())) };
  });
  const offer = found && offerOf(context, found.opening);
  if (!found || !offer) throw new Failure('not-found');
  const taken = found.claims.some((claim) => claim.confirmed);
  return { offer, status: taken ? 'busy' : found.claims.length > 0 ? 'busy-tentative' : 'free' };
}

/** An opening with everything a FHIR Slot or proposed Appointment says of it. */
export interface Offer extends OfferedOpening {
  readonly type: VisitType;
  /** Directory ids. */
  readonly practitionerId: string | undefined;
  readonly locationId: string | undefined;
}

export interface SlotPage {
  readonly offers: readonly Offer[];
  readonly total: number;
  readonly next: string | undefined;
  /**
   * Instant: the EMR could not be asked now, because it takes no more requests of ours. These are openings that were
   * seen since then, perhaps not all that there are.
   */
  readonly seenSince?: string;
}

const day = 86_400_000;
export const longestWindowDays = 31;
/** How old an answer of the EMR may be when it is offered; what is booked is read live. */
const freshMs = 15_000;
/** How old it may be where the EMR lets us ask no more. */
const stillGoodMs = 15 * 60_000;
/** Openings of a window that are offered again without asking. */
const mostSeen = 1_000;

/**
 * Finds openings, earliest first over all practitioners and locations. The same opening has the same id on every
 * search. Times that another caller holds are left out (IHE ITI-115).
 *
 * Where nothing is left of what the EMR lets our application ask, those that were offered in the last quarter of an hour
 * are offered again, and the page says so. What is booked is read live all the same.
 *
 * @throws Failure `unknown-visit-type`, `visit-type-off`, `window-too-long`, `invalid-date`, `connection-off`,
 *   `emr-away`, `emr-throttled`, `capability-missing`
 */
export async function findSlots(on: Scheduling, caller: Caller, query: SlotQuery): Promise<SlotPage> {
  const context = await practiceContext(on.database, on.cache, caller.practiceId);
  const connection = connectionOf(context);
  const window = windowOf(query, on.clock.now());
  if (window === undefined) return { offers: [], total: 0, next: undefined };
  const types = visitTypesOf(context, query.visitTypes);
  const emr = on.emr.open(context, connection, 'call');

  const lists: CandidateList[] = [];
  for (const type of types) {
    const practitioners = vendorIds(context, 'Practitioner', query.practitioners, type.practitioners);
    const locations = vendorIds(context, 'Location', query.locations, type.locations);
    if (practitioners?.length === 0 || locations?.length === 0) continue;
    const ask = {
      ...window,
      minutes: type.minutes,
      ...(type.vendorRef !== undefined && { visitTypeRef: type.vendorRef }),
      ...(practitioners && { practitioners }),
      ...(locations && { locations }),
    };
    const key = `openings/${connection.connectionId}/${JSON.stringify(ask)}`;
    try {
      const seen = await on.cache.get(key, freshMs, async () => ({
        at: new Date(on.clock.now()).toISOString(),
        openings: await emr.run('openings', ask),
        lists: new Map<string, Promise<CandidateList>>(),
      }));
      lists.push(await once(seen.lists, JSON.stringify(type), () => listOf(on, context, type, window, seen)));
    } catch (error) {
      if (!lacksBudget(error, emr.capabilities)) throw error;
      const list = await listSeen(on, context, type, { ...window, practitioners, locations });
      if (list === undefined) throw error;
      lists.push(list);
    }
  }
  const [only] = lists;
  const list: CandidateList =
    only && lists.length === 1
      ? only
      : {
          candidates: inOrder(lists.flatMap(({ candidates }) => candidates)),
          pages: new Map(),
          seenSince: lists.flatMap(({ seenSince }) => seenSince ?? []).toSorted()[0],
        };

  // Read for every search: what was held since the last one must not be offered.
  const held = await readHeldTimes(on, caller.practiceId);
  const { schedules, count, cursor } = query;
  return once(list.pages, JSON.stringify([held.version, schedules, count, cursor]), async () => {
    const page = await offerPage(on, context, list.candidates, held, query);
    return list.seenSince === undefined ? page : { ...page, seenSince: list.seenSince };
  });
}

/** What the EMR said was open, and what was made of it: the same work is not done twice for one answer. */
interface Seen {
  /** Instant. */
  readonly at: string;
  readonly openings: readonly Opening[];
  /** By visit type, word for word. */
  readonly lists: Map<string, Promise<CandidateList>>;
}

interface CandidateList {
  /** In order. */
  readonly candidates: readonly Candidate[];
  /** Pages whose offers are saved. The same page is the same object. */
  readonly pages: Map<string, Promise<SlotPage>>;
  /** Instant from which they are, where the EMR could not be asked now. */
  readonly seenSince?: string | undefined;
}

/** How many results are kept beside one answer of the EMR. */
const mostKept = 200;

function once<T>(kept: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = kept.get(key);
  if (known) return known;
  const made = make();
  if (kept.size >= mostKept) kept.clear();
  kept.set(key, made);
  made.catch(() => kept.delete(key));
  return made;
}

async function listOf(
  on: Scheduling,
  context: PracticeContext,
  type: VisitType,
  window: { readonly from: string; readonly to: string },
  { openings, at: seenAt }: Seen,
): Promise<CandidateList> {
  const { connectionId } = connectionOf(context);
  const schedules = await scheduleIds(on, context, new Set(openings.map(bookOf)));
  const [first, end] = [Date.parse(window.from), Date.parse(window.to)];
  const candidates = openings.map((opening) => ({
    opening,
    type,
    seenAt,
    schedule: schedules.get(bookOf(opening)) ?? '',
    from: Date.parse(opening.start),
    to: Date.parse(opening.end),
    claims: resourceKeys(connectionId, opening.claims),
  }));
  return {
    candidates: inOrder(candidates.filter(({ from }) => first <= from && from < end)),
    pages: new Map(),
  };
}

/** What was offered lately of a window, by any process; undefined when that was nothing. */
async function listSeen(
  on: Scheduling,
  context: PracticeContext,
  type: VisitType,
  asked: {
    readonly from: string;
    readonly to: string;
    readonly practitioners: readonly string[] | undefined;
    readonly locations: readonly string[] | undefined;
  },
): Promise<CandidateList | undefined> {
  const { connectionId } = connectionOf(context);
  const { from, to, practitioners, locations } = asked;
  const now = new Date(on.clock.now());
  const since = new Date(now.getTime() - stillGoodMs);
  const seen = await on.database.withPractice(context.practice.practiceId, (tx) =>
    openingsSeen(tx, { connectionId, visitType: type.code, from, to, since, now, most: mostSeen }),
  );
  const openings = seen.filter(
    (one) =>
      one.minutes === type.minutes &&
      (!practitioners || practitioners.includes(one.practitioner)) &&
      (!locations || locations.includes(one.location)),
  );
  const [oldest] = openings.map(({ seenAt }) => seenAt).toSorted();
  if (oldest === undefined) return undefined;
  const candidates = openings.map((opening) => ({
    opening,
    offered: opening,
    type,
    seenAt: opening.seenAt,
    schedule: opening.scheduleId,
    from: Date.parse(opening.start),
    to: Date.parse(opening.end),
    claims: resourceKeys(connectionId, opening.claims),
  }));
  return { candidates: inOrder(candidates), pages: new Map(), seenSince: oldest };
}

/** A practitioner's book at a place, in the EMR's ids. */
function bookOf({ practitioner, location }: Opening): string {
  return `${practitioner}|${location}`;
}

/** FHIR ids by book. A Slot refers to its Schedule, so those that are new are in the directory when this resolves. */
async function scheduleIds(
  on: Scheduling,
  context: PracticeContext,
  books: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const { connectionId } = connectionOf(context);
  const { practiceId } = context.practice;
  const ids = new Map(
    context.directory
      .filter((entry) => entry.kind === 'Schedule' && entry.connectionId === connectionId)
      .map((entry) => [entry.vendorId, entry.id]),
  );
  const missing = [...books].filter((book) => !ids.has(book));
  if (missing.length === 0) return ids;
  await on.database.withPractice(practiceId, async (tx) => {
    const keys = await on.vault.forPractice(tx, practiceId);
    const entries = missing.map((book) => ({
      kind: 'Schedule' as const,
      id: idOf(keys.index('Schedule', `${connectionId}|${book}`)),
      connectionId,
      vendorId: book,
      facts: { display: 'Schedule' },
      active: true,
    }));
    await addDirectoryEntries(tx, practiceId, entries, new Date(on.clock.now()));
    for (const { vendorId, id } of entries) ids.set(vendorId, id);
  });
  on.cache.forget(`practice/${practiceId}`);
  return ids;
}

/** Nothing is offered before any process can find it by its id. */
async function offerPage(
  on: Scheduling,
  context: PracticeContext,
  candidates: readonly Candidate[],
  held: HeldTimes,
  query: PageQuery,
): Promise<SlotPage> {
  const { page, total, next } = pageOf(candidates, held, query);
  if (page.length === 0) return { offers: [], total, next };
  const { connectionId } = connectionOf(context);
  const { practiceId } = context.practice;
  const offers = await on.database.withPractice(practiceId, async (tx) => {
    const keys = await on.vault.forPractice(tx, practiceId);
    const offers = page.map(({ opening, offered, type, seenAt, schedule }): Offer => {
      const ids = {
        practitionerId: directoryId(context, 'Practitioner', opening.practitioner),
        locationId: directoryId(context, 'Location', opening.location),
      };
      // Its id was made of the start as the EMR spelled it then.
      if (offered) return { ...offered, type, ...ids };
      const what = [connectionId, opening.vendorKey, opening.start, opening.minutes, type.code];
      return {
        id: idOf(keys.index('opening', JSON.stringify(what))),
        connectionId,
        vendorKey: opening.vendorKey,
        claims: opening.claims,
        start: opening.start,
        end: opening.end,
        minutes: opening.minutes,
        visitType: type.code,
        practitioner: opening.practitioner,
        location: opening.location,
        scheduleId: schedule,
        seenAt,
        type,
        ...ids,
      };
    });
    await saveOpenings(tx, practiceId, offers);
    return offers;
  });
  return { offers, total, next };
}

/** An offered opening as everybody sees it, whichever process offered it. */
export function offerOf(context: PracticeContext, opening: OfferedOpening): Offer | undefined {
  const type = context.visitTypes.find((one) => one.code === opening.visitType);
  return (
    type && {
      ...opening,
      type,
      practitionerId: directoryId(context, 'Practitioner', opening.practitioner),
      locationId: directoryId(context, 'Location', opening.location),
    }
  );
}

export function directoryId(
  context: PracticeContext,
  kind: 'Practitioner' | 'Location',
  vendorId: string,
): string | undefined {
  return context.directory.find((entry) => entry.kind === kind && entry.vendorId === vendorId)?.id;
}

/** The part of the window that is not over; undefined when all of it is. */
function windowOf(query: SlotQuery, now: number): { from: string; to: string } | undefined {
  const from = Math.max(query.from === undefined ? now : Date.parse(query.from), now);
  const to = query.to === undefined ? from + 14 * day : Date.parse(query.to);
  if (query.from !== undefined && query.to !== undefined && Date.parse(query.to) <= Date.parse(query.from))
    throw new Failure('invalid-date', { expression: 'end', hint: 'The end has to be after the start.' });
  if (to - from > longestWindowDays * day) throw new Failure('window-too-long', { expression: 'end' });
  if (to <= from) return undefined;
  // Whole minutes, so that callers who ask for "now" within one minute share one answer of the EMR.
  return { from: new Date(Math.ceil(from / 60_000) * 60_000).toISOString(), to: new Date(to).toISOString() };
}

function visitTypesOf(context: PracticeContext, codes: readonly string[] | undefined): VisitType[] {
  if (!codes || codes.length === 0) return [visitTypeOf(context, undefined)];
  return [...new Set(codes)].map((code) => visitTypeOf(context, code));
}

/** The EMR's ids that both the caller and the visit type allow; undefined when neither limits them. */
function vendorIds(
  context: PracticeContext,
  kind: 'Practitioner' | 'Location',
  asked: readonly string[] | undefined,
  allowed: readonly string[],
): string[] | undefined {
  if (!asked && allowed.length === 0) return undefined;
  return context.directory
    .filter((entry) => entry.kind === kind && entry.active)
    .filter(
      (entry) => (!asked || asked.includes(entry.id)) && (allowed.length === 0 || allowed.includes(entry.id)),
    )
    .map((entry) => entry.vendorId);
}
