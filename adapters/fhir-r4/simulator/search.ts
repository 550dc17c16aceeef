import { randomUUID } from 'node:crypto';
import { type EmrAnswer, Refusal } from '#simulator-kit/index.ts';
import { baseOf } from './base.ts';
import type { Criteria } from './criteria.ts';
import { fhir, outcome, outcomeOf, refuse } from './outcome.ts';
import type { Continuation } from './page-book.ts';
import type { ClinicCall } from './tables.ts';
import type { FhirResource } from './wire/fhir-resource.ts';

/** What is searched, and how it is told. */
export interface Searched<T> {
  readonly type: string;
  readonly criteria: Criteria<T>;
  /** All that could be found; `values` of a parameter narrow it where that saves work. */
  readonly things: (call: ClinicCall, values: (name: string) => readonly string[]) => Iterable<T>;
  /** Orders by the parameters that `_sort` takes, and under `''` where none is named; each unique. */
  readonly orders: Readonly<Record<string, (thing: T) => string>>;
  readonly resource: (call: ClinicCall, thing: T) => FhirResource;
  /** Values of `_include` with what each brings. */
  readonly includes?: Readonly<Record<string, (call: ClinicCall, thing: T) => readonly FhirResource[]>>;
}

/**
 * A search by GET or by `POST _search`, or the next page of one: the parameters are those of the first page, and the data
 * are those of now (FHIR R4 search).
 */
