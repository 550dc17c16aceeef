import type { ElementDefinition, StructureDefinition } from '@medplum/fhirtypes';
import { structureDefinitions } from './fhir-definitions.ts';

/**
 * FHIR R4 definitions of some resources and of every data type they are made of, cut down to what @medplum/core needs
 * to check the shape of a body: names, types and cardinalities. No invariants, no prose.
 */
export function baseDefinitions(resources: readonly string[]): StructureDefinition[] {
  const base = structureDefinitions();
  const wanted = [...resources];
  for (const name of wanted)
    for (const element of base.get(name)?.snapshot?.element ?? [])
      for (const { code } of element.type ?? [])
        if (base.has(code) && !wanted.includes(code)) wanted.push(code);
  return wanted.map((name) => {
    const definition = base.get(name);
    if (definition?.snapshot === undefined) throw new Error(`FHIR R4 has no ${name}.`);
    const { resourceType, url, status, kind, abstract, type } = definition;
    return {
      resourceType,
      url,
      name,
      status,
      kind,
      abstract,
      type,
      snapshot: { element: definition.snapshot.element.map(slimElement) },
    };
  });
}

function slimElement({
  id,
  path,
  min,
  max,
  base,
  type,
  contentReference,
}: ElementDefinition): ElementDefinition {
  return {
    ...(id !== undefined && { id }),
    path,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(base !== undefined && { base }),
    ...(contentReference !== undefined && { contentReference }),
    ...(type !== undefined && {
      type: type.map(({ code, extension }) => ({
        code,
        ...(extension && { extension }),
      })),
    }),
  };
}
