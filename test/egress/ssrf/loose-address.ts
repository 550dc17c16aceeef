import { isIP } from 'node:net';

/**
 * The address that a careless reader finds in a text: what `inet_aton` takes (1 to 4 parts, decimal, octal or
 * hexadecimal), with numbers that are too large wrapped as 32-bit arithmetic does, scopes and brackets taken off, the
 * rest after a NUL forgotten. Undefined for a name.
 */
export function readLoosely(text: string): string | undefined {
  const host = decoded(text.trim()).split('\0')[0] ?? '';
  const plain = host.replace(/^\[/, '').replace(/(?:%.*)?\]?$/, '');
  if (isIP(plain) === 6) return plain;
  const parts = plain.replace(/\.+$/, '').split('.').map(numberOf);
  const last = parts.pop();
  if (last === undefined || parts.length > 3 || [...parts, last].some(Number.isNaN)) return undefined;
  const head = parts.reduce((sum, part, index) => sum + (part % 256) * 256 ** (3 - index), 0);
  const whole = head + (last % 256 ** (4 - parts.length));
  return [24, 16, 8, 0].map((shift) => (whole / 2 ** shift) & 0xff).join('.');
}

/** The host of an address, as a pattern finds it that somebody wrote in an afternoon. */
export function hostIn(url: string): string {
  const text = url.replaceAll(/[\p{Cc}\s]/gu, '').replaceAll(/%(?:5b|5d|3a)/gi, decodeURIComponent);
  return pattern.exec(text)?.[1] ?? '';
}
const pattern = /^(?:[a-z+.-]+:)?[\\/]*(?:[^/?#]*@)?(\[[^\]]*\]|(?:[0-9a-f]*:){7}[0-9a-f]*|[^:/?#\\]*)/i;

function numberOf(part: string): number {
  if (/^0x[0-9a-f]+$/i.test(part)) return Number.parseInt(part, 16);
  if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8);
  return /^[0-9]+$/.test(part) ? Number(part) : Number.NaN;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
