import { json } from '#simulator-kit/index.ts';
import { newAppointment, objection, writeAppointment } from '../appointment-book.ts';
import type { Body } from '../body.ts';
import { readBody } from '../body.ts';
import { invented, refuse } from '../error.ts';
import type { OfficePlan } from '../office-plan.ts';
import { isTimeOfDay } from '../query.ts';
import type { Appointment, DentalCall, Method } from '../tables.ts';
import { appointmentOnWire } from '../wire/appointment.ts';
import { findAppointment } from './appointment-reads.ts';

export const appointmentWrites: readonly Method[] = [
  { verb: 'POST', template: '/appointments', permission: 'Appointments', handle: createAppointment },
  {
    verb: 'POST',
    template: '/appointments/SchedulePlanned',
    permission: 'Appointments',
    handle: schedulePlanned,
  },
  { verb: 'PUT', template: '/appointments/{AptNum}', permission: 'Appointments', handle: updateAppointment },
];

function createAppointment(plan: OfficePlan, call: DentalCall) {
  const body = readBody(call);
  const PatNum = body.required('PatNum', body.integer('PatNum'));
  const Op = body.required('Op', body.integer('Op'));
  const AptDateTime = body.required('AptDateTime', body.dateTime('AptDateTime'));
  const AptStatus = body.choice('AptStatus', [
    'Scheduled',
    'Complete',
    'UnschedList',
    'PtNote',
    'PtNoteCompleted',
  ]);
  const changes = readChanges(plan, call, body);
  const patient = call.db.table('patients').get(PatNum);
  if (patient === undefined) throw refuse(call, 404, 'Patient not found.');
  const chair = plan.operatories.find(({ OperatoryNum }) => OperatoryNum === Op);
  const office = Number(plan.preferences.PracticeDefaultProv);
  const row = newAppointment(call, plan, {
    ProvNum: patient.PriProv || office,
    ClinicNum: chair?.ClinicNum || patient.ClinicNum,
    ...changes,
    PatNum,
    Op: AptStatus === 'UnschedList' ? 0 : Op,
    AptDateTime,
    AptStatus: AptStatus ?? 'Scheduled',
  });
  mayStand(plan, call, row);
  writeAppointment(plan, call, row, { by: 'api', action: 'book', history: 'Created' });
  return created(plan, call, row);
}

/** Copies a planned visit onto the schedule; the plan stays, so doing it twice makes two visits. */
function schedulePlanned(plan: OfficePlan, call: DentalCall) {
  const body = readBody(call);
  const planned = call.db.table('appointments').get(body.required('AptNum', body.integer('AptNum')));
  const AptDateTime = body.required('AptDateTime', body.dateTime('AptDateTime'));
  const ProvNum = body.required('ProvNum', body.integer('ProvNum'));
  const Op = body.required('Op', body.integer('Op'));
  if (planned === undefined) throw refuse(call, 404, 'Appointment not found');
  if (planned.AptStatus !== 'Planned') throw refuse(call, 400, 'AptNum is not a planned appointment');
  const { AptNum: NextAptNum, SecDateTEntry: _, ...copied } = planned;
  const changes = readChanges(plan, call, body);
  const row = newAppointment(call, plan, {
    ...copied,
    ...changes,
    AptDateTime,
    ProvNum,
    Op,
    NextAptNum,
    AptStatus: 'Scheduled',
  });
  mayStand(plan, call, row);
  writeAppointment(plan, call, row, { by: 'api', action: 'book', history: 'Created' });
  return created(plan, call, row);
}

/** What is left out stays. Going to the unscheduled list takes the chair away; coming back does not give it back. */
function updateAppointment(plan: OfficePlan, call: DentalCall) {
  const before = findAppointment(call);
  const body = readBody(call);
  const AptStatus = body.choice('AptStatus', [
    'Scheduled',
    'Complete',
    'UnschedList',
    'Broken',
    'Planned',
    'PtNote',
    'PtNoteCompleted',
  ]);
  const AptDateTime = body.dateTime('AptDateTime');
  const changes = readChanges(plan, call, body, before);
  const row: Appointment = {
    ...before,
    ...changes,
    AptStatus: AptStatus ?? before.AptStatus,
    AptDateTime: AptDateTime ?? before.AptDateTime,
    Op: changes.Op ?? (AptStatus === 'UnschedList' ? 0 : before.Op),
  };
  const left = row.AptStatus === 'UnschedList' || row.AptStatus === 'Broken';
  const moved = (['AptDateTime', 'Op', 'ProvNum', 'AptStatus', 'Pattern'] as const).some(
    (key) => row[key] !== before[key],
  );
  if (moved) mayStand(plan, call, row);
  const action = !moved ? 'update' : left ? 'cancel' : 'move';
  const written = writeAppointment(plan, call, row, { by: 'api', action, history: 'Changed' });
  return json(200, appointmentOnWire(plan, call.settings, written));
}

