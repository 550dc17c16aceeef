import { type AdapterContext, WireFailure } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { type DepartmentZones, departmentZones } from './map/department-zone.ts';

/** Calls are counted by the day, and departments hardly change: kept for an hour. */
const keepMs = 60 * 60_000;

/** The clocks of all departments. */
export async function readZones(ctx: AdapterContext): Promise<DepartmentZones> {
  const rows = await ctx.memo('departments', keepMs, () => client.departments(ctx.http));
  return departmentZones(rows, ctx.timeZone, ctx.now());
}

/**
 * The zone of a department.
 *
 * @throws WireFailure where it has none that we know: no time of it may be told
 */
export function knownZone(zones: DepartmentZones, department: string): string {
  const zone = zones.of(department);
  if (zone === undefined) throw new WireFailure('unknown', 'departments', { reason: 'no-zone' });
  return zone;
}
