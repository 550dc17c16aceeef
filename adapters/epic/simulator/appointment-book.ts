import type { LedgerWrite, Writer } from '#simulator-kit/index.ts';
import { instantAfter, localDateTime } from '#simulator-kit/index.ts';
import { fhirId } from './fhir-id.ts';
import type { Practice } from './practice-plan.ts';
import type { Appointment, AppointmentStatus, EpicScene } from './tables.ts';

/** The one way in which an appointment is written: row and ledger together. */
export function writeAppointment(
  scene: EpicScene,
  practice: Practice,
  row: Appointment,
  write: { readonly by: Writer; readonly action: LedgerWrite['action'] },
): void {
  scene.db.table('appointments').put(row.id, row);
  scene.ledger.appointment(
    {
      id: row.id,
      patientId: row.patient,
      start: instantAfter(row.start, 0, practice.timeZone),
      end: instantAfter(row.end, 0, practice.timeZone),
      practitionerId: row.practitioner,
      locationId: row.location,
      status: row.status,
      nativeStatus: NATIVE[row.status],
      note: row.note,
    },
    write,
  );
}

/** A booked visit with the next contact serial number, and the permanent id that belongs to it. */
export function newAppointment(
  scene: EpicScene,
  practice: Practice,
  fields: Omit<Appointment, 'id' | 'csn' | 'status' | 'category' | 'created'> & Partial<Appointment>,
): Appointment {
  const csn = scene.db.next('csn', 27_700);
  return {
    id: fhirId('Appointment', csn),
    csn,
    status: 'booked',
    category: 'appointment',
    created: localDateTime(scene.now, practice.timeZone).slice(0, 10),
    ...fields,
  };
}

/** Does this practitioner see (or operate on) somebody at that time, wherever it is? */
export function isTaken(
  scene: EpicScene,
  wanted: Pick<Appointment, 'practitioner' | 'start' | 'end'>,
): boolean {
  return scene.db
    .table('appointments')
    .all()
    .some(
      ({ practitioner, start, end, status }) =>
        practitioner === wanted.practitioner &&
        start < wanted.end &&
        wanted.start < end &&
        !FREES.includes(status),
    );
}

const FREES: readonly AppointmentStatus[] = ['cancelled', 'noshow', 'entered-in-error'];

/** The front desk's words. */
const NATIVE: Readonly<Record<AppointmentStatus, string>> = {
  booked: 'Scheduled',
  arrived: 'Arrived',
  fulfilled: 'Completed',
  cancelled: 'Canceled',
  noshow: 'No Show',
  'entered-in-error': 'Deleted',
};
