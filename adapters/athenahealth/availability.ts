import {
  type AdapterContext,
  instantOf,
  instantToLocalDate,
  type Opening,
  type OpeningQuery,
} from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { knownZone, readZones } from './departments.ts';
import { slotInstant } from './map/clock.ts';
import { type Found, toOpenings } from './map/slot.ts';
import { parseVendorKey } from './map/vendor-key.ts';
import { namedPractice, type Practice, parseVisit, type VisitType } from './settings.ts';

/**
 * One search for each visit type, of all departments and providers at once; where no visit type is named, of those of the
 * length that is asked for.
 */
export async function openings(ctx: AdapterContext, query: OpeningQuery): Promise<readonly Opening[]> {
  const window = { from: Math.max(instantOf(query.from), ctx.now()), to: instantOf(query.to) };
  const practice = namedPractice(ctx);
  const asked = narrowed(practice.departments, query.locations);
  const providers = narrowed(practice.providers, query.practitioners);
  const visits = visitsOf(practice, query);
  if (window.from >= window.to || asked.length === 0 || providers.length === 0) return [];

  const zones = await readZones(ctx);
  // No time is told of a department whose clock nobody knows; where that is all of them, the search fails.
  const known = asked.filter((department) => zones.of(department) !== undefined);
  const departments = known.length === 0 ? asked : known;
  const dates = departments.flatMap((department) => {
    const zone = knownZone(zones, department);
    return [instantToLocalDate(window.from, zone), instantToLocalDate(window.to - 1, zone)];
  });
  const [first, last] = [dates.toSorted()[0], dates.toSorted().at(-1)];
  if (first === undefined || last === undefined) return [];
  const found: Found[] = [];
  for (const visit of visits) {
    const rows = await client.openSlots(ctx.http, { departments, providers, visit, first, last });
    found.push({ visit, rows });
  }
  return toOpenings(found, zones, { window, minutes: query.minutes, now: ctx.now() });
}

/**
 * Reads the slot by its id, which is never behind, and searches for it as it was found: only a search knows whether it may
 * be booked so, and whether the slots after it are free where it is too short by itself.
 */
export async function verify(ctx: AdapterContext, opening: Opening): Promise<'free' | 'gone'> {
  namedPractice(ctx);
  const place = parseVendorKey(opening.vendorKey);
  const start = instantOf(opening.start);
  if (place === undefined || start < ctx.now()) return 'gone';
  const slot = await client.appointment(ctx.http, place.appointment);
  if (slot === undefined || slot.appointmentstatus !== 'o' || slot.frozen === true) return 'gone';
  const zone = knownZone(await readZones(ctx), place.department);
  const isThere =
    slot.departmentid === place.department && slotInstant(slot.date, slot.starttime, zone) === start;
  if (!isThere) return 'gone';
  const rows = await client.openSlots(ctx.http, {
    departments: [place.department],
    providers: [place.provider],
    visit: place.visit,
    first: slot.date,
    last: slot.date,
  });
  const offered = rows.find(({ appointmentid }) => appointmentid === place.appointment);
  const isOffered = offered?.duration === opening.minutes && offered.frozen !== true;
  return isOffered && slotInstant(offered.date, offered.starttime, zone) === start ? 'free' : 'gone';
}

function narrowed(own: readonly string[], asked: readonly string[] | undefined): readonly string[] {
  return asked === undefined || asked.length === 0 ? own : own.filter((each) => asked.includes(each));
}

function visitsOf({ visitTypes }: Practice, { visitTypeRef, minutes }: OpeningQuery): readonly VisitType[] {
  if (visitTypeRef === undefined) return visitTypes.filter((each) => each.minutes === minutes);
  const visit = parseVisit(visitTypeRef);
  return visit === undefined ? [] : [{ ...visit, ref: visitTypeRef, display: '', minutes }];
}
