import { addDays, epochDay, localDateTime } from '#simulator-kit/index.ts';
import {
  newAppointment,
  occupies,
  removeAppointment,
  wallSpan,
  writeAppointment,
} from './appointment-book.ts';
import type { OfficePlan } from './office-plan.ts';
import { FIRST_PATIENT } from './offices/person.ts';
import { pattern } from './staff.ts';
import type { Appointment, DentalScene, HistoryAction } from './tables.ts';
import { forbidsScheduling, type ScheduleRow, schedulesOn } from './weekly-schedule.ts';

/** Fills an office: its patients, a week of past visits and three weeks of coming ones. */
export function seedOffice(plan: OfficePlan, scene: DentalScene): void {
  for (const person of plan.patients) addPatient(plan, scene, person);
  const earlier = { ...scene, now: scene.now - 9 * 86_400_000 };
  const visits = [];
  for (let offset = -7; offset <= 21; offset++) visits.push(...visitsOn(plan, earlier, scene.now, offset));
  addOddities(plan, earlier, visits);
}

/** People who come to be seen: not the three of the story, and nobody who has left. */
function regulars(plan: OfficePlan): number[] {
  return plan.patients.flatMap((person, index) =>
    index >= 3 && person.PatStatus === undefined ? [FIRST_PATIENT + index] : [],
  );
}

function addPatient(plan: OfficePlan, scene: DentalScene, person: OfficePlan['patients'][number]): void {
  const PatNum = scene.db.next('PatNum', FIRST_PATIENT);
  scene.db.table('patients').put(PatNum, {
    PatNum,
    MiddleI: '',
    Preferred: '',
    PatStatus: 'Patient',
    HmPhone: '',
    WkPhone: '',
    MedUrgNote: '',
    Address: `${PatNum % 90} Example Way`,
    City: plan.clinics[0]?.City ?? 'Phoenix',
    State: plan.clinics[0]?.State ?? 'AZ',
    Zip: '00000',
    ClinicNum: plan.clinics[0]?.ClinicNum ?? 0,
    TxtMsgOk: 'Unknown',
    DateTStamp: '2026-01-15 10:00:00',
    SecDateEntry: '2025-06-01',
    ...person,
  });
  scene.ledger.patient(String(PatNum), 'seed');
}

/** One or two visits in each provider's shift, at times that differ from day to day and never collide. */
function visitsOn(plan: OfficePlan, scene: DentalScene, now: number, offset: number): Appointment[] {
  const localNow = localDateTime(now, plan.timeZone);
  const date = addDays(localNow.slice(0, 10), offset);
  const people = regulars(plan);
  const schedule = schedulesOn(plan, date);
  const taken: Appointment[] = [];
  for (const [index, shift] of schedule.filter(({ SchedType }) => SchedType === 'Provider').entries()) {
    const chair =
      shift.operatories[0] ??
      plan.operatories.find(({ ProvDentist }) => ProvDentist === shift.ProvNum)?.OperatoryNum;
    const [hour = 0, minute = 0] = shift.StartTime.split(':').map(Number);
    for (const [turn, minutes] of [30, 60].entries()) {
      const spread = (epochDay(date) * 7 + index * 3 + turn * 5) % 4;
      const start = hour * 60 + minute + turn * 120 + spread * 30;
      const PatNum = people[(epochDay(date) * 5 + index * 2 + turn) % people.length] ?? FIRST_PATIENT;
      const row = {
        PatNum,
        Op: chair ?? 0,
        ProvNum: shift.ProvNum,
        AptDateTime: `${date} ${clock(start)}`,
        Pattern: pattern(minutes),
        ClinicNum: plan.clinics[0]?.ClinicNum ?? 0,
        ProcDescript: minutes === 60 ? 'Crown prep, BWX 4' : 'PerEx, Pro',
        InsPlan1: 700 + (PatNum % 9),
        ...(offset < 0 ? { AptStatus: 'Complete' as const, ...stamps(date, start, minutes) } : {}),
        ...(offset === 0 && `${date} ${clock(start)}` < localNow
          ? { DateTimeArrived: `${date} ${clock(start - 6)}` }
          : {}),
      };
      if (fits(plan, schedule, shift, row, minutes, taken)) taken.push(add(plan, scene, row));
    }
  }
  return taken;
}

