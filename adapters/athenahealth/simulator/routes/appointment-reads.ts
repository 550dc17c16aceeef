import type { EmrAnswer } from '#simulator-kit/index.ts';
import { writeRecord } from '../appointment-book.ts';
import { dayOf, EASTERN } from '../clock.ts';
import { gatewayAnswer, invalid, missing, noAppointment, noPatient } from '../error.ts';
import { page } from '../page.ts';
import { inOrder, recordOf } from '../slot-book.ts';
import type { Appointment, AthenaCall, Method } from '../tables.ts';
import { fullRow, patientRow } from '../wire/appointment.ts';
import { answer } from '../wire/json.ts';

/** Literal paths before those with an id. */
export const bookedMethods: readonly Method[] = [
  { verb: 'GET', template: '/appointments/booked', handle: searchBooked },
  { verb: 'GET', template: '/appointments/booked/multipledepartment', handle: searchBooked },
  { verb: 'GET', template: '/appointments/booked/multiple', handle: readSeveral },
];

export const appointmentReads: readonly Method[] = [
  { verb: 'GET', template: '/appointments/{appointmentid}', handle: readOne },
  { verb: 'GET', template: '/appointments/{appointmentid}/confirmationstatus', handle: readConfirmation },
  { verb: 'PUT', template: '/appointments/{appointmentid}/confirmationstatus', handle: confirm },
  { verb: 'GET', template: '/patients/{patientid}/appointments', handle: ofPatient },
  { verb: 'GET', template: '/patients/{patientid}/appointments/{appointmentid}', handle: oneOfPatient },
];

function searchBooked(call: AthenaCall): EmrAnswer {
  const { parameters, settings, practice } = call;
  parameters.require('startdate', 'enddate');
  const zone = settings.lastModifiedFilterZone === 'eastern' ? EASTERN : practice.timeZone;
  const from = parameters.date('startdate') ?? '';
  const to = parameters.date('enddate') ?? '';
  const departments = parameters.ids('departmentid');
  const providers = parameters.ids('providerid');
  const patients = parameters.ids('patientid');
  const typeId = parameters.id('appointmenttypeid');
  const status = parameters.text('appointmentstatus');
  const showCancelled = parameters.flag('showcancelled') ?? false;
  const scheduledFrom = parameters.date('scheduledstartdate') ?? '';
  const scheduledTo = parameters.date('scheduledenddate') ?? '9999';
  const modifiedFrom = parameters.dateTime('startlastmodified', zone);
  const modifiedTo = parameters.dateTime('endlastmodified', zone);
  if (modifiedTo !== undefined && modifiedFrom === undefined) throw missing('startlastmodified');
  const rows = booked(call)
    .filter(({ date }) => date >= from && date <= to)
    .filter((row) => row.status !== 'x' || showCancelled)
    .filter((row) => status === undefined || row.status === status)
    .filter((row) => typeId === undefined || row.typeId === typeId)
    .filter(({ departmentId }) => departments?.includes(departmentId) ?? true)
    .filter(({ providerId }) => providers?.includes(providerId) ?? true)
    .filter(({ patientId = '' }) => patients?.includes(patientId) ?? true)
    .filter(({ scheduled }) => {
      const day = dayOf(scheduled?.at ?? 0, EASTERN);
      return day >= scheduledFrom && day <= scheduledTo;
    })
    .filter(({ lastModified }) => {
      const at = lastModified?.at ?? 0;
      return at >= (modifiedFrom ?? 0) && at <= (modifiedTo ?? Number.POSITIVE_INFINITY);
    });
  return page(call, 'appointments', rows, BOOKED, (row) => fullRow(call, row, parameters));
}

function readSeveral(call: AthenaCall): EmrAnswer {
  const { parameters, settings } = call;
  if (!settings.bookedMultiple) return gatewayAnswer(404, UNREGISTERED);
  parameters.require('appointmentids');
  const showCancelled = parameters.flag('showcancelled') ?? false;
  const ids = parameters.ids('appointmentids') ?? [];
  const rows = booked(call).filter(({ id, status }) => ids.includes(id) && (status !== 'x' || showCancelled));
  return page(call, 'appointments', rows, BOOKED, (row) => fullRow(call, row, parameters));
}

