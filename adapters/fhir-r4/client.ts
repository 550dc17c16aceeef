import {
  type AdapterContext,
  createFhirClient,
  type FhirClient,
  type Interval,
  type SearchParams,
  WireFailure,
} from '#adapter-kit/index.ts';
import type { FhirDialect } from './dialect.ts';
import { hasIssue, isFailure } from './map/issue.ts';
import { outcomesOf, type Page } from './wire/bundle.ts';
import type { AnyResource } from './wire/resources.ts';

/**
 * How a FHIR server is asked. What comes back has passed the schema that the route table gives the call; that is why a
 * resource's type is taken at its word here.
 */

const mostPages = 100;
const minute = 60_000;

export function clientOf(
  { routes, base }: Pick<FhirDialect, 'routes' | 'base'>,
  ctx: AdapterContext,
): FhirClient {
  return createFhirClient(ctx.http, routes, { base });
}

type Readable = Exclude<AnyResource, { resourceType: 'OperationOutcome' }>['resourceType'];
type ResourceOf<T extends AnyResource['resourceType']> = Extract<AnyResource, { resourceType: T }>;

/**
 * A resource and the ETag that came with it; undefined where there is none, or none any more.
 *
 * @param route its name in the table, so that a failure can be told from one of a write
 */
export async function readOne<T extends Readable>(
  fhir: FhirClient,
  type: T,
  id: string,
  route: string = firstLower(type),
): Promise<{ readonly resource: ResourceOf<T>; readonly etag: string | undefined } | undefined> {
  try {
    const { body, etag } = await fhir.read<ResourceOf<T>>(type, id);
    if (!('id' in body) || body.id !== id) throw new WireFailure('unknown', route, { reason: 'another-id' });
    return { resource: body, etag };
  } catch (error) {
    if (isAnswered(error, 404, 410)) return undefined;
    throw error;
  }
}

/**
 * All that a search finds, each resource once and as it was seen last, with what it brought along. Pages are followed
 * only inside the route table.
 *
 * @param route its name in the table
 * @throws WireFailure also where the answer is not to be trusted, and `page-not-followed`
 */
export async function searchAll(
  fhir: FhirClient,
  type: string,
  params: SearchParams,
  route: string,
): Promise<Found> {
  const found = new Found();
  for await (const page of pagesOf(fhir, type, params, route)) found.add(page);
  return found;
}

/**
 * As {@link searchAll}, for a search of a stretch of time: where a page cannot be followed, each half is searched by
 * itself, so that nothing is missed in silence.
 *
 * @param window milliseconds, half-open
 */
export async function searchWindow(
  fhir: FhirClient,
  type: string,
  window: Interval,
  paramsOf: (window: Interval) => SearchParams,
  route: string,
): Promise<Found> {
  const found = new Found();
  for (const page of await pagesOfWindow(fhir, type, window, paramsOf, route)) found.add(page);
  return found;
}

/** The pages that {@link searchWindow} puts together; of what a server proposes without an id nothing else is left. */
export function pagesOfWindow(
  fhir: FhirClient,
  type: string,
  window: Interval,
  paramsOf: (window: Interval) => SearchParams,
  route: string,
  isWhole: (page: Page) => boolean = () => true,
): Promise<readonly Page[]> {
  return inHalves(window, async (part) => {
    const pages: Page[] = [];
    for await (const page of pagesOf(fhir, type, paramsOf(part), route)) {
      if (!isWhole(page)) throw notFollowed(route);
      pages.push(page);
    }
    return pages;
  });
}

/**
 * What `ask` gives for a window. Where that is not all there is ({@link notFollowed}), each half is asked for by itself.
 *
 * @param window milliseconds, half-open
 */
export async function inHalves<T>(
  window: Interval,
  ask: (window: Interval) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await ask(window);
  } catch (error) {
    const { from, to } = window;
    const isPart = error instanceof WireFailure && error.reason === 'page-not-followed';
    if (!isPart || to - from < 2 * minute) throw error;
    // Whole minutes, so that every server can read them.
    const middle = from + Math.floor((to - from) / (2 * minute)) * minute;
    return [...(await inHalves({ from, to: middle }, ask)), ...(await inHalves({ from: middle, to }, ask))];
  }
}

async function* pagesOf(
  fhir: FhirClient,
  type: string,
  params: SearchParams,
  route: string,
): AsyncGenerator<Page, void> {
  const look = type === 'Appointment' ? whole : checked;
  let page: Page | undefined = look((await fhir.search<Page>(type, params)).body, route);
  for (let pages = 1; page !== undefined; pages += 1) {
    yield page;
    if (pages === mostPages) throw new WireFailure('unknown', route, { reason: 'too-many-pages' });
    const next: Page | undefined = await nextPage(fhir, page, route);
    page = next && look(next, route);
  }
}

async function nextPage(fhir: FhirClient, page: Page, route: string): Promise<Page | undefined> {
  try {
    return (await fhir.nextPage<Page>(page))?.body;
  } catch (error) {
    if (error instanceof WireFailure && error.kind === 'refused') throw notFollowed(route, error);
    throw error;
  }
}

/** Resources by type and id. */
export class Found {
  readonly #all = new Map<string, AnyResource>();

  add({ entry }: Page): void {
    for (const { resource } of entry) {
      if (resource === undefined || !('id' in resource) || resource.id === undefined) continue;
      const key = `${resource.resourceType}/${resource.id}`;
      // What is seen again is newer: pages are cut from living data.
      this.#all.delete(key);
      this.#all.set(key, resource);
    }
  }

  with(other: Found): this {
    for (const [key, resource] of other.#all) this.#all.set(key, resource);
    return this;
  }

  of<T extends AnyResource['resourceType']>(type: T): readonly ResourceOf<T>[] {
    // Filtered by the member that tells the types apart.
    return [...this.#all.values()].filter(({ resourceType }) => resourceType === type) as ResourceOf<T>[];
  }
}

/** The id that a create left in `Location`: `[base]/[type]/[id]`, with or without a version after it. */
export function createdId(type: string, location: string | undefined, route: string): string {
  const match = new RegExp(`(?:^|/)${type}/([A-Za-z0-9._~-]{1,128})(?:/_history/[^/?#]{1,64})?/?$`).exec(
    location ?? '',
  );
  if (match?.[1] === undefined) throw new WireFailure('unknown', route, { reason: 'no-id' });
  return match[1];
}

export function isAnswered(error: unknown, ...statuses: readonly number[]): boolean {
  return (
    error instanceof WireFailure &&
    error.kind === 'answered' &&
    error.status !== undefined &&
    statuses.includes(error.status)
  );
}

/** A searchset may not hold errors (FHIR R4 §3.1.1.4.1); one that does is no answer. */
export function checked(page: Page, route: string): Page {
  if (isFailure(outcomesOf(page))) throw new WireFailure('unknown', route, { reason: 'outcome' });
  return page;
}

/**
 * As {@link checked}, where what is not in the answer is taken for not being there: an appointment would be made again, a
 * patient too. So an answer that says that something was left out is none.
 */
export function whole(page: Page, route: string): Page {
  if (hasIssue(outcomesOf(page), 'incomplete', 'suppressed'))
    throw new WireFailure('unknown', route, { reason: 'not-whole' });
  return checked(page, route);
}

/** An answer that goes on where nobody can follow. */
export function notFollowed(route: string, cause?: WireFailure): WireFailure {
  return new WireFailure('unknown', route, { reason: 'page-not-followed', ...(cause && { cause }) });
}

function firstLower(type: string): string {
  return type.charAt(0).toLowerCase() + type.slice(1);
}
