import {
  type AdapterContext,
  type BookingRequest,
  Failure,
  type Interval,
  instantOf,
  type Opening,
  type OpeningQuery,
  type SearchParams,
  toInstantWithOffset,
} from '#adapter-kit/index.ts';
import { clientOf, createdId, pagesOfWindow } from './client.ts';
import type { FhirDialect } from './dialect.ts';
import { actorsOf, timesOf } from './map/appointment.ts';
import { utc } from './map/instant.ts';
import { declinedBy, isFailure } from './map/issue.ts';
import { bookParameters, findParameters } from './map/operation.ts';
import { idIn, idsIn } from './map/reference.ts';
import { hasToken } from './map/token.ts';
import { claimsOf, parseVendorKey, vendorKeyOf } from './map/vendor-key.ts';
import { asksFor, readRoles, readSchedules } from './office.ts';
import { type FhirSettings, listOf } from './settings.ts';
import { outcomesOf, type Page } from './wire/bundle.ts';
import type { ProposalResource, ScheduleResource } from './wire/resources.ts';

/** A time that the server proposes, and for whom. */
interface Proposed {
  readonly resource: ProposalResource;
  readonly from: number;
  readonly to: number;
  readonly practitioners: readonly string[];
  readonly location: string;
}

/** What `$find` proposes: the server does the arithmetic. Ids of proposals are good for one answer, so none is kept. */
export async function openings(
  dialect: FhirDialect,
  ctx: AdapterContext,
  query: OpeningQuery,
  settings: FhirSettings,
): Promise<readonly Opening[]> {
  const type = query.visitTypeRef;
  const found = new Map<string, Opening & { readonly at: number }>();
  for (const { from, to, practitioners, location } of await propose(dialect, ctx, query, settings)) {
    const [practitioner] = practitioners;
    if (practitioner === undefined || from < ctx.now()) continue;
    const vendorKey = vendorKeyOf({ practitioner, location, ...(type !== undefined && { type }) });
    found.set(`${from} ${vendorKey}`, {
      at: from,
      vendorKey,
      start: toInstantWithOffset(from, ctx.timeZone),
      end: toInstantWithOffset(to, ctx.timeZone),
      minutes: query.minutes,
      practitioner,
      location,
      claims: claimsOf([], practitioners),
    });
  }
  return [...found.values()]
    .sort((a, b) => a.at - b.at || (a.vendorKey < b.vendorKey ? -1 : 1))
    .map(({ at, ...opening }) => opening);
}

/** Asks for the very time again. */
export async function verify(
  dialect: FhirDialect,
  ctx: AdapterContext,
  opening: Opening,
  key: { readonly practitioner: string; readonly location: string },
  settings: FhirSettings,
): Promise<'free' | 'gone'> {
  if (key.practitioner !== opening.practitioner || key.location !== opening.location) return 'gone';
  return (await proposedAgain(dialect, ctx, opening, settings)) === undefined ? 'gone' : 'free';
}

/**
 * Asks for the very time again, because the proposal's id lasts no longer than its answer, then `$book`s it: one write.
 * A 2xx proves nothing; only an appointment that is booked does (Argonaut Scheduling 1.0.1, `$book`).
 */
export async function book(
  dialect: FhirDialect,
  ctx: AdapterContext,
  request: BookingRequest,
  settings: FhirSettings,
): Promise<{ readonly id: string }> {
  const { opening, patient } = request;
  const key = parseVendorKey(opening.vendorKey);
  if (key === undefined || 'slot' in key) throw new Failure('stale-opening');
  if (!/^[A-Za-z0-9._~-]{1,128}$/.test(patient)) throw new Failure('unknown-patient');
  const proposed = await proposedAgain(dialect, ctx, opening, settings);
  if (proposed === undefined) throw new Failure('slot-taken');
  const input = bookParameters[settings.operationNames](proposed.resource, request, key.type);
  const fhir = clientOf(dialect, ctx);
  const { body, location } = await fhir.operation<Page>('$book', { resourceType: 'Appointment', input });
  const booked = body.entry.flatMap(({ resource }) =>
    resource?.resourceType === 'Appointment' ? [resource] : [],
  );
  const [kept] = booked.filter(({ status }) => status === 'booked' || status === 'pending');
  if (kept?.id !== undefined) return { id: kept.id };
  if (booked.length > 0 || isFailure(outcomesOf(body))) throw declinedBy('bookTime');
  return { id: createdId('Appointment', location, 'bookTime') };
}

