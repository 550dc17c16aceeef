import { Failure } from '#domain/failure.ts';

/**
 * A token to search by (FHIR R4 §3.1.1.4.10): `code` alone matches any system, `system: ''` (written `|code`) a coding
 * without one, a system without a code (written `system|`) all its codes.
 */
export interface Token {
  readonly system?: string;
  readonly code?: string;
}

/** @throws Failure `invalid-value`, naming `expression` */
export function parseToken(text: string, expression: string): Token {
  const parts = splitEscaped(text, '|').map(unescapeValue);
  const [first, second] = parts;
  if (
    parts.length > 2 ||
    first === undefined ||
    parts.some((part) => part.length > 200) ||
    parts.every((part) => part === '')
  )
    throw new Failure('invalid-value', {
      expression,
      hint: 'A token is written code or system|code.',
    });
  if (second === undefined) return { code: first };
  return second === '' ? { system: first } : { system: first, code: second };
}

export function tokenMatches(
  token: Token,
  coding: { readonly system?: string; readonly code?: string },
): boolean {
  if (token.code !== undefined && token.code !== coding.code) return false;
  return token.system === undefined || token.system === (coding.system ?? '');
}

/** Splits at a separator that no backslash precedes; escapes stay in the parts (FHIR R4 §3.1.1.4.0.1). */
export function splitEscaped(text: string, separator: ',' | '|'): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at += 1) {
    const last = parts.length - 1;
    if (text[at] === '\\' && at + 1 < text.length) {
      parts[last] += text.slice(at, at + 2);
      at += 1;
    } else if (text[at] === separator) parts.push('');
    else parts[last] += text.charAt(at);
  }
  return parts;
}

/** Takes the backslash from `\,` `\|` `\$` and `\\`. */
export function unescapeValue(text: string): string {
  return text.replaceAll(/\\([,|$\\])/g, '$1');
}
