import { type EmrAnswer, json, type LedgerWrite, Refusal } from '#simulator-kit/index.ts';
import { appointments } from '../access.ts';
import { conflict, detail, noContent, notFound } from '../answer.ts';
import {
  type AppointmentFields,
  deleteAppointment,
  findAppointment,
  newAppointmentId,
  writeAppointment,
} from '../appointment-book.ts';
import { readAppointmentFields } from '../appointment-fields.ts';
import { type Body, isList, readBody, readOne } from '../body.ts';
import { clashOf, type Wanted } from '../overlap.ts';
import { isVirtual } from '../series.ts';
import { listed } from '../settings.ts';
import type { Appointment, Method, PracticeCall } from '../tables.ts';
import { appointmentOut } from '../wire/appointment.ts';

export const appointmentWrites: readonly Method[] = [
  { verb: 'POST', template: '/appointments', ...appointments('write'), handle: createAppointments },
  {
    verb: 'PATCH',
    template: '/appointments/{id}',
    ...appointments('write'),
    handle: (call) => change(call, 'some'),
  },
  {
    verb: 'PUT',
    template: '/appointments/{id}',
    ...appointments('write'),
    handle: (call) => change(call, 'all'),
  },
  { verb: 'DELETE', template: '/appointments/{id}', ...appointments('write'), handle: remove },
];

/** A list creates each of its objects, or none. */
function createAppointments(call: PracticeCall): EmrAnswer {
  const body = readBody(call);
  const out = (row: Appointment): object => appointmentOut(row, call.settings);
  const created = isList(body) ? body.map((one) => create(call, one)).map(out) : out(create(call, body));
  return call.fault?.name === 'conflict-is-ours' ? conflict(call) : json(201, created);
}

function create(call: PracticeCall, body: Body): Appointment {
  const id = newAppointmentId(call);
  const fields = readAppointmentFields(call, body, undefined);
  const row: AppointmentFields = { ...fields, id, createdBy: call.caller.user.username, instanceOf: null };
  refuseClash(call, { ...row, practice: call.practice.id }, row);
  return writeAppointment(call, call.practice.id, undefined, row, { by: 'api', action: 'book' });
}

/** There is no guard against what another has written meanwhile. */
function change(call: PracticeCall, keys: 'some' | 'all'): EmrAnswer {
  const before = findAppointment(call, call.practice.id, call.path.id ?? '');
  if (before === undefined) throw notFound();
  const fields = readAppointmentFields(call, readOne(call), before, keys);
  const after = { ...before, ...fields };
  if (takesOtherTime(call, before, after)) refuseClash(call, after, after);
  const written = writeAppointment(call, call.practice.id, before, after, {
    by: 'api',
    action: actionOf(before, after),
  });
  return call.version === 'v2' ? json(200, appointmentOut(written, call.settings)) : noContent();
}

function remove(call: PracticeCall): EmrAnswer {
  const row = findAppointment(call, call.practice.id, call.path.id ?? '');
  if (row === undefined) throw notFound();
  deleteAppointment(call, row, 'api');
  return noContent();
}

function refuseClash(
  call: PracticeCall,
  wanted: Wanted,
  { allowOverlapping, status }: Pick<Appointment, 'allowOverlapping' | 'status'>,
): void {
  if (allowOverlapping || takesNoTime(call, status)) return;
  const clash = clashOf(call, wanted);
  const { blocksCauseConflict } = call.settings;
  if (clash === 'appointment' || (clash === 'block' && blocksCauseConflict === '409'))
    throw new Refusal(conflict(call));
  if (clash === 'block' && blocksCauseConflict === '400')
    throw new Refusal(detail(400, 'The provider has blocked this time.'));
}

function takesNoTime({ settings }: PracticeCall, status: string): boolean {
  return listed(settings.overlapIgnores).includes(status);
}

function takesOtherTime(call: PracticeCall, before: Appointment, after: Appointment): boolean {
  const keys = ['scheduledTime', 'duration', 'doctor', 'office', 'examRoom'] as const;
  return (
    keys.some((key) => before[key] !== after[key]) || takesNoTime(call, before.status) || isVirtual(before)
  );
}

function actionOf(before: Appointment, after: Appointment): LedgerWrite['action'] {
  if (before.status !== after.status) {
    if (after.status === 'Cancelled' || after.status === 'Rescheduled') return 'cancel';
    if (after.status === 'No Show') return 'noshow';
    if (after.status === 'Confirmed') return 'confirm';
  }
  const places = ['scheduledTime', 'doctor', 'office', 'examRoom'] as const;
  if (places.some((key) => before[key] !== after[key])) return 'move';
  return before.notes === after.notes ? 'update' : 'note';
}