async function proposedAgain(
  dialect: FhirDialect,
  ctx: AdapterContext,
  opening: Opening,
  settings: FhirSettings,
): Promise<Proposed | undefined> {
  const key = parseVendorKey(opening.vendorKey);
  const at = instantOf(opening.start);
  if (key === undefined || at < ctx.now()) return undefined;
  const query = {
    from: opening.start,
    to: utc(at + 1_000),
    minutes: opening.minutes,
    practitioners: [opening.practitioner],
    locations: [opening.location],
    ...(key.type !== undefined && { visitTypeRef: key.type }),
  };
  const all = await propose(dialect, ctx, query, settings);
  return all.find(({ from }) => from === at);
}

/** Proposals that start in the window, are as long as asked for, and name whom and where was asked for. */
async function propose(
  dialect: FhirDialect,
  ctx: AdapterContext,
  query: OpeningQuery,
  settings: FhirSettings,
): Promise<readonly Proposed[]> {
  const window = { from: instantOf(query.from), to: instantOf(query.to) };
  const schedules = await readSchedules(dialect, ctx);
  const pages: Page[] = [];
  for (const asked of findParameters[settings.operationNames](query, schedules, settings)) {
    // The end of a `$find` is where the visits end.
    const paramsOf = ({ from, to }: Interval): SearchParams => ({
      start: utc(from),
      end: utc(to + query.minutes * 60_000, 'up'),
      ...asked,
      _count: most,
    });
    const isWhole = ({ entry }: Page): boolean => entry.length < most;
    const fhir = clientOf(dialect, ctx);
    pages.push(...(await pagesOfWindow(fhir, 'Appointment/$find', window, paramsOf, 'findTimes', isWhole)));
  }
  const resources = pages.flatMap(({ entry }) =>
    // The route's schema lets proposals through, which may have no id.
    entry.flatMap(({ resource }) =>
      resource?.resourceType === 'Appointment' ? [resource as ProposalResource] : [],
    ),
  );
  const roles = await readRoles(dialect, ctx, [
    ...resources.flatMap(({ participant }) => participant.map(({ actor }) => actor)),
    ...[...schedules.values()].flatMap(({ actor }) => actor),
  ]);
  const locations = listOf(settings.locations);
  const isAsked = asksFor(query, settings);
  return resources.flatMap((resource) => {
    const [from, to] = timesOf(resource);
    if (resource.status !== 'proposed' || from === undefined || to === undefined) return [];
    if (from < window.from || from >= window.to || to - from !== query.minutes * 60_000) return [];
    if (isOfAnotherType(resource, query.visitTypeRef)) return [];
    const { practitioners, locations: places } = withSchedules(
      actorsOf(resource, roles),
      resource,
      schedules,
    );
    const location = places[0] ?? (locations.length === 1 ? locations[0] : undefined);
    if (practitioners.length === 0 || location === undefined) return [];
    const proposed = { resource, from, to, practitioners, location };
    return isAsked(proposed) ? [proposed] : [];
  });
}

/** More than a server gives at once (Medplum's limit); as many as this may have been cut off. */
const most = 1_000;

/** A filter by type that a server could not resolve may have been dropped without a word. */
function isOfAnotherType({ serviceType }: ProposalResource, type: string | undefined): boolean {
  if (type === undefined || type.startsWith('HealthcareService/')) return false;
  return serviceType !== undefined && serviceType.length > 0 && !hasToken(serviceType, type);
}

/** Whom and where the slots inside a proposal are for, where its participants do not say. */
function withSchedules(
  actors: ReturnType<typeof actorsOf>,
  { contained = [] }: ProposalResource,
  schedules: ReadonlyMap<string, ScheduleResource>,
): Pick<ReturnType<typeof actorsOf>, 'practitioners' | 'locations'> {
  const named = contained.flatMap(
    (slot) => schedules.get(idIn(slot.schedule, 'Schedule') ?? '')?.actor ?? [],
  );
  return {
    practitioners: actors.practitioners.length > 0 ? actors.practitioners : idsIn(named, 'Practitioner'),
    locations: actors.locations.length > 0 ? actors.locations : idsIn(named, 'Location'),
  };
}