export function search<T>(call: ClinicCall, searched: Searched<T>): EmrAnswer {
  const token = call.request.query.get('_page');
  const continued = token === null ? undefined : continuationOf(call, searched.type, token);
  const asked = readParameters(call, searched, continued?.pairs ?? pairsOf(call));
  const tests = asked.filters.map(([name, value]) => {
    const criterion = searched.criteria[name];
    if (criterion === undefined) throw new Error(`${name} is not a parameter.`);
    // Commas are "or"; a comma of the value itself is escaped.
    const any = value.split(/(?<!\\),/).map((each) => criterion(call, unescaped(each)));
    return (thing: T) => any.some((fits) => fits(thing));
  });
  const values = (name: string): readonly string[] =>
    asked.filters.filter(([other]) => other === name).map(([, value]) => value);
  const found = [...searched.things(call, values)]
    .filter((thing) => tests.every((fits) => fits(thing)))
    .map((thing) => ({ thing, order: asked.order(thing) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1) * asked.direction);
  if (asked.count === 0) return bundle(call, searched.type, asked, found.length, []);
  const rest =
    continued === undefined ? found : found.filter(({ order }) => isAfter(order, continued, asked));
  const told = rest.slice(0, asked.count);
  const next =
    rest.length > told.length ? nextPage(call, searched.type, asked, told.at(-1)?.order) : undefined;
  const included = new Map(
    told
      .flatMap(({ thing }) =>
        asked.includes.flatMap((name) => searched.includes?.[name]?.(call, thing) ?? []),
      )
      .map((each) => [`${each.resourceType}/${each.id}`, each]),
  );
  const entries = [
    ...told.map(({ thing }) => entry(call, searched.resource(call, thing), 'match')),
    ...[...included.values()].map((resource) => entry(call, resource, 'include')),
  ];
  return bundle(call, searched.type, asked, found.length, entries, next);
}

/** The ids of an `If-None-Exist`, at most two. 400 for a condition that is no search. */
export function matchesOf<T extends { readonly id: string }>(
  call: ClinicCall,
  searched: Searched<T>,
  condition: string,
): readonly string[] {
  const pairs = [...new URLSearchParams(condition.replace(/^\?/, ''))];
  const known = pairs.filter(([name]) => Object.hasOwn(searched.criteria, name));
  if (known.length === 0 || known.length < pairs.length)
    throw refuse(400, 'invalid', 'If-None-Exist is not a search that this server knows.');
  const tests = known.map(([name, value]) => searched.criteria[name]?.(call, unescaped(value)));
  const found = [...searched.things(call, () => [])].filter((thing) => tests.every((fits) => fits?.(thing)));
  return found.slice(0, 2).map(({ id }) => id);
}

type Pairs = readonly (readonly [name: string, value: string])[];

interface Asked<T> {
  readonly filters: Pairs;
  readonly includes: readonly string[];
  readonly count: number;
  readonly order: (thing: T) => string;
  readonly direction: 1 | -1;
  /** Names that mean nothing here. */
  readonly ignored: readonly string[];
  /** What was applied. */
  readonly pairs: Pairs;
}

/** Of a `POST _search` the form and the address both count. */
function pairsOf({ request }: ClinicCall): Pairs {
  const pairs = [...request.query].filter(([name]) => name !== '_page');
  if (request.method !== 'POST') return pairs;
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    throw refuse(415, 'not-supported', 'A search by POST is a form.');
  return [...pairs, ...new URLSearchParams(request.body)];
}

function readParameters<T>(call: ClinicCall, searched: Searched<T>, pairs: Pairs): Asked<T> {
  const filters: [string, string][] = [];
  const ignored: string[] = [];
  for (const [name, value] of pairs) {
    if (RESULT.includes(name)) continue;
    if (value === '') throw refuse(400, 'value', `${name} has no value.`);
    const [bare = ''] = name.split(':');
    if (Object.hasOwn(searched.criteria, name)) filters.push([name, value]);
    else if (bare !== name && Object.hasOwn(searched.criteria, bare))
      throw refuse(400, 'not-supported', `${bare} does not know this modifier.`);
    else ignored.push(name);
  }
  const all = (name: string): readonly string[] =>
    pairs.filter(([other]) => other === name).map(([, value]) => value);
  const includes = [...all('_include'), ...all('_include:iterate')];
  ignored.push(
    ...includes.filter((each) => !Object.hasOwn(searched.includes ?? {}, each)).map(() => '_include'),
  );
  const [sort = ''] = all('_sort');
  const order = searched.orders[sort.replace(/^-/, '')];
  const byDefault = searched.orders[''];
  if (byDefault === undefined) throw new Error(`${searched.type} has no order.`);
  if (order === undefined) ignored.push('_sort');
  if (ignored.length > 0 && isStrict(call))
    throw refuse(400, 'not-supported', `This search does not know ${[...new Set(ignored)].join(', ')}.`);
  return {
    filters,
    includes: includes.filter((each) => Object.hasOwn(searched.includes ?? {}, each)),
    count: countOf(call, all('_count').at(-1), all('_summary').at(-1)),
    order: order ?? byDefault,
    direction: order !== undefined && sort.startsWith('-') ? -1 : 1,
    ignored: [...new Set(ignored)],
    pairs: pairs.filter(([name]) => !ignored.includes(name)),
  };
}

const RESULT = [
  '_count',
  '_sort',
  '_include',
  '_include:iterate',
  '_total',
  '_summary',
  '_format',
  '_pretty',
];

/** What the request prefers goes before the setting. */
function isStrict({ request, settings }: ClinicCall): boolean {
  const [, handling] = request.headers.prefer?.match(/\bhandling=(strict|lenient)\b/) ?? [];
  return handling === undefined ? settings.unknownParameter === 'reject400' : handling === 'strict';
}

function countOf({ settings }: ClinicCall, text: string | undefined, summary: string | undefined): number {
  if (summary === 'count') return 0;
  const usual = Math.min(settings.pageSize, settings.largestPage);
  if (text === undefined) return usual;
  if (!/^\d{1,9}$/.test(text)) throw refuse(400, 'value', '_count is a number.');
  return Math.min(Number(text), settings.largestPage);
}

function unescaped(value: string): string {
  return value.replaceAll(/\\([,$|\\])/g, (_, character: string) => character);
}

function isAfter<T>(order: string, { after }: Continuation, { direction }: Asked<T>): boolean {
  return direction === 1 ? order > after : order < after;
}

function continuationOf(call: ClinicCall, type: string, token: string): Continuation {
  const known = call.pages.get(token);
  if (known === undefined || known.type !== type || known.clientId !== call.caller.clientId)
    throw new Refusal(outcome(410, 'expired', 'This page is not kept any more: search again.'));
  return known;
}

/** An address that says nothing: the state is the server's. */
function nextPage<T>(call: ClinicCall, type: string, { pairs }: Asked<T>, after = ''): string {
  const token = randomUUID();
  call.pages.set(token, { clientId: call.caller.clientId, type, pairs, after });
  const [oldest] = call.pages.keys();
  if (call.pages.size > REMEMBERED && oldest !== undefined) call.pages.delete(oldest);
  return `${baseOf(call)}/${type}?_page=${token}`;
}

const REMEMBERED = 1000;

function entry(call: ClinicCall, resource: FhirResource, mode: string): object {
  return { fullUrl: `${baseOf(call)}/${resource.resourceType}/${resource.id}`, resource, search: { mode } };
}

function bundle<T>(
  call: ClinicCall,
  type: string,
  asked: Asked<T>,
  total: number,
  entries: readonly object[],
  next?: string,
): EmrAnswer {
  const query = new URLSearchParams(asked.pairs.map(([name, value]): [string, string] => [name, value]));
  const self = `${baseOf(call)}/${type}${query.size === 0 ? '' : `?${query}`}`;
  const warnings =
    asked.ignored.length === 0
      ? []
      : [
          {
            fullUrl: `urn:uuid:${randomUUID()}`,
            resource: outcomeOf(
              'warning',
              'not-supported',
              ...asked.ignored.map((name) => `${name} was ignored.`),
            ),
            search: { mode: 'outcome' },
          },
        ];
  const all = [...entries, ...warnings];
  return fhir(200, {
    resourceType: 'Bundle',
    id: randomUUID(),
    type: 'searchset',
    ...((call.settings.total || asked.count === 0) && { total }),
    link: [{ relation: 'self', url: self }, ...(next === undefined ? [] : [{ relation: 'next', url: next }])],
    ...(all.length > 0 && { entry: all }),
  });
}
