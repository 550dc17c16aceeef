import { addDays, json, localDateTime } from '#simulator-kit/index.ts';
import { refuse } from '../error.ts';
import type { OfficePlan } from '../office-plan.ts';
import { choiceParam, dateRange, dateTimeParam, equals, integerParam, page } from '../query.ts';
import type { Appointment, AppointmentStatus, DentalCall, Method } from '../tables.ts';
import { appointmentOnWire, historyOnWire } from '../wire/appointment.ts';
import { openWindows } from './slots.ts';

export const appointmentReads: readonly Method[] = [
  { verb: 'GET', template: '/appointments', permission: 'ReadAll', handle: listAppointments },
  { verb: 'GET', template: '/appointments/ASAP', permission: 'ReadAll', handle: listAsap },
  { verb: 'GET', template: '/appointments/Slots', permission: 'ReadAll', handle: listSlots },
  { verb: 'GET', template: '/appointments/{AptNum}', permission: 'ReadAll', handle: readAppointment },
  { verb: 'GET', template: '/histappointments', permission: 'ReadAll', handle: listHistory },
];

export const STATUSES: readonly AppointmentStatus[] = [
  'Scheduled',
  'Complete',
  'UnschedList',
  'ASAP',
  'Broken',
  'Planned',
  'PtNote',
  'PtNoteCompleted',
];

/** Unknown parameters are ignored, and without a date all dates are meant, oldest first. */
function listAppointments(plan: OfficePlan, call: DentalCall) {
  const filter = {
    PatNum: integerParam(call, 'PatNum'),
    Op: integerParam(call, 'Op'),
    ClinicNum: integerParam(call, 'ClinicNum'),
    AppointmentTypeNum: integerParam(call, 'AppointmentTypeNum'),
    AptStatus: choiceParam(call, 'AptStatus', STATUSES),
  };
  const since = dateTimeParam(call, 'DateTStamp') ?? '';
  const { from = '', to = '9999-99-99' } = dateRange(call);
  const rows = call.db
    .table('appointments')
    .all()
    .filter((row) => {
      const day = row.AptDateTime.slice(0, 10);
      return (
        day >= from &&
        day <= to &&
        row.DateTStamp >= since &&
        equals(filter.PatNum, row.PatNum) &&
        equals(filter.Op, row.Op) &&
        equals(filter.ClinicNum, row.ClinicNum) &&
        equals(filter.AppointmentTypeNum, row.AppointmentTypeNum) &&
        equals(filter.AptStatus, row.AptStatus)
      );
    });
  return answerRows(plan, call, rows);
}

function listAsap(plan: OfficePlan, call: DentalCall) {
  const clinic = integerParam(call, 'ClinicNum');
  if (clinic === undefined && plan.clinics.length > 0) throw refuse(call, 400, 'ClinicNum is required.');
  const provider = integerParam(call, 'ProvNum');
  const all = call.db.table('appointments').all();
  const scheduled = new Set(all.map(({ NextAptNum }) => NextAptNum));
  const rows = all.filter(
    (row) =>
      row.Priority === 'ASAP' &&
      equals(clinic, row.ClinicNum) &&
      equals(provider, row.ProvNum) &&
      ['Scheduled', 'UnschedList', 'Broken', 'Planned'].includes(row.AptStatus) &&
      !(row.AptStatus === 'Planned' && scheduled.has(row.AptNum)),
  );
  return answerRows(plan, call, rows);
}

function readAppointment(plan: OfficePlan, call: DentalCall) {
  return json(200, withClock(plan, call, findAppointment(call)));
}

/** The row that the path names, or 404. */
export function findAppointment(call: DentalCall): Appointment {
  const row = call.db.table('appointments').get(Number(call.path.AptNum));
  if (row === undefined) throw refuse(call, 404, 'Appointment not found');
  return row;
}

function listSlots(plan: OfficePlan, call: DentalCall) {
  const today = localDateTime(call.now, plan.timeZone).slice(0, 10);
  const { from = today, to = addDays(today, 14) } = dateRange(call);
  if (from < today) throw refuse(call, 400, 'date must be today or in the future');
  const provider = integerParam(call, 'ProvNum') ?? Number(plan.preferences.PracticeDefaultProv);
  const minutes = integerParam(call, 'lengthMinutes') ?? 0;
  return json(
    200,
    openWindows(plan, call, { from, to, provider, operatory: integerParam(call, 'OpNum'), minutes }),
  );
}

/** Dates are those of the appointment, not of the change. */
function listHistory(plan: OfficePlan, call: DentalCall) {
  const aptNum = integerParam(call, 'AptNum');
  const patNum = integerParam(call, 'PatNum');
  const clinic = integerParam(call, 'ClinicNum');
  const status = choiceParam(call, 'AptStatus', STATUSES);
  const action = choiceParam(call, 'HistApptAction', [
    'Created',
    'Changed',
    'Missed',
    'Cancelled',
    'Deleted',
  ]);
  const { from = '', to = '9999-99-99' } = dateRange(call);
  const rows = call.db
    .table('history')
    .all()
    .filter(({ HistApptAction, appointment }) => {
      const day = appointment.AptDateTime.slice(0, 10);
      return (
        day >= from &&
        day <= to &&
        equals(aptNum, appointment.AptNum) &&
        equals(patNum, appointment.PatNum) &&
        equals(clinic, appointment.ClinicNum) &&
        equals(status, appointment.AptStatus) &&
        equals(action, HistApptAction)
      );
    });
  rows.sort((a, b) => a.HistApptNum - b.HistApptNum);
  return json(
    200,
    page(call, rows).map((row) => historyOnWire(plan, call.settings, row)),
  );
}

function answerRows(plan: OfficePlan, call: DentalCall, rows: Appointment[]) {
  rows.sort((a, b) =>
    a.AptDateTime < b.AptDateTime ? -1 : a.AptDateTime > b.AptDateTime ? 1 : a.AptNum - b.AptNum,
  );
  return json(
    200,
    page(call, rows).map((row) => withClock(plan, call, row)),
  );
}

function withClock(plan: OfficePlan, call: DentalCall, row: Appointment): Record<string, unknown> {
  const serverDateTime = localDateTime(call.now, plan.timeZone);
  return { serverDateTime, ...appointmentOnWire(plan, call.settings, row) };
}
