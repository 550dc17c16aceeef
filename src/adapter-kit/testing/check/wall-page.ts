import { z } from 'zod';
import type { Grammar, QueryGrammar, Route, RouteTable } from '../../route.ts';

/** One route as a person reads it who asks what may leave. */
export interface WallRow {
  readonly route: string;
  readonly effect: Route['effect'];
  readonly method: Route['method'];
  readonly template: string;
  /** Name and pattern of each segment and query parameter. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Every field that a body can have, e.g. `participant[].actor`. */
  readonly body: readonly string[];
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

/** All that the wall would let an adapter send. */
export function wallPage(routes: RouteTable): readonly WallRow[] {
  return Object.entries(routes).map(([name, route]) => ({
    route: name,
    effect: route.effect,
    method: route.method,
    template: route.template,
    path: wordsOf(route.path ?? {}, ({ pattern, maxLength }) => `${pattern.source}, at most ${maxLength}`),
    query: wordsOf(route.query ?? {}, queryWords),
    body: route.body === undefined ? [] : fieldsOf(route.body),
    timeoutMs: route.timeoutMs,
    maxResponseBytes: route.maxResponseBytes,
  }));
}

function wordsOf<G extends Grammar>(
  rules: Readonly<Record<string, G>>,
  words: (rule: G) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, words(rule)]));
}

function queryWords({ pattern, maxLength, required, repeat = 1 }: QueryGrammar): string {
  const often = repeat > 1 ? `, up to ${repeat} times` : '';
  return `${pattern.source}, at most ${maxLength}${often}${required === true ? ', always' : ''}`;
}

/** Of JSON Schema, what is looked at here. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape | boolean;
  readonly prefixItems?: readonly Shape[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly allOf?: readonly Shape[];
}

function fieldsOf(schema: z.ZodType): readonly string[] {
  // JSON Schema as zod makes it; what has no JSON form there is any value.
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Shape;
  return [...new Set(namesIn(shape, ''))];
}

function namesIn(shape: Shape, at: string): readonly string[] {
  const { properties = {}, items, prefixItems = [], anyOf = [], oneOf = [], allOf = [] } = shape;
  const each = typeof items === 'object' ? [items, ...prefixItems] : prefixItems;
  const below = [
    ...Object.entries(properties).flatMap(([name, one]) => namesIn(one, at === '' ? name : `${at}.${name}`)),
    ...each.flatMap((one) => namesIn(one, `${at}[]`)),
    ...[...anyOf, ...oneOf, ...allOf].flatMap((one) => namesIn(one, at)),
  ];
  return below.length > 0 ? below : at === '' ? [] : [at];
}
