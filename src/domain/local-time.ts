import { Temporal } from 'temporal-polyfill';
import { Failure } from './failure.ts';

/**
 * Between the wall clock of a practice and the instants of everybody else. Local times are texts without an offset,
 * instants are milliseconds since the epoch; nothing here passes through `Date`, which would use the machine's zone.
 */

/** Is `zone` a name of the IANA time zone database, spelled as there? Offsets such as `+02:00` are not. */
export function isIanaZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(zone)) return false;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId === zone;
  } catch {
    return false;
  }
}

/** Is `text` yyyy-MM-dd and a day of the calendar? `2027-02-29` is not, nor are the years before 1900. */
export function isLocalDate(text: string): boolean {
  if (!/^(19|[2-9]\d)\d{2}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text;
  } catch {
    return false;
  }
}

const instantForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Milliseconds of a FHIR R4 `instant` (RFC 3339 with seconds and offset), or undefined when it is none. */
export function parseInstant(text: string): number | undefined {
  if (!instantForm.test(text) || !isLocalDate(text.slice(0, 10)) || text.slice(11, 13) > '23')
    return undefined;
  // ISO 8601 knows a sixtieth second, Temporal reads it as the fifty-ninth: two texts for one moment, so neither.
  if (text.slice(17, 19) > '59') return undefined;
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** As {@link parseInstant}. @throws Failure `invalid-date` when the text is no instant */
export function instantOf(text: string): number {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Failure('invalid-date');
  return instant;
}

const localForm = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(:\d{2})?)$/;

/**
 * The instant of a wall-clock time, `yyyy-MM-dd HH:mm:ss` or with `T`. A time that the clocks skip has none:
 * undefined. A time that they show twice is the earlier one. Undefined too when the text is not a local time.
 */
export function localToInstant(local: string, zone: string): number | undefined {
  const plain = parseLocal(local);
  if (plain === undefined) return undefined;
  const zoned = plain.toZonedDateTime(zone, { disambiguation: 'earlier' });
  return zoned.toPlainDateTime().equals(plain) ? zoned.epochMilliseconds : undefined;
}

/**
 * As {@link localToInstant}, for the edge of opening hours: a skipped time stands for the moment at which the clocks
 * go on, because hours from 02:30 on such a day begin at 03:00.
 */
export function localEdgeToInstant(local: string, zone: string): number | undefined {
  const exact = localToInstant(local, zone);
  if (exact !== undefined) return exact;
  const before = parseLocal(local)?.toZonedDateTime(zone, {
    disambiguation: 'earlier',
  });
  return before?.getTimeZoneTransition('next')?.epochMilliseconds;
}

/** `yyyy-MM-ddTHH:mm:ss` on the wall of `zone`. */
export function instantToLocal(instant: number, zone: string): string {
  return zoned(instant, zone).toPlainDateTime().toString({ smallestUnit: 'second' });
}

/** `yyyy-MM-dd` on the wall of `zone`. */
export function instantToLocalDate(instant: number, zone: string): string {
  return zoned(instant, zone).toPlainDate().toString();
}

/** ISO 8601 with the offset of `zone` at that moment, `2031-03-04T10:30:00-06:00`; a FHIR R4 `instant`. */
export function toInstantWithOffset(instant: number | string, zone: string): string {
  const moment = typeof instant === 'string' ? parseInstant(instant) : instant;
  if (moment === undefined) throw new RangeError('Not an instant.');
  return zoned(moment, zone).toString({
    smallestUnit: 'second',
    timeZoneName: 'never',
  });
}

/** Every local date that has a moment in `from ≤ t < to`, in order. */
export function localDatesIn(from: number, to: number, zone: string): readonly string[] {
  if (from >= to) return [];
  const last = zoned(to - 1, zone).toPlainDate();
  const dates: string[] = [];
  for (
    let date = zoned(from, zone).toPlainDate();
    Temporal.PlainDate.compare(date, last) <= 0;
    date = date.add({ days: 1 })
  )
    dates.push(date.toString());
  return dates;
}

/** The whole of a local day, 23 to 25 hours where the clocks change. */
export function localDay(date: string, zone: string): { readonly from: number; readonly to: number } {
  const day = Temporal.PlainDate.from(date);
  return {
    from: day.toZonedDateTime(zone).epochMilliseconds,
    to: day.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds,
  };
}

/** yyyy-MM-dd, `days` later (earlier when negative). */
export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** The moments in `from < t ≤ to` at which the clocks of `zone` change, in order. */
export function clockChangesIn(from: number, to: number, zone: string): readonly number[] {
  const changes: number[] = [];
  let next = zoned(from, zone).getTimeZoneTransition('next');
  while (next !== null && next.epochMilliseconds <= to) {
    changes.push(next.epochMilliseconds);
    next = next.getTimeZoneTransition('next');
  }
  return changes;
}

function zoned(instant: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}

function parseLocal(local: string): Temporal.PlainDateTime | undefined {
  const [, date, time, seconds] = localForm.exec(local) ?? [];
  if (date === undefined || time === undefined || !isLocalDate(date)) return undefined;
  try {
    const text = `${date}T${time}${seconds === undefined ? ':00' : ''}`;
    const plain = Temporal.PlainDateTime.from(text, { overflow: 'reject' });
    return plain.toString({ smallestUnit: 'second' }) === text ? plain : undefined;
  } catch {
    return undefined;
  }
}
