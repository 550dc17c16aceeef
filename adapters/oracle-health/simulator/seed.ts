import { addDays, epochDay, localDateTime } from '#simulator-kit/index.ts';
import {
  type AppointmentFields,
  newAppointmentId,
  removeAppointment,
  writeAppointment,
} from './appointment-book.ts';
import { type ClinicPlan, FIRST_PATIENT } from './clinic-plan.ts';
import { CANCELLATION_REASONS, codeSet } from './code-system.ts';
import type { Appointment, ClinicScene } from './tables.ts';
import { type PlannedSlot, slotsOn, spanOf } from './weekly-schedule.ts';

/** Fills the clinic: its patients, a week of past visits and three weeks of coming ones. */
export function seedClinic(scene: ClinicScene): void {
  for (const person of scene.clinic.patients) addPatient(scene, person);
  const earlier = { ...scene, now: scene.now - 9 * DAY };
  const visits = [];
  for (let offset = -7; offset <= 21; offset++) visits.push(...visitsOn(earlier, scene.now, offset));
  addOddities(earlier, scene.now, visits);
}

const DAY = 86_400_000;

function addPatient(scene: ClinicScene, person: ClinicPlan['patients'][number]): void {
  const id = String(scene.db.next('Patient', FIRST_PATIENT));
  const { family, given, birthDate, gender, phone, email, active = true, deceased = false } = person;
  scene.db.table('patients').put(id, {
    id,
    active,
    deceased,
    family,
    given,
    birthDate,
    gender,
    phones: [phone],
    emails: [email],
    lastUpdated: scene.now - 90 * DAY,
  });
  scene.ledger.patient(id, 'seed');
}

/** People who come to be seen: not the first two, and nobody who has left. */
function regulars({ clinic }: ClinicScene): string[] {
  return clinic.patients.flatMap(({ active }, index) =>
    index >= 2 && active !== false ? [String(FIRST_PATIENT + index)] : [],
  );
}

/** One or two visits with each resource of the day, at times that differ from day to day and never collide. */
function visitsOn(scene: ClinicScene, now: number, offset: number): Appointment[] {
  const date = addDays(localDateTime(now, scene.clinic.timeZone).slice(0, 10), offset);
  const slots = slotsOn(scene.clinic, date);
  const people = regulars(scene);
  const made: Appointment[] = [];
  for (const { key } of scene.clinic.resources) {
    const own = slots.filter(({ resource }) => resource.key === key);
    for (const turn of key === 3 ? [0] : [0, 1]) {
      const slot = own[(epochDay(date) * 7 + key * 5 + turn * 11) % Math.max(own.length, 1)];
      const patientId = people[(epochDay(date) + key * 2 + turn) % people.length];
      if (slot === undefined || patientId === undefined || collides(made, slot, patientId)) continue;
      const status = slot.end < now ? 'fulfilled' : slot.start < now ? 'arrived' : 'booked';
      made.push(add(scene, visit(scene, slot, patientId, status)));
    }
  }
  return made;
}

function collides(made: readonly Appointment[], slot: PlannedSlot, patientId: string): boolean {
  return made.some(
    ({ place, patientId: other }) =>
      place !== undefined &&
      place.start < slot.end &&
      slot.start < place.end &&
      (place.resource === slot.resource.key || other === patientId),
  );
}

/** The rows that make a clinic real: missed, cancelled, tentative, grouped, sensitive and deleted visits, and a request. */
function addOddities(scene: ClinicScene, now: number, visits: readonly Appointment[]): void {
  const done = visits.filter(({ status }) => status === 'fulfilled');
  const coming = visits.filter(({ place }) => (place?.start ?? 0) > now + 2 * DAY);
  const system = codeSet(scene.clinic, CANCELLATION_REASONS);
  const rewrite = (
    row: Appointment | undefined,
    changes: Partial<AppointmentFields>,
    action: 'noshow' | 'cancel' | 'update' = 'update',
  ): void => {
    if (row !== undefined) writeAppointment(scene, row, { ...row, ...changes }, { by: 'seed', action });
  };
  rewrite(done[1], { status: 'noshow' }, 'noshow');
  rewrite(done[3], { status: 'cancelled', cancelationReason: { system, code: '4680002' } }, 'cancel');
  rewrite(coming[1], { status: 'cancelled' }, 'cancel');
  rewrite(coming[3], { patientStatus: 'tentative' });
  rewrite(coming[5], { group: '7003651' });
  rewrite(coming[7], { video: true, comment: 'Prefers the tablet' });
  rewrite(coming[9], { sensitive: true });
  const gone = coming[11];
  if (gone !== undefined) removeAppointment(scene, gone, 'staff');
  const [first = ''] = regulars(scene);
  const instant = (at: number): string => new Date(at).toISOString();
  add(scene, {
    id: newAppointmentId(scene),
    status: 'proposed',
    patientId: first,
    patientStatus: 'needs-action',
    type: '',
    requested: {
      locations: scene.clinic.locations.slice(0, 1).map(({ id }) => id),
      start: instant(now + 5 * DAY),
      end: instant(now + 25 * DAY),
      serviceType: { coding: [{ system: 'http://snomed.info/sct', code: '394802001' }] },
    },
    reasonText: 'Would like a visit',
  });
}

function visit(
  scene: ClinicScene,
  slot: PlannedSlot,
  patientId: string,
  status: Appointment['status'],
): AppointmentFields {
  return {
    id: newAppointmentId(scene),
    status,
    patientId,
    patientStatus: 'accepted',
    type: slot.type.code,
    place: spanOf(slot),
    slotId: slot.id,
  };
}

function add(scene: ClinicScene, row: AppointmentFields): Appointment {
  return writeAppointment(scene, undefined, row, { by: 'seed', action: 'book' });
}
