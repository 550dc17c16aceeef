import { evalFhirPath } from '@medplum/core';
import type { Coding, HumanName, Reference, Resource } from '@medplum/fhirtypes';
import { parseReference } from './reference.ts';
import type { Search } from './search.ts';
import { searchTables } from './search-parameters.ts';
import { type Token, tokenMatches } from './token.ts';

/**
 * Whether a resource of ours satisfies a search, judged by the FHIRPath of each parameter. Chains (`schedule.actor`)
 * have none and are not judged here: whoever serves the search follows them first.
 *
 * @param resource as this gateway emits it, with relative references
 */
export function matchesSearch(resource: Resource, search: Search): boolean {
  const found = (name: string): unknown[] | undefined => {
    const expression = searchTables[search.type].parameters[name]?.expression;
    return expression === undefined
      ? undefined
      : evalFhirPath(expression.replace(/^Resource\./, `${search.type}.`), resource);
  };
  const every = <T>(
    criteria: Readonly<Partial<Record<string, readonly (readonly T[])[]>>>,
    holds: (wanted: T, value: unknown) => boolean,
  ): boolean =>
    Object.entries(criteria).every(([name, all]) => {
      const values = found(name);
      return (
        values === undefined ||
        (all ?? []).every((any) => any.some((wanted) => values.some((value) => holds(wanted, value))))
      );
    });
  return (
    every(search.tokens, hasToken) &&
    every(search.strings, hasString) &&
    every(search.references, (wanted, value) => {
      const { reference } = value as Reference; // the table's expression names an element of this type
      const actual = reference === undefined ? undefined : parseReference(reference, '');
      return (
        actual !== undefined &&
        actual.id === wanted.id &&
        (wanted.type === undefined || wanted.type === actual.type)
      );
    }) &&
    Object.entries(search.windows).every(([name, window]) => {
      const values = found(name);
      return values === undefined || values.some((value) => within(Date.parse(String(value)), window ?? {}));
    })
  );
}

function hasToken(wanted: Token, value: unknown): boolean {
  if (typeof value === 'boolean')
    return tokenMatches(wanted, {
      system: wanted.system ?? '',
      code: String(value),
    });
  // A code carries its system by its binding, so whatever system was asked for is taken as meant.
  if (typeof value === 'string') return tokenMatches(wanted, { system: wanted.system ?? '', code: value });
  const { coding } = value as { coding?: Coding[] }; // the table's expression names a CodeableConcept
  return (coding ?? []).some((one) => tokenMatches(wanted, one));
}

/** FHIR R4 §3.1.1.4.8: starts with, without regard to case and accents; of a name, any of its parts. */
function hasString(wanted: string, value: unknown): boolean {
  const parts = typeof value === 'string' ? [value, ...value.split(' ')] : nameParts(value as HumanName); // see the table
  return parts.some((part) => plain(part).startsWith(plain(wanted)));
}

function nameParts({ text, family, given, prefix, suffix }: HumanName): string[] {
  const parts = [text, family, ...(given ?? []), ...(prefix ?? []), ...(suffix ?? [])].filter(
    (part) => part !== undefined,
  );
  return [...parts, ...parts.flatMap((part) => part.split(' ')), [...(given ?? []), family].join(' ')];
}

function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().trim();
}

function within(at: number, { from, to }: { readonly from?: string; readonly to?: string }): boolean {
  return (from === undefined || at >= Date.parse(from)) && (to === undefined || at < Date.parse(to));
}
