import {
  type Appointment,
  Failure,
  localEdgeToInstant,
  localToInstant,
  toInstantWithOffset,
  type VendorAppointment,
} from '#adapter-kit/index.ts';
import type { Settings } from '../settings.ts';
import type { AppointmentRow } from '../wire.ts';
import { claimsOf } from './vendor-key.ts';

type Status = Appointment['status'];

/** How a row's words become a FHIR R4 AppointmentStatus, and whether it stands on the schedule. */
const statusTable: Readonly<
  Record<
    string,
    {
      readonly status: Status | 'not-a-visit';
      readonly blocks: boolean | 'brokenBlocks' | 'patientNotesBlock';
    }
  >
> = {
  Scheduled: { status: 'booked', blocks: true },
  /** Older databases; a place on the short-notice list is a Priority today. */
  ASAP: { status: 'booked', blocks: true },
  Complete: { status: 'fulfilled', blocks: true },
  /** Missed or cancelled and still drawn on the schedule. */
  Broken: { status: 'cancelled', blocks: 'brokenBlocks' },
  /** Taken off the schedule, waiting to be booked again. Never `booked`. */
  UnschedList: { status: 'cancelled', blocks: false },
  /** A template of a treatment plan. */
  Planned: { status: 'not-a-visit', blocks: false },
  PtNote: { status: 'not-a-visit', blocks: 'patientNotesBlock' },
  PtNoteCompleted: { status: 'not-a-visit', blocks: 'patientNotesBlock' },
};
/** A word that a later Open Dental may add: no visit that we could tell about, and no time that we would offer. */
const unknownStatus = { status: 'not-a-visit', blocks: true } as const;

/**
 * The row as FHIR R4 Appointment, or undefined for notes and plans, which are no visits.
 *
 * @param wasMissed of a broken row: the office recorded that the patient did not come
 */
export function toAppointment(
  row: AppointmentRow,
  timeZone: string,
  settings: Settings,
  wasMissed = false,
): VendorAppointment | undefined {
  const status = statusOf(row, wasMissed);
  if (status === undefined) return undefined;
  const minutes = lengthOf(row);
  const start = localEdgeToInstant(row.AptDateTime, timeZone);
  const created = localToInstant(row.SecDateTEntry, timeZone);
  const changed = localToInstant(row.DateTStamp, timeZone);
  const participant = (reference: string) => ({
    actor: { reference },
    status: 'accepted' as const,
  });
  return {
    resource: {
      resourceType: 'Appointment',
      id: String(row.AptNum),
      ...(changed !== undefined && {
        meta: { lastUpdated: toInstantWithOffset(changed, timeZone) },
      }),
      status,
      ...(start !== undefined && {
        start: toInstantWithOffset(start, timeZone),
        end: toInstantWithOffset(start + minutes * 60_000, timeZone),
      }),
      minutesDuration: minutes,
      ...(created !== undefined && {
        created: toInstantWithOffset(created, timeZone),
      }),
      participant: [
        participant(`Patient/${row.PatNum}`),
        ...[...new Set([row.ProvNum, row.ProvHyg])]
          .filter((prov) => prov !== 0)
          .map((prov) => participant(`Practitioner/${prov}`)),
        ...(row.Op === 0 ? [] : [participant(`Location/${row.Op}`)]),
      ],
    },
    version: versionOf(row),
    markers: row.Note,
    ...(created !== undefined && {
      created: toInstantWithOffset(created, timeZone),
    }),
    claims: blocks(row, settings) ? claimsOf(row.Op, [row.ProvNum, row.ProvHyg]) : [],
  };
}

/** Does the row take its chair and its people? */
export function blocks(row: AppointmentRow, settings: Settings): boolean {
  const rule = entryOf(row).blocks;
  return typeof rule === 'boolean' ? rule : settings[rule];
}

/** Minutes of the whole visit: five for each character of the pattern, whatever the character. */
export function lengthOf(row: AppointmentRow): number {
  return Math.max(1, row.Pattern.length) * 5;
}

/**
 * A visit that is provider time throughout.
 *
 * @throws Failure `business-rule` for a length that is not 5 to 540 minutes in steps of five
 */
export function patternOf(minutes: number): string {
  if (!Number.isInteger(minutes) || minutes % 5 !== 0 || minutes < 5 || minutes > 540) {
    throw new Failure('business-rule', {
      hint: 'The office keeps visits of 5 to 540 minutes in steps of five.',
    });
  }
  return 'X'.repeat(minutes / 5);
}

function statusOf(row: AppointmentRow, wasMissed: boolean): Status | undefined {
  const { status } = entryOf(row);
  if (status === 'not-a-visit') return undefined;
  if (row.AptStatus === 'Broken' && wasMissed) return 'noshow';
  const stamps = [row.DateTimeArrived, row.DateTimeSeated, row.DateTimeDismissed];
  return status === 'booked' && stamps.some(isSet) ? 'arrived' : status;
}

/** Open Dental writes "not set" as the year 0001 or as midnight of the visit's own day. */
function isSet(stamp: string): boolean {
  return !stamp.endsWith(' 00:00:00');
}

function entryOf(row: AppointmentRow) {
  return Object.hasOwn(statusTable, row.AptStatus)
    ? (statusTable[row.AptStatus] ?? unknownStatus)
    : unknownStatus;
}

/**
 * The stamp of the last change has whole seconds, so what a caller would notice goes in as well: two changes within one
 * second are two versions.
 */
function versionOf(row: AppointmentRow): string {
  const noticed = [row.AptStatus, row.AptDateTime, row.Op, row.ProvNum, row.ProvHyg, row.Pattern].join('|');
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(noticed)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${row.DateTStamp.replaceAll(/\D/g, '')}-${hash.toString(36)}`;
}
