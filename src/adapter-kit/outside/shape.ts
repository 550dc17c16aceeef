import { z } from 'zod';
import type { Adapter, Authorization, Capabilities, Operations } from '../adapter.ts';
import type { Route } from '../route.ts';

/**
 * What of the contract a plain JavaScript adapter has nobody else to tell it: a missing operation, a pace without a
 * number. Types say the rest to those who write TypeScript.
 *
 * @returns a sentence for each part that is not as {@link Adapter} has it; none for a sound adapter
 */
export function contractProblems(value: unknown): readonly string[] {
  const { error } = adapterShape.safeParse(value);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.') || 'the adapter'}: ${message}`);
}

/** The value as an adapter, once it has no {@link contractProblems}. */
export function isAdapter(value: unknown): value is Adapter {
  return adapterShape.safeParse(value).success;
}

const text = z.string().min(1);
const schema = z.custom<z.ZodType>(
  (value) => typeof value === 'object' && value !== null && 'safeParse' in value,
  'has to be a schema made with z of the kit',
);
const pattern = z.instanceof(RegExp);
const grammar = z.object({ pattern, maxLength: z.int().positive() });

const route: z.ZodType<Pick<Route, 'method' | 'ok' | 'timeoutMs' | 'maxResponseBytes' | 'effect'>> = z.object(
  {
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH']),
    template: z.string().startsWith('/', 'has to begin with /'),
    path: z.record(z.string(), grammar).optional(),
    query: z.record(z.string(), grammar).optional(),
    body: schema.optional(),
    response: z.union([schema, z.enum(['empty', 'redirect'])]),
    ok: z.array(z.int()).min(1),
    timeoutMs: z.int().positive(),
    maxResponseBytes: z.int().positive(),
    effect: z.enum(['read', 'write']),
  },
);

const capabilities: z.ZodType<Capabilities> = z.object({
  bookingClass: z.enum(['A', 'B', 'C', 'D', 'E', 'F']),
  find: z.boolean(),
  hold: z.enum(['gateway', 'native']),
  book: z.boolean(),
  reschedule: z.enum(['in-place', 'linked', 'unsupported']),
  cancel: z.boolean(),
  matchPatient: z.boolean(),
  createPatient: z.boolean(),
  marker: z.union([z.object({ field: text }), z.literal('none')]),
  quietSeconds: z.number().positive(),
  readAfterWriteMs: z.number().nonnegative(),
  times: z.enum(['practice-local', 'offset']),
  pace: z.object({ gapMs: z.number().nonnegative(), concurrent: z.int().positive() }),
  quota: z
    .object({
      window: z.enum(['hour', 'day']),
      calls: z.int().positive(),
      perSecond: z.int().positive().exactOptional(),
    })
    .exactOptional(),
  changes: z.object({ everyMinutes: z.number().positive() }).exactOptional(),
  refusals: z.array(
    z.object({
      status: z.int(),
      text: pattern.exactOptional(),
      means: z.enum(['not-done', 'taken', 'rule']),
      reason: z.enum(['unauthorized', 'throttled', 'rejected', 'missing', 'taken', 'rule']),
    }),
  ),
});

const authorization: z.ZodType<Pick<Authorization, 'kind'>> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('api-key'),
    header: text,
    format: text,
    secrets: z.record(z.string(), z.object({ title: text, of: z.enum(['operator', 'practice']) })),
  }),
  z.object({
    kind: z.literal('oauth2'),
    fhirBase: z.string(),
    grantTypes: z.array(text).min(1),
    clientAuthentication: z.array(text).min(1),
    scopes: z.object({
      requiredReads: z.instanceof(Function),
      writes: z.instanceof(Function),
      byChoice: z
        .array(
          z.object({
            ability: z.literal('createPatient'),
            wanted: z.instanceof(Function),
            scopes: z.instanceof(Function),
            inWords: text,
          }),
        )
        .exactOptional(),
    }),
  }),
]);

const operation = z.instanceof(Function, {
  error:
    'has to be a function; what the EMR cannot do is declared, and its operation is `unsupported` of the kit',
});
/** Each name of the contract, so that the compiler asks for a new one here. */
const operations: Record<keyof Operations, typeof operation> = {
  probe: operation,
  directory: operation,
  openings: operation,
  verify: operation,
  hold: operation,
  release: operation,
  book: operation,
  move: operation,
  cancel: operation,
  read: operation,
  appointmentsOf: operation,
  matchPatients: operation,
  createPatient: operation,
  changes: operation,
};

const adapterShape = z.object({
  id: text,
  title: text,
  authorization,
  settings: schema,
  capabilities,
  capabilitiesWith: z.instanceof(Function).optional(),
  routes: z.record(z.string(), route),
  operations: z.object(operations),
});
