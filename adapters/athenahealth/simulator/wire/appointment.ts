import { canary } from '../canary.ts';
import { EASTERN, usDate, usDateTime } from '../clock.ts';
import { notesOf } from '../note-book.ts';
import type { Parameters } from '../parameters.ts';
import { typeOf } from '../slot-book.ts';
import type { Appointment, AthenaScene } from '../tables.ts';

/** A bookable slot: the eleven members that were recorded, ids and duration as numbers. */
export function openSlot(
  scene: AthenaScene,
  row: Appointment,
  shown: { readonly duration: number; readonly reasons?: readonly string[] },
): object {
  const type = typeOf(scene, row.typeId);
  return {
    appointmenttype: type?.name,
    ...(shown.reasons !== undefined && { reasonid: shown.reasons }),
    departmentid: Number(row.departmentId),
    providerid: Number(row.providerId),
    patientappointmenttypename: type?.patientName,
    date: usDate(row.date),
    appointmentid: Number(row.id),
    appointmenttypeid: Number(row.typeId),
    duration: shown.duration,
    starttime: row.time,
    localproviderid: Number(row.localProviderId),
    ...(row.frozen && { frozen: true }),
  };
}

/** As GET of one, of booked ones and of changed ones tell it, with what a scheduler should not have asked for. */
export function fullRow(scene: AthenaScene, row: Appointment, parameters: Parameters): object {
  const { settings, practice } = scene;
  const unstated = settings.unstatedZone === 'eastern' ? EASTERN : practice.timeZone;
  const modifiedZone = settings.lastModifiedZone === 'eastern' ? EASTERN : practice.timeZone;
  const notes = notesOf(scene, row.id).filter(({ deleted }) => !deleted);
  const confirmation = practice.confirmations.find(({ id }) => id === row.confirmationId);
  return {
    ...whatAndWhen(row),
    departmentid: row.departmentId,
    providerid: row.providerId,
    ...(row.patientId !== undefined && {
      patientid: row.patientId,
      renderingproviderid: Number(row.providerId),
    }),
    hl7providerid: Number(row.providerId),
    appointmentstatus: row.status,
    ...typeMembers(scene, row),
    templateappointmentid: row.templateId,
    templateappointmenttypeid: row.templateTypeId,
    ...(row.frozen && { frozen: true }),
    ...(row.urgent && { urgent: true }),
    ...(row.scheduled !== undefined && {
      scheduledby: row.scheduled.by,
      scheduleddatetime: usDateTime(row.scheduled.at, EASTERN),
    }),
    ...(row.lastModified !== undefined && {
      lastmodifiedby: row.lastModified.by,
      lastmodified: usDateTime(row.lastModified.at, modifiedZone),
    }),
    ...cancellation(scene, row),
    ...(confirmation !== undefined && {
      appointmentconfirmationid: String(confirmation.id),
      appointmentconfirmationname: confirmation.name,
    }),
    ...(row.startCheckIn !== undefined && { startcheckin: usDateTime(row.startCheckIn, unstated) }),
    ...(row.stopCheckIn !== undefined && {
      stopcheckin: usDateTime(row.stopCheckIn, unstated),
      checkindatetime: usDateTime(row.stopCheckIn, unstated),
      visitid: `5${row.id}`,
      encounterid: canary.encounter,
      encounterstatus: 'OPEN',
      encounterstate: canary.encounterState,
    }),
    ...(notes.length > 0 && {
      appointmentnotes: notes.map(({ id, text, displayOnSchedule }) => ({
        id,
        text,
        displayonschedule: displayOnSchedule,
      })),
    }),
    chargeentrynotrequired: false,
    coordinatorenterprise: false,
    ...(row.patientId !== undefined && askedFor(scene, row.patientId, parameters)),
  };
}

/** The few members of a patient's list. */
export function patientRow(scene: AthenaScene, row: Appointment, parameters: Parameters): object {
  return {
    ...whatAndWhen(row),
    departmentid: row.departmentId,
    providerid: row.providerId,
    appointmentstatus: row.status,
    ...typeMembers(scene, row),
    ...cancellation(scene, row),
    ...(parameters.flag('showcopay') !== false && { copay: canary.copay }),
  };
}

/** What PUT of a slot answers. */
export function bookedRow(scene: AthenaScene, row: Appointment): object {
  return {
    ...whatAndWhen(row),
    departmentid: row.departmentId,
    patientid: row.patientId,
    appointmentstatus: row.status,
    ...typeMembers(scene, row),
    providerid: row.providerId,
    renderingproviderid: '',
    referringproviderid: '',
    supervisingproviderid: 0,
    chargeentrynotrequired: false,
  };
}

/** What PUT reschedule answers: no time, and no provider. */
export function rescheduledRow(row: Appointment): object {
  return {
    appointmentid: row.id,
    departmentid: row.departmentId,
    providerid: '',
    appointmentstatus: row.status,
    duration: String(row.duration),
    patientid: row.patientId,
    appointmenttypeid: row.typeId,
  };
}

function whatAndWhen(row: Appointment): object {
  return {
    appointmentid: row.id,
    date: usDate(row.date),
    starttime: row.time,
    duration: row.duration,
  };
}

function typeMembers(scene: AthenaScene, row: Appointment): object {
  const type = typeOf(scene, row.typeId);
  return {
    appointmenttypeid: row.typeId,
    appointmenttype: type?.name,
    patientappointmenttypename: type?.patientName,
  };
}

function cancellation({ practice }: AthenaScene, { cancelled, rescheduledTo }: Appointment): object {
  if (cancelled === undefined) return {};
  const reason = practice.cancelReasons.find(({ id }) => id === cancelled.reasonId);
  return {
    cancelledby: cancelled.by,
    cancelleddatetime: usDateTime(cancelled.at, EASTERN),
    cancelreasonid: cancelled.reasonId,
    cancelreasonname: reason?.name,
    cancelreasonnoshow: reason?.noShow,
    cancelreasonslotavailable: reason?.slotAvailable,
    ...(rescheduledTo !== undefined && { rescheduledappointmentid: rescheduledTo }),
  };
}

/** Money, insurance and chart: the copay unless it is waived, the rest where it is asked for. */
function askedFor(scene: AthenaScene, patientId: string, parameters: Parameters): object {
  const person = scene.db.table('patients').get(patientId);
  return {
    ...(parameters.flag('showcopay') !== false && {
      copay: canary.copay,
      appointmentcopay: {
        collectedforother: 0,
        collectedforappointment: 0,
        insurancecopay: canary.copay,
      },
    }),
    ...(parameters.flag('showinsurance') && {
      insurances: [{ insuranceplanname: canary.insurancePlan, insuranceidnumber: canary.insuranceId }],
    }),
    ...(parameters.flag('showclaimdetail') && { claims: [{ claimid: canary.claim }] }),
    ...(parameters.flag('showexpectedprocedurecodes') && {
      expectedprocedurecodes: [{ procedurecode: canary.procedure }],
    }),
    ...(parameters.flag('showpatientdetail') && {
      patient: {
        patientid: patientId,
        firstname: person?.first,
        lastname: person?.last,
        address1: canary.address,
        ssn: canary.maskedSsn,
        guarantorlastname: canary.guarantor,
      },
    }),
  };
}