/** The rows that make an office real: broken, unscheduled, planned and deleted visits, and a note on the schedule. */
function addOddities(plan: OfficePlan, scene: DentalScene, visits: readonly Appointment[]): void {
  const done = visits.filter(({ AptStatus }) => AptStatus === 'Complete');
  const tomorrow = localDateTime(scene.now + 10 * 86_400_000, plan.timeZone);
  const coming = visits.filter(
    ({ AptStatus, AptDateTime }) => AptStatus === 'Scheduled' && AptDateTime > tomorrow,
  );
  const rewrite = (
    row: Appointment | undefined,
    changes: Partial<Appointment>,
    history: HistoryAction = 'Changed',
  ): void => {
    const action = history === 'Missed' ? 'noshow' : changes.AptStatus === undefined ? 'update' : 'cancel';
    if (row !== undefined)
      writeAppointment(plan, scene, { ...row, ...changes }, { by: 'seed', action, history });
  };
  const noTimes = { DateTimeArrived: '', DateTimeSeated: '', DateTimeDismissed: '' };
  rewrite(done[1], { AptStatus: 'Broken', ...noTimes }, 'Missed');
  rewrite(coming[1], { AptStatus: 'Broken' });
  rewrite(coming[4], {
    AptStatus: 'UnschedList',
    Op: 0,
    UnschedStatus: plan.definitions.find(({ Category }) => Category === 13)?.DefNum ?? 0,
  });
  rewrite(coming[6], { Priority: 'ASAP', Note: 'Would come earlier\r\nring the mobile' });
  rewrite(coming[8], { AptStatus: 'PtNote', Note: 'Lab case due' });
  const gone = coming[10];
  if (gone !== undefined) removeAppointment(plan, scene, gone, 'staff');
  const [first = 0, second = 0] = regulars(plan);
  const unplaced = {
    Op: 0,
    ClinicNum: plan.clinics[0]?.ClinicNum ?? 0,
    AptStatus: 'Planned',
    ProvNum: Number(plan.preferences.PracticeDefaultProv),
    Pattern: pattern(60),
  } as const;
  add(plan, scene, {
    ...unplaced,
    PatNum: first,
    AptDateTime: '0001-01-01 00:00:00',
    ProcDescript: '#14-MOD',
  });
  add(plan, scene, {
    ...unplaced,
    PatNum: second,
    AptDateTime: coming[2]?.AptDateTime ?? tomorrow,
    ProcDescript: 'SRP UR',
  });
}

function add(
  plan: OfficePlan,
  scene: DentalScene,
  fields: Parameters<typeof newAppointment>[2],
): Appointment {
  const row = newAppointment(scene, plan, fields);
  return writeAppointment(plan, scene, row, { by: 'seed', action: 'book', history: 'Created' });
}

function fits(
  plan: OfficePlan,
  schedule: readonly ScheduleRow[],
  shift: ScheduleRow,
  row: Pick<Appointment, 'AptDateTime' | 'Op' | 'ProvNum' | 'PatNum'>,
  minutes: number,
  taken: readonly Appointment[],
): boolean {
  const from = Date.parse(`${row.AptDateTime.replace(' ', 'T')}Z`);
  const to = from + minutes * 60_000;
  const wall = (time: string): number => Date.parse(`${shift.SchedDate}T${time}Z`);
  const blocked = schedule.some(
    (made) =>
      forbidsScheduling(plan, made) &&
      made.operatories.includes(row.Op) &&
      wall(made.StartTime) < to &&
      from < wall(made.StopTime),
  );
  const met = taken.filter(occupies).some((other) => {
    const [start, end] = wallSpan(other);
    const shared = other.Op === row.Op || other.ProvNum === row.ProvNum;
    return other.PatNum === row.PatNum || (shared && start < to && from < end);
  });
  return to <= wall(shift.StopTime) && !blocked && !met;
}

function stamps(date: string, start: number, minutes: number) {
  return {
    DateTimeArrived: `${date} ${clock(start - 6)}`,
    DateTimeSeated: `${date} ${clock(start + 2)}`,
    DateTimeDismissed: `${date} ${clock(start + minutes)}`,
  };
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:00`;
}
