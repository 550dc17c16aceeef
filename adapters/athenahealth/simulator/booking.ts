import type { Writer } from '#simulator-kit/index.ts';
import { takeSlots, writeRecord } from './appointment-book.ts';
import { conflict, invalid, refuse } from './error.ts';
import type { AppointmentType, Reason } from './practice-plan.ts';
import { bookableSlot, isOffered, noticeOf, openRecords, slotsFor, typeOf } from './slot-book.ts';
import type { Appointment, AthenaScene, Stamp } from './tables.ts';

export interface Booking {
  readonly slotId: string;
  readonly patientId: string;
  readonly reasonId?: string | undefined;
  readonly typeId?: string | undefined;
  readonly ignorePermission: boolean;
  readonly departmentId?: string | undefined;
  readonly urgent: boolean;
  readonly stamp: Stamp;
  readonly by: Writer;
}

/** Turns an open slot into an appointment, or throws why not: one compare-and-set, and the first one wins. */
export function bookSlot(scene: AthenaScene, booking: Booking): Appointment {
  const { settings } = scene;
  if (scene.db.table('patients').get(booking.patientId) === undefined)
    throw invalid('Patient ID is invalid.');
  const { type, reason } = wantedOf(scene, booking);
  const slot = bookableSlot(scene, booking.slotId, booking.ignorePermission);
  if (settings.bookDepartment === 'slot' && (booking.departmentId ?? slot.departmentId) !== slot.departmentId)
    throw invalid('Department ID is invalid.');
  if (reason !== undefined && settings.noticeOnBooking === 'enforced') {
    const { hours, days } = noticeOf(scene, slot);
    if (hours < reason.minHours || days > reason.maxDays) throw conflict();
  }
  if (reason !== undefined && settings.bookUnfit === 'reject409' && !isOffered(reason, slot))
    throw conflict();
  const [first = slot, ...others] = takenBy(scene, slot, type, reason);
  takeSlots(scene, others);
  const { by, stamp, patientId, urgent } = booking;
  return writeRecord(
    scene,
    {
      ...first,
      status: 'f',
      patientId,
      typeId: type.id,
      duration: typeOf(scene, slot.typeId)?.generic === true ? type.minutes : slot.duration,
      scheduled: stamp,
      lastModified: stamp,
      ...(booking.reasonId !== undefined && { reasonId: booking.reasonId }),
      ...(urgent && { urgent }),
      ...(others.length > 0 && { takes: others.map(({ id }) => id) }),
    },
    { event: 'ScheduleAppointment', by, action: 'book' },
  );
}

/** The type that is booked, by itself or by a reason. */
function wantedOf(
  scene: AthenaScene,
  { typeId, reasonId }: Booking,
): { readonly type: AppointmentType; readonly reason?: Reason } {
  const reason = scene.practice.reasons.find(({ id }) => id === reasonId);
  const type = typeOf(scene, typeId ?? reason?.typeId ?? '');
  if (typeId === undefined && reasonId === undefined)
    throw refuse(400, 'Additional fields are required.', {
      detailedmessage: 'An appointment type or reason must be provided.',
    });
  if (type === undefined || type.templateOnly)
    throw invalid(`Appointment ${typeId === undefined ? 'reason' : 'type'} ID is invalid.`);
  return typeId === undefined && reason !== undefined ? { type, reason } : { type };
}

/** The slots that the appointment takes. A type, which only staff and kiosks book, fits any slot that is not generic. */
function takenBy(
  scene: AthenaScene,
  slot: Appointment,
  type: AppointmentType,
  reason: Reason | undefined,
): readonly Appointment[] {
  const fitting = slotsFor(scene, slot, type, openRecords(scene, slot.date, slot.date));
  if (fitting !== undefined) return fitting;
  const { bookTooShort, bookUnfit } = scene.settings;
  if (typeOf(scene, slot.typeId)?.generic === true) {
    if (bookTooShort === 'reject409') throw conflict();
  } else if (reason !== undefined && bookUnfit === 'reject409') throw conflict();
  return [slot];
}
