import { Failure } from '#domain/failure.ts';
import { dateSpan, type Span, utcInstant } from './date-time.ts';
import { refuseDemographicsInUrl } from './demographics-in-url.ts';
import { type LocalReference, parseReference } from './reference.ts';
import {
  type AllOfAny,
  type SearchParameterRow,
  type SearchType,
  searchTables,
} from './search-parameters.ts';
import { parseToken, splitEscaped, type Token, unescapeValue } from './token.ts';

/** Instants in UTC, half-open: from ≤ t < to. An end that is missing is open. */
export interface OpenWindow {
  readonly from?: string;
  readonly to?: string;
}

/** A search that was read in full: every parameter is understood, or there was a Failure. */
export interface Search {
  readonly type: SearchType;
  readonly tokens: Readonly<Partial<Record<string, AllOfAny<Token>>>>;
  readonly references: Readonly<Partial<Record<string, AllOfAny<LocalReference>>>>;
  readonly strings: Readonly<Partial<Record<string, AllOfAny<string>>>>;
  readonly windows: Readonly<Partial<Record<string, OpenWindow>>>;
  /** Matches on a page, 0 to 100; 0 asks for the total alone. */
  readonly count?: number;
  /** Values of `_include`, e.g. `Slot:schedule`. */
  readonly include: readonly string[];
  /** What a `next` link of ours carried. */
  readonly cursor?: string;
  /** The parameters as applied, for the `self` link and for `next`. Never holds `_cursor`. */
  readonly applied: readonly (readonly [name: string, value: string])[];
}

export interface SearchContext {
  /** IANA zone of the practice: a bare date is a day there. */
  readonly zone: string;
  /** Address of this FHIR server without a trailing slash; absolute references to it are understood. */
  readonly base: string;
}

/**
 * Reads a search by GET (`url`) or by POST to `[type]/_search` (`form`, with the query string as well): FHIR R4 §3.1.1.
 * Strict: what is not in {@link searchTables} is refused, because a filter that is silently ignored books the wrong time.
 *
 * @throws Failure `unknown-parameter`, `demographics-in-url`, `invalid-value`, `invalid-date`, `missing-element`,
 *   `not-acceptable`, each naming the parameter
 */
export function parseSearch(
  type: SearchType,
  query: { readonly url: URLSearchParams; readonly form?: URLSearchParams | undefined },
  context: SearchContext,
): Search {
  refuseDemographicsInUrl(type, query.url);
  const pairs = [...query.url, ...(query.form ?? [])];
  if (pairs.length > 60)
    throw new Failure('unknown-parameter', {
      hint: 'Send at most 60 parameters.',
    });
  const draft: Draft = {
    type,
    context,
    tokens: {},
    references: {},
    strings: {},
    spans: {},
    include: [],
    applied: [],
  };
  for (const [name, value] of pairs) readParameter(draft, name, value);
  if (type === 'Appointment' && draft.references.patient === undefined && draft.tokens._id === undefined)
    throw new Failure('missing-element', {
      expression: 'patient',
      hint: 'Appointments are found for one patient: patient=Patient/[id].',
    });
  return {
    type,
    tokens: draft.tokens,
    references: draft.references,
    strings: draft.strings,
    windows: Object.fromEntries(
      Object.entries(draft.spans).map(([name, span]) => [name, openWindow(name, span)]),
    ),
    include: draft.include,
    applied: draft.applied,
    ...(draft.count !== undefined && { count: draft.count }),
    ...(draft.cursor !== undefined && { cursor: draft.cursor }),
  };
}

interface Draft {
  readonly type: SearchType;
  readonly context: SearchContext;
  readonly tokens: Record<string, Token[][]>;
  readonly references: Record<string, LocalReference[][]>;
  readonly strings: Record<string, string[][]>;
  readonly spans: Record<string, Span>;
  readonly include: string[];
  readonly applied: [string, string][];
  count?: number;
  cursor?: string;
}

function readParameter(draft: Draft, name: string, value: string): void {
  const result = resultParameters.get(name);
  if (result !== undefined) {
    result(draft, value, name);
    return;
  }
  const [base = '', modifier, ...more] = name.split(':');
  const table = searchTables[draft.type].parameters;
  const row = Object.hasOwn(table, base) ? table[base] : undefined;
  const targets = row?.targets ?? [];
  if (row === undefined || more.length > 0 || (modifier !== undefined && !targets.includes(modifier)))
    throw new Failure('unknown-parameter', unknownDetails(draft.type, name));
  if (value === '' || value.length > 2_000) throw new Failure('invalid-value', { expression: base });
  readValue(draft, base, row, modifier === undefined ? targets : [modifier], value);
  draft.applied.push([name, value]);
}

function readValue(
  draft: Draft,
  name: string,
  row: SearchParameterRow,
  targets: readonly string[],
  value: string,
): void {
  if (row.type === 'date') {
    const before = draft.spans[name] ?? {
      from: Number.NEGATIVE_INFINITY,
      to: Number.POSITIVE_INFINITY,
    };
    const span = comparedSpan(value, draft.context.zone, name);
    draft.spans[name] = {
      from: Math.max(before.from, span.from),
      to: Math.min(before.to, span.to),
    };
    return;
  }
  const parts = splitEscaped(value, ',');
  if (parts.length > 50 || parts.includes('')) throw new Failure('invalid-value', { expression: name });
  if (row.type === 'token')
    push(
      draft.tokens,
      name,
      parts.map((part) => parseToken(part, name)),
    );
  else if (row.type === 'string')
    push(
      draft.strings,
      name,
      parts.map((part) => readString(part, name)),
    );
  else
    push(
      draft.references,
      name,
      parts.map((part) => readReference(part, targets, draft.context.base, name)),
    );
}

