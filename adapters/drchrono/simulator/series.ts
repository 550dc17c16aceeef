import { addDays, dateOfEpochDay, epochDay } from '#simulator-kit/index.ts';
import type { Appointment } from './tables.ts';
import { weekDayOf, weeksBetween } from './wall-clock.ts';

/** Instances of a series from one date to another that are no rows yet; the row of the series is itself the first. */
export function virtualInstances(row: Appointment, from: string, to: string): Appointment[] {
  const { series } = row;
  if (series === null || row.deleted) return [];
  const first = [from, series.from].sort().at(-1) ?? from;
  const last = [to, series.to].sort()[0] ?? to;
  const found: Appointment[] = [];
  for (let day = epochDay(first); day <= epochDay(last); day++) {
    const instance = virtualInstance(row, dateOfEpochDay(day));
    if (instance !== undefined) found.push(instance);
  }
  return found;
}

/** The instance of one date, or undefined when the series has none there. */
export function virtualInstance(row: Appointment, date: string): Appointment | undefined {
  const { series } = row;
  if (series === null || row.deleted || date < series.from || date > series.to) return undefined;
  if (date === row.scheduledTime.slice(0, 10) || series.without.includes(date)) return undefined;
  if (!series.weekDays.includes(weekDayOf(date))) return undefined;
  if (weeksBetween(series.from, date) % series.everyWeeks !== 0) return undefined;
  return {
    ...row,
    id: `${date}_${row.id}`,
    scheduledTime: `${date}${row.scheduledTime.slice(10)}`,
    series: null,
    instanceOf: { base: row.id, date },
  };
}

export function isVirtual({ id }: Pick<Appointment, 'id'>): boolean {
  return id.includes('_');
}

/** `2026-03-09_404511987` in its parts. */
export function readVirtualId(id: string): { readonly date: string; readonly base: string } | undefined {
  const [, date, base] = id.match(/^(\d{4}-\d{2}-\d{2})_(\d+)$/) ?? [];
  return date === undefined || base === undefined ? undefined : { date, base };
}

/** A year after the first day. */
export function yearAfter(date: string): string {
  return addDays(date, 365);
}
