import { type EmrAnswer, json, Refusal } from '#simulator-kit/index.ts';
import { patients as access } from '../access.ts';
import { detail, notFound } from '../answer.ts';
import { readFields, readOne } from '../body.ts';
import { keyOf, page } from '../page.ts';
import { addPatient } from '../patient-book.ts';
import { dateParam, flagParam, intParam, listMoment } from '../query.ts';
import type { Method, Patient, PracticeCall } from '../tables.ts';
import { versionAt } from '../versions.ts';
import { wallTimeAt } from '../wall-clock.ts';
import { announce } from '../webhooks.ts';
import { patientOut, summaryOut } from '../wire/patient.ts';

type Out = (row: Patient, settings: PracticeCall['settings']) => object;

/** The minimal door and the full one: the same people, by other scopes and with other filters. */
export const patients: readonly Method[] = [
  ...people('patients_summary', 'patients:summary', summaryOut, []),
  ...people('patients', 'patients', patientOut, ['email', 'chart_id']),
];

function people(
  name: string,
  scope: 'patients' | 'patients:summary',
  out: Out,
  filters: readonly ('email' | 'chart_id')[],
): readonly Method[] {
  return [
    {
      verb: 'GET',
      template: `/${name}`,
      ...access(scope, 'read'),
      handle: (call) => listPatients(call, out, filters),
    },
    {
      verb: 'GET',
      template: `/${name}/{id}`,
      ...access(scope, 'read'),
      handle(call) {
        const row = call.db.table('patients').get(call.path.id ?? '');
        if (row === undefined || row.practice !== call.practice.id) throw notFound();
        return json(200, out(row, call.settings));
      },
    },
    {
      verb: 'POST',
      template: `/${name}`,
      ...access(scope, 'write'),
      handle: (call) => createPatient(call, out),
    },
  ];
}

/** There is no search by phone: a parameter that is not known filters nothing. */
function listPatients(call: PracticeCall, out: Out, filters: readonly ('email' | 'chart_id')[]): EmrAnswer {
  const { settings, request, practice } = call;
  const asOf = listMoment(call);
  const doctor = intParam(call, 'doctor');
  const birthDate = dateParam(call, 'date_of_birth');
  const since = dateParam(call, 'since');
  const matches = (value: string, name: string): boolean => {
    const wanted = (request.query.get(name) ?? '').toLowerCase();
    const has = value.toLowerCase();
    return wanted === '' || (settings.patientNames === 'contains' ? has.includes(wanted) : has === wanted);
  };
  const same = (value: string, name: string): boolean => [null, '', value].includes(request.query.get(name));
  const found = call.db
    .table('patients')
    .all()
    .filter((row) => row.practice === practice.id)
    .flatMap((row) => versionAt(row, asOf) ?? [])
    .filter(
      (row) =>
        matches(row.firstName, 'first_name') &&
        matches(row.lastName, 'last_name') &&
        same(row.gender, 'gender') &&
        (birthDate === undefined || row.birthDate === birthDate) &&
        (doctor === undefined || row.doctor === doctor) &&
        (since === undefined || wallTimeAt(row.writtenAt, settings.recordZone).slice(0, 10) >= since) &&
        (!filters.includes('email') || same(row.email, 'email')) &&
        (!filters.includes('chart_id') || same(row.chartId, 'chart_id')),
    );
  return page(
    call,
    found.map((row) => ({ key: keyOf(row.id), out: () => out(row, settings) })),
  );
}

function createPatient(call: PracticeCall, out: Out): EmrAnswer {
  const { practice, settings } = call;
  const fields = readFields(readOne(call));
  fields.require(['gender', 'doctor']);
  const doctor = fields.int('doctor');
  if (doctor !== undefined && !practice.doctors.some(({ id }) => id === doctor))
    fields.say('doctor', `Invalid pk "${doctor}" - object does not exist.`);
  const gender = fields.text('gender');
  if (gender !== undefined && !GENDERS.includes(gender))
    fields.say('gender', `"${gender}" is not a valid choice.`);
  const chartId = fields.text('chart_id');
  if (chartId !== undefined && !/^[A-Z]{4}\d{6}$/.test(chartId))
    fields.say('chart_id', 'A chart id looks like AAAA000000.');
  const person = {
    practice: practice.id,
    doctor: doctor ?? 0,
    firstName: fields.text('first_name') ?? '',
    lastName: fields.text('last_name') ?? '',
    birthDate: fields.isNull('date_of_birth') ? null : (fields.date('date_of_birth') ?? null),
    gender: gender ?? '',
    phone: fields.text('cell_phone') ?? '',
    email: fields.text('email') ?? '',
    status: 'A',
    ...(chartId === undefined ? {} : { chartId }),
  };
  fields.check();
  if (
    settings.duplicatePatientGuard !== 'off' &&
    !flagParam(call, 'allow_duplicates') &&
    isKnown(call, person)
  )
    throw new Refusal(
      detail(Number(settings.duplicatePatientGuard), 'Potential duplicate patient(s) found.'),
    );
  const row = addPatient(call, person, 'api');
  announce(call, 'PATIENT_CREATE', practice.id, patientOut(row, settings));
  return json(201, out(row, settings));
}

function isKnown(
  { db, practice }: PracticeCall,
  person: Pick<Patient, 'firstName' | 'lastName' | 'birthDate' | 'gender'>,
): boolean {
  const keys = ['firstName', 'lastName', 'birthDate', 'gender'] as const;
  const plain = (value: string | null): string => (value ?? '').toLowerCase();
  return db
    .table('patients')
    .all()
    .some(
      (row) => row.practice === practice.id && keys.every((key) => plain(row[key]) === plain(person[key])),
    );
}

const GENDERS: readonly string[] = ['', 'Male', 'Female', 'Other', 'UNK', 'ASKU'];
