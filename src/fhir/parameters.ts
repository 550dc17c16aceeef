import type { Appointment, Parameters, ParametersParameter, Patient, Resource } from '@medplum/fhirtypes';
import { Failure } from '#domain/failure.ts';
import { dateSpan, type Span } from './date-time.ts';
import { readResource } from './incoming.ts';
import { type LocalReference, parseReference } from './reference.ts';
import { parseToken, splitEscaped, type Token, unescapeValue } from './token.ts';

/** One input of an operation, wherever it came from, with the place to name when it is wrong. */
export interface Input {
  readonly name: string;
  readonly at: string;
  readonly parameter: ParametersParameter;
}

/**
 * The inputs of an operation (FHIR R4 §3.2.0): a Parameters resource, the query string of a GET, both at once, or a
 * resource by itself, which counts as the parameter `bareName`. No body at all is no input.
 *
 * @throws Failure `malformed-resource`, `missing-element`, `invalid-value`
 */
export function readInputs(
  request: { readonly url?: URLSearchParams; readonly body?: unknown },
  bare: { readonly type: 'Appointment' | 'Patient'; readonly name: string } | undefined,
): Input[] {
  const fromUrl = [...(request.url ?? [])].map(([name, valueString]) => ({
    name,
    at: name,
    parameter: { name, valueString },
  }));
  const { body } = request;
  if (body === undefined || body === null || (isPlainObject(body) && Object.keys(body).length === 0))
    return fromUrl;
  if (bare !== undefined && isPlainObject(body) && 'resourceType' in body && body.resourceType === bare.type)
    return [
      ...fromUrl,
      {
        name: bare.name,
        at: bare.type,
        parameter: { name: bare.name, resource: readResource(body, bare.type) },
      },
    ];
  const { parameter = [] } = readResource(body, 'Parameters') satisfies Parameters;
  if (parameter.length + fromUrl.length > 100)
    throw new Failure('unknown-parameter', {
      hint: 'Send at most 100 parameters.',
    });
  return [
    ...fromUrl,
    ...parameter.map((one, index) => ({
      name: one.name,
      at: `Parameters.parameter[${index}]`,
      parameter: one,
    })),
  ];
}

/** Refuses inputs that are not of the operation: an input that is ignored books the wrong time. */
export function refuseOthers(inputs: readonly Input[], known: ReadonlySet<string>): void {
  for (const { name, at } of inputs)
    if (!known.has(name))
      throw new Failure('unknown-parameter', {
        // In a URL `at` is the caller's own word; only what looks like a name is repeated.
        ...(/^(Parameters\.parameter\[\d+\]|_?[a-z][a-z-]{0,30})$/.test(at) && {
          expression: at,
        }),
        hint: `Parameters served: ${[...known].join(', ')}.`,
      });
}

/** A text in whichever primitive the caller put it (`valueString`, `valueUri`, `valueCode`, …). */
export function text({ parameter, at }: Input): string {
  const value =
    parameter.valueString ??
    parameter.valueUri ??
    parameter.valueUrl ??
    parameter.valueCanonical ??
    parameter.valueCode ??
    parameter.valueId ??
    parameter.valueDateTime ??
    parameter.valueInstant ??
    parameter.valueDate ??
    parameter.valueMarkdown;
  if (value === undefined || value.length > 2_000) throw new Failure('invalid-value', { expression: at });
  return value;
}

/** A date or dateTime as the span it covers, in the practice's zone. */
export function span(input: Input, zone: string): Span {
  return dateSpan(text(input), zone, input.at);
}

/** Tokens of one input in the order of preference: `system|code`, a code, a Coding or a CodeableConcept. */
export function tokens({ parameter, at, name }: Input): Token[] {
  const codings =
    parameter.valueCoding === undefined ? parameter.valueCodeableConcept?.coding : [parameter.valueCoding];
  if (codings === undefined)
    return splitEscaped(text({ parameter, at, name }), ',').map((part) => parseToken(part, at));
  const found = codings.flatMap(({ system, code }) =>
    code === undefined ? [] : [system === undefined ? { code } : { system, code }],
  );
  if (found.length === 0) throw new Failure('invalid-value', { expression: at });
  return found;
}

/** References of one input, of one of the types given. A bare id stands for the first of them. */
export function references(input: Input, types: readonly string[], base: string): string[] {
  const { parameter, at } = input;
  const texts =
    parameter.valueReference === undefined
      ? splitEscaped(text(input), ',')
      : [parameter.valueReference.reference ?? ''];
  return texts.map((one) => referenceId(unescapeValue(one), types, base, at));
}

/** The id of a reference to one of the types on this server. @throws Failure `invalid-value` */
export function referenceId(reference: string, types: readonly string[], base: string, at: string): string {
  const local: LocalReference | undefined = parseReference(reference, base);
  if (local === undefined || (local.type !== undefined && !types.includes(local.type)))
    throw new Failure('invalid-value', {
      expression: at,
      hint: `Send a literal reference to ${types.join(' or ')} on this server.`,
    });
  return local.id;
}

export function integer({ parameter, at }: Input): number {
  const value =
    parameter.valueInteger ??
    parameter.valuePositiveInt ??
    parameter.valueUnsignedInt ??
    Number(parameter.valueString ?? Number.NaN);
  if (!Number.isInteger(value) || value < 0) throw new Failure('invalid-value', { expression: at });
  return value;
}

export function boolean({ parameter, at }: Input): boolean {
  const value = parameter.valueBoolean ?? parameter.valueString;
  if (value !== true && value !== false && value !== 'true' && value !== 'false')
    throw new Failure('invalid-value', { expression: at });
  return value === true || value === 'true';
}

/** A resource of the type given. @throws Failure `malformed-resource` */
export function resource<T extends 'Appointment' | 'Patient'>(
  { parameter, at }: Input,
  type: T,
): T extends 'Patient' ? Patient : Appointment {
  const found: Resource | undefined = parameter.resource;
  if (found?.resourceType !== type)
    throw new Failure('malformed-resource', {
      expression: at,
      hint: `Send a resource of type ${type}.`,
    });
  // The resource's type was compared in the line above; TypeScript does not carry that into the conditional type.
  return found as T extends 'Patient' ? Patient : Appointment;
}

/** The place of a resource that an input carries: a bare body is the place itself. */
export function resourcePath({ at }: Input): string {
  return at.startsWith('Parameters') ? `${at}.resource` : at;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
