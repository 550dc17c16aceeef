interface Concept {
  readonly coding?:
    | readonly { readonly system?: string | undefined; readonly code?: string | undefined }[]
    | undefined;
}

/** Does one of the concepts hold the code that a token (`system|code`, `|code` or `code`) names? */
export function hasToken(concepts: readonly Concept[], token: string): boolean {
  const bar = token.lastIndexOf('|');
  const [system, code] = bar < 0 ? [undefined, token] : [token.slice(0, bar), token.slice(bar + 1)];
  return concepts.some(({ coding = [] }) =>
    coding.some((each) => each.code === code && (system === undefined || (each.system ?? '') === system)),
  );
}

/** The first code of a concept as token, where it has one. */
export function tokenOf({ coding = [] }: Concept): string | undefined {
  const first = coding.find(({ code }) => code !== undefined);
  if (first?.code === undefined) return undefined;
  return first.system === undefined ? first.code : `${first.system}|${first.code}`;
}

/** A token as a CodeableConcept. */
export function conceptOf(token: string): { coding: [{ system?: string; code: string }] } {
  const bar = token.lastIndexOf('|');
  const [system, code] =
    bar <= 0 ? [undefined, token.slice(bar + 1)] : [token.slice(0, bar), token.slice(bar + 1)];
  return { coding: [{ ...(system !== undefined && { system }), code }] };
}
