import { randomUUID } from 'node:crypto';
import type { EmrAnswer } from '#simulator-kit/index.ts';
import { baseOf } from './base.ts';
import { fhir } from './outcome.ts';
import type { Continuation } from './page-context.ts';
import { refuseSearch } from './query.ts';
import type { ClinicCall } from './tables.ts';
import type { FhirResource } from './wire/fhir-resource.ts';

/** A match with its place in the order of the search; what it includes is told with it. */
export interface Match {
  readonly order: string;
  readonly resource: FhirResource;
  readonly includes?: readonly FhirResource[];
}

/**
 * A search, or the next page of one: the filters are those of the first page, whatever the address says, and the data
 * are those of now.
 */
export function search(call: ClinicCall, type: string, find: (call: ClinicCall) => Found): EmrAnswer {
  const continued = continuationOf(call, type);
  if (continued === undefined) return answerPage(call, type, find(call), '');
  const query = new URLSearchParams(continued.query);
  const again = { ...call, request: { ...call.request, query } };
  return answerPage(again, type, find(again), continued.after, call.request.query);
}

export interface Found {
  /** In ascending order; taken from only as far as the page needs. */
  readonly matches: Iterable<Match>;
  readonly count: number;
}

function continuationOf(call: ClinicCall, type: string): Continuation | undefined {
  const { query } = call.request;
  const id = query.get('-pageContext') ?? query.get('pageContext');
  if (id === null) return undefined;
  const known = call.pages.get(id);
  const direction = query.get('-pageDirection') ?? query.get('direction');
  if (direction !== 'NEXT' || known?.type !== type || known.clientId !== call.caller.clientId)
    throw refuseSearch(call, 'The page context is not valid.');
  return known;
}

function answerPage(
  call: ClinicCall,
  type: string,
  { matches, count }: Found,
  after: string,
  asked = call.request.query,
): EmrAnswer {
  const repeats = type === 'Slot' && call.settings.repeatOnNextPage;
  const told: Match[] = [];
  let more = false;
  for (const match of matches) {
    const due = match.order > after || (repeats && match.order === after);
    if (!due) continue;
    more = told.length === count;
    if (more) break;
    told.push(match);
  }
  const base = baseOf(call);
  const self = `${base}/${type}${asked.size === 0 ? '' : `?${asked}`}`;
  const next = more ? [{ relation: 'next', url: nextPage(call, type, told.at(-1)?.order ?? '') }] : [];
  const entry = (mode: string) => (resource: FhirResource) => ({
    fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode },
  });
  const included = new Map(
    told.flatMap(({ includes = [] }) => includes.map((each) => [`${each.resourceType}/${each.id}`, each])),
  );
  const entries = [
    ...told.map(({ resource }) => entry('match')(resource)),
    ...[...included.values()].map(entry('include')),
  ];
  return fhir(200, {
    resourceType: 'Bundle',
    id: randomUUID(),
    type: 'searchset',
    link: [{ relation: 'self', url: self }, ...next],
    ...(entries.length > 0 && { entry: entries }),
  });
}

/** An opaque address: the filters vanish from it, an `_include` stays. */
function nextPage(call: ClinicCall, type: string, after: string): string {
  const id = randomUUID();
  const { query } = call.request;
  const { clientId } = call.caller;
  call.pages.set(id, { clientId, type, query: String(query), after });
  const [oldest] = call.pages.keys();
  if (call.pages.size > REMEMBERED && oldest !== undefined) call.pages.delete(oldest);
  const include = query.get('_include');
  const kept = include === null ? '' : `&_include=${encodeURIComponent(include)}`;
  const address =
    call.settings.pageLinks === 'hyphen'
      ? `-pageContext=${id}&-pageDirection=NEXT`
      : `pageContext=${id}&direction=NEXT`;
  return `${baseOf(call)}/${type}?${address}${kept}`;
}

const REMEMBERED = 1000;
