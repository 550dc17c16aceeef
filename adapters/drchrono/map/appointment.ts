import {
  type Appointment,
  localEdgeToInstant,
  toInstantWithOffset,
  type VendorAppointment,
} from '#adapter-kit/index.ts';
import type { Settings } from '../settings.ts';
import type { AppointmentRow, Status } from '../wire.ts';
import { claimsOf } from './vendor-key.ts';

interface Meaning {
  readonly status: Appointment['status'];
  /** Whether the patient has said yes to it. */
  readonly accepted: boolean;
  readonly busy: boolean | 'cancelledIsBusy' | 'noShowIsBusy';
}
const booked = (accepted: boolean) => ({ status: 'booked', accepted, busy: true }) as const;
const atOffice = (status: 'arrived' | 'checked-in' | 'fulfilled') =>
  ({ status, accepted: true, busy: true }) as const;

/** How a status becomes a FHIR R4 AppointmentStatus, and whether the visit takes its time. */
const statusTable: Readonly<Record<Status, Meaning>> = {
  '': booked(false),
  'Not Confirmed': booked(false),
  Confirmed: booked(true),
  Arrived: atOffice('arrived'),
  'Checked In': atOffice('checked-in'),
  'Checked In Online': atOffice('checked-in'),
  'In Room': atOffice('checked-in'),
  'In Session': atOffice('checked-in'),
  Complete: atOffice('fulfilled'),
  'No Show': { status: 'noshow', accepted: true, busy: 'noShowIsBusy' },
  Cancelled: { status: 'cancelled', accepted: true, busy: 'cancelledIsBusy' },
  /** The row that stays behind where a visit went elsewhere. */
  Rescheduled: { status: 'cancelled', accepted: true, busy: false },
  /** A name that the practice made. */
  'of-the-practice': booked(false),
};

/** Does the row take its doctor and its room? */
export function isBusy(row: AppointmentRow, settings: Settings): boolean {
  if (row.deleted_flag) return false;
  const { busy } = statusTable[row.status];
  return typeof busy === 'boolean' ? busy : settings[busy];
}

/** May it be moved or cancelled? Not what has begun, is over or off. */
export function isStanding(row: AppointmentRow): boolean {
  return statusTable[row.status].status === 'booked';
}

/** Does it come again by itself? What a change of one would do to the others is not documented. */
export function isOfSeries(row: AppointmentRow): boolean {
  return (
    row.id === undefined ||
    !/^\d+$/.test(row.id) ||
    row.recurring_appointment ||
    row.is_virtual_base ||
    row.base_recurring_appointment !== undefined
  );
}

/** Is it taken off already, by whatever name? */
export function isOff(row: AppointmentRow): boolean {
  return statusTable[row.status].status === 'cancelled';
}

/**
 * The row as FHIR R4 Appointment; undefined for breaks, for what was deleted, and for an instance of a series that has
 * no id yet. `reason` is never read, and when it was made and changed is told by a clock that nobody has described.
 */
export function toAppointment(
  row: AppointmentRow,
  zone: string,
  settings: Settings,
): VendorAppointment | undefined {
  if (row.id === undefined || row.patient === undefined || row.deleted_flag) return undefined;
  const { status, accepted } = statusTable[row.status];
  const start = localEdgeToInstant(row.scheduled_time, zone);
  return {
    resource: {
      resourceType: 'Appointment',
      id: row.id,
      status,
      ...(start !== undefined && {
        start: toInstantWithOffset(start, zone),
        end: toInstantWithOffset(start + Math.max(1, row.duration) * 60_000, zone),
      }),
      minutesDuration: Math.max(1, row.duration),
      participant: [
        { actor: { reference: `Patient/${row.patient}` }, status: accepted ? 'accepted' : 'needs-action' },
        { actor: { reference: `Practitioner/${row.doctor}` }, status: 'accepted' },
        { actor: { reference: `Location/${row.office}` }, status: 'accepted' },
      ],
    },
    version: versionOf(row),
    markers: row.notes,
    claims: isBusy(row, settings) ? claimsOf(row.doctor, row.office, row.exam_room) : [],
  };
}

/**
 * The vendor's stamp has whole seconds, so what a caller would notice goes in as well: two changes within one second are
 * two versions.
 */
function versionOf(row: AppointmentRow): string {
  const noticed = [row.status, row.scheduled_time, row.duration, row.doctor, row.office, row.exam_room].join(
    '|',
  );
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(noticed)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${row.updated_at.replaceAll(/\D/g, '').slice(0, 20)}-${hash.toString(36)}`;
}
