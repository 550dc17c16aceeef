import { addDays, type Interval, union } from '#adapter-kit/index.ts';
import type { Settings } from '../settings.ts';
import type { DoctorRow, OfficeRow, TemplateRow, WorkSchedule } from '../wire.ts';
import { edgeOf } from './wall-clock.ts';

/** Minutes after midnight at which somebody is at work, by weekday; 0 is Monday. `ask`: only DrChrono can tell. */
export type Hours = 'ask' | WeekHours;
export type WeekHours = readonly (readonly Interval[])[];

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/**
 * How the hours of a doctor in an office are known; undefined where nothing says that the doctor works there, so that
 * nothing is offered.
 */
export function hoursOf(doctor: DoctorRow, office: OfficeRow, settings: Settings): Hours | undefined {
  if (settings.openTimes === 'availability' && settings.availabilityAnswers) return 'ask';
  const own = doctor.doctor_work_schedule;
  const told = own === undefined || own === 'unreadable' ? undefined : weekOf(own);
  if (own !== undefined && own !== 'unreadable' && told !== undefined)
    return own.office === office.id ? told : undefined;
  if (settings.openTimes === 'auto' && settings.availabilityAnswers) return 'ask';
  // Hours that nobody could read may be shorter than the office's.
  return own === 'unreadable' ? undefined : hoursOfOffice(doctor, office, settings);
}

/** An office says whose it is and nothing about others who work there. */
function hoursOfOffice(doctor: DoctorRow, office: OfficeRow, settings: Settings): WeekHours | undefined {
  if (office.doctor !== doctor.id) return undefined;
  const schedule = office.office_work_schedule;
  if (schedule === 'unreadable') return undefined;
  const told = schedule === undefined ? undefined : weekOf(schedule);
  if (told !== undefined || !settings.officeHoursAreWorked) return told;
  const [from, to] = [office.start_time ?? 0, office.end_time ?? 1_440];
  // From midnight to midnight is what an office has when nobody has set anything.
  if ((from === 0 && to === 1_440) || from >= to) return undefined;
  return weekdays.map((_, day) => (day < 5 ? [{ from, to }] : []));
}

/** Undefined for a schedule without any hours, which nobody has filled in. */
function weekOf({ work_days }: WorkSchedule): WeekHours | undefined {
  const week = weekdays.map((name) =>
    union(
      work_days
        .filter((day) => day.enabled && day.iso_weekday === name)
        .flatMap((day) => day.work_hours.filter(({ enabled }) => enabled))
        .map(({ start_time: from, end_time: to }) => ({ from, to })),
    ),
  );
  return week.some((day) => day.length > 0) ? week : undefined;
}

/** The hours of a local day as moments, in order. */
export function hoursOn(date: string, week: WeekHours, zone: string): readonly Interval[] {
  return (week[weekdayOf(date)] ?? []).flatMap(({ from, to }) => stretchOn(date, from, to, zone));
}

/** When templates of a profile hold in one room of an office on a local day. */
export function templateTimeOn(
  date: string,
  templates: readonly TemplateRow[],
  { office, room }: { readonly office: number; readonly room: number },
  zone: string,
): readonly Interval[] {
  return templates
    .filter(
      (row) =>
        row.office === office &&
        (row.exam_room === undefined || row.exam_room === room) &&
        row.week_days.includes(weekdayOf(date)) &&
        (!row.date_start || row.date_start <= date) &&
        (!row.date_end || date <= row.date_end),
    )
    .flatMap(({ scheduled_time: from, duration }) =>
      from === undefined ? [] : stretchOn(date, from, from + (duration ?? 0), zone),
    );
}

function stretchOn(date: string, from: number, to: number, zone: string): readonly Interval[] {
  const [begin, end] = [edgeOf(date, from, zone), edgeOf(date, to, zone)];
  return begin === undefined || end === undefined || begin >= end ? [] : [{ from: begin, to: end }];
}

/** 0 is Monday. 1900-01-01 was one. */
function weekdayOf(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
}

/** Every local date from the first to the last, both included. */
export function datesFrom(first: string, last: string): readonly string[] {
  const dates: string[] = [];
  for (let date = first; date <= last; date = addDays(date, 1)) dates.push(date);
  return dates;
}
