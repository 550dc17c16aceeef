import type { LedgerStatus, LedgerWrite, Writer } from '#simulator-kit/index.ts';
import { addDays, instantAfter, instantOf } from '#simulator-kit/index.ts';
import { doctorOf } from './directory.ts';
import { isVirtual, readVirtualId, virtualInstance, virtualInstances } from './series.ts';
import { listed } from './settings.ts';
import type { AccountScene, Appointment } from './tables.ts';
import { replaced, versionAt } from './versions.ts';
import { announceAppointment } from './webhooks.ts';

/** Everything in a practice's book, deleted rows too, as it was at `asOf`; without instances that are no rows. */
export function rowsOf(scene: AccountScene, practice: number, asOf: number = scene.now): Appointment[] {
  return scene.db
    .table('appointments')
    .all()
    .filter((row) => row.practice === practice)
    .flatMap((row) => versionAt(row, asOf) ?? []);
}

/** The same with the instances of series from one date to another. */
export function rowsWithInstances(
  rows: readonly Appointment[],
  range: { readonly from: string; readonly to: string },
): Appointment[] {
  return [...rows, ...rows.flatMap((row) => virtualInstances(row, range.from, range.to))];
}

/** A row or an instance of a series by its id; undefined when there is none, or it was deleted. */
export function findAppointment(scene: AccountScene, practice: number, id: string): Appointment | undefined {
  const table = scene.db.table('appointments');
  const virtual = readVirtualId(id);
  const row = table.get(virtual?.base ?? id);
  if (row === undefined || row.practice !== practice || row.deleted) return undefined;
  return virtual === undefined ? row : virtualInstance(row, virtual.date);
}

/** What takes time on the dates around a stretch of one, breaks and instances of series included. */
export function busyRows(scene: AccountScene, practice: number, date: string, asOf?: number): Appointment[] {
  const ignored = listed(scene.settings.overlapIgnores);
  const range = { from: addDays(date, -1), to: addDays(date, 1) };
  return rowsWithInstances(rowsOf(scene, practice, asOf), range).filter(
    ({ deleted, status, scheduledTime }) =>
      !deleted &&
      !ignored.includes(status) &&
      scheduledTime.slice(0, 10) >= range.from &&
      scheduledTime.slice(0, 10) <= range.to,
  );
}

export interface Write {
  readonly by: Writer;
  readonly action: LedgerWrite['action'];
}

/** A row without what {@link writeAppointment} gives it. */
export type AppointmentFields = Omit<
  Appointment,
  'writtenAt' | 'before' | 'practice' | 'createdAt' | 'deleted'
>;

export function newAppointmentId(scene: AccountScene): string {
  return String(scene.db.next('Appointment', 404_511_987));
}

/**
 * The one way in which an appointment is written: row, ledger and webhook together. An instance of a series becomes a
 * row of its own with an id of its own.
 */
export function writeAppointment(
  scene: AccountScene,
  practice: number,
  before: Appointment | undefined,
  fields: AppointmentFields & Partial<Pick<Appointment, 'deleted'>>,
  write: Write,
): Appointment {
  const fromSeries = before !== undefined && isVirtual(before);
  if (fromSeries) leaveSeries(scene, before);
  const row: Appointment = {
    deleted: false,
    ...fields,
    id: fromSeries ? newAppointmentId(scene) : fields.id,
    practice,
    createdAt: before === undefined || fromSeries ? scene.now : before.createdAt,
    writtenAt: scene.now,
    before: fromSeries ? null : replaced(before, scene.now),
  };
  scene.db.table('appointments').put(row.id, row);
  record(scene, row, write);
  const isNew = before === undefined;
  if (write.by !== 'seed')
    announceAppointment(scene, row.deleted ? 'DELETE' : isNew ? 'CREATE' : 'MODIFY', row);
  return row;
}

/** A soft delete; an instance of a series only leaves it. */
export function deleteAppointment(scene: AccountScene, row: Appointment, by: Writer): void {
  if (isVirtual(row)) leaveSeries(scene, row);
  else writeAppointment(scene, row.practice, row, { ...row, deleted: true }, { by, action: 'delete' });
}

function leaveSeries(scene: AccountScene, { instanceOf }: Appointment): void {
  const table = scene.db.table('appointments');
  const base = instanceOf === null ? undefined : table.get(instanceOf.base);
  if (base === undefined || base.series === null || instanceOf === null) return;
  const series = { ...base.series, without: [...base.series.without, instanceOf.date] };
  table.put(base.id, { ...base, series, writtenAt: scene.now, before: replaced(base, scene.now) });
}

function record(scene: AccountScene, row: Appointment, write: Write): void {
  const zone = doctorOf(scene.practices, row.doctor)?.timezone ?? 'UTC';
  const start = instantOf(row.scheduledTime, zone);
  scene.ledger.appointment(
    {
      id: row.id,
      patientId: row.patient === null ? '' : String(row.patient),
      start,
      end: instantAfter(start, row.duration, zone),
      practitionerId: String(row.doctor),
      locationId: String(row.office),
      status: row.deleted ? 'entered-in-error' : (LEDGER_STATUS[row.status] ?? 'booked'),
      nativeStatus: row.status,
      note: row.notes,
    },
    write,
  );
}

/** A status that is not here, one of the practice's own too, is `booked`. */
const LEDGER_STATUS: Readonly<Record<string, LedgerStatus>> = {
  Arrived: 'arrived',
  'Checked In': 'arrived',
  'Checked In Online': 'arrived',
  'In Room': 'arrived',
  'In Session': 'arrived',
  Complete: 'fulfilled',
  Cancelled: 'cancelled',
  Rescheduled: 'cancelled',
  'No Show': 'noshow',
};

/** The vendor's statuses; a practice has names of its own beside them. */
export const STATUSES: readonly string[] = ['', 'Confirmed', 'Not Confirmed', ...Object.keys(LEDGER_STATUS)];
