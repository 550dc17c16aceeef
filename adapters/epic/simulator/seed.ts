import { newAppointment, writeAppointment } from './appointment-book.ts';
import type { Practice } from './practice-plan.ts';
import type { Appointment, AppointmentStatus, EpicScene } from './tables.ts';
import { type Opening, openingsIn, utc } from './weekly-template.ts';

/** Fills a practice: visits of the past two weeks and of the coming three, and one surgery. */
export function seedPractice(practice: Practice, scene: EpicScene): void {
  for (const { id } of practice.patients) scene.ledger.patient(id, 'seed');
  const taken: Opening[] = [];
  const earlier = { ...scene, now: scene.now - 30 * DAY };
  for (const [index, visit] of VISITS.entries()) {
    const person = practice.patients[visit.patient];
    const opening = nthOpening(practice, scene.now + visit.day * DAY, index, taken);
    if (person === undefined || opening === undefined) continue;
    taken.push(opening);
    write(practice, earlier, visit.status, {
      patient: person.id,
      practitioner: opening.practitioner,
      location: opening.location,
      visitType: opening.visitType.code,
      start: opening.start,
      end: opening.end,
      minutes: opening.visitType.minutes,
      note: visit.note ?? '',
    });
  }
  addSurgery(practice, earlier, scene.now);
}

interface SeedVisit {
  /** Position in the list of patients; the first two have no appointments. */
  readonly patient: number;
  /** From today; the next day with sessions when there are none. */
  readonly day: number;
  readonly status: AppointmentStatus;
  readonly note?: string;
}

const VISITS: readonly SeedVisit[] = [
  { patient: 2, day: -13, status: 'fulfilled' },
  { patient: 3, day: -12, status: 'fulfilled' },
  { patient: 4, day: -10, status: 'noshow' },
  { patient: 6, day: -8, status: 'fulfilled' },
  { patient: 7, day: -6, status: 'cancelled' },
  { patient: 2, day: 1, status: 'booked', note: 'Interpreter on the phone' },
  { patient: 3, day: 1, status: 'booked' },
  { patient: 4, day: 2, status: 'booked' },
  { patient: 5, day: 2, status: 'booked', note: 'Comes with her sister' },
  { patient: 6, day: 4, status: 'booked' },
  { patient: 7, day: 5, status: 'booked' },
  { patient: 3, day: 7, status: 'cancelled' },
  { patient: 2, day: 9, status: 'entered-in-error' },
  { patient: 6, day: 14, status: 'booked' },
  { patient: 5, day: 21, status: 'booked' },
];

const DAY = 86_400_000;

/** A time of the next day with sessions, another one for each visit, upon none that is taken. */
function nthOpening(
  practice: Practice,
  from: number,
  turn: number,
  taken: readonly Opening[],
): Opening | undefined {
  const [visitType] = practice.visitTypes.slice(turn % practice.visitTypes.length);
  if (visitType === undefined) return undefined;
  const free = [...openingsIn(practice, visitType, { from, to: from + 4 * DAY })].filter((one) =>
    taken.every(
      (other) => other.practitioner !== one.practitioner || other.end <= one.start || one.end <= other.start,
    ),
  );
  return free[(turn * 5) % Math.max(1, Math.min(free.length, 12))];
}

/** A theatre is booked in two rooms, its minutes are not the time between start and end, and it tells what is done. */
function addSurgery(practice: Practice, scene: EpicScene, now: number): void {
  const [, , , person] = practice.patients;
  const [surgeon] = practice.practitioners;
  if (person === undefined || surgeon === undefined) return;
  // Early on a day far enough ahead that nothing else is there.
  const start = Math.floor(now / DAY) * DAY + 30 * DAY + 12 * 3_600_000;
  write(practice, scene, 'booked', {
    category: 'surgery',
    patient: person.id,
    practitioner: surgeon.id,
    location: practice.theatre.room.id,
    visitType: '',
    start: utc(start),
    end: utc(start + 34 * 60_000),
    minutes: 75,
    note: '',
  });
}

function write(
  practice: Practice,
  scene: EpicScene,
  status: AppointmentStatus,
  fields: Parameters<typeof newAppointment>[2] & Partial<Appointment>,
): void {
  const row = newAppointment(scene, practice, { ...fields, status });
  writeAppointment(scene, practice, row, { by: 'seed', action: 'book' });
}
