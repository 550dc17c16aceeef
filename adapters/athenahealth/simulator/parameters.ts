import type { EmrRequest } from '#simulator-kit/index.ts';
import { readUsDate, readUsDateTime } from './clock.ts';
import { invalid, missing } from './error.ts';

/**
 * What a request was sent, from its query and, where there is one, its form. Names know no case. Whatever is read and
 * is not of its kind is a 400.
 */
export function readParameters(request: EmrRequest): Parameters {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
  const values = new Map<string, string[]>();
  for (const [name, value] of [
    ...request.query,
    ...(isForm && request.method !== 'GET' ? new URLSearchParams(request.body) : []),
  ])
    values.set(name.toLowerCase(), [...(values.get(name.toLowerCase()) ?? []), value]);

  const text = (name: string): string | undefined => values.get(name)?.[0]?.trim() || undefined;
  const read = <T>(name: string, kind: string, parse: (value: string) => T | undefined): T | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (parsed === undefined) throw invalid(`Expecting format ${kind}, but value is ${value}`);
    return parsed;
  };
  const idOf = (value: string): string | undefined => (/^-?\d{1,15}$/.test(value) ? value : undefined);
  const parameters: Parameters = {
    sent: [...new Set(values.keys())].map((name) => [name, (values.get(name) ?? []).join(',')]),
    text,
    id: (name) => read(name, 'number', idOf),
    ids: (name) => {
      const all = (values.get(name) ?? []).flatMap((value) => value.split(',')).map((value) => value.trim());
      const some = all.filter((value) => value !== '');
      for (const value of some)
        if (idOf(value) === undefined) throw invalid(`Expecting format number, but value is ${value}`);
      return some.length === 0 ? undefined : some;
    },
    count: (name) => read(name, 'number', (value) => (/^\d{1,9}$/.test(value) ? Number(value) : undefined)),
    flag: (name) =>
      read(name, 'boolean', (value) =>
        /^(true|y|1)$/i.test(value) ? true : /^(false|n|0)$/i.test(value) ? false : undefined,
      ),
    date: (name) => read(name, 'date', readUsDate),
    dateTime: (name, zone) => read(name, 'datetime', (value) => readUsDateTime(value, zone)),
    require(...names) {
      const absent = names.filter((name) => text(name) === undefined);
      if (absent.length > 0) throw missing(...absent);
    },
  };
  return parameters;
}

export interface Parameters {
  /** Names in lower case with all their values. */
  readonly sent: readonly (readonly [name: string, value: string])[];
  /** Undefined for what is missing or empty. */
  text(name: string): string | undefined;
  id(name: string): string | undefined;
  /** Separated by commas, or repeated. */
  ids(name: string): readonly string[] | undefined;
  count(name: string): number | undefined;
  flag(name: string): boolean | undefined;
  /** `yyyy-MM-dd`. */
  date(name: string): string | undefined;
  /** Milliseconds since the epoch. */
  dateTime(name: string, zone: string): number | undefined;
  /** 400 that names all that are missing. */
  require(...names: string[]): void;
}
