import { type AdapterContext, type BookingRequest, Failure } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { isBooked, replacementOf } from './map/appointment.ts';
import { parseVendorKey } from './map/vendor-key.ts';
import { namedPractice } from './settings.ts';
import type { AppointmentRow } from './wire.ts';

/**
 * PUT /appointments/{id}: the slot becomes the appointment and keeps its id. Whether an e-mail goes to the patient is left
 * to the practice.
 */
export async function book(ctx: AdapterContext, request: BookingRequest): Promise<{ readonly id: string }> {
  namedPractice(ctx);
  const { appointment, department, visit } = placeOf(request);
  const common = {
    patientid: patientOf(request),
    departmentid: department,
    nopatientcase: 'true',
    bookingnote: request.marker,
  } as const;
  const id = await client.bookSlot(
    ctx.http,
    appointment,
    visit.by === 'reason' ? { ...common, reasonid: visit.id } : { ...common, appointmenttypeid: visit.id },
  );
  return { id };
}

/**
 * PUT /appointments/{id}/reschedule: the record is cancelled and names the slot that is booked in its place, whose notes
 * it gets. The same move a second time finds that done and sends nothing.
 */
export async function move(
  ctx: AdapterContext,
  id: string,
  request: BookingRequest,
): Promise<{ readonly id: string }> {
  const { appointment: newappointmentid, visit } = placeOf(request);
  const patientid = patientOf(request);
  const row = await client.appointment(ctx.http, id);
  if (row === undefined || row.appointmentstatus === 'o') throw new Failure('not-found');
  if (row.patientid !== patientid) throw new Failure('unknown-patient');
  if (replacementOf(row) !== undefined) {
    const standing = await standingFor(ctx, row);
    const isDone = standing.appointmentid === newappointmentid && isBooked(standing);
    if (isDone && standing.patientid === patientid) return { id: newappointmentid };
  }
  if (!isBooked(row)) throw new Failure('forbidden-transition');
  if (row.appointmentid === newappointmentid) return { id };
  if (visit.by === 'type' && row.duration !== request.opening.minutes)
    throw new Failure('business-rule', {
      hint: 'The practice cannot move a visit to a time of another length. Book a new one and cancel this one.',
    });
  const moved = await client.rescheduleAppointment(ctx.http, id, {
    newappointmentid,
    patientid,
    // A type cannot be named here: the visit keeps the one that it has.
    ...(visit.by === 'reason' && { reasonid: visit.id }),
    nopatientcase: 'true',
  });
  return { id: moved };
}

/**
 * PUT /appointments/{id}/cancel with athenaOne's own reason for it, after which the time opens as another slot. Cancelled
 * already is success; what stands at another time by now is not taken off.
 */
export async function cancel(ctx: AdapterContext, id: string): Promise<void> {
  const row = await client.appointment(ctx.http, id);
  if (row === undefined || row.appointmentstatus === 'o') throw new Failure('not-found');
  if (replacementOf(row) !== undefined) throw new Failure('forbidden-transition');
  if (row.appointmentstatus === 'x') return;
  if (!isBooked(row) || row.patientid === undefined) throw new Failure('forbidden-transition');
  await client.cancelAppointment(ctx.http, id, row.patientid);
}

/** The last of the records that took one another's place. */
async function standingFor(ctx: AdapterContext, first: AppointmentRow): Promise<AppointmentRow> {
  let row = first;
  for (let steps = 0; steps < mostMoves; steps += 1) {
    const next = replacementOf(row);
    const found = next === undefined ? undefined : await client.appointment(ctx.http, next);
    if (found === undefined) break;
    row = found;
  }
  return row;
}
const mostMoves = 5;

function placeOf({ opening }: BookingRequest) {
  const place = parseVendorKey(opening.vendorKey);
  if (place === undefined) throw new Failure('stale-opening');
  return place;
}

function patientOf({ patient }: BookingRequest): string {
  if (!/^[1-9]\d{0,17}$/.test(patient)) throw new Failure('unknown-patient');
  return patient;
}
