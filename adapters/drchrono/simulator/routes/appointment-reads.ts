import { type EmrAnswer, json } from '#simulator-kit/index.ts';
import { appointments } from '../access.ts';
import { invalid, notFound } from '../answer.ts';
import { findAppointment, rowsOf, rowsWithInstances } from '../appointment-book.ts';
import { keyOf, page } from '../page.ts';
import {
  type DateRange,
  dateParam,
  flagParam,
  intParam,
  listMoment,
  onlyFields,
  rangeParam,
} from '../query.ts';
import { isVirtual, yearAfter } from '../series.ts';
import type { Appointment, Method, PracticeCall } from '../tables.ts';
import { wallTimeAt } from '../wall-clock.ts';
import { appointmentOut } from '../wire/appointment.ts';

export const appointmentReads: readonly Method[] = [
  { verb: 'GET', template: '/appointments', ...appointments('read'), handle: listAppointments },
  { verb: 'GET', template: '/appointments/{id}', ...appointments('read'), handle: readAppointment },
];

function listAppointments(call: PracticeCall): EmrAnswer {
  const { settings } = call;
  const verbose = flagParam(call, 'verbose');
  const most = verbose ? Math.min(VERBOSE_PAGE, settings.appointmentsMaxPage) : settings.appointmentsMaxPage;
  const items = selectAppointments(call, listMoment(call)).map((row) => ({
    key: `${row.scheduledTime} ${keyOf(row.id)}`,
    out: () => onlyFields(call, appointmentOut(row, settings, verbose)),
  }));
  return page(call, items, { usual: Math.min(settings.appointmentsDefaultPage, most), most });
}

/** By id everything is of now. */
function readAppointment(call: PracticeCall): EmrAnswer {
  const row = findAppointment(call, call.practice.id, call.path.id ?? '');
  if (row === undefined) throw notFound();
  return json(200, onlyFields(call, appointmentOut(row, call.settings, flagParam(call, 'verbose'))));
}

/** What the parameters of a search ask for, breaks and instances of series included, as it was at `asOf`. */
export function selectAppointments(call: PracticeCall, asOf: number): Appointment[] {
  const { settings } = call;
  const day = dateParam(call, 'date');
  const range = rangeParam(call, 'date_range', settings.maxDateRangeDays);
  const since = dateParam(call, 'since');
  const occurredSince = dateParam(call, 'occurred_since');
  if (day === undefined && range === undefined && since === undefined && occurredSince === undefined)
    throw invalid({ non_field_errors: 'One of since, occurred_since, date or date_range is required.' });
  const [doctor, office, patient] = ['doctor', 'office', 'patient'].map((name) => intParam(call, name));
  const status = call.request.query.get('status') ?? '';
  const showsArchived = flagParam(call, 'show_archived');
  const dates: DateRange[] = [
    ...(day === undefined ? [] : [{ from: day, to: day }]),
    ...(range === undefined ? [] : [range]),
    ...(occurredSince === undefined ? [] : [{ from: occurredSince, to: yearAfter(occurredSince) }]),
  ];
  const [instancesOf] = flagParam(call, 'ignore_virtual') ? [] : dates;
  const rows = rowsOf(call, call.practice.id, asOf);
  const all = instancesOf === undefined ? rows : rowsWithInstances(rows, instancesOf);
  return all.filter((row) => {
    const date = row.scheduledTime.slice(0, 10);
    const changed = wallTimeAt(row.writtenAt, settings.recordZone).slice(0, 10);
    return (
      (showsArchived || !row.deleted) &&
      (doctor === undefined || row.doctor === doctor) &&
      (office === undefined || row.office === office) &&
      (patient === undefined || row.patient === patient) &&
      (status === '' || row.status === status) &&
      (since === undefined || changed >= since) &&
      (day === undefined || date === day) &&
      (range === undefined || (date >= range.from && date <= range.to)) &&
      (occurredSince === undefined ||
        (date >= occurredSince && (!isVirtual(row) || date <= yearAfter(occurredSince))))
    );
  });
}

const VERBOSE_PAGE = 50;
