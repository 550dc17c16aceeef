import type { OfficePlan } from '../office-plan.ts';
import type { Settings } from '../settings.ts';
import type { Appointment, History } from '../tables.ts';

/** An appointment as POST and PUT answer it; GETs put `serverDateTime` before it. */
export function appointmentOnWire(
  plan: OfficePlan,
  settings: Settings,
  row: Appointment,
): Record<string, unknown> {
  const stamp = (value: string): string => (value === '' ? notSet(settings, row) : value);
  return {
    AptNum: row.AptNum,
    PatNum: row.PatNum,
    AptStatus: row.AptStatus,
    Pattern: row.Pattern,
    Confirmed: row.Confirmed,
    confirmed: definitionName(plan, row.Confirmed),
    TimeLocked: String(row.TimeLocked),
    Op: row.Op,
    Note: row.Note.replaceAll('\r\n', ' '),
    ProvNum: row.ProvNum,
    provAbbr: plan.providers.find(({ ProvNum }) => ProvNum === row.ProvNum)?.Abbr ?? '',
    ProvHyg: row.ProvHyg,
    AptDateTime: row.AptDateTime,
    NextAptNum: row.NextAptNum,
    UnschedStatus: row.UnschedStatus,
    unschedStatus: definitionName(plan, row.UnschedStatus),
    IsNewPatient: String(row.IsNewPatient),
    ProcDescript: row.ProcDescript,
    Assistant: 0,
    IsMirrored: 'false',
    ClinicNum: row.ClinicNum,
    IsHygiene: String(row.IsHygiene),
    DateTStamp: row.DateTStamp,
    DateTimeArrived: stamp(row.DateTimeArrived),
    DateTimeSeated: stamp(row.DateTimeSeated),
    DateTimeDismissed: stamp(row.DateTimeDismissed),
    InsPlan1: row.InsPlan1,
    InsPlan2: 0,
    DateTimeAskedToArrive: '0001-01-01 00:00:00',
    colorOverride: row.colorOverride,
    AppointmentTypeNum: row.AppointmentTypeNum,
    SecUserNumEntry: row.SecUserNumEntry,
    SecDateTEntry: row.SecDateTEntry,
    Priority: row.Priority,
    PatternSecondary: row.PatternSecondary,
    ItemOrderPlanned: 0,
  };
}

export function historyOnWire(plan: OfficePlan, settings: Settings, row: History): Record<string, unknown> {
  return {
    HistApptNum: row.HistApptNum,
    HistUserNum: row.HistUserNum,
    HistDateTStamp: row.HistDateTStamp,
    HistApptAction: row.HistApptAction,
    ApptSource: 'None',
    ...appointmentOnWire(plan, settings, row.appointment),
  };
}

/** Offices hold both forms of "no time": the year 1, and midnight of the appointment's own day. */
function notSet(settings: Settings, row: Appointment): string {
  const midnight =
    settings.notSetDates === 'midnight' || (settings.notSetDates === 'mixed' && row.AptNum % 2 === 0);
  return midnight ? `${row.AptDateTime.slice(0, 10)} 00:00:00` : '0001-01-01 00:00:00';
}

function definitionName(plan: OfficePlan, num: number): string {
  return plan.definitions.find(({ DefNum }) => DefNum === num)?.ItemName ?? '';
}
