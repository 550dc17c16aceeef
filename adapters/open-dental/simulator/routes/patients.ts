import { isCalendarDate, json, localDateTime } from '#simulator-kit/index.ts';
import type { Body } from '../body.ts';
import { readBody } from '../body.ts';
import { refuse } from '../error.ts';
import type { OfficePlan } from '../office-plan.ts';
import { choiceParam, dateParam, dateTimeParam, equals, integerParam, page, textParam } from '../query.ts';
import type { DentalCall, Method, Patient } from '../tables.ts';
import { patientOnWire, simplePatient } from '../wire/patient.ts';

export const patientMethods: readonly Method[] = [
  { verb: 'GET', template: '/patients', permission: 'ReadAll', handle: selectPatients },
  { verb: 'GET', template: '/patients/Simple', permission: 'ReadAll', handle: listSimple },
  { verb: 'GET', template: '/patients/{PatNum}', permission: 'ReadAll', handle: readPatient },
  { verb: 'POST', template: '/patients', permission: 'Patients', handle: createPatient },
];

const PAT_STATUSES = ['Patient', 'NonPatient', 'Inactive', 'Archived', 'Deceased', 'Prospective'] as const;

/** The Patient Select window: partial matches, phones loosely, and a 400 for a parameter it does not know. */
function selectPatients(plan: OfficePlan, call: DentalCall) {
  const partly = ['LName', 'FName', 'Address', 'City', 'State', 'Email'] as const;
  const ignored = [
    'SSN',
    'ChartNumber',
    'guarOnly',
    'SiteNum',
    'SubscriberId',
    'Country',
    'clinicAbbr',
    'invoiceNumber',
  ];
  const handled = ['Phone', 'Birthdate', 'hideInactive', 'showArchived', 'clinicNums', 'Limit', 'Offset'];
  refuseOtherParams(call, [...partly, ...ignored, ...handled]);
  const birth = dateParam(call, 'Birthdate');
  const phone = textParam(call, 'Phone');
  const clinics = textParam(call, 'clinicNums')?.split(',').map(Number);
  const hidden = [
    ...(textParam(call, 'hideInactive') === 'true' ? ['Inactive'] : []),
    ...(textParam(call, 'showArchived') === 'false' ? ['Archived', 'Deceased'] : []),
  ];
  const rows = patientsByNumber(call).filter(
    (row) =>
      partly.every((name) => contains(row[name], textParam(call, name))) &&
      equals(birth, row.Birthdate) &&
      (phone === undefined || phones(row).some((own) => soundsLike(own, phone))) &&
      (clinics === undefined || clinics.includes(row.ClinicNum)) &&
      !hidden.includes(row.PatStatus),
  );
  return json(
    200,
    page(call, rows).map((row) => patientOnWire(plan, row)),
  );
}

/** Names match when they contain what is asked for, in any case. */
function listSimple(plan: OfficePlan, call: DentalCall) {
  const numbers = ['ClinicNum', 'PriProv'] as const;
  const ignored = ['Position', 'Guarantor', 'SuperFamily', 'EmployerNum', 'FeeSched'];
  const handled = ['LName', 'FName', 'Birthdate', 'PatStatus', 'Gender', 'DateTStamp', 'Limit', 'Offset'];
  refuseOtherParams(call, [...numbers, ...ignored, ...handled]);
  const birth = dateParam(call, 'Birthdate');
  const status = choiceParam(call, 'PatStatus', PAT_STATUSES);
  const gender = textParam(call, 'Gender');
  const since = dateTimeParam(call, 'DateTStamp') ?? '';
  const wanted = numbers.map((name) => [name, integerParam(call, name)] as const);
  const rows = patientsByNumber(call).filter(
    (row) =>
      contains(row.LName, textParam(call, 'LName')) &&
      contains(row.FName, textParam(call, 'FName')) &&
      equals(birth, row.Birthdate) &&
      equals<string>(status, row.PatStatus) &&
      equals(gender, row.Gender) &&
      row.DateTStamp >= since &&
      wanted.every(([name, value]) => equals(value, row[name])),
  );
  const serverDateTime = localDateTime(call.now, plan.timeZone);
  return json(
    200,
    page(call, rows).map((row) => ({ serverDateTime, ...simplePatient(plan, row) })),
  );
}

