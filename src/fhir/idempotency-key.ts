import { Failure } from '#domain/failure.ts';

/**
 * Reads `Idempotency-Key`: a structured-field string (`"abc"`, RFC 9651 §3.3.3, as the IETF HTTPAPI draft has it) or
 * the same without quotes; 1 to 255 printable ASCII characters. Both spellings of one key are one key.
 *
 * @returns undefined when there is no header
 * @throws Failure `invalid-value`
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(text)?.[1];
  const key = quoted === undefined ? text : quoted.replaceAll(/\\(["\\])/g, '$1');
  const plain = quoted !== undefined || /^[\x21\x23-\x2b\x2d-\x7e]+$/.test(text);
  if (!plain || key === '' || key.length > 255)
    throw new Failure('invalid-value', {
      expression: 'Idempotency-Key',
      hint: 'Send 1 to 255 printable characters, for example a UUID.',
    });
  return key;
}
