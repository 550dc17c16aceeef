import fc from 'fast-check';
import { type Grammar, type Route, type RouteTable, z } from '#adapter-kit/index.ts';
import type { OutgoingRequest, Site } from '#egress/index.ts';
import type { Random } from './random.ts';

/** Requests that a site's table allows, made from the table's text and not by the wall's own builder. */
export function legalRequests(site: Site): (random: Random) => LegalRequest {
  const makers = Object.entries(site.routes as RouteTable).map(([id, route]) => ({
    id,
    make: maker(site, route),
  }));
  return (random) => {
    const { id, make } = random.pick(makers);
    return { id, request: make(random) };
  };
}

export interface LegalRequest {
  readonly id: string;
  readonly request: OutgoingRequest;
}

function maker(site: Site, route: Route): (random: Random) => OutgoingRequest {
  const path = new Map(Object.entries(route.path ?? {}).map(([name, grammar]) => [name, valuesOf(grammar)]));
  const query = Object.entries(route.query ?? {}).map(([name, grammar]) => ({
    name,
    required: grammar.required === true,
    repeat: grammar.repeat ?? 1,
    values: valuesOf(grammar),
  }));
  const searches = route.ifNoneExist === undefined ? undefined : valuesOf(route.ifNoneExist);
  const bodies = route.body === undefined ? undefined : bodiesOf(route.body, route.contentType);
  return (random) => {
    const where = route.template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      spell(random.pick(path.get(name) ?? [])),
    );
    const pairs = query
      .filter(({ required }) => required || random.next() < 0.4)
      .flatMap(({ name, values, repeat }) =>
        Array.from(
          { length: 1 + random.below(repeat) },
          () => `${spell(name)}=${spell(random.pick(values))}`,
        ),
      );
    if (random.next() < 0.3) pairs.reverse();
    const headers: [string, string][] = [
      ['accept', random.pick(['application/json', 'application/fhir+json', '*/*'])],
      ['accept-encoding', 'identity'],
      ['content-type', route.contentType ?? 'application/json'],
      ['user-agent', 'postern'],
    ];
    headers.push(...Object.entries(route.headers ?? {}));
    if (route.ifMatch === true)
      headers.push(['if-match', random.pick(['W/"3"', 'W/"3423957v2380283"', '"0"'])]);
    if (searches !== undefined) headers.push(['if-none-exist', random.pick(searches)]);
    const [credential] = site.credentialHeaders;
    if (credential !== undefined)
      headers.push([credential, `ODFHIR ${random.below(1e9)}/${random.below(1e9)}`]);
    return {
      method: route.method,
      url: `${site.base}${where}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`,
      headers,
      body: bodies === undefined ? undefined : random.pick(bodies),
    };
  };
}

/** RFC 3986 written once more, byte by byte. */
export function spell(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._~-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

const pool = [
  '1',
  '7',
  '42',
  '88210',
  '999999999',
  '123456789012345678',
  '0',
  '100',
  '25',
  '5',
  'true',
  'false',
  '2031-03-04',
  '1990-11-02',
  '2000-02-29',
  '2031-03-04 10:30:00',
  '2031-02-27 23:59:59',
  '10:30:00',
  '2031-03-04T10:30:00Z',
  'Okafor',
  "O'Brien",
  'Núñez',
  'Ana María',
  'Jean-Luc',
  '山田',
  'Ng',
  'St. John',
  'GW:7K3QX9M2TA.1',
  'Schedule/a.1',
  'Schedule/7',
  'hygiene',
  'exam|new',
  '/XXXX/',
  'a',
  'room-1',
  'p-1',
  'ProgramVersion',
  'ada@example.org',
  '(555)010-2244',
  '+15550102244',
];

function valuesOf(grammar: Grammar): readonly string[] {
  const whole = new RegExp(`^(?:${grammar.pattern.source})$`, grammar.pattern.flags);
  const words = grammar.pattern.source.split(/[^\p{L}\p{N}_:-]+/u);
  const fits = (text: string) =>
    text.length <= grammar.maxLength && whole.test(text) && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
  let values = [...pool, ...words].filter(fits);
  if (values.length === 0)
    values = fc.sample(fc.stringMatching(grammar.pattern), { numRuns: 200, seed: 1 }).filter(fits);
  if (values.length === 0) throw new Error(`Add a legal value of ${grammar.pattern} to the pool.`);
  return values;
}

/** Bodies that the schema takes, from its JSON Schema; 60 of them, always the same. */
function bodiesOf(schema: z.ZodType, contentType: Route['contentType']): readonly string[] {
  const shape = fromJsonSchema(z.toJSONSchema(schema, { unrepresentable: 'any' }) as JsonSchema);
  const bodies = fc
    .sample(shape, { numRuns: 600, seed: 1 })
    .map((value) => schema.safeParse(value))
    .flatMap((result) => (result.success ? [textOf(result.data)] : []))
    .slice(0, 60);
  if (bodies.length === 0) throw new Error('No legal body could be made for a route.');
  return bodies;

  function textOf(value: unknown): string {
    if (contentType !== 'application/x-www-form-urlencoded') return JSON.stringify(value);
    return new URLSearchParams(
      Object.entries(Object(value)).map(([k, v]): [string, string] => [k, String(v)]),
    ).toString();
  }
}

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

function fromJsonSchema(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return fc.oneof(...either.map(fromJsonSchema));
  const [both] = schema.allOf ?? [];
  if (both !== undefined) return fromJsonSchema({ ...both, ...schema.allOf?.[1] });
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {});
      return fc.record(Object.fromEntries(properties.map(([name, inner]) => [name, fromJsonSchema(inner)])), {
        requiredKeys: [...(schema.required ?? [])],
        noNullPrototype: true,
      });
    }
    case 'array': {
      if (schema.prefixItems !== undefined) return fc.tuple(...schema.prefixItems.map(fromJsonSchema));
      const minLength = Math.max(1, schema.minItems ?? 0);
      return fc.array(fromJsonSchema(schema.items ?? {}), { minLength, maxLength: minLength + 1 });
    }
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const least = schema.minimum ?? (schema.exclusiveMinimum ?? 0) + 1;
      return fc.integer({ min: least, max: Math.min(schema.maximum ?? 1_000_000, 1_000_000) });
    }
    default: {
      const maxLength = schema.maxLength ?? 40;
      if (schema.pattern === undefined)
        return fc.constantFrom(...pool.filter((text) => text.length <= maxLength));
      const values = valuesOf({ pattern: new RegExp(schema.pattern, 'u'), maxLength });
      return fc.constantFrom(...values);
    }
  }
}
