import type { EmrAnswer } from '#simulator-kit/index.ts';
import { writeAppointment } from '../appointment-book.ts';
import { readBody } from '../body.ts';
import { refuse } from '../error.ts';
import type { OfficePlan } from '../office-plan.ts';
import type { DentalCall, Method } from '../tables.ts';
import { findAppointment } from './appointment-reads.ts';

export const appointmentActions: readonly Method[] = [
  { verb: 'PUT', template: '/appointments/{AptNum}/Break', permission: 'Comm', handle: breakAppointment },
  { verb: 'PUT', template: '/appointments/{AptNum}/Note', permission: 'Comm', handle: appendNote },
  { verb: 'PUT', template: '/appointments/{AptNum}/Confirm', permission: 'Comm', handle: confirm },
];

const EMPTY: EmrAnswer = { status: 200 };

function breakAppointment(plan: OfficePlan, call: DentalCall): EmrAnswer {
  const row = findAppointment(call);
  const body = readBody(call);
  const toList = body.required('sendToUnscheduledList', body.flag('sendToUnscheduledList'));
  const breakType = body.choice('breakType', ['Missed', 'Cancelled']);
  if (breakType !== undefined && !call.settings.breakTypes)
    throw refuse(call, 400, `breakType is invalid. ${breakType} is not enabled by the Dental Office`);
  if (row.AptStatus !== 'Scheduled')
    throw refuse(call, 400, 'appointment must be in a booked status to be broken');
  const broken = {
    ...row,
    AptStatus: toList ? call.settings.breakTo : 'Broken',
    Op: toList ? 0 : row.Op,
  } as const;
  const action = breakType === 'Missed' ? 'noshow' : 'cancel';
  writeAppointment(plan, call, broken, { by: 'api', action, history: breakType ?? 'Changed' });
  return EMPTY;
}

function appendNote(plan: OfficePlan, call: DentalCall): EmrAnswer {
  const row = findAppointment(call);
  const body = readBody(call);
  const line = body.required('Note', body.text('Note'));
  const Note = row.Note === '' ? line : `${row.Note}\r\n${line}`;
  writeAppointment(plan, call, { ...row, Note }, { by: 'api', action: 'note', history: 'Changed' });
  return EMPTY;
}

function confirm(plan: OfficePlan, call: DentalCall): EmrAnswer {
  const row = findAppointment(call);
  const body = readBody(call);
  const word = body.choice('confirmVal', ['None', 'Sent', 'Confirmed', 'Not Accepted', 'Failed']);
  const defNum = body.integer('defNum');
  if ((word === undefined) === (defNum === undefined))
    throw refuse(call, 400, 'confirmVal or defNum is required.');
  const choices = plan.definitions.filter(({ Category }) => Category === 2).map(({ DefNum }) => DefNum);
  const Confirmed = defNum ?? (word === undefined || word === 'None' ? choices[0] : plan.confirmations[word]);
  if (Confirmed === undefined || !choices.includes(Confirmed)) throw refuse(call, 400, 'defNum is invalid');
  writeAppointment(plan, call, { ...row, Confirmed }, { by: 'api', action: 'confirm', history: 'Changed' });
  return EMPTY;
}
