import type { LedgerStatus, LedgerWrite, Writer } from '#simulator-kit/index.ts';
import { instantAfter } from '#simulator-kit/index.ts';
import { blockSpan, releaseHolds, touch } from './slot-book.ts';
import type { Appointment, AppointmentStatus, ClinicScene } from './tables.ts';

/** The one way in which an appointment is written: row, slots and ledger together. Answers the row with its version. */
export function writeAppointment(
  scene: ClinicScene,
  before: Appointment | undefined,
  row: AppointmentFields,
  write: Write,
): Appointment {
  const version = before === undefined ? '0' : nextVersion(before.version, write.by);
  const written = { ...row, version, lastUpdated: scene.now };
  scene.db.table('appointments').put(row.id, written);
  const moved = before?.place !== undefined && before.place !== row.place;
  if (before?.place !== undefined) touch(scene, before.place);
  if (row.place !== undefined && row.place !== before?.place) {
    releaseHolds(scene, row.place);
    touch(scene, row.place);
  }
  if (moved && write.keepsOldSlot === true) blockSpan(scene, before.place);
  record(scene, written, write, ledgerStatus[row.status]);
  return written;
}

export interface Write {
  readonly by: Writer;
  readonly action: LedgerWrite['action'];
  /** The time before a move stays taken. */
  readonly keepsOldSlot?: boolean;
}

/** A row without what {@link writeAppointment} gives it. */
export type AppointmentFields = Omit<Appointment, 'version' | 'lastUpdated'>;

export function newAppointmentId(scene: ClinicScene): string {
  return String(scene.db.next('Appointment', 20_465_903));
}

/** What the front desk can do and the API cannot. */
export function removeAppointment(scene: ClinicScene, row: Appointment, by: Writer): void {
  scene.db.table('appointments').delete(row.id);
  if (row.place !== undefined) touch(scene, row.place);
  record(scene, row, { by, action: 'delete' }, 'entered-in-error');
}

const ledgerStatus: Readonly<Record<AppointmentStatus, LedgerStatus>> = {
  proposed: 'proposed',
  booked: 'booked',
  arrived: 'arrived',
  'checked-in': 'arrived',
  fulfilled: 'fulfilled',
  cancelled: 'cancelled',
  noshow: 'noshow',
};

/** `0`, `1`, `2`, …; after a hand at the front desk `3-1`. */
function nextVersion(version: string, by: Writer): string {
  const next = Number.parseInt(version, 10) + 1;
  return by === 'staff' ? `${next}-1` : String(next);
}

function record(scene: ClinicScene, row: Appointment, write: Write, status: LedgerStatus): void {
  const { clinic, ledger } = scene;
  const local = (at: number): string => instantAfter(new Date(at).toISOString(), 0, clinic.timeZone);
  const resource = clinic.resources.find(({ key }) => key === row.place?.resource);
  ledger.appointment(
    {
      id: row.id,
      patientId: row.patientId,
      start: row.place === undefined ? null : local(row.place.start),
      end: row.place === undefined ? null : local(row.place.end),
      practitionerId: resource?.practitioner ?? null,
      locationId: row.place?.location ?? row.requested?.locations[0] ?? null,
      status,
      nativeStatus: row.status,
      note: row.comment ?? '',
    },
    { by: write.by, action: write.action },
  );
}
