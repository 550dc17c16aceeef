import { instantOf, isCalendarDate, localDateTime } from '#simulator-kit/index.ts';

/** Where the vendor's own clock hangs, wherever a department may be. */
export const EASTERN = 'America/New_York';

/** `yyyy-MM-dd` as `MM/DD/YYYY`. */
export function usDate(date: string): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return `${month}/${day}/${year}`;
}

/** Milliseconds since the epoch as `MM/DD/YYYY HH:mm:ss` on the clocks of a zone. */
export function usDateTime(at: number, zone: string): string {
  const [date = '', time = ''] = localDateTime(at, zone).split(' ');
  return `${usDate(date)} ${time}`;
}

/** `MM/DD/YYYY` as `yyyy-MM-dd`; undefined for what is no date. */
export function readUsDate(text: string): string | undefined {
  const [, month, day, year] = text.match(/^(\d{2})\/(\d{2})\/(\d{4})$/) ?? [];
  const date = `${year}-${month}-${day}`;
  return isCalendarDate(date) ? date : undefined;
}

/** `MM/DD/YYYY HH:mm:ss` of a zone as milliseconds since the epoch; undefined for what is no time. */
export function readUsDateTime(text: string, zone: string): number | undefined {
  const [, day = '', time = ''] = text.match(/^(\S+) ((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)$/) ?? [];
  const date = readUsDate(day);
  return date === undefined ? undefined : Date.parse(instantOf(`${date} ${time}`, zone));
}

/** Milliseconds since the epoch of a day and an `HH:mm` in a zone. */
export function startOf(
  { date, time }: { readonly date: string; readonly time: string },
  zone: string,
): number {
  const key = `${date} ${time} ${zone}`;
  const start = starts.get(key) ?? Date.parse(instantOf(`${date} ${time}:00`, zone));
  if (starts.size > REMEMBERED) starts.clear();
  starts.set(key, start);
  return start;
}

/** A search asks for the same few thousand over and over, and zones are slow. */
const starts = new Map<string, number>();
const REMEMBERED = 50_000;

/** Today in a zone, `yyyy-MM-dd`. */
export function dayOf(at: number, zone: string): string {
  return localDateTime(at, zone).slice(0, 10);
}

/** `HH:mm` so many minutes later on the same day. */
export function laterTime(time: string, minutes: number): string {
  const total = minutesOf(time) + minutes;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(total / 60))}:${two(total % 60)}`;
}

export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