/** One appointment is a list of one. */
function readOne(call: AthenaCall): EmrAnswer {
  const id = call.path.appointmentid ?? '';
  const taken = call.settings.takenSlots === 'open' ? takenSlot(call, id) : undefined;
  const row = recordOf(call, id) ?? taken;
  if (row === undefined) throw noAppointment(call);
  return answer(call, [fullRow(call, row, call.parameters)]);
}

function ofPatient(call: AthenaCall): EmrAnswer {
  const { parameters, practice } = call;
  const patientId = knownPatient(call);
  const showPast = parameters.flag('showpast') ?? false;
  const showCancelled = parameters.flag('showcancelled') ?? false;
  const today = dayOf(call.now, practice.timeZone);
  const from = parameters.date('startdate') ?? '';
  const to = parameters.date('enddate') ?? '9999';
  const rows = booked(call)
    .filter((row) => row.patientId === patientId)
    .filter((row) => row.status !== 'x' || showCancelled)
    .filter(({ date }) => (showPast || date >= today) && date >= from && date <= to);
  if (/^desc/i.test(parameters.text('sortorder') ?? '')) rows.reverse();
  const sizes = { usual: 1500, most: 5000 };
  return page(call, 'appointments', rows, sizes, (row) => patientRow(call, row, parameters));
}

function oneOfPatient(call: AthenaCall): EmrAnswer {
  const patientId = knownPatient(call);
  const row = recordOf(call, call.path.appointmentid ?? '');
  if (row === undefined || row.patientId !== patientId) throw noAppointment(call);
  return answer(call, [patientRow(call, row, call.parameters)]);
}

function readConfirmation(call: AthenaCall): EmrAnswer {
  const row = appointment(call);
  const { id, name } = call.practice.confirmations.find((one) => one.id === row.confirmationId) ?? {};
  return answer(call, { appointmentconfirmationid: id ?? '', appointmentconfirmationname: name ?? '' });
}

function confirm(call: AthenaCall): EmrAnswer {
  const { parameters, practice, settings } = call;
  parameters.require('appointmentconfirmationid');
  const row = appointment(call);
  const wanted = parameters.id('appointmentconfirmationid');
  const confirmation = practice.confirmations.find(({ id }) => String(id) === wanted);
  if (confirmation === undefined) throw invalid('Appointment confirmation ID is invalid.');
  const changed = { ...row, confirmationId: confirmation.id };
  writeRecord(call, changed, { event: 'UpdateAppointment', action: 'confirm' });
  return settings.confirmationReply === 'empty'
    ? { status: 200, body: '' }
    : answer(call, { success: 'true' });
}

const BOOKED = { usual: 1000, most: 5000 };
export const UNREGISTERED = 'Service not registered with API gateway.';

/** Every appointment that was ever booked, by time. */
function booked({ db }: AthenaCall): Appointment[] {
  return db
    .table('appointments')
    .all()
    .filter(({ status, patientId }) => status !== 'o' && status !== 'gone' && patientId !== undefined)
    .sort(inOrder);
}

function appointment(call: AthenaCall): Appointment {
  const row = recordOf(call, call.path.appointmentid ?? '');
  if (row?.patientId === undefined) throw noAppointment(call);
  return row;
}

/** A slot that is part of a longer appointment. */
function takenSlot({ db }: AthenaCall, id: string): Appointment | undefined {
  const rows = db.table('appointments');
  const row = rows.get(id);
  const isTaken = rows.all().some(({ status, takes }) => status !== 'x' && takes?.includes(id));
  return row !== undefined && isTaken ? { ...row, status: 'o' } : undefined;
}

function knownPatient({ db, path }: AthenaCall): string {
  const id = path.patientid ?? '';
  if (db.table('patients').get(id) === undefined) throw noPatient();
  return id;
}
