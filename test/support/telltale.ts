import type { Route, RouteTable } from '#adapter-kit/index.ts';
import {
  type EmrAnswer,
  type Emulation,
  Refusal,
  type SettingValues,
  type TableSet,
} from '#simulator-kit/index.ts';
import type { Canaries } from './canary.ts';

/**
 * The same EMR, telling more than it should: in every answer each value that the adapter's schemas do not let through is
 * a canary, every object has a field more, free text that is only searched for markers begins with one, and so do
 * errors and headers. What the adapter sees stays the same to the letter.
 *
 * @param apiPath what the connection's address has behind its host, e.g. `/v1/195900`
 */
export function telltale<Tables extends TableSet, Settings extends SettingValues>(
  emulation: Emulation<Tables, Settings>,
  { routes, apiPath, canaries }: { routes: RouteTable; apiPath: string; canaries: Canaries },
): Emulation<Tables, Settings> {
  const tell = speaker(canaries);
  return {
    ...emulation,
    routes: emulation.routes.map((route) => {
      const name = shape(`${emulation.basePath}${route.template}`);
      const readers = Object.values(routes).filter(
        (one) => one.method === route.method && shape(`${apiPath}${one.template}`) === name,
      );
      const known: Known = new Map();
      const told = (answer: EmrAnswer) => tell(answer, readers, known, `${route.method} ${route.template}`);
      return {
        ...route,
        handle: (call) => {
          try {
            return told(route.handle(call));
          } catch (error) {
            throw error instanceof Refusal ? new Refusal(told(error.answer)) : error;
          }
        },
      };
    }),
  };
}

/** Segments in braces are named as each side likes. */
function shape(template: string): string {
  return template.replaceAll(/\{\w+\}/g, '{}');
}

type Way = 'instead' | 'before' | 'not';
/** How a canary can stand at a place, found out once for each route. */
type Known = Map<string, Way>;
type Json = unknown;

function speaker(canaries: Canaries) {
  const once = new Map<string, string>();
  const canaryAt = (where: string): string => {
    const told = once.get(where) ?? canaries.note(where);
    once.set(where, told);
    return told;
  };

  return (answer: EmrAnswer, readers: readonly Route[], known: Known, name: string): EmrAnswer => {
    const headers = {
      ...answer.headers,
      'x-chart': encodeURIComponent(canaryAt(`a header of ${name}`)),
    };
    const json = parsed(answer.body);
    if (json === undefined) return { ...answer, headers };
    const schemas = readers.flatMap(({ ok, response }) =>
      ok.includes(answer.status) && typeof response !== 'string' ? [response] : [],
    );
    if (schemas.length === 0) {
      if (answer.status < 400) return { ...answer, headers };
      const words = (text: string) => `${text} ${canaryAt(`an error of ${name}`)}`;
      return { ...answer, headers, body: JSON.stringify(mapStrings(json, words)) };
    }
    const before = schemas.map((schema) => JSON.stringify(schema.safeParse(json)));
    const isSame = (changed: Json) =>
      schemas.every((schema, index) => JSON.stringify(schema.safeParse(changed)) === before[index]);
    const plant = (): Json => {
      let planted: Json = json;
      for (const [place, isObject] of placesOf(json)) {
        const canary = canaryAt(`${place} of ${name}`);
        const ways: readonly Way[] = isObject ? ['instead'] : ['instead', 'before'];
        const way =
          known.get(place) ?? ways.find((each) => isSame(changedAt(planted, place, each, canary))) ?? 'not';
        known.set(place, way);
        if (way !== 'not') planted = changedAt(planted, place, way, canary);
      }
      return planted;
    };
    let planted = plant();
    if (!isSame(planted)) {
      // A place that was harmless in an earlier answer says something in this one: all are looked at anew.
      known.clear();
      planted = plant();
    }
    return { ...answer, headers, body: JSON.stringify(planted) };
  };
}

function parsed(body: string | undefined): Json {
  try {
    const value: unknown = JSON.parse(body ?? '');
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Every kind of place with a value, list positions aside (`appointments[].notes`); objects are told by a field more. */
function placesOf(value: Json, place = '', found = new Map<string, boolean>()): Map<string, boolean> {
  if (Array.isArray(value)) for (const one of value) placesOf(one, `${place}[]`, found);
  else if (typeof value === 'object' && value !== null) {
    found.set(`${place}.+`, true);
    for (const [key, inner] of Object.entries(value)) placesOf(inner, `${place}.${key}`, found);
  } else found.set(place, false);
  return found;
}

function changedAt(value: Json, wanted: string, way: Way, canary: string, place = ''): Json {
  if (!wanted.startsWith(place)) return value;
  if (Array.isArray(value)) return value.map((one) => changedAt(one, wanted, way, canary, `${place}[]`));
  if (typeof value === 'object' && value !== null) {
    const own = Object.entries(value).map(([key, inner]) => [
      key,
      changedAt(inner, wanted, way, canary, `${place}.${key}`),
    ]);
    if (wanted === `${place}.+`) own.push(['medicalHistory', [{ problem: canary }]]);
    return Object.fromEntries(own);
  }
  if (place !== wanted) return value;
  return way === 'before' && typeof value === 'string' ? `${canary} ${value}` : canary;
}

function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => mapStrings(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapStrings(inner, change)]));
}
