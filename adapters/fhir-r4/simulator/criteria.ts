import { dateTest } from './date-search.ts';
import { isObject, objectsOf, textOf } from './json.ts';
import { refuse } from './outcome.ts';
import type { ClinicCall } from './tables.ts';
import { matchesText } from './text-match.ts';

/** What one value of a search parameter asks of a thing. 400 for a value that is none. */
export type Criterion<T> = (call: ClinicCall, value: string) => (thing: T) => boolean;

/** The search parameters of a type, by name; `name:exact` stands beside `name`. */
export type Criteria<T> = Readonly<Record<string, Criterion<T>>>;

export function byCode<T>(of: (thing: T) => string | undefined): Criterion<T> {
  return (_, value) => (thing) => of(thing) === value;
}

export function byFlag<T>(of: (thing: T) => boolean): Criterion<T> {
  return (_, value) => {
    if (value !== 'true' && value !== 'false') throw refuse(400, 'value', 'The value is true or false.');
    return (thing) => of(thing) === (value === 'true');
  };
}

/** `code`, `system|code`, `|code`, `system|`. */
export function byToken<T>(of: (thing: T) => readonly Token[]): Criterion<T> {
  return (_, value) => {
    const bar = value.indexOf('|');
    const system = bar < 0 ? undefined : value.slice(0, bar);
    const code = bar < 0 ? value : value.slice(bar + 1);
    return (thing) =>
      of(thing).some(
        (token) =>
          (system === undefined || (token.system ?? '') === system) && (code === '' || token.code === code),
      );
  };
}
export interface Token {
  readonly system?: string | undefined;
  readonly code: string | undefined;
}

/** Codings of CodeableConcepts. */
export function codingsIn(value: unknown): readonly Token[] {
  return objectsOf(value)
    .flatMap(({ coding }) => objectsOf(coding))
    .map(({ system, code }) => ({ system: textOf(system), code: textOf(code) }));
}

export function identifiersIn(value: unknown): readonly Token[] {
  return objectsOf(value).map((each) => ({ system: textOf(each.system), code: textOf(each.value) }));
}

/** `Type/1`, an address of this server, or a bare id, which may mean several types. */
export function byReference<T>(
  of: (thing: T) => readonly (string | undefined)[],
  ...types: readonly string[]
): Criterion<T> {
  return (_, value) => {
    const [, named, id] =
      value.match(/^(?:(?:https?:\/\/[^/]+\/.*)?\b([A-Z]\w+)\/)?([A-Za-z0-9.-]{1,64})$/) ?? [];
    if (id === undefined || (named !== undefined && !types.includes(named)))
      throw refuse(400, 'value', `The value is a reference to ${types.join(' or ')}.`);
    const wanted = named === undefined ? types.map((type) => `${type}/${id}`) : [`${named}/${id}`];
    return (thing) => of(thing).some((reference) => reference !== undefined && wanted.includes(reference));
  };
}

export function byDate<T>(of: (thing: T) => number | undefined): Criterion<T> {
  return ({ clinic }, value) => {
    const test = dateTest(value, clinic.timeZone);
    if (test === undefined) throw refuse(400, 'value', 'The value is no date with a prefix.');
    return (thing) => {
      const at = of(thing);
      return at !== undefined && test.fits(at);
    };
  };
}

export function byText<T>(of: (thing: T) => readonly string[], exact = false): Criterion<T> {
  return (_, value) => (thing) => of(thing).some((text) => matchesText(text, value, exact));
}

/** Names of people, by the three parameters that look at them, each with its `:exact`. */
export function byNames<T>(of: (thing: T) => unknown): Criteria<T> {
  const names = (thing: T) => objectsOf(of(thing));
  const given = (thing: T): readonly string[] =>
    names(thing).flatMap(({ given: list }) => {
      const all = Array.isArray(list) ? list.map(String) : [];
      return [...all, all.join(' ')];
    });
  const family = (thing: T): readonly string[] => names(thing).flatMap((each) => textOf(each.family) ?? []);
  const any = (thing: T): readonly string[] => [
    ...family(thing),
    ...given(thing),
    ...names(thing).flatMap((each) => textOf(each.text) ?? []),
  ];
  return {
    name: byText(any),
    'name:exact': byText(any, true),
    family: byText(family),
    'family:exact': byText(family, true),
    given: byText(given),
    'given:exact': byText(given, true),
  };
}

/** Values of contact points of one system, digits alone compared where `digits`. */
export function byContact<T>(of: (thing: T) => unknown, system: string): Criterion<T> {
  const plain = (text: string): string =>
    system === 'phone' ? text.replaceAll(/\D/g, '') : text.toLowerCase();
  return (_, value) => (thing) =>
    objectsOf(of(thing)).some(
      (each) => isObject(each) && each.system === system && plain(textOf(each.value) ?? '') === plain(value),
    );
}
