import { addDays, instantOf, isCalendarDate } from '#simulator-kit/index.ts';

/** Which instants a date parameter means: a test, and the widest range in which it can hold. */
export interface DateTest {
  /** Milliseconds since the epoch. */
  readonly fits: (at: number) => boolean;
  readonly from: number;
  readonly to: number;
}

/**
 * `ge2027-06-02T08:00:00-08:00`, `2027-06` … (FHIR R4 search, date). A value means all of its precision; without an
 * offset it is the clinic's own time. Undefined for what is no date, and for the prefix `ap`.
 */
export function dateTest(text: string, timeZone: string): DateTest | undefined {
  const [, prefix = 'eq', value = ''] = text.match(/^(eq|ne|gt|lt|ge|le|sa|eb)?(\d.*)$/) ?? [];
  const range = rangeOf(value, timeZone);
  if (range === undefined) return undefined;
  const { from, to } = range;
  switch (prefix) {
    case 'eq':
      return { from, to, fits: (at) => at >= from && at < to };
    case 'ne':
      return { ...always, fits: (at) => at < from || at >= to };
    case 'ge':
      return { from, to: Number.POSITIVE_INFINITY, fits: (at) => at >= from };
    case 'le':
      return { from: Number.NEGATIVE_INFINITY, to, fits: (at) => at < to };
    case 'gt':
    case 'sa':
      return { from: to, to: Number.POSITIVE_INFINITY, fits: (at) => at >= to };
    default:
      return { from: Number.NEGATIVE_INFINITY, to: from, fits: (at) => at < from };
  }
}

const always = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

const VALUE =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?)?$/;

function rangeOf(
  value: string,
  timeZone: string,
): { readonly from: number; readonly to: number } | undefined {
  const [, year, month, day, hour, minute, second, fraction, offset] = value.match(VALUE) ?? [];
  const date = `${year}-${month ?? '01'}-${day ?? '01'}`;
  if (year === undefined || !isCalendarDate(date)) return undefined;
  const midnight = (of: string): number => Date.parse(instantOf(`${of} 00:00:00`, timeZone));
  if (hour === undefined) {
    const next =
      day !== undefined ? addDays(date, 1) : month !== undefined ? nextMonth(date) : nextYear(date);
    return { from: midnight(date), to: midnight(next) };
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return undefined;
  const time = `${hour}:${minute}:${second ?? '00'}`;
  const whole =
    offset === undefined
      ? Date.parse(instantOf(`${date} ${time}`, timeZone))
      : Date.parse(`${date}T${time}${offset}`);
  const from = whole + (fraction === undefined ? 0 : Math.floor(Number(fraction) * 1_000));
  // An instant has no width.
  const width = second === undefined ? 60_000 : fraction === undefined ? 1_000 : 1;
  return { from, to: from + width };
}

function nextMonth(date: string): string {
  return `${addDays(`${date.slice(0, 7)}-28`, 4).slice(0, 7)}-01`;
}

function nextYear(date: string): string {
  return `${String(Number(date.slice(0, 4)) + 1).padStart(4, '0')}-01-01`;
}
