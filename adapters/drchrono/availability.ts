import {
  type AdapterContext,
  addDays,
  covers,
  Failure,
  type Interval,
  instantOf,
  instantToLocalDate,
  type Opening,
  type OpeningQuery,
} from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { type Busy, busyTime, isFree } from './map/busy.ts';
import { datesFrom, hoursOn, templateTimeOn } from './map/hours.ts';
import { type Candidates, openSlots, startsIn, unitsIn } from './map/slot.ts';
import { parseVendorKey } from './map/vendor-key.ts';
import { isNamedOnce } from './map/wall-clock.ts';
import {
  type Place,
  type Practice,
  placesOf,
  readPractice,
  readProfiles,
  readTemplates,
  zoneOf,
  zonesOf,
} from './office.ts';
import { settingsOf } from './settings.ts';
import type { AppointmentRow, TemplateRow } from './wire.ts';

const minute = 60_000;

/**
 * Two requests where the hours of work are known, and one for each doctor and room where DrChrono has to be asked, plus
 * pages, plus the slow-moving practice when it is not at hand.
 */
export async function openings(ctx: AdapterContext, query: OpeningQuery): Promise<readonly Opening[]> {
  const window = { from: Math.max(instantOf(query.from), ctx.now()), to: instantOf(query.to) };
  if (window.from >= window.to) return [];
  refuseLength(query.minutes);
  const practice = await readPractice(ctx);
  const rule = await ruleOf(ctx, query.visitTypeRef);
  const places = placesOf(practice, ctx, query).filter(
    ({ doctor }) => rule?.doctor === undefined || rule.doctor === doctor,
  );
  if (places.length === 0) return [];
  const candidates = await inTurn(places, (place) => candidatesAt(ctx, place, window, query.minutes, rule));
  if (candidates.every(({ starts }) => starts.length === 0)) return [];
  const during = { from: window.from, to: window.to + query.minutes * minute };
  const busy = await readBusy(ctx, practice, during);
  return openSlots(candidates, busy, { window, minutes: query.minutes, now: ctx.now() });
}

/** Reads what is taken on the opening's day again; its place on the grid is not asked, only whether it is open and free. */
export async function verify(ctx: AdapterContext, opening: Opening): Promise<'free' | 'gone'> {
  const key = parseVendorKey(opening.vendorKey);
  const during = { from: instantOf(opening.start), to: instantOf(opening.end) };
  if (key === undefined || during.from < ctx.now()) return 'gone';
  const practice = await readPractice(ctx);
  const asked = { practitioners: [String(key.doctor)], locations: [String(key.office)] };
  const place = placesOf(practice, ctx, asked).find(({ room }) => room === key.room);
  if (place === undefined || !isNamedOnce(during.from, place.zone)) return 'gone';
  if (key.profile !== undefined) {
    const time = templateTime(await templatesOf(ctx, key.profile), place, during);
    if (!covers(time, during)) return 'gone';
  }
  if (!(await isWorked(ctx, place, during, opening.minutes))) return 'gone';
  return isFree(await readBusy(ctx, practice, during, place), place, during) ? 'free' : 'gone';
}

/** Visits, breaks and blocked time, read fresh: of everybody in all offices, or as far as one place needs it. */
async function readBusy(
  ctx: AdapterContext,
  practice: Practice,
  during: Interval,
  place?: Place,
): Promise<Busy> {
  const settings = settingsOf(ctx);
  const zones = zonesOf(practice.doctors, settings);
  const days = daysOf(during, zones);
  // A visit may have begun the day before; no request more is needed for it.
  const since = { ...days, first: addDays(days.first, -1) };
  const appointments =
    place === undefined
      ? await client.appointments(ctx.http, since)
      : await appointmentsAt(ctx, place, days, since);
  const blocks = await client.scheduleBlocks(ctx.http, blockedDays(days));
  return busyTime(appointments, blocks, settings, (doctor) => {
    const zone = zoneOf(practice.doctors, doctor, settings);
    return zone === undefined ? zones : [zone];
  });
}

/**
 * What may stand in the way in one place: everybody's where one page holds it, else the doctor's in all offices, and of
 * its office, whose room may be somebody else's, the days themselves.
 */
async function appointmentsAt(
  ctx: AdapterContext,
  { doctor, office }: Place,
  days: client.Days,
  since: client.Days,
): Promise<readonly AppointmentRow[]> {
  const everybody = await client.appointmentsOnOnePage(ctx.http, since);
  if (everybody !== undefined) return everybody;
  const own = await client.appointments(ctx.http, since, { doctor });
  return [...own, ...(await client.appointments(ctx.http, days, { office }))];
}

/**
 * Whether a range means that blocked time begins in it or touches it is not documented. An absence of months has to be
 * seen either way, so the range begins as early as the longest one that is documented, 190 days, allows.
 */
