/**
 * The id in a reference to a resource of this type: relative, absolute or versioned (FHIR R4 §2.3.0.1). The host of an
 * absolute one is not looked at, and nothing is ever sent there. Undefined for another type, for `#contained` ones and
 * for an actor that is only displayed.
 */
export function idIn(
  reference: { readonly reference?: string | undefined } | undefined,
  type: string,
): string | undefined {
  const match = /(?:^|\/)([A-Za-z]+)\/([A-Za-z0-9._~-]{1,128})(?:\/_history\/[A-Za-z0-9._~-]{1,64})?$/.exec(
    reference?.reference ?? '',
  );
  return match?.[1] === type ? match[2] : undefined;
}

export function idsIn(
  references: readonly ({ readonly reference?: string | undefined } | undefined)[],
  type: string,
): readonly string[] {
  return [...new Set(references.flatMap((each) => idIn(each, type) ?? []))];
}
