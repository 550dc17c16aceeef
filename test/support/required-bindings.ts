import { readdirSync, readFileSync } from 'node:fs';
import type { CodeSystem, CodeSystemConcept, ValueSet } from '@medplum/fhirtypes';
import { codeSystems, valueSets } from './fhir-definitions.ts';

/**
 * The codes of a value set, or undefined when they cannot be listed here (languages, MIME types, currencies: systems
 * that FHIR R4 names and does not contain).
 *
 * @param url canonical, with or without a version
 */
export function codesOf(url: string): ReadonlySet<string> | undefined {
  const canonical = url.split('|')[0] ?? url;
  const known = listed.get(canonical);
  if (known !== undefined || listed.has(canonical)) return known;
  const set = ownOr('ValueSet', canonical, valueSets());
  const codes = set === undefined ? undefined : expand(set);
  listed.set(canonical, codes);
  return codes;
}

const listed = new Map<string, ReadonlySet<string> | undefined>();

function expand(set: ValueSet): ReadonlySet<string> | undefined {
  const codes = new Set<string>();
  for (const { system, concept, filter, valueSet } of set.compose?.include ?? []) {
    if (filter !== undefined) return undefined;
    for (const inner of valueSet ?? []) {
      const more = codesOf(inner);
      if (more === undefined) return undefined;
      for (const code of more) codes.add(code);
    }
    if (concept !== undefined) for (const { code } of concept) if (code !== undefined) codes.add(code);
    if (concept !== undefined || system === undefined) continue;
    const all = ownOr('CodeSystem', system, codeSystems());
    if (all?.content !== 'complete') return undefined;
    addConcepts(codes, all.concept ?? []);
  }
  return codes;
}

function addConcepts(codes: Set<string>, concepts: readonly CodeSystemConcept[]): void {
  for (const { code, concept } of concepts) {
    if (code !== undefined) codes.add(code);
    addConcepts(codes, concept ?? []);
  }
}

function ownOr<T extends CodeSystem | ValueSet>(
  type: T['resourceType'],
  url: string,
  base: ReadonlyMap<string, T>,
): T | undefined {
  return ownResources<T>(type).find((one) => one.url === url) ?? base.get(url);
}

/** What `fhir-profiles/` has of one type. */
export function ownResources<T extends { resourceType: string }>(type: T['resourceType']): readonly T[] {
  const folder = new URL('../../fhir-profiles/', import.meta.url);
  let found = own.get(type);
  if (found === undefined) {
    found = readdirSync(folder)
      .filter((file) => file.startsWith(`${type}-`))
      .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as unknown);
    own.set(type, found);
  }
  return found as T[]; // files are named by their type, and the validation test proves it
}

const own = new Map<string, readonly unknown[]>();
