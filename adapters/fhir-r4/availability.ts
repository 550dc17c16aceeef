import {
  type AdapterContext,
  Failure,
  type Interval,
  instantOf,
  type Opening,
  type OpeningQuery,
} from '#adapter-kit/index.ts';
import { clientOf, Found, readOne, searchWindow } from './client.ts';
import type { FhirDialect } from './dialect.ts';
import { utc } from './map/instant.ts';
import { idIn } from './map/reference.ts';
import { type FreeSlot, isFor, isFree, openingsAmong, spanOf } from './map/slot.ts';
import { claimed, parseVendorKey } from './map/vendor-key.ts';
import { asksFor, placeOf, readRoles, readSchedules, scheduleOf } from './office.ts';
import * as proposals from './proposals.ts';
import { type FhirSettings, listOf } from './settings.ts';
import type { SlotResource } from './wire/resources.ts';

/** Free slots that fit the visit; where the server proposes times, what it proposes. */
export async function openings(
  dialect: FhirDialect,
  ctx: AdapterContext,
  query: OpeningQuery,
): Promise<readonly Opening[]> {
  const settings = dialect.settings.parse(ctx.settings);
  if (!dialect.can(settings).find) throw new Failure('capability-missing');
  const window = { from: instantOf(query.from), to: instantOf(query.to) };
  if (window.from >= window.to || window.to <= ctx.now()) return [];
  if (settings.booking === 'operations') return proposals.openings(dialect, ctx, query, settings);
  const wanted = {
    ...window,
    now: ctx.now(),
    minutes: query.minutes,
    join: settings.joinSlots,
    type: query.visitTypeRef,
    timeZone: ctx.timeZone,
  };
  // A visit that is joined may end in slots that begin after the window.
  const reach = settings.joinSlots ? window.to + query.minutes * 60_000 : window.to;
  const slots = await freeSlots(dialect, ctx, { from: window.from, to: reach }, query, settings);
  return openingsAmong(slots, wanted);
}

/** Reads the slots again, by themselves: each is free, at its time, and still of the same people at the same place. */
export async function verify(
  dialect: FhirDialect,
  ctx: AdapterContext,
  opening: Opening,
): Promise<'free' | 'gone'> {
  const settings = dialect.settings.parse(ctx.settings);
  if (!dialect.can(settings).find) throw new Failure('capability-missing');
  const key = parseVendorKey(opening.vendorKey);
  const during = { from: instantOf(opening.start), to: instantOf(opening.end) };
  if (key === undefined || during.from < ctx.now()) return 'gone';
  if (!('slot' in key)) return proposals.verify(dialect, ctx, opening, key, settings);
  const taken = claimed(opening.claims, 'slot');
  if (!taken.includes(key.slot)) return 'gone';
  const fhir = clientOf(dialect, ctx);
  const slots: SlotResource[] = [];
  for (const id of taken) {
    const slot = await readOne(fhir, 'Slot', id);
    if (slot === undefined || !isFree(slot.resource)) return 'gone';
    slots.push(slot.resource);
  }
  const query = { minutes: opening.minutes, ...(key.type !== undefined && { visitTypeRef: key.type }) };
  const free = await offered(dialect, ctx, slots, new Map(), query, settings);
  const wanted = {
    from: during.from,
    to: during.to,
    now: ctx.now(),
    minutes: opening.minutes,
    join: taken.length > 1,
    type: key.type,
    timeZone: ctx.timeZone,
  };
  const isThere = openingsAmong(free, wanted).some(
    (found) =>
      found.vendorKey === opening.vendorKey &&
      instantOf(found.start) === during.from &&
      found.practitioner === opening.practitioner &&
      found.location === opening.location &&
      found.claims.join() === opening.claims.join(),
  );
  return isThere ? 'free' : 'gone';
}

async function freeSlots(
  dialect: FhirDialect,
  ctx: AdapterContext,
  window: Interval,
  query: OpeningQuery,
  settings: FhirSettings,
): Promise<readonly FreeSlot[]> {
  const fhir = clientOf(dialect, ctx);
  const found = new Found();
  // One search for each way in which the dialect asks; their number does not depend on the window.
  const asks = searches(dialect, window, query, settings).length;
  for (let ask = 0; ask < asks; ask += 1) {
    const params = (part: Interval) => searches(dialect, part, query, settings)[ask] ?? {};
    found.with(await searchWindow(fhir, 'Slot', window, params, 'slots'));
  }
  const slots = found.of('Slot').filter((slot) => isFree(slot) && isIn(slot, window));
  if (slots.length === 0) return [];
  const known =
    dialect.schedules === 'included'
      ? new Map(found.of('Schedule').map((one) => [one.id, one]))
      : await readSchedules(dialect, ctx);
  return offered(dialect, ctx, slots, known, query, settings);
}

/** Slots of which the people and the place are known and asked for; what a server did not filter is filtered here. */
async function offered(
  dialect: FhirDialect,
  ctx: AdapterContext,
  slots: readonly SlotResource[],
  known: Parameters<typeof scheduleOf>[3],
  query: Pick<OpeningQuery, 'visitTypeRef' | 'practitioners' | 'locations'>,
  settings: FhirSettings,
): Promise<readonly FreeSlot[]> {
  const schedules = new Map(
    await Promise.all(
      slots.map(async (slot) => [slot.id, await scheduleOf(dialect, ctx, slot, known)] as const),
    ),
  );
  const actors = [...schedules.values()].flatMap((schedule) => schedule?.actor ?? []);
  const roles = await readRoles(dialect, ctx, actors);
  const locations = listOf(settings.locations);
  const [onlyLocation] = locations.length === 1 ? locations : [];
  const isAsked = asksFor(query, settings);
  return slots.flatMap((slot) => {
    const schedule = schedules.get(slot.id);
    const span = spanOf(slot);
    if (schedule === undefined || span === undefined || !isFor(query.visitTypeRef, slot, schedule)) return [];
    const place = placeOf(dialect, slot, schedule, roles, onlyLocation);
    if (place === undefined || !isAsked(place)) return [];
    return [{ id: slot.id, schedule: idIn(slot.schedule, 'Schedule') ?? '', ...span, ...place }];
  });
}

function searches(
  dialect: FhirDialect,
  window: Interval,
  query: OpeningQuery,
  settings: FhirSettings,
): ReturnType<FhirDialect['queries']['slots']> {
  const slotQuery = {
    from: utc(window.from),
    to: utc(window.to, 'up'),
    type: query.visitTypeRef,
    practitioners: query.practitioners ?? [],
    locations: query.locations ?? [],
  };
  return dialect.queries.slots(slotQuery, settings);
}

function isIn(slot: SlotResource, { from, to }: Interval): boolean {
  const span = spanOf(slot);
  return span !== undefined && from <= span.from && span.from < to;
}
