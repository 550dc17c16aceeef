import type { StaffAction } from '#simulator-kit/index.ts';
import { localDateTime } from '#simulator-kit/index.ts';
import type { Write } from './appointment-book.ts';
import { newAppointment, removeAppointment, writeAppointment } from './appointment-book.ts';
import { refuse } from './error.ts';
import type { OfficePlan } from './office-plan.ts';
import type { Appointment, DentalScene } from './tables.ts';

/** The front desk at the program itself: no throttle, no permissions, no question whether the chair is free. */
export function actAsStaff(plan: OfficePlan, scene: DentalScene, action: StaffAction): string | undefined {
  if (action.action === 'book') return bookAtDesk(plan, scene, action);
  const row = scene.db.table('appointments').get(action.id);
  if (row === undefined) return undefined;
  if (action.action === 'delete') removeAppointment(plan, scene, row, 'staff');
  else writeAppointment(plan, scene, ...changeAtDesk(plan, row, action));
  return action.id;
}

function bookAtDesk(
  plan: OfficePlan,
  scene: DentalScene,
  order: Extract<StaffAction, { action: 'book' }>,
): string {
  const patient = scene.db.table('patients').get(order.patientId);
  const chair = plan.operatories.find(({ OperatoryNum }) => String(OperatoryNum) === order.locationId);
  const provider = plan.providers.find(({ ProvNum }) => String(ProvNum) === order.practitionerId);
  if (patient === undefined || chair === undefined || provider === undefined)
    throw refuse(scene, 400, 'There is no such patient, operatory or provider.');
  const row = newAppointment(scene, plan, {
    PatNum: patient.PatNum,
    Op: chair.OperatoryNum,
    ProvNum: provider.ProvNum,
    ClinicNum: chair.ClinicNum,
    AptDateTime: localDateTime(order.start, plan.timeZone),
    Pattern: pattern(order.minutes),
    Note: order.note,
    SecUserNumEntry: 3,
  });
  writeAppointment(plan, scene, row, { by: 'staff', action: 'book', history: 'Created' });
  return String(row.AptNum);
}

function changeAtDesk(
  plan: OfficePlan,
  row: Appointment,
  action: Exclude<StaffAction, { action: 'book' | 'delete' }>,
): [Appointment, Write] {
  const write = { by: 'staff', action: action.action } as const;
  switch (action.action) {
    case 'move': {
      const moved: Appointment = {
        ...row,
        AptStatus: 'Scheduled',
        AptDateTime: localDateTime(action.start, plan.timeZone),
        Op: Number(action.locationId ?? row.Op),
        ProvNum: Number(action.practitionerId ?? row.ProvNum),
      };
      return [moved, { ...write, history: 'Changed' }];
    }
    case 'cancel':
      return [
        { ...row, AptStatus: 'UnschedList', Op: 0 },
        { ...write, history: 'Changed' },
      ];
    case 'noshow':
      return [
        { ...row, AptStatus: 'Broken' },
        { ...write, history: 'Missed' },
      ];
    case 'note':
      return [
        { ...row, Note: action.note },
        { ...write, history: 'Changed' },
      ];
  }
}

/** One character for five minutes, the first and last for the assistant where there is room. */
export function pattern(minutes: number): string {
  const length = Math.max(1, Math.ceil(minutes / 5));
  return length < 4 ? 'X'.repeat(length) : `/${'X'.repeat(length - 2)}/`;
}
