import type { AthenaScene, Note, Stamp } from './tables.ts';

/** Notes of an appointment, deleted ones among them, oldest first. */
export function notesOf(scene: AthenaScene, appointmentId: string): Note[] {
  return scene.db
    .table('notes')
    .all()
    .filter((note) => note.appointmentId === appointmentId);
}

export function addNote(
  scene: AthenaScene,
  appointmentId: string,
  text: string,
  created: Stamp,
  displayOnSchedule = false,
): Note {
  const id = String(scene.db.next('note', 9));
  const note = { id, appointmentId, text, created, displayOnSchedule, deleted: false };
  scene.db.table('notes').put(id, note);
  return note;
}

/** As the API files what was said when booking, and when cancelling. */
export function bookingNote(said: string): string {
  return `Scheduling App: appointment created. Reported reason: ${said}`;
}

export function cancellationNote(said: string): string {
  return `API appointment cancellation. Reported reason for cancellation: ${said}`;
}

export function rescheduleNote(said: string): string {
  return `API appointment reschedule. Reported reason for rescheduling: ${said}`;
}
