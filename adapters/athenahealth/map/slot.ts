import { type Interval, type Opening, toInstantWithOffset } from '#adapter-kit/index.ts';
import type { VisitType } from '../settings.ts';
import type { OpenSlotRow } from '../wire.ts';
import { slotInstant } from './clock.ts';
import type { DepartmentZones } from './department-zone.ts';
import { claimOf, vendorKeyOf } from './vendor-key.ts';

/** Slots that were found for one visit type. */
export interface Found {
  readonly visit: VisitType;
  readonly rows: readonly OpenSlotRow[];
}

export interface SlotQuery {
  readonly window: Interval;
  readonly minutes: number;
  readonly now: number;
}

/**
 * The openings among slots, earliest first. Several slots of one provider at one time are several openings: templates
 * double-book on purpose. A slot that several visit types found is offered once, for the first of them. One whose time the
 * clock of its department does not name exactly once is left out.
 *
 */
export function toOpenings(
  found: readonly Found[],
  zones: DepartmentZones,
  { window, minutes, now }: SlotQuery,
): readonly Opening[] {
  const offered = new Map<string, Opening & { readonly at: number }>();
  for (const { visit, rows } of found) {
    const timed = rows.flatMap((row) => timedSlot(row, zones));
    for (const slot of timed) {
      const { row, at, end, zone, provider } = slot;
      const isWanted = at >= window.from && at < window.to && at >= now;
      // Another length than was asked for: the practice has told us a wrong one, or athenaOne tells the slot's own.
      if (!isWanted || row.duration !== minutes || row.frozen === true) continue;
      if (offered.has(row.appointmentid)) continue;
      offered.set(row.appointmentid, {
        at,
        vendorKey: vendorKeyOf({
          appointment: row.appointmentid,
          department: row.departmentid,
          provider,
          visit,
        }),
        start: toInstantWithOffset(at, zone),
        end: toInstantWithOffset(end, zone),
        minutes,
        practitioner: provider,
        location: row.departmentid,
        claims: claimsOf(slot, timed),
      });
    }
  }
  return [...offered.values()]
    .sort((a, b) => a.at - b.at || compareKeys(a.vendorKey, b.vendorKey))
    .map(({ at: _, ...opening }) => opening);
}

interface TimedSlot {
  readonly row: OpenSlotRow;
  readonly at: number;
  readonly end: number;
  readonly zone: string;
  readonly provider: string;
}

function timedSlot(row: OpenSlotRow, zones: DepartmentZones): readonly TimedSlot[] {
  const zone = zones.of(row.departmentid);
  const at = zone === undefined ? undefined : slotInstant(row.date, row.starttime, zone);
  if (zone === undefined || at === undefined || row.providerid === undefined) return [];
  return [{ row, at, end: at + row.duration * 60_000, zone, provider: row.providerid }];
}

/**
 * The slot itself, and the slots that a visit longer than it would take besides: athenaOne names the first one alone, so
 * these are all that begin within it, of the same provider in the same department. The last of them may not be known,
 * where nothing so long can begin in it; then the first who writes has it.
 */
function claimsOf(slot: TimedSlot, all: readonly TimedSlot[]): readonly string[] {
  const within = all.filter(
    (other) =>
      other.provider === slot.provider &&
      other.row.departmentid === slot.row.departmentid &&
      slot.at < other.at &&
      other.at < slot.end,
  );
  return [...new Set([slot, ...within].map(({ row }) => claimOf(row.appointmentid)))].sort();
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