/** The fields that POST and PUT share. */
function readChanges(
  plan: OfficePlan,
  call: DentalCall,
  body: Body,
  current?: Appointment,
): Partial<Appointment> {
  const type = plan.appointmentTypes.find(
    ({ AppointmentTypeNum }) => AppointmentTypeNum === body.integer('AppointmentTypeNum'),
  );
  if (body.integer('AppointmentTypeNum') && type === undefined)
    throw refuse(call, 404, 'AppointmentType not found');
  const Pattern =
    readPattern(call, body) ?? (call.request.method === 'POST' ? type?.Pattern || undefined : undefined);
  const secondary = body.text('PatternSecondary');
  if (secondary !== undefined && secondary.length !== (Pattern ?? current?.Pattern ?? '/XX/').length)
    throw refuse(call, 400, 'PatternSecondary is invalid');
  const changes: { [K in keyof Appointment]?: Appointment[K] | undefined } = {
    Op: known(
      call,
      'Operatory',
      body.integer('Op'),
      plan.operatories.map(({ OperatoryNum }) => OperatoryNum),
    ),
    ProvNum: known(
      call,
      'Provider',
      body.integer('ProvNum'),
      plan.providers.map(({ ProvNum }) => ProvNum),
    ),
    ProvHyg: known(call, 'Provider', body.integer('ProvHyg'), [
      0,
      ...plan.providers.map(({ ProvNum }) => ProvNum),
    ]),
    ClinicNum: known(call, 'Clinic', body.integer('ClinicNum'), [
      0,
      ...plan.clinics.map(({ ClinicNum }) => ClinicNum),
    ]),
    Confirmed: definition(plan, call, body, 'Confirmed', 2),
    UnschedStatus:
      body.integer('UnschedStatus') === 0 ? 0 : definition(plan, call, body, 'UnschedStatus', 13),
    Pattern,
    PatternSecondary: secondary ?? (Pattern === undefined ? undefined : '/'.repeat(Pattern.length)),
    Note: body.text('Note'),
    IsHygiene: body.flag('IsHygiene'),
    IsNewPatient: body.flag('IsNewPatient'),
    Priority: body.choice('Priority', ['Normal', 'ASAP']),
    AppointmentTypeNum: body.integer('AppointmentTypeNum'),
    ProcDescript: type?.CodeStr || undefined,
    colorOverride: body.text('colorOverride') ?? (type === undefined ? undefined : '10,90,200'),
    DateTimeArrived: timeOfDay(call, body, 'DateTimeArrived', current),
    DateTimeSeated: timeOfDay(call, body, 'DateTimeSeated', current),
    DateTimeDismissed: timeOfDay(call, body, 'DateTimeDismissed', current),
    SecUserNumEntry: body.integer('SecUserNumEntry'),
  };
  // What is undefined was not sent and must not overwrite.
  return Object.fromEntries(
    Object.entries(changes).filter(([, value]) => value !== undefined),
  ) as Partial<Appointment>;
}

/** Nine hours at most. */
function readPattern(call: DentalCall, body: Body): string | undefined {
  const pattern = body.text('Pattern');
  if (pattern === undefined) return undefined;
  if (!/^[X/]+$/.test(pattern)) throw refuse(call, 400, 'Pattern is invalid');
  return pattern.slice(0, 108);
}

function known(
  call: DentalCall,
  what: string,
  num: number | undefined,
  nums: readonly number[],
): number | undefined {
  if (num !== undefined && !nums.includes(num)) throw refuse(call, 404, `${what} not found`);
  return num;
}

function definition(
  plan: OfficePlan,
  call: DentalCall,
  body: Body,
  name: string,
  category: number,
): number | undefined {
  const num = body.integer(name);
  const fits = plan.definitions.some(({ DefNum, Category }) => DefNum === num && Category === category);
  if (num !== undefined && !fits) throw refuse(call, 400, `${name} is invalid`);
  return num;
}

/** Stamps are written as a time of day and kept with the appointment's own date. */
function timeOfDay(call: DentalCall, body: Body, name: string, current?: Appointment): string | undefined {
  const time = body.text(name);
  if (time === undefined) return undefined;
  if (!isTimeOfDay(time)) throw refuse(call, 400, `${name} format must be HH:mm:ss`);
  return `${(body.dateTime('AptDateTime') ?? current?.AptDateTime ?? '0001-01-01').slice(0, 10)} ${time}`;
}

function mayStand(plan: OfficePlan, call: DentalCall, row: Appointment): void {
  const reason = objection(plan, call, row);
  if (reason !== undefined) throw refuse(call, 400, invented[reason]);
}

function created(plan: OfficePlan, call: DentalCall, row: Appointment) {
  const location = `https://api.opendental.com/api/v1/appointments/${row.AptNum}`;
  return json(201, appointmentOnWire(plan, call.settings, row), { location });
}
