import { type EmrAnswer, json } from '#simulator-kit/index.ts';
import { recurringInstances } from '../access.ts';
import { invalid } from '../answer.ts';
import { rowsOf } from '../appointment-book.ts';
import { dateParam, flagParam, intParam, onlyFields } from '../query.ts';
import { virtualInstances, yearAfter } from '../series.ts';
import type { Method, PracticeCall } from '../tables.ts';
import { appointmentOut } from '../wire/appointment.ts';

export const recurring: readonly Method[] = [
  {
    verb: 'GET',
    template: '/recurring_appointment_instances',
    ...recurringInstances,
    handle: listInstances,
  },
];

/** A bare list: rows with their ids, and what is no row yet with `id: null`. */
function listInstances(call: PracticeCall): EmrAnswer {
  const base = intParam(call, 'base_recurring_appointment');
  const row = base === undefined ? undefined : call.db.table('appointments').get(base);
  if (row === undefined || row.series === null || row.practice !== call.practice.id)
    throw invalid({ base_recurring_appointment: 'A valid base appointment is required.' });
  const from = dateParam(call, 'start_date') ?? row.series.from;
  const to = dateParam(call, 'end_date') ?? yearAfter(from);
  const rows = rowsOf(call, call.practice.id).filter(
    ({ id, instanceOf, deleted, scheduledTime }) =>
      (id === row.id || instanceOf?.base === row.id) &&
      !deleted &&
      scheduledTime.slice(0, 10) >= from &&
      scheduledTime.slice(0, 10) <= to,
  );
  const verbose = flagParam(call, 'verbose');
  const out = rows.map((one) => ({
    at: one.scheduledTime,
    told: appointmentOut(one, call.settings, verbose),
  }));
  const virtual = virtualInstances(row, from, to).map((one) => ({
    at: one.scheduledTime,
    told: { ...appointmentOut(one, call.settings, verbose), id: null },
  }));
  const sorted = [...out, ...virtual].sort((one, other) => (one.at < other.at ? -1 : 1));
  return json(
    200,
    sorted.map(({ told }) => onlyFields(call, told)),
  );
}
