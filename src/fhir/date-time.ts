import { Temporal } from 'temporal-polyfill';
import { Failure } from '#domain/failure.ts';

/** Half-open span of time, milliseconds since the epoch: from ≤ t < to. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The span that a FHIR date or dateTime covers (FHIR R4 §3.1.1.4.5): a year, month or day is that local period in
 * `zone`; a time covers its last given digit and needs an offset. `+` that a form decoder made a space is repaired.
 * The calendar is strict: 2027-02-29 does not exist.
 *
 * @param zone IANA zone of the practice
 * @throws Failure `invalid-date`, naming `expression`
 */
export function dateSpan(text: string, zone: string, expression: string): Span {
  const match = grammar.exec(text.replace(/(T.*) (\d\d:\d\d)$/, '$1+$2'));
  const refuse = (hint?: string) =>
    new Failure('invalid-date', {
      expression,
      ...(hint !== undefined && { hint }),
    });
  if (match?.groups === undefined) throw refuse();
  const { year, month, day, hour, minute, second, fraction, offset } = match.groups;
  const y = Number(year);
  if (y < 1900 || y > 9998) throw refuse();
  const m = month === undefined ? 1 : Number(month);
  const d = day === undefined ? 1 : Number(day);
  if (m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m))
    throw refuse('There is no such day in the calendar.');
  if (hour === undefined) return localPeriod(text, zone, { year: y, month: m, day: d });
  if (offset === undefined)
    throw refuse('A time needs its offset, for example -06:00 or Z. In a URL, + is written %2B.');
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) throw refuse();
  const shift = offsetMilliseconds(offset);
  if (shift === undefined) throw refuse();
  const millis = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
  const from = Date.UTC(y, m - 1, d, Number(hour), Number(minute), Number(second ?? 0), millis) - shift;
  return {
    from,
    to: from + (second === undefined ? 60_000 : fraction === undefined ? 1_000 : 1),
  };
}

/**
 * An instant as it goes on the wire: whole seconds with the practice's own offset, e.g. `2027-03-04T10:30:00-06:00`.
 * The same as the domain's `toInstantWithOffset`, for pages of openings: offsets are remembered, 2 µs instead of 20.
 *
 * @param at ISO 8601 instant with offset or `Z`, or milliseconds since the epoch
 * @param zone IANA zone of the practice
 */
export function localInstant(at: string | number, zone: string): string {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  const offset = offsetMinutes(Math.floor(ms / quarter), zone);
  const local = new Date(ms + offset * 60_000).toISOString().slice(0, 19);
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0');
  const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
}

/** `2027-03-04T16:30:00Z`: the instant in UTC, milliseconds only where there are some. */
export function utcInstant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

const grammar =
  /^(?<year>\d{4})(?:-(?<month>\d\d)(?:-(?<day>\d\d)(?:T(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?)?(?<offset>Z|[+-]\d\d:\d\d)?)?)?)?$/;

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const periods = new Map<string, Span>();

/** A year, month or day (4, 7 or 10 characters of `text`) in the zone; remembered, because searches ask for the same days. */
function localPeriod(
  text: string,
  zone: string,
  date: { readonly year: number; readonly month: number; readonly day: number },
): Span {
  const key = `${text} ${zone}`;
  const before = periods.get(key);
  if (before) return before;
  const first = Temporal.PlainDate.from(date);
  const after = first.add(text.length === 4 ? { years: 1 } : text.length === 7 ? { months: 1 } : { days: 1 });
  const span = { from: localMidnight(first, zone), to: localMidnight(after, zone) };
  if (periods.size > 5_000) periods.clear();
  periods.set(key, span);
  return span;
}

function localMidnight(date: Temporal.PlainDate, zone: string): number {
  return date.toZonedDateTime(zone).epochMilliseconds;
}

/** FHIR R4 `instant`: up to ±13:59, or exactly ±14:00. */
function offsetMilliseconds(offset: string): number | undefined {
  if (offset === 'Z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4, 6));
  if (minutes > 59 || hours > 14 || (hours === 14 && minutes > 0)) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

const quarter = 900_000;
const known = new Map<string, Map<number, number>>();

/** Zones change their offset at a quarter of an hour of UTC at the finest, so one answer serves the whole quarter. */
function offsetMinutes(quarterOfHour: number, zone: string): number {
  let offsets = known.get(zone);
  if (offsets === undefined) {
    if (known.size > 500) known.clear();
    offsets = new Map();
    known.set(zone, offsets);
  }
  let offset = offsets.get(quarterOfHour);
  if (offset === undefined) {
    if (offsets.size > 20_000) offsets.clear();
    const zoned = Temporal.Instant.fromEpochMilliseconds(quarterOfHour * quarter).toZonedDateTimeISO(zone);
    offset = Math.round(zoned.offsetNanoseconds / 60e9);
    offsets.set(quarterOfHour, offset);
  }
  return offset;
}
