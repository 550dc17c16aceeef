import type { EmrAnswer } from '#simulator-kit/index.ts';
import { apiStamp, cancelRecord, removeRecord, writeRecord } from '../appointment-book.ts';
import { bookSlot } from '../booking.ts';
import { invalid, noAppointment, refuse, unavailable } from '../error.ts';
import { addNote, bookingNote, cancellationNote, notesOf, rescheduleNote } from '../note-book.ts';
import { noticeOf, recordOf } from '../slot-book.ts';
import type { Appointment, AthenaCall, Method } from '../tables.ts';
import { bookedRow, rescheduledRow } from '../wire/appointment.ts';
import { answer } from '../wire/json.ts';

export const appointmentWrites: readonly Method[] = [
  { verb: 'PUT', template: '/appointments/{appointmentid}', handle: book },
  { verb: 'PUT', template: '/appointments/{appointmentid}/cancel', handle: cancel },
  { verb: 'PUT', template: '/appointments/{appointmentid}/reschedule', handle: reschedule },
  { verb: 'PUT', template: '/appointments/{appointmentid}/freeze', handle: freeze },
  { verb: 'DELETE', template: '/appointments/{appointmentid}', handle: deleteSlot },
];

const API_CANCELLED = '-5';
const API_RESCHEDULED = '-4';

function book(call: AthenaCall): EmrAnswer {
  const { parameters, path } = call;
  parameters.require('patientid');
  const note = parameters.text('bookingnote');
  const stamp = apiStamp(call);
  const slotId = path.appointmentid ?? '';
  const patientId = parameters.id('patientid') ?? '';
  // What is said when booking is filed first, so that the ledger finds it.
  if (note !== undefined) addNote(call, slotId, bookingNote(note), stamp);
  const wasNew = isNew(call, patientId);
  const booked = bookSlot(call, {
    slotId,
    patientId,
    reasonId: parameters.id('reasonid'),
    typeId: parameters.id('appointmenttypeid'),
    departmentId: parameters.id('departmentid'),
    ignorePermission: parameters.flag('ignoreschedulablepermission') ?? false,
    urgent: isUrgent(call),
    stamp,
    by: 'api',
  });
  openPatientCase(call, wasNew, booked);
  return answer(call, [bookedRow(call, booked)]);
}

function cancel(call: AthenaCall): EmrAnswer {
  const { parameters, practice, settings } = call;
  parameters.require('patientid');
  const row = recordOf(call, call.path.appointmentid ?? '');
  if (row === undefined) throw noAppointment(call);
  const reasonId = parameters.id('appointmentcancelreasonid') ?? API_CANCELLED;
  if (!practice.cancelReasons.some(({ id }) => id === reasonId))
    throw invalid('Appointment cancel reason ID is invalid.');
  if (row.status === 'x' && settings.cancelAgain === '200') return answer(call, { status: 'x' });
  mayCancel(call, row);
  const reason = practice.reasons.find(({ id }) => id === row.reasonId);
  if (settings.noticeOnCancelling === 'enforced' && noticeOf(call, row).hours < (reason?.minHours ?? 0))
    throw refuse(400, 'The appointment is too soon to be cancelled.');
  const stamp = apiStamp(call);
  const said = parameters.text('cancellationreason');
  if (said !== undefined) addNote(call, row.id, cancellationNote(said), stamp);
  cancelRecord(call, row, { reasonId, stamp, by: 'api' });
  return answer(call, { status: 'x' });
}

/** Cancels the one and books the other, both or neither. */
function reschedule(call: AthenaCall): EmrAnswer {
  const { parameters } = call;
  parameters.require('newappointmentid', 'patientid');
  const old = recordOf(call, call.path.appointmentid ?? '');
  if (old === undefined) throw noAppointment(call);
  mayCancel(call, old);
  const stamp = apiStamp(call);
  const slotId = parameters.id('newappointmentid') ?? '';
  const said = parameters.text('reschedulereason');
  for (const { text, displayOnSchedule, deleted } of notesOf(call, old.id))
    if (!deleted) addNote(call, slotId, text, stamp, displayOnSchedule);
  if (said !== undefined) addNote(call, old.id, rescheduleNote(said), stamp);
  const reasonId = parameters.id('reasonid') ?? old.reasonId;
  const booked = bookSlot(call, {
    slotId,
    patientId: parameters.id('patientid') ?? '',
    reasonId,
    typeId: reasonId === undefined ? old.typeId : undefined,
    ignorePermission: parameters.flag('ignoreschedulablepermission') ?? false,
    urgent: false,
    stamp,
    by: 'api',
  });
  cancelRecord(call, old, {
    reasonId: parameters.id('appointmentcancelreasonid') ?? API_RESCHEDULED,
    stamp,
    by: 'api',
    rescheduledTo: booked.id,
  });
  return answer(call, [rescheduledRow(booked)]);
}

/** A failure is told in the body of a success. */
function freeze(call: AthenaCall): EmrAnswer {
  const { parameters } = call;
  parameters.require('freeze');
  const row = recordOf(call, call.path.appointmentid ?? '');
  if (row === undefined) throw noAppointment(call);
  const frozen = parameters.flag('freeze') ?? false;
  const failed = (errormessage: string): EmrAnswer => answer(call, { success: false, errormessage });
  if (row.status !== 'o') return failed('Appointment is not open.');
  if (row.frozen === frozen) return failed(`Appointment is already ${frozen ? 'frozen' : 'unfrozen'}.`);
  writeRecord(call, { ...row, frozen }, { event: frozen ? 'FreezeAppointment' : 'UnfreezeAppointment' });
  return answer(call, { success: true, errormessage: '' });
}

function deleteSlot(call: AthenaCall): EmrAnswer {
  const row = recordOf(call, call.path.appointmentid ?? '');
  if (row === undefined) throw noAppointment(call);
  if (row.status !== 'o') throw unavailable(Number(call.settings.deleteBooked));
  removeRecord(call, row, 'api');
  return answer(call, { appointmentid: row.id });
}

/** Only an appointment that nobody has cancelled or checked in, and only with its own patient. */
function mayCancel({ parameters, settings }: AthenaCall, row: Appointment): void {
  if (row.status === 'x')
    throw unavailable(settings.cancelAgain === '200' ? 404 : Number(settings.cancelAgain));
  if (row.status === 'o') throw unavailable();
  if (row.status !== 'f')
    throw refuse(Number(settings.cancelCheckedIn), 'This appointment has already been checked in.', {
      detailedmessage: 'The appointment is either already canceled or checked in.',
    });
  if (row.patientId !== parameters.id('patientid'))
    throw refuse(Number(settings.cancelWrongPatient), 'The data provided is invalid.');
}

function isUrgent({ parameters, settings }: AthenaCall): boolean {
  const fields = settings.urgentField === 'both' ? ['urgentyn', 'urgent'] : [settings.urgentField];
  return fields.some((field) => parameters.flag(field) === true);
}

/** Has nobody seen or booked this patient yet? */
function isNew({ db }: AthenaCall, patientId: string): boolean {
  return !db
    .table('appointments')
    .all()
    .some((row) => row.patientId === patientId);
}

/** Work for the clinical staff, unless the booking says that there is none. */
function openPatientCase(
  call: AthenaCall,
  wasNew: boolean,
  { id: appointmentId, patientId }: Appointment,
): void {
  if (!wasNew || patientId === undefined || call.parameters.flag('nopatientcase') === true) return;
  const id = String(call.db.next('patient-case', 61_001));
  call.db.table('patient-cases').put(id, { id, patientId, appointmentId });
}
