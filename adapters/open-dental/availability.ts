import {
  type AdapterContext,
  addDays,
  type Interval,
  instantOf,
  isNamedByWallClock,
  localDatesIn,
  type Opening,
  type OpeningQuery,
} from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { patternOf } from './map/appointment.ts';
import { type Book, isFree, openSlots } from './map/slot.ts';
import { parseVendorKey } from './map/vendor-key.ts';
import { type Office, readOffice } from './office.ts';
import { settingsOf } from './settings.ts';

/** Two requests for a window, plus pages, plus the slow-moving office when it is not at hand. */
export async function openings(ctx: AdapterContext, query: OpeningQuery): Promise<readonly Opening[]> {
  patternOf(query.minutes);
  const window = { from: instantOf(query.from), to: instantOf(query.to) };
  if (window.from >= window.to) return [];
  const type = typeOf(query.visitTypeRef);
  const office = await readOffice(ctx, type !== undefined);
  const hasRule = type !== undefined && office.allowedBlockouts.has(type);
  const book = await readBook(ctx, office, {
    from: window.from,
    to: window.to + query.minutes * 60_000,
  });
  return openSlots(
    book,
    {
      timeZone: ctx.timeZone,
      settings: settingsOf(ctx),
      ...(hasRule && { type }),
    },
    {
      window,
      minutes: query.minutes,
      gridMinutes: office.gridMinutes,
      now: ctx.now(),
      ...(query.practitioners && { practitioners: query.practitioners }),
      ...(query.locations && { locations: query.locations }),
    },
  );
}

/** Reads the schedule and the appointments of the opening's day again; the grid is not asked, only whether it is free. */
export async function verify(ctx: AdapterContext, opening: Opening): Promise<'free' | 'gone'> {
  const place = parseVendorKey(opening.vendorKey);
  const during = { from: instantOf(opening.start), to: instantOf(opening.end) };
  if (place === undefined || during.from < ctx.now() || !isNamedByWallClock(during.from, ctx.timeZone))
    return 'gone';
  const office = await readOffice(ctx, place.type !== undefined);
  const book = await readBook(ctx, office, during);
  const rules = {
    timeZone: ctx.timeZone,
    settings: settingsOf(ctx),
    ...(place.type !== undefined && { type: place.type }),
  };
  return isFree(book, rules, place, during) ? 'free' : 'gone';
}

/** Schedules and appointments that can matter to `during`, read fresh. */
export async function readBook(ctx: AdapterContext, office: Office, during: Interval): Promise<Book> {
  const dates = localDatesIn(during.from, during.to, ctx.timeZone);
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined || last === undefined) return { office, schedules: [], appointments: [] };
  const schedules = await client.schedules(ctx.http, dates);
  // A visit reaches over midnight only where somebody works at midnight; else the day before is not worth a request.
  const isOpenAtMidnight = schedules.some(
    (row) => row.SchedType === 'Provider' && row.StartTime === '00:00:00',
  );
  const dateStart = isOpenAtMidnight ? addDays(first, -1) : first;
  return {
    office,
    schedules,
    appointments: await client.appointments(ctx.http, {
      dateStart,
      dateEnd: last,
    }),
  };
}

function typeOf(visitTypeRef: string | undefined): number | undefined {
  return visitTypeRef !== undefined && /^[1-9]\d{0,14}$/.test(visitTypeRef)
    ? Number(visitTypeRef)
    : undefined;
}
