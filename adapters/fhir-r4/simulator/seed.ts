import { addDays, epochDay, localDateTime } from '#simulator-kit/index.ts';
import {
  newAppointmentId,
  patientsOf,
  removeAppointment,
  visitResource,
  writeAppointment,
} from './appointment-book.ts';
import { FIRST_PATIENT, type SeedPatient } from './clinic-plan.ts';
import type { AppointmentRow, ClinicScene, Json } from './tables.ts';
import { type PlannedSlot, slotsOn, spanOf } from './weekly-schedule.ts';

/** Fills the clinic: its patients, a week of past visits and three weeks of coming ones. */
export function seedClinic(scene: ClinicScene): void {
  for (const person of scene.clinic.patients) addPatient(scene, person);
  const earlier = { ...scene, now: scene.now - 9 * DAY };
  const visits: AppointmentRow[] = [];
  for (let offset = -7; offset <= 21; offset++) visits.push(...visitsOn(earlier, scene.now, offset));
  addOddities(earlier, scene.now, visits);
}

const DAY = 86_400_000;

/** With much that scheduling has no need of, as servers really send it. */
function addPatient(scene: ClinicScene, person: SeedPatient): void {
  const id = String(scene.db.next('Patient', FIRST_PATIENT));
  const { family, given, birthDate, gender, phone, email, active = true } = person;
  const { city, state } = scene.clinic;
  const resource: Json = {
    resourceType: 'Patient',
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml">${given.join(' ')} ${family}, ${birthDate}</div>`,
    },
    identifier: [{ system: 'http://willowcreek.example/mrn', value: `WC${id}` }],
    active,
    name: [
      { use: 'official', family, given: [...given] },
      ...(given.length > 1 ? [{ use: 'nickname', given: [given[0]] }] : []),
    ],
    telecom: [
      { system: 'phone', value: phone, use: 'mobile' },
      { system: 'email', value: email },
    ],
    gender,
    birthDate,
    address: [{ use: 'home', line: ['40 Example Road'], city, state, country: 'US' }],
  };
  scene.db.table('patients').put(id, { id, version: 1, lastUpdated: scene.now - 90 * DAY, resource });
  scene.ledger.patient(id, 'seed');
}

/** People who come to be seen: not the first two, and nobody who has left. */
function regulars({ clinic }: ClinicScene): string[] {
  return clinic.patients.flatMap(({ active }, index) =>
    index >= 2 && active !== false ? [String(FIRST_PATIENT + index)] : [],
  );
}

/** One or two visits in each schedule of the day, at times that differ from day to day and never collide. */
function visitsOn(scene: ClinicScene, now: number, offset: number): AppointmentRow[] {
  const date = addDays(localDateTime(now, scene.clinic.timeZone).slice(0, 10), offset);
  const slots = slotsOn(scene.clinic, date);
  const people = regulars(scene);
  const made: AppointmentRow[] = [];
  for (const schedule of scene.clinic.schedules.filter(({ active }) => active !== false)) {
    const own = slots.filter((slot) => slot.schedule === schedule);
    for (const turn of schedule.practitioner === undefined ? [0] : [0, 1]) {
      const slot = own[(epochDay(date) * 5 + schedule.key * 3 + turn * 7) % Math.max(own.length, 1)];
      const patientId = people[(epochDay(date) + schedule.key * 2 + turn) % people.length];
      if (slot === undefined || patientId === undefined || collides(made, slot, patientId)) continue;
      const status = slot.end < now ? 'fulfilled' : slot.start < now ? 'arrived' : 'booked';
      made.push(add(scene, slot, patientId, status));
    }
  }
  return made;
}

function collides(made: readonly AppointmentRow[], slot: PlannedSlot, patientId: string): boolean {
  const { practitioner } = slot.schedule;
  return made.some((row) =>
    row.spans.some(
      (span) =>
        span.start < slot.end &&
        slot.start < span.end &&
        (span.schedule === slot.schedule.key ||
          (practitioner !== undefined && span.practitioner === practitioner) ||
          patientsOf(row).includes(patientId)),
    ),
  );
}

function add(scene: ClinicScene, slot: PlannedSlot, patientId: string, status: string): AppointmentRow {
  const { practitioner: practitionerId, location: locationId } = slot.schedule;
  const { start, end } = slot;
  const resource = visitResource(scene, {
    status,
    patientId,
    practitionerId,
    locationId,
    start,
    end,
    slot: slot.id,
  });
  return writeAppointment(
    scene,
    undefined,
    { id: newAppointmentId(scene), resource, spans: [spanOf(slot)] },
    { by: 'seed', action: 'book' },
  );
}

/** The rows that make a clinic real: missed, cancelled, pending and deleted visits, and a wish without a time. */
function addOddities(scene: ClinicScene, now: number, visits: readonly AppointmentRow[]): void {
  const done = visits.filter(({ resource }) => resource.status === 'fulfilled');
  const coming = visits.filter(({ spans }) => (spans[0]?.start ?? 0) > now + 2 * DAY);
  const rewrite = (
    row: AppointmentRow | undefined,
    changes: Json,
    action: 'noshow' | 'cancel' | 'update' = 'update',
  ): void => {
    if (row === undefined) return;
    const { id, spans, resource } = row;
    writeAppointment(
      scene,
      row,
      { id, spans, resource: { ...resource, ...changes } },
      { by: 'seed', action },
    );
  };
  const system = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';
  rewrite(done[1], { status: 'noshow' }, 'noshow');
  rewrite(
    done[3],
    { status: 'cancelled', cancelationReason: { coding: [{ system, code: 'pat' }] } },
    'cancel',
  );
  rewrite(coming[1], { status: 'cancelled' }, 'cancel');
  rewrite(coming[3], { status: 'pending' });
  rewrite(coming[5], { comment: 'Comes with a walker.', description: 'Yearly visit' });
  const gone = coming[7];
  if (gone !== undefined) removeAppointment(scene, gone, 'staff');
  const [first = ''] = regulars(scene);
  writeAppointment(
    scene,
    undefined,
    {
      id: newAppointmentId(scene),
      spans: [],
      resource: {
        resourceType: 'Appointment',
        status: 'waitlist',
        participant: [{ actor: { reference: `Patient/${first}` }, status: 'needs-action' }],
      },
    },
    { by: 'seed', action: 'book' },
  );
}
