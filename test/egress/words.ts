/** The words of a text, so that a long list reads as a paragraph. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
