import type { AppointmentType, Clinic, Definition, OfficePlan, Operatory, Provider } from '../office-plan.ts';
import type { ScheduleRow } from '../weekly-schedule.ts';

export function operatoryOnWire(row: Operatory, order: number): Record<string, unknown> {
  return {
    OperatoryNum: row.OperatoryNum,
    OpName: row.OpName,
    Abbrev: row.Abbrev,
    ItemOrder: order,
    IsHidden: String(row.hidden),
    ProvDentist: row.ProvDentist,
    ProvHygienist: row.ProvHygienist,
    IsHygiene: String(row.hygiene),
    ClinicNum: row.ClinicNum,
    SetProspective: 'false',
    IsWebSched: 'false',
    OperatoryType: 0,
    operatoryType: '',
  };
}

export function providerOnWire(row: Provider, serverDateTime: string): Record<string, unknown> {
  return {
    ProvNum: row.ProvNum,
    Abbr: row.Abbr,
    LName: row.LName,
    FName: row.FName,
    MI: '',
    Suffix: row.Suffix,
    FeeSched: 1,
    Specialty: 263,
    SSN: '',
    StateLicense: '',
    IsSecondary: String(row.hygienist),
    provColor: '120,180,90',
    IsHidden: String(row.hidden),
    UsingTIN: 'false',
    SigOnFile: 'false',
    NationalProvID: row.NationalProvID,
    DateTStamp: PLAN_STAMP,
    IsNotPerson: 'false',
    ProvStatus: row.hidden ? 'Deleted' : 'Active',
    IsHiddenReport: 'false',
    Birthdate: '0001-01-01',
    SchedNote: '',
    PreferredName: '',
    serverDateTime,
  };
}

export function clinicOnWire(row: Clinic): Record<string, unknown> {
  const { ClinicNum, Description, Abbr, City, State } = row;
  return {
    ClinicNum,
    Description,
    Abbr,
    Address: '12 Example Way',
    Address2: '',
    City,
    State,
    Zip: '00000',
    Phone: '5550100100',
    IsHidden: 'false',
  };
}

export function definitionOnWire(row: Definition): Record<string, unknown> {
  const { DefNum, ItemName, ItemValue, Category } = row;
  return {
    DefNum,
    ItemName,
    ItemValue,
    Category,
    category: CATEGORIES[Category],
    isHidden: String(row.hidden ?? false),
  };
}

export function appointmentTypeOnWire(row: AppointmentType): Record<string, unknown> {
  return {
    AppointmentTypeNum: row.AppointmentTypeNum,
    AppointmentTypeName: row.AppointmentTypeName,
    appointmentTypeColor: '10,90,200',
    IsHidden: String(row.hidden ?? false),
    Pattern: row.Pattern,
    CodeStr: row.CodeStr,
    CodeStrRequired: '',
    RequiredProcCodesNeeded: 'None',
    BlockoutTypes: '',
  };
}

/** Every value of a schedule is a string. */
export function scheduleOnWire(plan: OfficePlan, row: ScheduleRow): Record<string, string> {
  return {
    ScheduleNum: String(row.ScheduleNum),
    SchedDate: row.SchedDate,
    StartTime: row.StartTime,
    StopTime: row.StopTime,
    SchedType: row.SchedType,
    ProvNum: String(row.ProvNum),
    BlockoutType: String(row.BlockoutType),
    blockoutType: plan.definitions.find(({ DefNum }) => DefNum === row.BlockoutType)?.ItemName ?? '',
    Note: row.Note,
    operatories: row.operatories.join(','),
    EmployeeNum: String(row.EmployeeNum),
    DateTStamp: PLAN_STAMP,
  };
}

/** When the office last changed its set-up. */
export const PLAN_STAMP = '2026-01-05 08:00:00';

const CATEGORIES: Readonly<Record<Definition['Category'], string>> = {
  2: 'ApptConfirmed',
  13: 'RecallUnschedStatus',
  25: 'BlockoutTypes',
  42: 'WebSchedNewPatApptTypes',
  51: 'WebSchedExistingApptTypes',
};