function readPatient(plan: OfficePlan, call: DentalCall) {
  const row = call.db.table('patients').get(Number(call.path.PatNum));
  if (row === undefined) throw refuse(call, 404, 'Patient not found.');
  return json(200, patientOnWire(plan, row));
}

function createPatient(plan: OfficePlan, call: DentalCall) {
  const body = readBody(call);
  const LName = body.required('LName', body.text('LName') || undefined);
  const FName = body.required('FName', body.text('FName') || undefined);
  const text = (name: string): string => body.text(name) ?? '';
  const now = localDateTime(call.now, plan.timeZone);
  const row: Omit<Patient, 'PatNum'> = {
    LName,
    FName,
    MiddleI: text('MiddleI'),
    Preferred: text('Preferred'),
    PatStatus: body.choice('PatStatus', PAT_STATUSES) ?? 'Patient',
    Gender: body.choice('Gender', ['Male', 'Female', 'Unknown']) ?? 'Unknown',
    Birthdate: birthdate(call, body) ?? '0001-01-01',
    HmPhone: text('HmPhone'),
    WkPhone: text('WkPhone'),
    WirelessPhone: text('WirelessPhone'),
    Email: text('Email'),
    Address: text('Address'),
    City: text('City'),
    State: text('State'),
    Zip: zip(call, body) ?? '',
    PriProv: body.integer('PriProv') ?? Number(plan.preferences.PracticeDefaultProv),
    ClinicNum: body.integer('ClinicNum') ?? 0,
    TxtMsgOk: body.text('TxtMsgOk') ?? 'Unknown',
    MedUrgNote: '',
    DateTStamp: now,
    SecDateEntry: now.slice(0, 10),
  };
  const twin = patientsByNumber(call).some((other) => isSamePerson(other, row));
  if (twin && call.settings.duplicatePatient === 'reject400')
    throw refuse(call, 400, call.settings.duplicatePatientText);
  const PatNum = call.db.next('PatNum', 3001);
  call.db.table('patients').put(PatNum, { PatNum, ...row });
  call.ledger.patient(String(PatNum), 'api');
  const location = `https://api.opendental.com/api/v1/patients/${PatNum}`;
  return json(201, patientOnWire(plan, { PatNum, ...row }), { location });
}

/** Name and birth date equal, and e-mail or a phone shared. */
function isSamePerson(one: Patient, other: Omit<Patient, 'PatNum'>): boolean {
  const fold = (person: Omit<Patient, 'PatNum'>): string =>
    `${person.LName}|${person.FName}|${person.Birthdate}`.toLowerCase();
  const shared = phones(one).some((phone) => phones(other).includes(phone));
  return fold(one) === fold(other) && (shared || (one.Email !== '' && one.Email === other.Email));
}

/** Ten last digits of every number that is there. */
function phones(row: Omit<Patient, 'PatNum'>): string[] {
  return [row.WirelessPhone, row.HmPhone, row.WkPhone]
    .map((phone) => digits(phone).slice(-10))
    .filter(Boolean);
}

/** The area code does not count, so a number finds other people too. */
function soundsLike(own: string, asked: string): boolean {
  return own.includes(digits(asked).slice(-7));
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, '');
}

function contains(value: string, part: string | undefined): boolean {
  return part === undefined || value.toLowerCase().includes(part.toLowerCase());
}

function birthdate(call: DentalCall, body: Body): string | undefined {
  const value = body.text('Birthdate');
  if (value !== undefined && !isCalendarDate(value))
    throw refuse(call, 400, 'Birthdate format must be yyyy-MM-dd');
  return value;
}

function zip(call: DentalCall, body: Body): string | undefined {
  const value = body.text('Zip');
  if (value !== undefined && !/^(\d{5}(-\d{4})?|\d{9})?$/.test(value))
    throw refuse(call, 400, 'Zip is invalid');
  return value;
}

function patientsByNumber(call: DentalCall): Patient[] {
  return call.db
    .table('patients')
    .all()
    .filter(({ PatStatus }) => PatStatus !== 'Deleted')
    .sort((a, b) => a.PatNum - b.PatNum);
}

function refuseOtherParams(call: DentalCall, names: readonly string[]): void {
  const other = [...call.request.query.keys()].find((name) => !names.includes(name));
  if (other !== undefined) throw refuse(call, 400, `'${other}' is not a valid parameter`);
}
