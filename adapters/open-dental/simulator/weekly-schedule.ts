import { dateOfEpochDay, dayOfWeek, epochDay } from '#simulator-kit/index.ts';
import type { OfficePlan, WeeklyRule } from './office-plan.ts';

export interface ScheduleRow {
  readonly ScheduleNum: number;
  readonly SchedDate: string;
  /** `HH:mm:ss`. */
  readonly StartTime: string;
  readonly StopTime: string;
  readonly SchedType: 'Practice' | 'Provider' | 'Blockout' | 'Employee';
  readonly ProvNum: number;
  readonly BlockoutType: number;
  readonly Note: string;
  readonly operatories: readonly number[];
  readonly EmployeeNum: number;
}

/**
 * The schedule rows of any date, made from the weekly rules: the same for the same date, and they never run out.
 * A holiday has a Practice row and nothing else; the first Monday of a month has a Practice row that is only a note.
 */
export function schedulesOn(plan: OfficePlan, date: string): readonly ScheduleRow[] {
  const weekday = dayOfWeek(date);
  const today = (rule: WeeklyRule): boolean => rule.days.includes(weekday);
  const practice = (note: string): Omit<ScheduleRow, 'ScheduleNum' | 'SchedDate'> => ({
    ...row({ days: [], from: '00:00', to: '00:00', provider: 0, operatories: [] }, 'Practice'),
    Note: note,
  });
  const holiday = holidayOn(date);
  const rows =
    holiday !== undefined
      ? [practice(holiday)]
      : [
          ...plan.shifts.filter(today).map((rule) => row(rule, 'Provider')),
          ...plan.blockouts.filter(today).map((rule) => ({
            ...row(rule, 'Blockout'),
            BlockoutType: rule.blockoutType,
            Note: rule.note,
          })),
          ...(weekday < 6 ? [{ ...row({ ...RECEPTION, days: [] }, 'Employee'), EmployeeNum: 41 }] : []),
          ...(weekday === 1 && Number(date.slice(8)) <= 7
            ? [practice('Fire drill at noon, side door open')]
            : []),
        ];
  return rows.map((made, index) => ({
    ...made,
    ScheduleNum: epochDay(date) * ROWS_A_DAY + index,
    SchedDate: date,
  }));
}

/** The row of a key, or undefined. */
export function scheduleOf(plan: OfficePlan, num: number): ScheduleRow | undefined {
  const day = Math.floor(num / ROWS_A_DAY);
  if (day < 0 || day > 100_000) return undefined;
  return schedulesOn(plan, dateOfEpochDay(day)).find((made) => made.ScheduleNum === num);
}

/** `NS` in the definition's value means "do not schedule". */
export function forbidsScheduling(plan: OfficePlan, made: ScheduleRow): boolean {
  const definition = plan.definitions.find(({ DefNum }) => DefNum === made.BlockoutType);
  return made.SchedType === 'Blockout' && (definition?.ItemValue.includes('NS') ?? false);
}

const ROWS_A_DAY = 100;
const RECEPTION = { from: '07:45', to: '17:15', provider: 0, operatories: [] };

function row(
  rule: WeeklyRule,
  type: ScheduleRow['SchedType'],
): Omit<ScheduleRow, 'ScheduleNum' | 'SchedDate'> {
  return {
    StartTime: `${rule.from}:00`,
    StopTime: `${rule.to}:00`,
    SchedType: type,
    ProvNum: rule.provider,
    BlockoutType: 0,
    Note: '',
    operatories: rule.operatories,
    EmployeeNum: 0,
  };
}

function holidayOn(date: string): string | undefined {
  const day = date.slice(5);
  if (day === '01-01') return "New Year's Day";
  if (day === '07-04') return 'Independence Day';
  if (day === '12-25') return 'Christmas Day';
  const fourthThursday = dayOfWeek(date) === 4 && day >= '11-22' && day <= '11-28';
  return fourthThursday ? 'Thanksgiving Day' : undefined;
}
