/**
 * FHIR R4 string search: without regard to case, accents and the amount of white space, a value matches where the text
 * starts with it; `exact` wants every character.
 */
export function matchesText(text: string, value: string, exact: boolean): boolean {
  return exact ? text === value : fold(text).startsWith(fold(value));
}

export function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll(/\s+/g, ' ').trim().toLowerCase();
}
