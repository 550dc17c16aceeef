import type { HistoryRow } from '../wire.ts';

/** Does the newest entry about breaking the visit say that the patient did not come? */
export function wasMissed(rows: readonly HistoryRow[]): boolean {
  const breaks = rows.filter(
    ({ HistApptAction }) => HistApptAction === 'Missed' || HistApptAction === 'Cancelled',
  );
  const newest = breaks.toSorted(
    (a, b) => a.HistDateTStamp.localeCompare(b.HistDateTStamp) || a.HistApptNum - b.HistApptNum,
  );
  return newest.at(-1)?.HistApptAction === 'Missed';
}
