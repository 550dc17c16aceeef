import type { LedgerStatus, LedgerWrite, Writer } from '#simulator-kit/index.ts';
import { instantAfter, instantOf } from '#simulator-kit/index.ts';
import { type ChangeEvent, tellOfChange } from './change-feed.ts';
import { notesOf } from './note-book.ts';
import { newRecordId } from './slot-book.ts';
import type { Appointment, AthenaScene, Stamp } from './tables.ts';

/** The one way in which a record is written: row, change feed and, where there is a patient, ledger together. */
export function writeRecord(scene: AthenaScene, row: Appointment, write: Write): Appointment {
  scene.db.table('appointments').put(row.id, row);
  tellOfChange(scene, row, write.event);
  const { by, action } = write;
  if (row.patientId !== undefined && action !== undefined)
    record(scene, row, row.patientId, { by: by ?? 'api', action });
  return row;
}

export interface Write {
  readonly event: ChangeEvent;
  /** Missing: the API. */
  readonly by?: Writer;
  /** What the ledger is told; missing for what happens to a slot. */
  readonly action?: LedgerWrite['action'];
}

/** Who writes over the API: `API-` and the number of the key. */
export function apiStamp(scene: AthenaScene): Stamp {
  const numbers = scene.db.table('api-numbers');
  const { number } = numbers.get(scene.clientId) ?? { number: scene.db.next('api-number', 4242) };
  numbers.put(scene.clientId, { number });
  return { by: `API-${number}`, at: scene.now };
}

/** Makes the slots after this one part of its appointment. */
export function takeSlots(scene: AthenaScene, slots: readonly Appointment[]): void {
  for (const slot of slots) writeRecord(scene, { ...slot, status: 'gone' }, { event: 'DeleteAppointment' });
}

/**
 * Cancels: the record stays, and where the reason makes the time available again new slots appear in its place, with ids
 * of their own.
 */
export function cancelRecord(
  scene: AthenaScene,
  row: Appointment,
  how: {
    readonly reasonId: string;
    readonly stamp: Stamp;
    readonly by: Writer;
    readonly action?: LedgerWrite['action'];
    readonly rescheduledTo?: string;
  },
): Appointment {
  const { reasonId, stamp, by, action = 'cancel', rescheduledTo } = how;
  const cancelled = writeRecord(
    scene,
    {
      ...row,
      status: 'x',
      cancelled: { ...stamp, reasonId },
      lastModified: stamp,
      ...(rescheduledTo !== undefined && { rescheduledTo }),
    },
    { event: 'CancelAppointment', by, action },
  );
  const reason = scene.practice.cancelReasons.find(({ id }) => id === reasonId);
  if (reason?.slotAvailable !== false) reopen(scene, row, by);
  return cancelled;
}

/** A slot that was not there, or not any more. */
export function addSlot(scene: AthenaScene, slot: Appointment, by: Writer = 'api'): Appointment {
  return writeRecord(scene, slot, { event: 'AddAppointmentSlot', by });
}

/** What the front desk can do and the API cannot. */
export function removeRecord(scene: AthenaScene, row: Appointment, by: Writer): void {
  scene.db.table('appointments').put(row.id, { ...row, status: 'gone' });
  tellOfChange(scene, row, 'DeleteAppointment');
  if (row.patientId !== undefined) {
    record(scene, row, row.patientId, { by, action: 'delete' }, 'entered-in-error');
    reopen(scene, row, by);
  }
}

/** The ledger is told what is in the notes of an appointment. */
export function recordNote(scene: AthenaScene, row: Appointment, by: Writer): void {
  if (row.patientId !== undefined) record(scene, row, row.patientId, { by, action: 'note' });
}

function reopen(scene: AthenaScene, row: Appointment, by: Writer): void {
  const { reopenedLong, reopenedTemplate } = scene.settings;
  const taken = (row.takes ?? []).flatMap((id) => scene.db.table('appointments').get(id) ?? []);
  const first = {
    ...row,
    duration: reopenedLong === 'one' && taken.length > 0 ? row.duration : row.templateDuration,
  };
  for (const old of reopenedLong === 'slots' ? [first, ...taken] : [first]) {
    const id = newRecordId(scene);
    const { departmentId, providerId, localProviderId, date, time, duration, webSchedulable } = old;
    const { templateId, templateTypeId, templateDuration } = old;
    addSlot(
      scene,
      {
        id,
        status: 'o',
        departmentId,
        providerId,
        localProviderId,
        date,
        time,
        duration,
        webSchedulable,
        typeId: templateTypeId,
        templateId: reopenedTemplate === 'own-id' ? id : templateId,
        templateTypeId,
        templateDuration: old === first ? duration : templateDuration,
        frozen: false,
      },
      by,
    );
  }
}

function record(
  scene: AthenaScene,
  row: Appointment,
  patientId: string,
  write: Omit<LedgerWrite, 'at'>,
  status: LedgerStatus = ledgerStatus(scene, row),
): void {
  const { timeZone } = scene.practice;
  const start = instantOf(`${row.date} ${row.time}:00`, timeZone);
  scene.ledger.appointment(
    {
      id: row.id,
      patientId,
      start,
      end: instantAfter(start, row.duration, timeZone),
      practitionerId: row.providerId,
      locationId: row.departmentId,
      status,
      nativeStatus: row.status,
      note: notesOf(scene, row.id)
        .filter(({ deleted }) => !deleted)
        .map(({ text }) => text)
        .join('\n'),
    },
    write,
  );
}

function ledgerStatus({ practice }: AthenaScene, row: Appointment): LedgerStatus {
  switch (row.status) {
    case 'f':
      return row.startCheckIn === undefined ? 'booked' : 'arrived';
    case '2':
      return 'arrived';
    case '3':
    case '4':
      return 'fulfilled';
    case 'x':
      return practice.cancelReasons.find(({ id }) => id === row.cancelled?.reasonId)?.noShow === true
        ? 'noshow'
        : 'cancelled';
    default:
      return 'entered-in-error';
  }
}
