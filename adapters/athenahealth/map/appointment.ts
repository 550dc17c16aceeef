import { type Appointment, toInstantWithOffset, type VendorAppointment } from '#adapter-kit/index.ts';
import type { AppointmentRow } from '../wire.ts';
import { fromEastern, visitInstant } from './clock.ts';
import { claimOf } from './vendor-key.ts';

/**
 * The row as FHIR R4 Appointment, or undefined for an open slot, which is none. `meta.lastUpdated` is left out: nobody says
 * on which clock `lastmodified` is. Neither is anything said of the reason, the notes or who made it.
 *
 * @param zone IANA zone of its department
 */
export function toAppointment(
  row: AppointmentRow,
  zone: string,
  markers: readonly string[],
): VendorAppointment | undefined {
  const status = statusOf(row);
  if (status === undefined) return undefined;
  const start = visitInstant(row.date, row.starttime, zone);
  const created = row.scheduleddatetime === undefined ? undefined : fromEastern(row.scheduleddatetime);
  const participants = [
    row.patientid === undefined ? [] : [`Patient/${row.patientid}`],
    row.providerid === undefined ? [] : [`Practitioner/${row.providerid}`],
    [`Location/${row.departmentid}`],
  ].flat();
  const replacedBy = replacementOf(row);
  return {
    resource: {
      resourceType: 'Appointment',
      id: row.appointmentid,
      status,
      ...(start !== undefined && {
        start: toInstantWithOffset(start, zone),
        end: toInstantWithOffset(start + row.duration * 60_000, zone),
      }),
      minutesDuration: row.duration,
      ...(created !== undefined && { created: toInstantWithOffset(created, zone) }),
      participant: participants.map((reference) => ({ actor: { reference }, status: 'accepted' })),
    },
    version: versionOf(row),
    markers,
    ...(created !== undefined && { created: toInstantWithOffset(created, zone) }),
    ...(replacedBy !== undefined && { replacedBy }),
    // What was cancelled stays as a record and takes nothing; its time opens again as another slot.
    claims: row.appointmentstatus === 'x' ? [] : [claimOf(row.appointmentid)],
  };
}

/** The appointment that took this one's place. Nothing on the new one points back. */
export function replacementOf(row: AppointmentRow): string | undefined {
  const isAnother = row.rescheduledappointmentid !== row.appointmentid;
  return row.appointmentstatus === 'x' && isAnother ? row.rescheduledappointmentid : undefined;
}

/** A visit that stands and has not begun: `f`, in the past too, and nobody has begun to check in. */
export function isBooked(row: AppointmentRow): boolean {
  return statusOf(row) === 'booked';
}

/** The letters of athenaOne as FHIR R4 AppointmentStatus; undefined for an open slot. */
function statusOf(row: AppointmentRow): Appointment['status'] | undefined {
  switch (row.appointmentstatus) {
    case 'o':
      return undefined;
    case 'f':
      return row.startcheckin ? 'arrived' : 'booked';
    case '2':
      return 'checked-in';
    case '3':
    case '4':
      return 'fulfilled';
    case 'x':
      return row.cancelreasonnoshow === true ? 'noshow' : 'cancelled';
  }
}

/**
 * The stamp of the last change moves for changes that nobody sees and has whole seconds, so what a caller would notice goes
 * in as well.
 */
function versionOf(row: AppointmentRow): string {
  const noticed = [
    row.appointmentstatus,
    row.date,
    row.starttime,
    row.duration,
    row.departmentid,
    row.providerid,
    row.patientid,
    row.startcheckin,
    row.cancelreasonnoshow,
    row.rescheduledappointmentid,
  ].join('|');
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(noticed)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${row.lastmodified?.replaceAll(/\D/g, '') ?? '0'}-${hash.toString(36)}`;
}
