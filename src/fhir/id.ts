/** FHIR R4 `id`: 1 to 64 letters, digits, hyphens and full stops. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z0-9\-.]{1,64}$/.test(text);
}
