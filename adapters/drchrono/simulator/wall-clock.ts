import { dayOfWeek, epochDay, localDateTime } from '#simulator-kit/index.ts';

/** Local times without a zone, `yyyy-MM-ddTHH:mm:ss`: the only ones that this API knows. */
export function wallTimeAt(at: number, zone: string): string {
  return localDateTime(at, zone).replace(' ', 'T');
}

/** Minutes of the wall clock, to compare and to add; no instant. */
export function minutesOf(wallTime: string): number {
  return Date.parse(`${wallTime}Z`) / 60_000;
}

export function wallTimeOf(minutes: number): string {
  return new Date(minutes * 60_000).toISOString().slice(0, 19);
}

/** 0 Monday … 6 Sunday. */
export function weekDayOf(date: string): number {
  return dayOfWeek(date) - 1;
}

export const WEEK_DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** Whole weeks between the Mondays before two dates. */
export function weeksBetween(first: string, second: string): number {
  return (epochDay(second) - weekDayOf(second) - epochDay(first) + weekDayOf(first)) / 7;
}

/** A stretch of wall-clock minutes, its end not included. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Touching ends do not overlap. */
export function overlaps(one: Stretch, other: Stretch): boolean {
  return one.start < other.end && other.start < one.end;
}
