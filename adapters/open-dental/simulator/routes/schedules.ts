import { addDays, epochDay, json, localDateTime } from '#simulator-kit/index.ts';
import { refuse } from '../error.ts';
import type { OfficePlan } from '../office-plan.ts';
import { choiceParam, dateRange, equals, integerParam, page } from '../query.ts';
import type { DentalCall, Method } from '../tables.ts';
import { type ScheduleRow, scheduleOf, schedulesOn } from '../weekly-schedule.ts';
import { scheduleOnWire } from '../wire/directory.ts';

export const scheduleMethods: readonly Method[] = [
  { verb: 'GET', template: '/schedules', permission: 'ReadAll', handle: listSchedules },
  { verb: 'GET', template: '/schedules/{ScheduleNum}', permission: 'ReadAll', handle: readSchedule },
  { verb: 'GET', template: '/scheduleops', permission: 'ReadAll', handle: listScheduleOps },
];

/** Sorted by time of day across all dates; without dates, today's on the office's clock. */
function listSchedules(plan: OfficePlan, call: DentalCall) {
  const today = localDateTime(call.now, plan.timeZone).slice(0, 10);
  const range = dateRange(call);
  const from = range.from ?? range.to ?? today;
  const to = range.to ?? from;
  const type = choiceParam(call, 'SchedType', [
    'Practice',
    'Provider',
    'Blockout',
    'Employee',
    'WebSchedASAP',
  ]);
  const provider = integerParam(call, 'ProvNum');
  const employee = integerParam(call, 'EmployeeNum');
  const blockout = integerParam(call, 'BlockoutDefNum');
  if (epochDay(to) - epochDay(from) > MOST_DAYS) throw refuse(call, 400, 'Date range is too long');
  const rows: ScheduleRow[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) {
    for (const row of schedulesOn(plan, date)) {
      const wanted =
        equals<string>(type, row.SchedType) &&
        equals(provider, row.ProvNum) &&
        equals(employee, row.EmployeeNum) &&
        equals(blockout, row.BlockoutType);
      if (wanted) rows.push(row);
    }
  }
  rows.sort((a, b) => (a.StartTime < b.StartTime ? -1 : a.StartTime > b.StartTime ? 1 : 0));
  return json(
    200,
    page(call, rows).map((row) => scheduleOnWire(plan, row)),
  );
}

function readSchedule(plan: OfficePlan, call: DentalCall) {
  const row = scheduleOf(plan, Number(call.path.ScheduleNum));
  if (row === undefined) throw refuse(call, 404, 'Schedule not found');
  return json(200, scheduleOnWire(plan, row));
}

/** By schedule or by chair; by both there is nothing. Unfiltered it goes on for years of pages. */
function listScheduleOps(plan: OfficePlan, call: DentalCall) {
  const schedule = integerParam(call, 'ScheduleNum');
  const operatory = integerParam(call, 'OperatoryNum');
  if (schedule !== undefined && operatory !== undefined) return json(200, []);
  if (schedule !== undefined) {
    const row = scheduleOf(plan, schedule);
    return json(200, page(call, row === undefined ? [] : links(row)));
  }
  const rows = [];
  const last = addDays(localDateTime(call.now, plan.timeZone).slice(0, 10), MOST_DAYS);
  for (let date = OPENED; date <= last; date = addDays(date, 1))
    for (const row of schedulesOn(plan, date))
      rows.push(...links(row).filter((link) => equals(operatory, link.OperatoryNum)));
  return json(200, page(call, rows));
}

const MOST_DAYS = 366;
/** First day of the simulated office. */
const OPENED = '2025-01-02';

function links({ ScheduleNum, operatories }: ScheduleRow) {
  return operatories.map((OperatoryNum, index) => ({
    ScheduleOpNum: ScheduleNum * 10 + index,
    ScheduleNum,
    OperatoryNum,
  }));
}
