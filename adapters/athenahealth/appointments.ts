import {
  type AdapterContext,
  Failure,
  instantOf,
  type VendorAppointment,
  type Window,
} from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { knownZone, readZones } from './departments.ts';
import { toAppointment } from './map/appointment.ts';
import { datesAround } from './map/clock.ts';
import type { DepartmentZones } from './map/department-zone.ts';
import type { AppointmentRow } from './wire.ts';

/** By id, which is never behind. An open slot is no appointment. */
export async function read(ctx: AdapterContext, id: string): Promise<VendorAppointment | undefined> {
  const row = await client.appointment(ctx.http, id);
  return row === undefined || row.appointmentstatus === 'o'
    ? undefined
    : toVisit(ctx, row, await readZones(ctx));
}

/** Of every department of the practice, whatever the connection books in. */
export async function appointmentsOf(
  ctx: AdapterContext,
  patient: string,
  window: Window,
): Promise<readonly VendorAppointment[]> {
  if (!/^[1-9]\d{0,17}$/.test(patient)) throw new Failure('unknown-patient');
  const [from, to] = [instantOf(window.from), instantOf(window.to)];
  if (from >= to) return [];
  const dates = datesAround(from, to, ctx.timeZone);
  const rows = await client.bookedAppointments(ctx.http, { patient, ...dates });
  const zones = await readZones(ctx);
  const visits: VendorAppointment[] = [];
  for (const row of rows) {
    const visit = await toVisit(ctx, row, zones, { from, to });
    if (visit !== undefined) visits.push(visit);
  }
  return visits;
}

/**
 * A visit with its markers. They are in the notes, which rows may bring along and may not; they are asked for only where a
 * program made the appointment, or nobody says who did.
 */
async function toVisit(
  ctx: AdapterContext,
  row: AppointmentRow,
  zones: DepartmentZones,
  within?: { readonly from: number; readonly to: number },
): Promise<VendorAppointment | undefined> {
  const zone = knownZone(zones, row.departmentid);
  const visit = toAppointment(row, zone, row.appointmentnotes);
  if (visit === undefined) return undefined;
  const start = visit.resource.start === undefined ? undefined : instantOf(visit.resource.start);
  if (within !== undefined && (start === undefined || start < within.from || start >= within.to))
    return undefined;
  if (visit.markers.length > 0 || row.scheduledby === 'person') return visit;
  return { ...visit, markers: await client.markersOf(ctx.http, row.appointmentid) };
}
