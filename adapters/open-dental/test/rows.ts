import type { Office } from '../office.ts';
import { type Settings, settings } from '../settings.ts';
import * as wire from '../wire.ts';

/** Rows as Open Dental sends them, one field at a time different from an ordinary one. Everybody here is invented. */

export function appointmentJson(changed: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    serverDateTime: '2031-03-01 07:12:44',
    AptNum: 88210,
    PatNum: 3051,
    AptStatus: 'Scheduled',
    Pattern: '/XXXX/',
    Confirmed: 21,
    confirmed: 'Unconfirmed',
    TimeLocked: 'false',
    Op: 4,
    Note: '',
    ProvNum: 7,
    provAbbr: 'KLM',
    ProvHyg: 0,
    AptDateTime: '2031-03-04 10:30:00',
    NextAptNum: 0,
    UnschedStatus: 0,
    unschedStatus: '',
    IsNewPatient: 'false',
    ProcDescript: 'PerEx, Pro',
    ClinicNum: 2,
    IsHygiene: 'false',
    DateTStamp: '2031-02-27 16:03:09',
    DateTimeArrived: '0001-01-01 00:00:00',
    DateTimeSeated: '0001-01-01 00:00:00',
    DateTimeDismissed: '0001-01-01 00:00:00',
    InsPlan1: 31,
    AppointmentTypeNum: 0,
    SecDateTEntry: '2031-02-26 09:00:00',
    Priority: 'Normal',
    PatternSecondary: '//////',
    ...changed,
  };
}

export const appointmentRow = (changed: Record<string, unknown> = {}): wire.AppointmentRow =>
  wire.appointment.parse(appointmentJson(changed));

/** Hours of provider 7 in chair 4 on a Tuesday. */
export function scheduleJson(changed: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ScheduleNum: '60411',
    SchedDate: '2031-03-04',
    StartTime: '08:00:00',
    StopTime: '10:00:00',
    SchedType: 'Provider',
    ProvNum: '7',
    BlockoutType: '0',
    blockoutType: '',
    Note: '',
    operatories: '4',
    EmployeeNum: '0',
    ...changed,
  };
}

export const scheduleRow = (changed: Record<string, unknown> = {}): wire.ScheduleRow =>
  wire.schedule.parse(scheduleJson(changed));

export function operatoryJson(
  OperatoryNum: number,
  changed: Record<string, unknown> = {},
): Record<string, unknown> {
  const none = { ProvDentist: 0, ProvHygienist: 0, IsHidden: 'false', ClinicNum: 0 };
  return { OperatoryNum, OpName: `Chair ${OperatoryNum}`, Abbrev: `C${OperatoryNum}`, ...none, ...changed };
}

export function providerJson(
  ProvNum: number,
  changed: Record<string, unknown> = {},
): Record<string, unknown> {
  const person = {
    Abbr: `P${ProvNum}`,
    LName: `Provider${ProvNum}`,
    FName: 'Pat',
    Suffix: 'DDS',
    SSN: '000-00-0000',
  };
  const shown = { IsHidden: 'false', IsNotPerson: 'false', ProvStatus: 'Active', NationalProvID: '' };
  return { ProvNum, ...person, ...shown, ...changed };
}

/** Chairs 4 and 5, providers 7 and 8; chair 5 is provider 8's own. Blockout 310 means "do not schedule". */
export function office(changed: Partial<Office> = {}): Office {
  const byNum = <Row, Key extends keyof Row>(rows: readonly Row[], key: Key) =>
    new Map(rows.map((row) => [row[key], row]));
  return {
    operatories: byNum(
      [operatoryJson(4), operatoryJson(5, { ProvDentist: 8 })].map((row) => wire.operatory.parse(row)),
      'OperatoryNum',
    ),
    providers: byNum(
      [7, 8].map((num) => wire.provider.parse(providerJson(num))),
      'ProvNum',
    ),
    blockoutTypes: byNum(
      [
        { DefNum: 310, ItemValue: 'NS', Category: 25 },
        { DefNum: 311, ItemValue: '', Category: 25 },
      ].map((row) => wire.definition.parse(row)),
      'DefNum',
    ),
    allowedBlockouts: new Map(),
    gridMinutes: 10,
    ...changed,
  };
}

export const settingsWith = (changed: Partial<Settings> = {}): Settings => ({
  ...settings.parse({}),
  ...changed,
});
