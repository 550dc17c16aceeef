import {
  type AdapterContext,
  type BookingRequest,
  Failure,
  type Interval,
  instantOf,
  isNamedByWallClock,
  type Opening,
  type OpeningQuery,
  type SearchParams,
} from '#adapter-kit/index.ts';
import { clientOf, createdId, pagesOfWindow } from './client.ts';
import type { FhirDialect } from './dialect.ts';
import { actorsOf, isOver, timesOf } from './map/appointment.ts';
import { utc } from './map/instant.ts';
import { declinedBy, hasIssue, isFailure } from './map/issue.ts';
import { type FreeTime, inOrder } from './map/opening.ts';
import { bookParameters, findParameters, longestFind, mostTimes } from './map/operation.ts';
import { requirePatientId } from './map/patient.ts';
import { idIn, idsIn } from './map/reference.ts';
import { hasToken } from './map/token.ts';
import { claimsOf, parseVendorKey } from './map/vendor-key.ts';
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
  const proposed = await propose(dialect, ctx, query, settings);
  const times = proposed.flatMap(({ from, to, practitioners, location }): FreeTime[] => {
    const [practitioner] = practitioners;
    if (practitioner === undefined || from < ctx.now()) return [];
    const key = { practitioner, location, type: query.visitTypeRef };
    return [{ key, from, to, practitioner, location, claims: claimsOf([], practitioners) }];
  });
  return inOrder(times, ctx.timeZone);
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
 * A 2xx proves nothing (Argonaut Scheduling 1.0.1, `$book`). An appointment that is booked, or pending because somebody
 * has to accept it, is told by its id, and what it is by reading it; one that is off the book is a no.
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
  requirePatientId(patient);
  const proposed = await proposedAgain(dialect, ctx, opening, settings);
  if (proposed === undefined) throw new Failure('slot-taken');
  const input = bookParameters[settings.operationNames](proposed.resource, request, key.type);
  const fhir = clientOf(dialect, ctx);
  const { body, location } = await fhir.operation<Page>('$book', { resourceType: 'Appointment', input });
  const said = body.entry.flatMap(({ resource }) =>
    resource?.resourceType === 'Appointment' ? [resource] : [],
  );
  const made =
    said.find(({ status }) => status === 'booked') ?? said.find(({ status }) => status === 'pending');
  if (made !== undefined) return { id: made.id };
  if (isFailure(outcomesOf(body)) || (said.length > 0 && said.every(isOver))) throw declinedBy('bookTime');
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
  if (key === undefined || at < ctx.now() || !isNamedByWallClock(at, ctx.timeZone)) return undefined;
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
  const length = query.minutes * 60_000;
  const schedules = await readSchedules(dialect, ctx);
  const names = settings.operationNames;
  const fhir = clientOf(dialect, ctx);
  const pages: Page[] = [];
  for (const asked of findParameters[names](query, schedules, settings)) {
    // The end of a `$find` is where the visits end.
    const paramsOf = ({ from, to }: Interval): SearchParams => ({
      start: utc(from),
      end: utc(to + length, 'up'),
      ...asked,
    });
    const isWhole = (page: Page): boolean =>
      page.entry.length < mostTimes && !hasIssue(outcomesOf(page), 'incomplete');
    // Both ends may move by a part of a second.
    for (const part of partsOf(window, longestFind[names] - length - 2_000))
      pages.push(...(await pagesOfWindow(fhir, 'Appointment/$find', part, paramsOf, 'findTimes', isWhole)));
  }
  // Times of any visit type are not what was asked for.
  if (query.visitTypeRef !== undefined && hasIssue(pages.flatMap(outcomesOf), ...unused))
    throw new Failure('business-rule', {
      hint: 'The server did not use a part of the question. Check the visit types of the connection.',
    });
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
    if (from < window.from || from >= window.to || to - from !== length) return [];
    if (!isOfType(resource, query.visitTypeRef, names)) return [];
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

/** Codes by which a server says that it has not used a part of a question (FHIR R4 IssueType). */
const unused = ['not-supported', 'invalid', 'value', 'code-invalid'];

function partsOf({ from, to }: Interval, longest: number): readonly Interval[] {
  const parts: Interval[] = [];
  for (let at = from; at < to; at += longest) parts.push({ from: at, to: Math.min(at + longest, to) });
  return parts;
}

/**
 * A filter by type that a server could not resolve may have been dropped without a word. A proposal that does not say
 * its type will do where `$book` says it; Argonaut's names the proposal by its id alone, which may be of any type.
 */
function isOfType(
  { id, serviceType = [] }: ProposalResource,
  type: string | undefined,
  names: FhirSettings['operationNames'],
): boolean {
  if (type === undefined || names === 'medplum') return true;
  return serviceType.length === 0 ? names === 'ihe' || id === undefined : hasToken(serviceType, type);
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
