import { type EmrAnswer, instantOf, isCalendarDate, Refusal } from '#simulator-kit/index.ts';
import { outcome } from './outcome.ts';
import type { ClinicCall, ClinicScene } from './tables.ts';

/** The parameters of a search. A parameter that is not `supported` is ignored or refused, as the setting says. */
export function readQuery(call: ClinicCall, supported: readonly string[]): Query {
  const given = call.request.query;
  for (const name of new Set(given.keys())) {
    if (supported.includes(name) || COMMON.includes(name)) continue;
    const [bare = ''] = name.split(':');
    if (bare !== name && supported.includes(bare)) throw refuseSearch(call, `Unsupported modifier: ${name}`);
    if (call.settings.unknownParameter === 'reject400')
      throw refuseSearch(call, `Unsupported search parameter: ${name}`);
  }
  const single = (name: string): string | undefined => {
    const values = given.getAll(name);
    if (values.length > 1) throw refuseSearch(call, `${name} may be given once.`);
    if (values[0] === '') throw refuseSearch(call, `${name} has no value.`);
    return values[0];
  };
  return {
    names: supported.filter((name) => given.has(name)),
    all: (name) => given.getAll(name),
    single,
    list(name) {
      const items = single(name)?.split(',');
      if (items?.includes('')) throw refuseSearch(call, `${name} has an empty value.`);
      return items;
    },
  };
}

export interface Query {
  /** The supported ones that were given. */
  readonly names: readonly string[];
  all(name: string): readonly string[];
  /** 400 when it is repeated or empty. */
  single(name: string): string | undefined;
  /** One parameter with commas. */
  list(name: string): readonly string[] | undefined;
}

/** A 400 in the form that the setting wants. */
export function refuseSearch({ settings }: ClinicScene, text: string): Refusal {
  const plain: EmrAnswer = { status: 400, headers: { 'content-type': 'text/plain' }, body: text };
  return new Refusal(settings.refusalFormat === 'text' ? plain : outcome(400, 'invalid', text));
}

/** `ge2027-06-02T00:00:00Z` in pieces; 400 when it is none, is only a date, or names no offset. */
export function readBound(call: ClinicCall, name: string, text: string): Bound {
  const [, prefix = '', date = '', time = '', offset] = text.match(BOUND) ?? [];
  const [hour = 99, minute = 99, second = 0] = time.split(':').map(Number);
  if (!isCalendarDate(date) || hour > 23 || minute > 59 || second >= 60)
    throw refuseSearch(call, `${name} needs a prefix and a date with a time.`);
  if (offset !== undefined) return { prefix, at: Date.parse(`${date}T${time}${offset}`) };
  if (call.settings.zonelessDates === 'reject400')
    throw refuseSearch(call, `${name} needs a date with a time and its offset.`);
  const local = `${date} ${time.length === 5 ? `${time}:00` : time.slice(0, 8)}`;
  return { prefix, at: Date.parse(instantOf(local, call.clinic.timeZone)) };
}

export interface Bound {
  readonly prefix: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Page size; out of range is refused, or brought into it. */
export function readCount(
  call: ClinicCall,
  query: Query,
  range: { readonly least: number; readonly most: number; readonly usual: number },
): number {
  const text = query.single('_count');
  if (text === undefined) return range.usual;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= range.least && count <= range.most) return count;
  if (Number.isNaN(count) || call.settings.countOutOfRange === 'reject400')
    throw refuseSearch(call, `_count must be between ${range.least} and ${range.most}.`);
  return Math.min(Math.max(count, range.least), range.most);
}

/** Ids of references to one type: `Type/1`, `1` where `bare` allows it. 400 for anything else. */
export function readReferences(
  call: ClinicCall,
  query: Query,
  name: string,
  { type, bare }: { readonly type: string; readonly bare: boolean },
): readonly string[] | undefined {
  return query.list(name)?.map((reference) => {
    const [, named, id] = reference.match(/^(?:([A-Za-z]+)\/)?([A-Za-z0-9.-]{1,64})$/) ?? [];
    if (id === undefined || (named ?? (bare ? type : '')) !== type)
      throw refuseSearch(call, `${name} takes references to ${type}.`);
    return id;
  });
}

const COMMON: readonly string[] = ['_format', '_pretty'];
const BOUND =
  /^([a-z]{2})?(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$/;
