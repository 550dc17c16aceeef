import type { LedgerStatus, LedgerWrite, Writer } from '#simulator-kit/index.ts';
import { instantAfter, instantOf, localDateTime } from '#simulator-kit/index.ts';
import type { OfficePlan } from './office-plan.ts';
import type { Appointment, DentalScene, HistoryAction } from './tables.ts';
import { forbidsScheduling, schedulesOn } from './weekly-schedule.ts';

/** The one way in which an appointment is written: row, history and ledger together. */
export function writeAppointment(
  plan: OfficePlan,
  scene: DentalScene,
  row: Appointment,
  write: Write,
): Appointment {
  const written = { ...row, DateTStamp: localDateTime(scene.now, plan.timeZone) };
  scene.db.table('appointments').put(row.AptNum, written);
  record(plan, scene, written, write, ledgerStatus(scene, written, write.history));
  return written;
}

/** What the front desk can do and the API cannot. */
export function removeAppointment(plan: OfficePlan, scene: DentalScene, row: Appointment, by: Writer): void {
  scene.db.table('appointments').delete(row.AptNum);
  record(plan, scene, row, { by, action: 'delete', history: 'Deleted' }, 'entered-in-error');
}

export interface Write {
  readonly by: Writer;
  readonly action: LedgerWrite['action'];
  readonly history: HistoryAction;
}

/** A row with everything that is not said set as the API sets it. */
export function newAppointment(
  scene: DentalScene,
  plan: OfficePlan,
  fields: Pick<Appointment, 'PatNum' | 'Op' | 'AptDateTime' | 'ProvNum'> & Partial<Appointment>,
): Appointment {
  const now = localDateTime(scene.now, plan.timeZone);
  const Pattern = fields.Pattern ?? '/XX/';
  return {
    AptNum: scene.db.next('AptNum', 88_201),
    AptStatus: 'Scheduled',
    Pattern,
    PatternSecondary: '/'.repeat(Pattern.length),
    Confirmed: plan.definitions.find(({ Category }) => Category === 2)?.DefNum ?? 0,
    TimeLocked: false,
    Note: '',
    ProvHyg: 0,
    NextAptNum: 0,
    UnschedStatus: 0,
    IsNewPatient: false,
    IsHygiene: false,
    ProcDescript: '',
    ClinicNum: 0,
    DateTStamp: now,
    DateTimeArrived: '',
    DateTimeSeated: '',
    DateTimeDismissed: '',
    InsPlan1: 0,
    colorOverride: '0,0,0',
    AppointmentTypeNum: 0,
    SecUserNumEntry: 0,
    SecDateTEntry: now,
    Priority: 'Normal',
    ...fields,
  };
}

/** Why a strict office would not take this time; the default office takes everything. */
export function objection(
  plan: OfficePlan,
  scene: DentalScene,
  row: Appointment,
): 'overlap' | 'blockout' | 'past' | 'hidden' | undefined {
  const { settings } = scene;
  if (row.AptStatus !== 'Scheduled') return undefined;
  if (settings.past === 'reject400' && row.AptDateTime < localDateTime(scene.now, plan.timeZone))
    return 'past';
  const hidden = [
    plan.operatories.find(({ OperatoryNum }) => OperatoryNum === row.Op)?.hidden,
    plan.providers.find(({ ProvNum }) => ProvNum === row.ProvNum)?.hidden,
  ].includes(true);
  if (settings.hidden === 'reject400' && hidden) return 'hidden';
  if (settings.blockout === 'reject400' && underBlockout(plan, row)) return 'blockout';
  if (settings.overlap === 'reject400' && overlaps(scene, row)) return 'overlap';
  return undefined;
}

/** Does a row of this status keep others from its time? */
export function occupies(row: Appointment): boolean {
  return row.AptStatus !== 'UnschedList' && row.AptStatus !== 'Planned';
}

/** [from, to) in milliseconds on the office's wall clock. */
export function wallSpan(row: Appointment): readonly [number, number] {
  const from = wallClock(row.AptDateTime);
  return [from, from + row.Pattern.length * 300_000];
}

export function wallClock(local: string): number {
  return Date.parse(`${local.replace(' ', 'T')}Z`);
}

function overlaps(scene: DentalScene, row: Appointment): boolean {
  const [from, to] = wallSpan(row);
  const providers = [row.ProvNum, row.ProvHyg].filter((num) => num !== 0);
  return scene.db
    .table('appointments')
    .all()
    .some((other) => {
      if (other.AptNum === row.AptNum || !occupies(other)) return false;
      const [start, end] = wallSpan(other);
      const shared =
        (other.Op !== 0 && other.Op === row.Op) ||
        providers.includes(other.ProvNum) ||
        providers.includes(other.ProvHyg);
      return shared && start < to && from < end;
    });
}

function underBlockout(plan: OfficePlan, row: Appointment): boolean {
  const [from, to] = wallSpan(row);
  return schedulesOn(plan, row.AptDateTime.slice(0, 10)).some(
    (made) =>
      forbidsScheduling(plan, made) &&
      made.operatories.includes(row.Op) &&
      wallClock(`${made.SchedDate} ${made.StartTime}`) < to &&
      from < wallClock(`${made.SchedDate} ${made.StopTime}`),
  );
}

function record(
  plan: OfficePlan,
  scene: DentalScene,
  row: Appointment,
  write: Write,
  status: LedgerStatus,
): void {
  const HistApptNum = scene.db.next('HistApptNum', 501);
  scene.db.table('history').put(HistApptNum, {
    HistApptNum,
    HistUserNum: write.by === 'api' ? 0 : 3,
    HistDateTStamp: localDateTime(scene.now, plan.timeZone),
    HistApptAction: write.history,
    appointment: row,
  });
  const timed = !row.AptDateTime.startsWith('0001');
  const start = timed ? instantOf(row.AptDateTime, plan.timeZone) : null;
  scene.ledger.appointment(
    {
      id: String(row.AptNum),
      patientId: String(row.PatNum),
      start,
      end: start === null ? null : instantAfter(start, row.Pattern.length * 5, plan.timeZone),
      practitionerId: String(row.ProvNum),
      locationId: row.Op === 0 ? null : String(row.Op),
      status,
      nativeStatus: row.AptStatus,
      note: row.Note,
    },
    { by: write.by, action: write.action },
  );
}

function ledgerStatus(scene: DentalScene, row: Appointment, action: HistoryAction): LedgerStatus {
  switch (row.AptStatus) {
    case 'Scheduled':
    case 'ASAP':
      return row.DateTimeArrived === '' ? 'booked' : 'arrived';
    case 'Complete':
      return 'fulfilled';
    case 'UnschedList':
      return 'cancelled';
    case 'Broken':
      return action === 'Missed' || wasMissed(scene, row.AptNum) ? 'noshow' : 'cancelled';
    case 'Planned':
      return 'proposed';
    default:
      // A note on the schedule is nobody's visit.
      return 'entered-in-error';
  }
}

function wasMissed(scene: DentalScene, aptNum: number): boolean {
  return scene.db
    .table('history')
    .all()
    .some(({ appointment, HistApptAction }) => appointment.AptNum === aptNum && HistApptAction === 'Missed');
}
