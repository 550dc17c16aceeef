import {
  type AdapterContext,
  addDays,
  type BookingRequest,
  Failure,
  instantOf,
  instantToLocal,
  instantToLocalDate,
  type Opening,
  type VendorAppointment,
  type Window,
} from '#adapter-kit/index.ts';
import { chunksOf } from './availability.ts';
import * as client from './client.ts';
import { isOff, isOfSeries, isStanding, toAppointment } from './map/appointment.ts';
import { parseVendorKey } from './map/vendor-key.ts';
import { isNamedOnce } from './map/wall-clock.ts';
import { readDoctors, zoneOrRefuse } from './office.ts';
import { settingsOf } from './settings.ts';
import type { AppointmentRow, MovedAppointment } from './wire.ts';

/**
 * POST appointments with the least that makes a visit. Overlaps are refused, because nothing says that they may be. The
 * length is always told: without it a profile brings its own.
 */
export async function book(ctx: AdapterContext, request: BookingRequest): Promise<{ readonly id: string }> {
  const place = await placeOf(ctx, request.opening);
  const patient = patientKey(request.patient);
  const id = await client.createAppointment(ctx.http, {
    ...place,
    patient,
    ...profileOf(request),
    status: 'Not Confirmed',
    notes: request.marker,
  });
  return { id };
}

/**
 * PATCH appointments/{id} with what changes. The notes are left alone, since a PATCH would overwrite what the office
 * wrote: a move is recognised by its time, which is enough because the same PATCH twice is the same move.
 */
export async function move(
  ctx: AdapterContext,
  id: string,
  request: BookingRequest,
): Promise<{ readonly id: string }> {
  const place = await placeOf(ctx, request.opening);
  const row = await ownRow(ctx, id);
  if (String(row.patient) !== request.patient) throw new Failure('unknown-patient');
  if (!isStanding(row) || isOfSeries(row)) throw refusedChange(row);
  const changes: MovedAppointment = {
    ...(row.doctor !== place.doctor && { doctor: place.doctor }),
    ...(row.office !== place.office && { office: place.office }),
    // Rooms are counted in each office, so another office is always another room.
    ...((row.exam_room !== place.exam_room || row.office !== place.office) && { exam_room: place.exam_room }),
    ...(!isSameTime(row.scheduled_time, place.scheduled_time) && { scheduled_time: place.scheduled_time }),
    ...(row.duration !== place.duration && { duration: place.duration }),
  };
  if (Object.keys(changes).length > 0) await client.moveAppointment(ctx.http, id, changes);
  return { id };
}

/** PATCH appointments/{id} to status Cancelled. Off already is success. */
export async function cancel(ctx: AdapterContext, id: string): Promise<void> {
  const row = await ownRow(ctx, id);
  if (isOff(row)) return;
  if (!isStanding(row) || isOfSeries(row)) throw refusedChange(row);
  await client.cancelAppointment(ctx.http, id);
}

export async function read(ctx: AdapterContext, id: string): Promise<VendorAppointment | undefined> {
  if (!isAppointmentId(id)) return undefined;
  const row = await client.appointment(ctx.http, id);
  return row === undefined ? undefined : toVisit(ctx, row);
}

/** Lists are some seconds old. */
export async function appointmentsOf(
  ctx: AdapterContext,
  patient: string,
  window: Window,
): Promise<readonly VendorAppointment[]> {
  const [from, to] = [instantOf(window.from), instantOf(window.to)];
  const key = String(patientKey(patient));
  if (from >= to) return [];
  // A day more on either side holds the window in every zone.
  const days = {
    first: addDays(instantToLocalDate(from, 'UTC'), -1),
    last: addDays(instantToLocalDate(to, 'UTC'), 1),
  };
  const visits: VendorAppointment[] = [];
  for (const chunk of chunksOf(days, longestRange))
    for (const row of await client.appointments(ctx.http, chunk, { patient: key })) {
      const visit = await toVisit(ctx, row);
      const start = visit?.resource.start === undefined ? undefined : instantOf(visit.resource.start);
      if (visit !== undefined && start !== undefined && from <= start && start < to) visits.push(visit);
    }
  return visits;
}

/** Ids of visits that were made, changed or removed; `since` is a date by a clock that is not known, so a day more. */
export async function changes(ctx: AdapterContext, since: string): Promise<readonly string[]> {
  const date = addDays(instantToLocalDate(instantOf(since), 'UTC'), -1);
  const rows = await client.changedAppointments(ctx.http, date);
  return [
    ...new Set(rows.flatMap((row) => (row.id === undefined || row.patient === undefined ? [] : [row.id]))),
  ];
}

/** 190 days are documented as too many, and what is too long was once seen to be answered as if nothing were there. */
const longestRange = 90;

async function toVisit(ctx: AdapterContext, row: AppointmentRow): Promise<VendorAppointment | undefined> {
  const settings = settingsOf(ctx);
  return toAppointment(row, zoneOrRefuse(await readDoctors(ctx), row.doctor, settings), settings);
}

/** A visit that is there; breaks and what was deleted are not. */
async function ownRow(ctx: AdapterContext, id: string): Promise<AppointmentRow> {
  const row = isAppointmentId(id) ? await client.appointment(ctx.http, id) : undefined;
  if (row?.patient === undefined || row.deleted_flag) throw new Failure('not-found');
  return row;
}

function refusedChange(row: AppointmentRow): Failure {
  return new Failure('forbidden-transition', {
    ...(isStanding(row) && { hint: 'It belongs to a series, which the office has to change.' }),
  });
}

/** An opening in DrChrono's words. */
async function placeOf(ctx: AdapterContext, opening: Opening) {
  const key = parseVendorKey(opening.vendorKey);
  if (key === undefined) throw new Failure('stale-opening');
  const zone = zoneOrRefuse(await readDoctors(ctx), key.doctor, settingsOf(ctx));
  const start = instantOf(opening.start);
  if (!isNamedOnce(start, zone)) throw new Failure('stale-opening');
  return {
    doctor: key.doctor,
    office: key.office,
    exam_room: key.room,
    scheduled_time: instantToLocal(start, zone),
    duration: opening.minutes,
  };
}

function isSameTime(told: string, wanted: string): boolean {
  return (told.length === 16 ? `${told}:00` : told) === wanted;
}

function isAppointmentId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id);
}

/** The visit type's profile, where its reference is the id of one; a visit needs none. */
function profileOf({ visitTypeRef = '' }: BookingRequest): { readonly profile?: number } {
  const profile = keyOf(visitTypeRef);
  return profile === undefined ? {} : { profile };
}

function patientKey(id: string): number {
  const key = keyOf(id);
  if (key === undefined) throw new Failure('unknown-patient');
  return key;
}

function keyOf(id: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : undefined;
}
