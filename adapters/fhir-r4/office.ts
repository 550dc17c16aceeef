import type { AdapterContext, OpeningQuery } from '#adapter-kit/index.ts';
import { clientOf, type Found, readOne, searchAll } from './client.ts';
import type { FhirDialect } from './dialect.ts';
import type { Roles } from './map/appointment.ts';
import { idIn, idsIn } from './map/reference.ts';
import type { Place } from './map/slot.ts';
import { type FhirSettings, listOf } from './settings.ts';
import type { AnyResource, ScheduleResource, SlotResource } from './wire/resources.ts';

/** Schedules move slowly, and every search needs them. */
const keepMs = 5 * 60_000;
/** So that an address stays short, however long the ids are. */
const idsAtOnce = 20;

/** Schedules that are active; those of the practitioners that the settings name, where they name any. */
export async function readSchedules(
  dialect: FhirDialect,
  ctx: AdapterContext,
): Promise<ReadonlyMap<string, ScheduleResource>> {
  const { practitioners } = dialect.settings.parse(ctx.settings);
  return ctx.memo(`schedules/${practitioners}`, keepMs, async () => {
    const fhir = clientOf(dialect, ctx);
    const searches =
      practitioners === '' ? [{}] : inLots(listOf(practitioners)).map((ids) => ({ actor: actors(ids) }));
    const all = new Map<string, ScheduleResource>();
    for (const search of searches) {
      const found = await searchAll(fhir, 'Schedule', { active: true, ...search, _count: 200 }, 'schedules');
      for (const one of found.of('Schedule')) if (one.active !== false) all.set(one.id, one);
    }
    return all;
  });
}

/** The schedule of a slot: as the search brought it, as it is known, or read by itself. */
export async function scheduleOf(
  dialect: FhirDialect,
  ctx: AdapterContext,
  slot: SlotResource,
  known: ReadonlyMap<string, ScheduleResource>,
): Promise<ScheduleResource | undefined> {
  const id = idIn(slot.schedule, 'Schedule');
  if (id === undefined) return undefined;
  const at = known.get(id);
  if (at !== undefined) return at;
  const read = await ctx.memo(`schedule/${id}`, keepMs, () =>
    readOne(clientOf(dialect, ctx), 'Schedule', id),
  );
  return read?.resource.active === false ? undefined : read?.resource;
}

/** The roles that these references name, by id. */
export async function readRoles(
  dialect: FhirDialect,
  ctx: AdapterContext,
  references: Parameters<typeof idsIn>[0],
): Promise<Roles> {
  const ids = idsIn(references, 'PractitionerRole');
  if (ids.length === 0) return new Map();
  const roles = await byIds(dialect, ctx, 'PractitionerRole', 'practitionerRoles', ids);
  return new Map(roles.of('PractitionerRole').map((role) => [role.id, role]));
}

/**
 * Who and where a slot is for; undefined where its schedule names nobody, or no place that could be told. A role stands
 * for its practitioner, and for its location where there is only one.
 */
export function placeOf(
  dialect: FhirDialect,
  slot: SlotResource,
  schedule: ScheduleResource,
  roles: Roles,
  onlyLocation: string | undefined,
): Place | undefined {
  const held = idsIn(schedule.actor, 'PractitionerRole').flatMap((id) => roles.get(id) ?? []);
  if (held.some(({ active }) => active === false)) return undefined;
  const practitioners = [
    ...new Set([
      ...idsIn(schedule.actor, 'Practitioner'),
      ...held.flatMap(({ practitioner }) => idIn(practitioner, 'Practitioner') ?? []),
    ]),
  ];
  const ofRoles = idsIn(
    held.flatMap(({ location = [] }) => location),
    'Location',
  );
  const location =
    dialect.locationOf(slot, schedule) ?? (ofRoles.length === 1 ? ofRoles[0] : undefined) ?? onlyLocation;
  return practitioners.length === 0 || location === undefined ? undefined : { practitioners, location };
}

/** Are these the people and the place that the caller and the practice's settings leave? */
export function asksFor(
  query: Pick<OpeningQuery, 'practitioners' | 'locations'>,
  settings: FhirSettings,
): (place: { readonly practitioners: readonly string[]; readonly location: string }) => boolean {
  const allowed = [listOf(settings.practitioners), query.practitioners ?? []].filter(
    (list) => list.length > 0,
  );
  const places = [listOf(settings.locations), query.locations ?? []].filter((list) => list.length > 0);
  return ({ practitioners: [first = ''], location }) =>
    allowed.every((list) => list.includes(first)) && places.every((list) => list.includes(location));
}

/** Resources by id; kept for minutes, because they are people and places. */
export async function byIds(
  dialect: FhirDialect,
  ctx: AdapterContext,
  type: Extract<AnyResource['resourceType'], 'Practitioner' | 'PractitionerRole' | 'Location'>,
  route: string,
  ids: readonly string[],
): Promise<Found> {
  const wanted = [...new Set(ids)].sort();
  return ctx.memo(`${type}/${wanted.join(',')}`, keepMs, async () => {
    const fhir = clientOf(dialect, ctx);
    const [first = [], ...more] = inLots(wanted);
    const found = await searchAll(fhir, type, { _id: first.join(','), _count: 100 }, route);
    for (const lot of more)
      found.with(await searchAll(fhir, type, { _id: lot.join(','), _count: 100 }, route));
    return found;
  });
}

/** Lists of at most twenty. */
export function inLots(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / idsAtOnce) }, (_, index) =>
    ids.slice(index * idsAtOnce, (index + 1) * idsAtOnce),
  );
}

/** Of ours those who are asked for; all of them where nobody is. */
export function both(ours: readonly string[], asked: readonly string[] = []): readonly string[] {
  return asked.length === 0 ? ours : ours.filter((id) => asked.includes(id));
}

function actors(ids: readonly string[]): string {
  return ids.map((id) => `Practitioner/${id}`).join(',');
}
