import type { ElementDefinition, StructureDefinition } from '@medplum/fhirtypes';

/**
 * A profile with the snapshot that its differential gives on its base: base elements in order, each overlaid by the
 * element of the same id; elements of a data type (`Bundle.entry.search.mode` is the base's own, `Extension.value[x]`
 * too) must be in the base, since ours need none deeper: rules below a data type are FHIRPath constraints.
 */
export function withSnapshot(
  profile: StructureDefinition,
  bases: ReadonlyMap<string, StructureDefinition>,
): StructureDefinition {
  const base = bases.get(profile.type);
  if (base?.snapshot === undefined) throw new Error(`${profile.id}: there is no base ${profile.type}.`);
  const overlays = new Map(
    (profile.differential?.element ?? []).map((element) => [element.id ?? element.path, element]),
  );
  const element = base.snapshot.element.map((inherited) => {
    const overlay = overlays.get(inherited.id ?? inherited.path);
    overlays.delete(inherited.id ?? inherited.path);
    return merged(inherited, overlay);
  });
  if (overlays.size > 0)
    throw new Error(`${profile.id}: not in the base: ${[...overlays.keys()].join(', ')}.`);
  const { snapshot: _old, differential, ...head } = profile;
  return {
    ...head,
    snapshot: { element },
    ...(differential !== undefined && { differential }),
  };
}

function merged(inherited: ElementDefinition, overlay: ElementDefinition | undefined): ElementDefinition {
  // Long prose and mappings stay in the base definition: 9 of 10 bytes, and no validator reads them.
  const {
    definition,
    comment,
    requirements,
    alias,
    mapping,
    example,
    meaningWhenMissing,
    isModifierReason,
    ...kept
  } = inherited;
  const constraint = [
    ...(kept.constraint ?? []).map(({ xpath, ...rule }) => rule),
    ...(overlay?.constraint ?? []),
  ];
  return {
    ...kept,
    definition: kept.short ?? definition ?? kept.path,
    ...overlay,
    ...(kept.isModifier === true && isModifierReason !== undefined && { isModifierReason }),
    ...(constraint.length > 0 && { constraint }),
  };
}