function blockedDays({ first, last }: client.Days): client.Days {
  const [earliest = first] = [addDays(last, -189), addDays(first, -1)].sort();
  return { first: earliest, last };
}

/** Local days of a stretch of time, in whichever of the zones. */
function daysOf({ from, to }: Interval, zones: readonly string[]): client.Days {
  const firsts = zones.map((zone) => instantToLocalDate(from, zone)).sort();
  const lasts = zones.map((zone) => instantToLocalDate(to - 1, zone)).sort();
  return { first: firsts[0] ?? '', last: lasts.at(-1) ?? '' };
}

interface Rule {
  /** Whose the profile is. */
  readonly doctor: number | undefined;
  /** Templates that limit it, with the profile. */
  readonly profile?: number;
  readonly templates: readonly TemplateRow[];
}

/** @throws Failure `unknown-visit-type` for a profile that is archived or not there any more */
async function ruleOf(ctx: AdapterContext, visitTypeRef: string | undefined): Promise<Rule | undefined> {
  if (visitTypeRef === undefined) return undefined;
  const profile = (await readProfiles(ctx)).find(({ id }) => String(id) === visitTypeRef);
  if (profile === undefined || profile.archived) throw new Failure('unknown-visit-type');
  const templates = settingsOf(ctx).templatesLimit ? await templatesOf(ctx, profile.id) : [];
  return {
    doctor: profile.doctor,
    templates,
    ...(templates.length > 0 && { profile: profile.id }),
  };
}

async function templatesOf(ctx: AdapterContext, profile: number): Promise<readonly TemplateRow[]> {
  return (await readTemplates(ctx)).filter((row) => row.profile === profile && !row.archived);
}

function templateTime(
  templates: readonly TemplateRow[],
  place: Place,
  during: Interval,
): readonly Interval[] {
  const { first, last } = daysOf(during, [place.zone]);
  return datesFrom(first, last).flatMap((date) => templateTimeOn(date, templates, place, place.zone));
}

async function candidatesAt(
  ctx: AdapterContext,
  place: Place,
  window: Interval,
  minutes: number,
  rule: Rule | undefined,
): Promise<Candidates> {
  const days = daysOf(window, [place.zone]);
  const { doctor, office, room, zone } = place;
  return {
    doctor,
    office,
    room,
    zone,
    starts: await startsAt(ctx, place, days, minutes),
    ...(rule?.profile !== undefined && {
      within: { profile: rule.profile, time: templateTime(rule.templates, place, window) },
    }),
  };
}

async function startsAt(
  ctx: AdapterContext,
  place: Place,
  days: client.Days,
  minutes: number,
): Promise<readonly number[]> {
  const { hours, zone } = place;
  if (hours === 'ask') {
    const told = await inTurn(chunksOf(days, longestAvailability), (chunk) =>
      client.availability(ctx.http, place, minutes, chunk),
    );
    return unitsIn(told.flat(), minutes, zone);
  }
  const open = datesFrom(days.first, days.last).flatMap((date) => hoursOn(date, hours, zone));
  return startsIn(open, minutes, { minutes: settingsOf(ctx).gridMinutes, timeZone: zone });
}

/** Is the doctor at work there and then? */
async function isWorked(
  ctx: AdapterContext,
  place: Place,
  during: Interval,
  minutes: number,
): Promise<boolean> {
  const { hours, zone } = place;
  const first = instantToLocalDate(during.from, zone);
  if (hours === 'ask') {
    const told = await client.availability(ctx.http, place, minutes, { first, last: first });
    return unitsIn(told, minutes, zone).includes(during.from);
  }
  const { last } = daysOf(during, [zone]);
  return covers(
    datesFrom(first, last).flatMap((date) => hoursOn(date, hours, zone)),
    during,
  );
}

/** How many days may be asked about at once is not documented: a month is. */
const longestAvailability = 31;

/** The same days in parts of at most so many. */
export function chunksOf({ first, last }: client.Days, longest: number): readonly client.Days[] {
  const chunks: client.Days[] = [];
  for (let from = first; from <= last; from = addDays(from, longest)) {
    const to = addDays(from, longest - 1);
    chunks.push({ first: from, last: to < last ? to : last });
  }
  return chunks;
}

/** @throws Failure `business-rule` for a length that is no visit's */
function refuseLength(minutes: number): void {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 1_440)
    throw new Failure('business-rule', { hint: 'A visit has between a minute and a day.' });
}

/** One after the other: ten requests within a second are too many. */
async function inTurn<From, To>(
  all: readonly From[],
  ask: (one: From) => Promise<To>,
): Promise<readonly To[]> {
  const answers: To[] = [];
  for (const one of all) answers.push(await ask(one));
  return answers;
}
