import { instantToLocal } from '#adapter-kit/index.ts';
import type { DepartmentRow } from '../wire.ts';

/** The clock of a department. Its address tells nothing about it, and its offsets are right for today alone. */
export interface DepartmentZones {
  /** IANA zone, or undefined where it is not known. */
  of(department: string): string | undefined;
}

/**
 * A department's zone is what it says by name (`America/Los_Angeles`, or an alias such as `US/Pacific`). One that says no
 * name has the practice's own zone if its three numbers fit it: hours from Greenwich today and in winter, and whether the
 * clocks change. Any other has none that we know, and no time of it is told.
 *
 * @param practiceZone IANA zone of the connection
 */
export function departmentZones(
  rows: readonly DepartmentRow[],
  practiceZone: string,
  now: number,
): DepartmentZones {
  const zones = new Map(rows.map((row) => [row.departmentid, zoneOf(row, practiceZone, now)]));
  return { of: (department) => zones.get(department) };
}

function zoneOf(row: DepartmentRow, practiceZone: string, now: number): string | undefined {
  if (row.timezonename !== '') return isZone(row.timezonename) ? row.timezonename : undefined;
  const year = new Date(now).getUTCFullYear();
  const offsets = [Date.UTC(year, 0, 15), Date.UTC(year, 6, 15)].map((at) => hoursAt(at, practiceZone));
  const [winter = 0, summer = 0] = offsets;
  const fits =
    row.timezone === hoursAt(now, practiceZone) &&
    row.timezoneoffset === Math.min(winter, summer) &&
    row.doesnotobservedst === (winter === summer);
  return fits ? practiceZone : undefined;
}

/** Names only: the platform takes offsets for zones too. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(name)) return false;
  try {
    instantToLocal(0, name);
    return true;
  } catch {
    return false;
  }
}

function hoursAt(instant: number, zone: string): number {
  return (Date.parse(`${instantToLocal(instant, zone)}Z`) - (instant - (instant % 1000))) / 3_600_000;
}
