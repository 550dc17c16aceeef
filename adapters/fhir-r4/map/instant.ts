import { parseInstant, toInstantWithOffset } from '#adapter-kit/index.ts';

/**
 * Milliseconds of a FHIR `instant` (FHIR R4 §2.24.0.1): seconds and an offset of at most fourteen hours. Undefined for
 * anything else; a time of which nobody knows where it is has no moment.
 */
export function readInstant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const offset = /[+-](\d{2}):(\d{2})$/.exec(text);
  if (offset !== null && Number(offset[1]) * 60 + Number(offset[2]) > 14 * 60) return undefined;
  return parseInstant(text);
}

/** `2031-03-04T16:30:00Z`: what every server understands. Parts of a second go to the side that is asked for. */
export function utc(instant: number | string, part: 'down' | 'up' = 'down'): string {
  const at = typeof instant === 'string' ? (readInstant(instant) ?? Number.NaN) : instant;
  const whole = (part === 'down' ? Math.floor : Math.ceil)(at / 1_000) * 1_000;
  return toInstantWithOffset(whole, 'UTC').replace('+00:00', 'Z');
}
