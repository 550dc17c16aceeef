import { addDays } from '#simulator-kit/index.ts';
import { occupies, wallClock, wallSpan } from '../appointment-book.ts';
import type { OfficePlan } from '../office-plan.ts';
import type { DentalScene } from '../tables.ts';
import { type ScheduleRow, schedulesOn } from '../weekly-schedule.ts';

/**
 * Open windows as the vendor's own query finds them, with its blind spots: blockouts and holidays do not count, other
 * providers' visits in the same chair do not block, and broken visits and notes do.
 */
export function openWindows(plan: OfficePlan, scene: DentalScene, query: SlotQuery): readonly Window[] {
  const busy = scene.db
    .table('appointments')
    .all()
    .filter((row) => occupies(row) && (row.ProvNum === query.provider || row.ProvHyg === query.provider))
    .map(wallSpan)
    .sort(([a], [b]) => a - b);
  const windows: Window[] = [];
  for (let date = query.from; date <= query.to; date = addDays(date, 1)) {
    for (const shift of schedulesOn(plan, date)) {
      if (shift.SchedType !== 'Provider' || shift.ProvNum !== query.provider) continue;
      if (query.operatory !== undefined && !shift.operatories.includes(query.operatory)) continue;
      for (const [from, to] of gaps(shift, busy)) {
        if (to - from < Math.max(query.minutes, 5) * 60_000) continue;
        windows.push({
          DateTimeStart: text(from),
          DateTimeEnd: text(to),
          ProvNum: query.provider,
          OpNum: query.operatory ?? usualChair(plan, query.provider, shift),
        });
      }
    }
  }
  return windows;
}

export interface SlotQuery {
  /** Local dates, inclusive. */
  readonly from: string;
  readonly to: string;
  readonly provider: number;
  readonly operatory: number | undefined;
  readonly minutes: number;
}
interface Window {
  readonly DateTimeStart: string;
  readonly DateTimeEnd: string;
  readonly ProvNum: number;
  readonly OpNum: number;
}

function gaps(shift: ScheduleRow, busy: readonly (readonly [number, number])[]): [number, number][] {
  const found: [number, number][] = [];
  let from = wallClock(`${shift.SchedDate} ${shift.StartTime}`);
  const end = wallClock(`${shift.SchedDate} ${shift.StopTime}`);
  for (const [start, stop] of busy) {
    if (stop <= from || start >= end) continue;
    if (start > from) found.push([from, start]);
    from = Math.max(from, stop);
  }
  if (from < end) found.push([from, end]);
  return found;
}

function usualChair(plan: OfficePlan, provider: number, shift: ScheduleRow): number {
  const own = plan.operatories.find(
    (chair) => chair.ProvDentist === provider || chair.ProvHygienist === provider,
  );
  return own?.OperatoryNum ?? shift.operatories[0] ?? 0;
}

function text(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19).replace('T', ' ');
}