function push<T>(into: Record<string, T[][]>, name: string, any: T[]): void {
  const all = into[name] ?? [];
  into[name] = all;
  all.push(any);
}

function readString(text: string, expression: string): string {
  const plain = unescapeValue(text).trim();
  if (plain === '' || plain.length > 100) throw new Failure('invalid-value', { expression });
  return plain;
}

function readReference(
  text: string,
  targets: readonly string[],
  base: string,
  expression: string,
): LocalReference {
  const reference = parseReference(unescapeValue(text), base);
  const only = targets.length === 1 ? targets[0] : undefined;
  if (reference === undefined || (reference.type !== undefined && !targets.includes(reference.type)))
    throw new Failure('invalid-value', {
      expression,
      hint: `Send a reference to ${targets.join(' or ')} on this server.`,
    });
  return reference.type === undefined && only !== undefined ? { type: only, id: reference.id } : reference;
}

/**
 * The instants for which a comparison holds (FHIR R4 §3.1.1.4.5, where what is searched is an instant, so that it has
 * no width of its own): `le2027-03-04` takes the whole of that day in, `lt2027-03-04` none of it.
 */
function comparedSpan(value: string, zone: string, name: string): Span {
  const match = /^([a-z]{2})(?=\d)(.*)$/s.exec(value);
  const prefix = match?.[1] ?? 'eq';
  const compare = comparisons.get(prefix);
  if (compare === undefined)
    throw new Failure('invalid-value', {
      expression: name,
      hint: 'Prefixes served are eq, gt, lt, ge, le, sa and eb.',
    });
  return compare(dateSpan(match?.[2] ?? value, zone, name));
}

const comparisons: ReadonlyMap<string, (span: Span) => Span> = new Map([
  ['eq', (span: Span) => span],
  ['gt', ({ to }: Span) => ({ from: to, to: Number.POSITIVE_INFINITY })],
  ['sa', ({ to }: Span) => ({ from: to, to: Number.POSITIVE_INFINITY })],
  ['ge', ({ from }: Span) => ({ from, to: Number.POSITIVE_INFINITY })],
  ['lt', ({ from }: Span) => ({ from: Number.NEGATIVE_INFINITY, to: from })],
  ['eb', ({ from }: Span) => ({ from: Number.NEGATIVE_INFINITY, to: from })],
  ['le', ({ to }: Span) => ({ from: Number.NEGATIVE_INFINITY, to })],
]);

function openWindow(name: string, { from, to }: Span): OpenWindow {
  if (from >= to)
    throw new Failure('invalid-date', {
      expression: name,
      hint: 'The end lies before the start.',
    });
  return {
    ...(Number.isFinite(from) && { from: utcInstant(from) }),
    ...(Number.isFinite(to) && { to: utcInstant(to) }),
  };
}

type ReadResultParameter = (draft: Draft, value: string, name: string) => void;

const resultParameters: ReadonlyMap<string, ReadResultParameter> = new Map<string, ReadResultParameter>([
  [
    '_count',
    (draft, value, name) => {
      if (draft.count !== undefined || !/^\d{1,9}$/.test(value))
        throw new Failure('invalid-value', { expression: name });
      draft.count = Math.min(100, Number(value));
      draft.applied.push([name, String(draft.count)]);
    },
  ],
  [
    '_summary',
    (draft, value, name) => {
      if (value === 'count' && draft.count === undefined) draft.count = 0;
      else if (value !== 'false')
        throw new Failure('invalid-value', {
          expression: name,
          hint: 'Only _summary=count is served.',
        });
      draft.applied.push([name, value]);
    },
  ],
  [
    '_include',
    (draft, value, name) => {
      if (!searchTables[draft.type].includes.includes(value))
        throw new Failure('unknown-parameter', {
          expression: name,
          hint: includeHint(draft.type),
        });
      if (!draft.include.includes(value)) draft.include.push(value);
      draft.applied.push([name, value]);
    },
  ],
  [
    '_sort',
    (draft, value, name) => {
      if (value !== searchTables[draft.type].order)
        throw new Failure('unknown-parameter', { expression: name });
      draft.applied.push([name, value]);
    },
  ],
  [
    '_cursor',
    (draft, value, name) => {
      if (!/^[A-Za-z0-9_.~-]{1,500}$/.test(value)) throw new Failure('invalid-value', { expression: name });
      draft.cursor = value;
    },
  ],
  [
    '_format',
    (_draft, value) => {
      // A form decoder makes the + of application/fhir+json a space.
      const [type = ''] = value.replaceAll(' ', '+').toLowerCase().split(';');
      if (!['json', 'application/json', 'application/fhir+json', 'text/json'].includes(type))
        throw new Failure('not-acceptable');
    },
  ],
  ['_total', (_draft, value, name) => oneOf(value, name, ['none', 'estimate', 'accurate'])],
  ['_pretty', (_draft, value, name) => oneOf(value, name, ['true', 'false'])],
]);

function oneOf(value: string, expression: string, values: readonly string[]): void {
  if (!values.includes(value)) throw new Failure('invalid-value', { expression });
}

function includeHint(type: SearchType): string {
  const { includes } = searchTables[type];
  return includes.length === 0 ? `${type} serves no _include.` : `Served: ${includes.join(', ')}.`;
}

/** The name came from the caller and could hold anything, so only what looks like a parameter's name is repeated. */
function unknownDetails(type: SearchType, name: string): { expression?: string; hint: string } {
  const served = Object.keys(searchTables[type].parameters).join(', ');
  const plain = /^_?[a-z][a-z.-]{0,30}(:[a-zA-Z]{1,20})?$/.test(name);
  return {
    hint: `${type} is searched by ${served}.`,
    ...(plain && { expression: name }),
  };
}
