import {
  type AdapterContext,
  type BookingRequest,
  Failure,
  instantOf,
  instantToLocal,
  isNamedByWallClock,
  localDatesIn,
  type Opening,
  type VendorAppointment,
  type Window,
} from '#adapter-kit/index.ts';
import { readBook } from './availability.ts';
import * as client from './client.ts';
import { lengthOf, patternOf, toAppointment } from './map/appointment.ts';
import { wasMissed } from './map/history.ts';
import { isProviderFree } from './map/slot.ts';
import { parseVendorKey } from './map/vendor-key.ts';
import { readOffice, readOperatories } from './office.ts';
import { settingsOf } from './settings.ts';
import type { AppointmentRow } from './wire.ts';

/** POST /appointments with everything explicit: the vendor's defaults (20 minutes, the patient's own provider) differ. */
export async function book(ctx: AdapterContext, request: BookingRequest): Promise<{ readonly id: string }> {
  const { op, prov, AptDateTime, Pattern } = placeOf(ctx, request.opening);
  const chair = (await readOperatories(ctx)).find((row) => row.OperatoryNum === op);
  if (chair === undefined || chair.IsHidden) throw new Failure('stale-opening');
  const AptNum = await client.createAppointment(ctx.http, {
    PatNum: keyOf(request.patient),
    Op: op,
    ProvNum: prov,
    ...(chair.ClinicNum > 0 && { ClinicNum: chair.ClinicNum }),
    AptDateTime,
    AptStatus: 'Scheduled',
    Pattern,
    Note: request.marker,
  });
  return { id: String(AptNum) };
}

/**
 * PUT /appointments/{AptNum}: the same record at another time, also from the unscheduled list. The Note is left alone,
 * since writing it would overwrite what the office wrote: a move is recognized by its time, which is enough because the
 * same PUT twice is the same move. A hygienist who stays on the visit has to be free at the new time as well.
 */
export async function move(
  ctx: AdapterContext,
  id: string,
  request: BookingRequest,
): Promise<{ id: string }> {
  const { op, prov, AptDateTime, Pattern, during } = placeOf(ctx, request.opening);
  const row = await client.appointment(ctx.http, id);
  if (row === undefined) throw new Failure('not-found');
  if (String(row.PatNum) !== request.patient) throw new Failure('unknown-patient');
  if (!['Scheduled', 'ASAP', 'Broken', 'UnschedList'].includes(row.AptStatus))
    throw new Failure('forbidden-transition');
  if (row.ProvHyg !== 0 && row.ProvHyg !== prov) {
    const book = await readBook(ctx, await readOffice(ctx, false), during);
    const others = {
      ...book,
      appointments: book.appointments.filter((other) => other.AptNum !== row.AptNum),
    };
    const rules = { timeZone: ctx.timeZone, settings: settingsOf(ctx) };
    if (!isProviderFree(others, rules, row.ProvHyg, during)) throw new Failure('slot-taken');
  }
  await client.moveAppointment(ctx.http, id, {
    AptStatus: 'Scheduled',
    AptDateTime,
    Op: op,
    ProvNum: prov,
    // The pattern also tells provider's from assistant's time, so one of the right length is kept.
    ...(lengthOf(row) !== request.opening.minutes && { Pattern }),
  });
  return { id };
}

/** PUT /appointments/{AptNum}/Break onto the unscheduled list, where staff see it. Cancelled already is success. */
export async function cancel(ctx: AdapterContext, id: string): Promise<void> {
  const row = await client.appointment(ctx.http, id);
  if (row === undefined) throw new Failure('not-found');
  if (row.AptStatus === 'Broken' || row.AptStatus === 'UnschedList') return;
  if (row.AptStatus !== 'Scheduled') throw new Failure('forbidden-transition');
  await client.breakAppointment(ctx.http, id);
}

export async function read(ctx: AdapterContext, id: string): Promise<VendorAppointment | undefined> {
  const row = await client.appointment(ctx.http, id);
  return row === undefined ? undefined : toVisit(ctx, row);
}

export async function appointmentsOf(
  ctx: AdapterContext,
  patient: string,
  window: Window,
): Promise<readonly VendorAppointment[]> {
  const [from, to] = [instantOf(window.from), instantOf(window.to)];
  const dates = localDatesIn(from, to, ctx.timeZone);
  const [dateStart, dateEnd] = [dates[0], dates.at(-1)];
  if (dateStart === undefined || dateEnd === undefined) return [];
  const visits: VendorAppointment[] = [];
  for (const row of await client.appointments(ctx.http, {
    dateStart,
    dateEnd,
    PatNum: String(keyOf(patient)),
  })) {
    const visit = await toVisit(ctx, row);
    const start = visit?.resource.start === undefined ? undefined : instantOf(visit.resource.start);
    if (visit !== undefined && start !== undefined && from <= start && start < to) visits.push(visit);
  }
  return visits;
}

/** Only a broken row costs a second request: its history tells a missed visit from a cancelled one. */
async function toVisit(ctx: AdapterContext, row: AppointmentRow): Promise<VendorAppointment | undefined> {
  const isMissed = row.AptStatus === 'Broken' && wasMissed(await client.history(ctx.http, row.AptNum));
  return toAppointment(row, ctx.timeZone, settingsOf(ctx), isMissed);
}

/** An opening in Open Dental's words. */
function placeOf(ctx: AdapterContext, opening: Opening) {
  const place = parseVendorKey(opening.vendorKey);
  const from = instantOf(opening.start);
  if (place === undefined || !isNamedByWallClock(from, ctx.timeZone)) throw new Failure('stale-opening');
  return {
    op: place.op,
    prov: place.prov,
    AptDateTime: instantToLocal(from, ctx.timeZone).replace('T', ' '),
    Pattern: patternOf(opening.minutes),
    during: { from, to: from + opening.minutes * 60_000 },
  };
}

function keyOf(patient: string): number {
  if (!/^[1-9]\d{0,14}$/.test(patient)) throw new Failure('unknown-patient');
  return Number(patient);
}
