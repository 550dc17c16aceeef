/**
 * FHIR R4 string search: without regard to case, accents and the amount of white space, a value matches where the text
 * starts with it; `exact` wants the whole text folded likewise, `same` (the modifier `:exact`) every character.
 */
export function matchesText(text: string, value: string, how: 'starts-with' | 'exact' | 'same'): boolean {
  if (how === 'same') return text === value;
  return how === 'exact' ? fold(text) === fold(value) : fold(text).startsWith(fold(value));
}

export function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll(/\s+/g, ' ').trim().toLowerCase();
}
