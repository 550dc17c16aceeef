import { Temporal } from 'temporal-polyfill';

/**
 * Wall clocks of an office. Local times are `yyyy-MM-dd HH:mm:ss`, local dates `yyyy-MM-dd`, zones IANA names, instants
 * ISO 8601 with an offset.
 */
export function localDateTime(at: number | string, zone: string): string {
  const instant =
    typeof at === 'number' ? Temporal.Instant.fromEpochMilliseconds(at) : Temporal.Instant.from(at);
  return instant
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'second' })
    .replace('T', ' ');
}

/**
 * The instant of a local time, with its offset. A time that happens twice is the earlier one; a time that a change of
 * clocks leaves out is moved on by the length of the gap, as calendars do.
 */
export function instantOf(local: string, zone: string): string {
  const zoned = Temporal.PlainDateTime.from(local.replace(' ', 'T')).toZonedDateTime(zone);
  return zoned.toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

/** `minutes` of elapsed time later, in the zone's offset of that moment. */
export function instantAfter(instant: string, minutes: number, zone: string): string {
  const zoned = Temporal.Instant.from(instant).add({ minutes }).toZonedDateTimeISO(zone);
  return zoned.toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** 1 Monday … 7 Sunday. */
export function dayOfWeek(date: string): number {
  return Temporal.PlainDate.from(date).dayOfWeek;
}

/** Days since 1970-01-01. */
export function epochDay(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / 86_400_000);
}

export function dateOfEpochDay(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/** True for a date that exists in the calendar, e.g. not for 2027-02-29. */
export function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
